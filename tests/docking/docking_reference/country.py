"""A country: its people, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING

from docking_reference import politics
from docking_reference.economy import (
    STAGE_BEFORE,
    Pipeline,
    Projects,
    dependence,
    exposure,
    next_pipeline,
    next_projects,
    project_cycle,
)
from docking_reference.outside import rules_of
from docking_reference.sources import Source, sources_of
from spsim.config import Parameters

if TYPE_CHECKING:
    from docking_reference.people import Citizen, EliteMember, Person, PipelineMember

ByPower = dict[str, float]


class Country:
    """One country, with its citizens, students and elite."""

    def __init__(self, code: str, powers: tuple[str, ...], parameters: Parameters) -> None:
        self.code, self.powers = code, powers
        self.rules: SimpleNamespace = rules_of(parameters, code, powers)
        self.citizens: list[Citizen] = []
        self.members: dict[str, dict[str, list[PipelineMember]]] = {}  # power -> stage -> agents
        self.elite: list[EliteMember] = []
        # state
        self.projects: dict[str, Projects] = {}
        self.pipeline: dict[str, Pipeline] = {}
        self.threat: ByPower = {}
        self.memory: ByPower = {}
        self.security: ByPower = {}
        self.opacity = 0.0
        self.pressure = 0.0
        self.moratorium_until = 0.0  # decimal year
        self.protest_share = 0.0
        self.protest_events = 0.0
        self.public_mean: ByPower = {}
        self.mean_heritage = 0.0
        # what follows from the state and the month
        self.month = SimpleNamespace()
        self.level: ByPower = {}  # anchor of somebody without traits
        self.dependence: ByPower = {}
        self.project_cycle: ByPower = {}
        self.press = 0.0
        self.mean_threshold = 0.0
        self.elite_mean: ByPower = {}
        self.budget: dict[str, dict[str, float]] = {}  # power -> channel
        self.sources: list[Source] = []
        self.speaking_of: dict[str, list[Source]] = {}
        self.common_shock: ByPower = {}
        self._intended: dict[str, object] = {}
        self._entered: dict[str, dict[str, float]] = {}

    def people(self) -> list[Person]:
        """Return citizens and pipeline members."""
        return [*self.citizens, *self.pipeline_members()]

    def pipeline_members(self) -> list[PipelineMember]:
        """Return the members of the education pipeline, by power and stage."""
        return [member for stages in self.members.values() for agents in stages.values() for member in agents]

    def take_stock(self, month: SimpleNamespace) -> None:
        """Work out what follows from the present state under a month's inputs."""
        rules = self.rules
        self.month = month
        drifted = min(max(month.decimal_year - rules.drift_start, 0.0), rules.drift_years)
        for power in self.powers:
            self.level[power] = rules.base[power] + rules.drift[power] * drifted
            amount = exposure(self.projects[power], month, power)
            self.dependence[power] = dependence(amount, rules, month.gdp)
            self.project_cycle[power] = project_cycle(self.projects[power], rules)
            self.elite_mean[power] = sum(member.alignment[power] for member in self.elite) / len(self.elite)
        freedom = min(month.openness / rules.openness_full, 1.0)
        self.press = freedom * self.pressure
        self.mean_threshold = rules.threshold_base + rules.threshold_closed * (1 - freedom)

    def listen(self) -> None:
        """Tune in to this month's sources, once budgets are known."""
        self.sources = sources_of(self)
        self.speaking_of = {
            power: [source for source in self.sources if power in source.stance] for power in self.powers
        }

    def decide(self, dt: float, adults: float, draws: dict[str, float], close: Callable[[str, float], None]) -> None:
        """Work out the country's next state from the state at the beginning of the step.

        Args:
            dt: years.
            adults: persons of eighteen and more.
            draws: chance of this step: ``events`` and ``concession``.
            close: is told of everything that nearly came out otherwise: what, and by how much.
        """
        rules, powers = self.rules, self.powers
        crowd = [(citizen.reluctance(), citizen.persons) for citizen in self.citizens]
        share = politics.participation(crowd, rules.contagion)
        for reluctance, _ in crowd:
            close("joining", reluctance - rules.contagion * share)
        expected = politics.expected_events(self, share, adults, dt)
        events, closest = politics.events_counted(draws["events"], expected, 12 * dt * rules.event_shape)
        close("events", closest)
        until, chance = self.moratorium_until, politics.chance_of_moratorium(self, dt)
        if until <= self.month.decimal_year:
            close("moratorium", draws["concession"] - chance)
            if draws["concession"] < chance:
                until = self.month.decimal_year + dt + rules.moratorium_years
        moved = {power: next_pipeline(self, power, dt) for power in powers}
        self._entered = {power: entered for power, (_, entered) in moved.items()}
        self._intended = {
            "projects": {power: next_projects(self, power, dt) for power in powers},
            "pipeline": {power: pipeline for power, (pipeline, _) in moved.items()},
            "threat": {power: politics.next_threat(self, power, dt) for power in powers},
            "memory": {power: politics.next_memory(self, power, dt) for power in powers},
            "security": {power: politics.next_security(self, power, dt) for power in powers},
            "opacity": politics.next_opacity(self, dt),
            "pressure": politics.next_pressure(self, share, dt),
            "moratorium_until": until,
            "protest_share": share,
            "protest_events": float(events),
        }

    def change(self) -> None:
        """Take up what was decided."""
        for name, value in self._intended.items():
            setattr(self, name, value)

    def welcome_into_stages(self) -> None:
        """Let those who entered a stage of the pipeline bring the affect that they held in the stage before."""
        for power, stages in self.members.items():
            held = {stage: [dict(member.affect) for member in agents] for stage, agents in stages.items()}
            for stage, agents in stages.items():
                stock = self.pipeline[power].stock[stage]
                share = min(max(self._entered[power][stage] / stock, 0.0), 1.0) if stock > 0 else 1.0
                for k, member in enumerate(agents):
                    came_with = held[STAGE_BEFORE[stage]][k] if stage in STAGE_BEFORE else member.home.affect
                    member.blend_with_newcomers(came_with, share)

    def weigh(self, heads: list[float]) -> None:
        """Say how many people stand behind everybody: together exactly the adults of the pyramid.

        Members of the pipeline are taken from the cohorts of 18 to 39 in proportion to heads; the citizens of a cohort
        share the rest of it equally.
        """
        in_pipeline = sum(stock for pipeline in self.pipeline.values() for stock in pipeline.stock.values())
        share_away = in_pipeline / sum(heads[18:40])
        of_age = [0] * len(heads)
        for citizen in self.citizens:
            of_age[citizen.age] += 1
        for citizen in self.citizens:
            age = citizen.age
            at_home = heads[age] * (1 - share_away) if age < 40 else heads[age]
            citizen.persons = at_home / of_age[age]
        for power, stages in self.members.items():
            for stage, agents in stages.items():
                for member in agents:
                    member.persons = self.pipeline[power].stock[stage] / len(agents)

    def take_means(self) -> None:
        """Work out the public's mean affect and its mean heritage."""
        people = self.people()
        heads = sum(person.persons for person in people)
        for power in self.powers:
            self.public_mean[power] = sum(person.persons * person.affect[power] for person in people) / heads
        citizens = sum(citizen.persons for citizen in self.citizens)
        self.mean_heritage = sum(citizen.persons * citizen.heritage for citizen in self.citizens) / citizens
