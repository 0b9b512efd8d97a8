"""A reference model in the state of the compiled one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docking_reference.economy import STAGES, Pipeline, Projects
from docking_reference.model import ReferenceModel
from docking_reference.people import Citizen, EliteMember, PipelineMember
from spsim.config import Scenario

if TYPE_CHECKING:
    from docking_reference.country import Country
    from spsim.model.state import State

RUSSIAN, TITULAR, CHINESE, URBAN = 1, 2, 4, 8
"""How the compiled state packs languages and place of a citizen into one number."""


def copy_of(world: Any, number: int, scenario: Scenario | None = None) -> ReferenceModel:
    """Return a reference model in the state of a compiled world; nothing is shared between the two.

    Args:
        world: what ``spsim.model.start.build`` returns, at any date of its run.
        number: number of the step that comes next.
        scenario: the reference follows this scenario instead of the world's own (to try what a difference does).
    """
    model = ReferenceModel(scenario or world.scenario, world.replicate, number)
    state = world.state
    for row, country in enumerate(model.countries):
        _copy_shared(state, row, country)
        _copy_elite(state, row, country, model)
    _copy_people(state, model)
    return model


def _by_power(model: ReferenceModel | Country, row: Any) -> dict[str, float]:
    return dict(zip(model.powers, row.tolist(), strict=True))


def _copy_shared(state: State, row: int, country: Country) -> None:
    for i, power in enumerate(country.powers):
        projects, pipeline = state.projects, state.pipeline
        country.projects[power] = Projects(**{name: float(part[row, i]) for name, part in vars(projects).items()})
        country.pipeline[power] = Pipeline(
            stock=dict(zip(STAGES, pipeline.stocks[row, i].tolist(), strict=True)),
            **{name: float(part[row, i]) for name, part in vars(pipeline).items() if name != "stocks"},
        )
    for name, part in vars(state.politics).items():
        setattr(country, name, float(part[row]) if part.ndim == 1 else _by_power(country, part[row]))
    country.public_mean = _by_power(country, state.public_mean[row])
    country.mean_heritage = float(state.mean_heritage[row])


def _copy_elite(state: State, row: int, country: Country, model: ReferenceModel) -> None:
    elites = state.elites
    for seat in range(elites.rent.shape[1]):
        member = EliteMember(model, country, seat)
        member.alignment = _by_power(model, elites.alignment[row, seat])
        member.orientation = _by_power(model, elites.orientation[row, seat])
        member.rent = float(elites.rent[row, seat])
        member.birth_year = int(elites.birth_year[row, seat])
        member.generation = int(elites.generation[row, seat])
        studied = int(elites.alma_mater[row, seat])
        member.alma_mater = model.powers[studied] if studied >= 0 else None
        country.elite.append(member)


def _copy_people(state: State, model: ReferenceModel) -> None:
    citizens, agents = state.citizens, state.agents
    slots: list[Citizen] = []
    for i in range(citizens.slots):
        country = model.countries[citizens.country[i]]
        citizen = Citizen(model, country, int(citizens.identity[i]), _by_power(model, state.affect[i]))
        packed = int(citizens.audience[i])
        bits = {"Russian": RUSSIAN, "titular": TITULAR, "Chinese": CHINESE}
        citizen.languages = frozenset(name for name, bit in bits.items() if packed & bit)
        citizen.urban = bool(packed & URBAN)
        citizen.birth_year = int(citizens.birth_year[i])
        citizen.heritage = float(citizens.heritage[i])
        citizen.sensitivity = float(citizens.sensitivity[i])
        citizen.own_threshold = float(citizens.threshold[i])
        citizen.own_anchor = _by_power(model, citizens.idiosyncratic[i])
        citizen.persons = float(state.weight[i])
        slots.append(citizen)
        country.citizens.append(citizen)
    for i, citizen in enumerate(slots):
        citizen.ties = [slots[j] for j in state.network.of(i)]
    for k in range(agents.count):
        country, power = model.countries[agents.country[k]], model.powers[agents.power[k]]
        stage, row = STAGES[agents.stage[k]], citizens.slots + k
        member = PipelineMember(
            model, country, int(agents.identity[k]), _by_power(model, state.affect[row]), power, stage,
            home=slots[agents.home[k]],
        )
        member.persons = float(state.weight[row])
        country.members.setdefault(power, {}).setdefault(stage, []).append(member)
