"""The Mesa face: the same model as a ``mesa.Model``, for Mesa's tools and users.

Powers, publics and elites are Mesa agents; a public and an elite hold the arrays of their members, and single members
can be looked at as objects. This is the only module that imports mesa. Mesa's random numbers are not used: all draws
are keyed by the seed, so a model gives the same numbers here and in ``spsim run``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from spsim.config import Resolved, load
from spsim.data import REGION
from spsim.model import record as rec
from spsim.model.clock import Clock
from spsim.model.inputs import CHANNELS_WITH_BUDGET
from spsim.model.population import AGES, CHINESE, COHORTS, RUSSIAN, TITULAR, URBAN, cohort_of
from spsim.model.simulation import Simulation

Rng = int | np.integer[Any] | np.random.Generator | np.random.SeedSequence | None

LANGUAGES = {"Russian": RUSSIAN, "titular": TITULAR, "Chinese": CHINESE}


@dataclass(frozen=True)
class Citizen:
    """One citizen slot at one date."""

    country: str
    number: int
    persons: float
    age: int
    cohort: str
    urban: bool
    languages: tuple[str, ...]
    heritage: float
    threat_sensitivity: float
    affect: dict[str, float]
    own_anchor: dict[str, float]
    ties: tuple[int, ...]


@dataclass(frozen=True)
class EliteMember:
    """One elite member at one date."""

    country: str
    number: int
    age: int
    rent_share: float
    alignment: dict[str, float]
    orientation: dict[str, float]
    studied_in: str | None


class Power(mesa.Agent):
    """A power: its budgets, its adaptation, and how it is seen."""

    model: SoftPowerModel

    def __init__(self, model: SoftPowerModel, code: str) -> None:
        super().__init__(model)
        self.code = code
        self._index = model.powers.index(code)

    @property
    def budgets(self) -> dict[str, dict[str, float]]:
        """Budget index by country and channel at the present date, before any allocation by need."""
        row = self.model.simulation.world.inputs.at(self.model.simulation.step_number).budget[:, self._index]
        return {code: dict(zip(CHANNELS_WITH_BUDGET, map(float, part), strict=True))
                for code, part in zip(self.model.countries, row, strict=True)}

    @property
    def adaptation(self) -> dict[str, float]:
        """Local adaptation by country."""
        row = self.model.simulation.world.inputs.at(self.model.simulation.step_number).adaptation[:, self._index]
        return dict(zip(self.model.countries, map(float, row), strict=True))

    @property
    def approval(self) -> float:
        """Share of the region's public that approves of this power's leadership."""
        return self.model.value("public", REGION, self.code, "approval")


class Collective(mesa.Agent):
    """The public or the elite of a country."""

    group = ""
    model: SoftPowerModel

    def __init__(self, model: SoftPowerModel, country: str) -> None:
        super().__init__(model)
        self.country = country
        self._index = model.countries.index(country)

    def affect(self, power: str) -> float:
        """Mean affect (public) or alignment (elite) towards a power."""
        return self.model.value(self.group, self.country, power, "affect")

    def approval(self, power: str) -> float:
        """Share that approves of a power's leadership (for elites: as if polled)."""
        return self.model.value(self.group, self.country, power, "approval")

    def spread(self, power: str) -> float:
        """Standard deviation of affect towards a power."""
        return self.model.value(self.group, self.country, power, "affect_sd")


class Public(Collective):
    """All citizens of a country."""

    group = "public"

    def __len__(self) -> int:
        """Number of citizen slots."""
        return self.model.simulation.world.scenario.run.citizens

    def citizen(self, number: int) -> Citizen:
        """Return one citizen.

        Raises:
            IndexError: there is no such slot.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"{self.country} has citizens 0 to {len(self) - 1}, not {number}")
        state, powers = self.model.simulation.world.state, self.model.powers
        i = self._index * len(self) + number
        people, audience = state.citizens, int(state.citizens.audience[i])
        return Citizen(
            country=self.country, number=number, persons=float(state.weight[i]), age=int(people.age_index[i] % AGES),
            cohort=COHORTS[int(cohort_of(people.birth_year[i : i + 1])[0])], urban=bool(audience & URBAN),
            languages=tuple(name for name, bit in LANGUAGES.items() if audience & bit),
            heritage=float(people.heritage[i]), threat_sensitivity=float(people.sensitivity[i]),
            affect=dict(zip(powers, map(float, state.affect[i]), strict=True)),
            own_anchor=dict(zip(powers, map(float, people.idiosyncratic[i]), strict=True)),
            ties=tuple(int(j) - self._index * len(self) for j in state.network.of(i)),
        )


class Elite(Collective):
    """The elite of a country."""

    group = "elite"

    def __len__(self) -> int:
        """Number of members."""
        return self.model.simulation.world.scenario.run.elites

    def member(self, number: int) -> EliteMember:
        """Return one member.

        Raises:
            IndexError: there is no such member.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"{self.country} has elite members 0 to {len(self) - 1}, not {number}")
        elites, powers = self.model.simulation.world.state.elites, self.model.powers
        at = (self._index, number)
        school = int(elites.alma_mater[at])
        return EliteMember(
            country=self.country,
            number=number,
            age=self.model.simulation.world.clock.year(self.model.simulation.step_number) - int(elites.birth_year[at]),
            rent_share=float(elites.rent[at]),
            alignment=dict(zip(powers, map(float, elites.alignment[at]), strict=True)),
            orientation=dict(zip(powers, map(float, elites.orientation[at]), strict=True)),
            studied_in=powers[school] if school >= 0 else None,
        )


class SoftPowerModel(mesa.Model):
    """The model of a scenario as Mesa knows models: ``step`` moves it by one step.

    Args:
        source: name or path of a scenario, or what :func:`spsim.load` returned.
        rng: root seed (an integer), or a numpy generator or seed sequence from which one is drawn; the scenario's
            seed if not given.
        seed: older name of ``rng`` for integers, which some Mesa tools still pass.
        replicate: number of the replicate, which keys the draws beside the seed.
        kwargs: parameters, levers or run settings by name, as after ``--set``; levers act from the start. Values by
            power or country are mappings: ``SoftPowerModel(citizens=1000, investment={"CN": 2}, threat_decay=0.4)``.

    Raises:
        spsim.config.ConfigError: with every mistake found in the scenario or the settings.
    """

    def __init__(self, source: str | Path | Resolved = "baseline", *, rng: Rng = None, seed: int | None = None,
                 replicate: int = 0, **kwargs: object) -> None:
        settings = kwargs  # Mesa 3.3's page knows keyword arguments under this name only
        if type(settings.get("scenario")).__module__.startswith("mesa."):
            del settings["scenario"]  # Mesa 3.5's page hands over Mesa's own, which holds nothing of ours
        root = _root_seed(rng if rng is not None else seed)
        if root is not None:
            settings["seed"] = root
        chosen = (source.with_(settings) if isinstance(source, Resolved) else load(source, settings)).scenario
        super().__init__(rng=chosen.run.seed)
        self.simulation = Simulation(chosen, replicate)
        self.countries, self.powers = tuple(chosen.run.countries), tuple(chosen.run.powers)
        self.power_agents = {code: Power(self, code) for code in self.powers}
        self.publics = {code: Public(self, code) for code in self.countries}
        self.elites = {code: Elite(self, code) for code in self.countries}
        # Mesa 3.3 keeps a counter of agents for every model and with it the model; nobody is born here later
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self.datacollector = mesa.DataCollector(
            model_reporters=self._model_reporters(),
            agenttype_reporters={
                kind: {"country": "country", **{f"affect_{p}": _reader("affect", p) for p in self.powers},
                       # a name of its own: Mesa 3.5's batch_run lays agents' columns over those of the model
                       **{f"group_approval_{p}": _reader("approval", p) for p in self.powers}}
                for kind in (Public, Elite)
            },
        )
        self.datacollector.collect(self)

    def step(self) -> None:
        """Move by one step and collect; at the end of the scenario's period ``running`` becomes False."""
        if self.simulation.finished:
            self.running = False
            return
        self.simulation.advance()
        self.running = not self.simulation.finished
        self.datacollector.collect(self)

    @property
    def date(self) -> str:
        """The present date as ``YYYY-MM``."""
        return self.simulation.date

    @property
    def clock(self) -> Clock:
        """The model's own clock."""
        return self.simulation.world.clock

    def value(self, group: str, country: str, power: str, column: str) -> float:
        """Return a number of the ``opinion`` table at the present date; ``country`` may be CA5, the region."""
        c = len(self.countries) if country == REGION else self.countries.index(country)
        row = self.simulation.record.opinion[self.simulation.step_number, rec.GROUPS.index(group), c]
        return float(row[self.powers.index(power), rec.OPINION.index(column)])

    def divergence(self, country: str, power: str) -> float:
        """Return elite minus public approval in points at the present date."""
        gap = self.value("elite", country, power, "approval") - self.value("public", country, power, "approval")
        return 100 * gap

    def _model_reporters(self) -> dict[str, Any]:
        """Return what the data collector asks at each step: the region by power, protest, the date."""
        reporters: dict[str, Any] = {"date": lambda model: model.date}
        for power in self.powers:
            reporters[f"approval_{power}"] = lambda model, p=power: model.value("public", REGION, p, "approval")
            reporters[f"elite_approval_{power}"] = lambda model, p=power: model.value("elite", REGION, p, "approval")
            reporters[f"divergence_{power}"] = lambda model, p=power: model.divergence(REGION, p)
        reporters["protest_events"] = lambda model: int(model.simulation.world.state.politics.protest_events.sum())
        return reporters


def _reader(name: str, power: str) -> Callable[[Collective], float]:
    return lambda agent: getattr(agent, name)(power)


def _root_seed(rng: Rng) -> int | None:
    """Return the root seed that a generator, a seed sequence or an integer stands for."""
    if rng is None or isinstance(rng, int | np.integer):
        return None if rng is None else int(rng)
    return int(np.random.default_rng(rng).integers(2**63 - 1))


def mesa_page(model: SoftPowerModel, components: Sequence[Callable[[SoftPowerModel], Any]],
              parameters: Mapping[str, object], name: str) -> Any:  # noqa: ANN401 - a Solara element, known to Mesa only
    """Return Mesa's page of a model (SolaraViz).

    Args:
        model: what is shown first; Reset makes another one.
        components: draw parts of the page, in the order of the page.
        parameters: keyword arguments of the model: values, or what Mesa shows sliders and lists for.
        name: the title of the page.
    """
    from mesa.visualization import SolaraViz

    return SolaraViz(model, components=list(components), model_params=dict(parameters), name=name)


def redraw_with_each_step() -> None:
    """Let the component that calls this be drawn again after each step of Mesa's page."""
    from mesa.visualization.utils import update_counter

    update_counter.get()


def slider(label: str, value: float, low: float, high: float, step: float) -> Any:  # noqa: ANN401 - Mesa's own class
    """Return a slider of Mesa's page."""
    from mesa.visualization import Slider

    return Slider(label, value, low, high, step, dtype=float)
