"""Sets the compiled model and the reference side by side, quantity by quantity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from docking_reference import ReferenceModel
from docking_reference.economy import STAGES
from docking_reference.people import Citizen, Person
from docking_reference.politics import greatest_participation, loop_gain, participation, threshold_slope
from numpy.typing import NDArray

from spsim.config import Scenario, month_index
from spsim.model.start import build
from spsim.model.step import Report, step
from spsim.model.world import World

Floats = NDArray[np.float64]
Pair = tuple[str, Floats, Floats]


class CompiledRun:
    """The compiled model, run to one month after another."""

    def __init__(self, scenario: Scenario) -> None:
        self.world: World = build(scenario)
        self.number = 0  # of the step that comes next

    def step(self) -> Report:
        """Move by one step."""
        report = step(self.world, self.number)
        self.number += 1
        return report

    def run_to(self, month: str) -> None:
        """Move to a month."""
        clock = self.world.clock
        while clock.month(self.number) < month_index(month):
            self.step()
        assert clock.text(self.number) == month, f"no step begins in {month}"


def by_power(model: ReferenceModel, values: dict[str, float]) -> list[float]:
    """Return values in the order of the powers."""
    return [values[power] for power in model.powers]


def all_citizens(model: ReferenceModel) -> list[Citizen]:
    """Return all citizens, country after country."""
    return [citizen for country in model.countries for citizen in country.citizens]


def all_people(model: ReferenceModel) -> list[Person]:
    """Return everybody in the order of the compiled arrays: all citizens, then all pipeline members."""
    return [*all_citizens(model), *(member for country in model.countries for member in country.pipeline_members())]


def pairs(world: World, model: ReferenceModel) -> Iterator[Pair]:
    """Yield every quantity of the state: its name, the compiled values, those of the reference."""
    for name, compiled, reference in _pairs(world, model):
        ours = np.asarray(reference, dtype=np.float64)
        assert compiled.shape == ours.shape, name
        yield name, compiled.astype(np.float64), ours


def _pairs(world: World, model: ReferenceModel) -> Iterator[tuple[str, NDArray[Any], Any]]:
    state, countries = world.state, model.countries
    yield from _people_pairs(world, model)
    yield from _elite_pairs(world, model)
    for name, compiled in vars(state.projects).items():
        yield name, compiled, [[getattr(one.projects[power], name) for power in model.powers] for one in countries]
    yield "stocks", state.pipeline.stocks, [
        [[one.pipeline[power].stock[stage] for stage in STAGES] for power in model.powers] for one in countries
    ]
    for name, compiled in vars(state.pipeline).items():
        if name != "stocks":
            yield name, compiled, [[getattr(one.pipeline[power], name) for power in model.powers] for one in countries]
    for name, compiled in vars(state.politics).items():
        own = [getattr(one, name) for one in countries]
        yield name, compiled, own if compiled.ndim == 1 else [by_power(model, values) for values in own]
    yield "public_mean", state.public_mean, [by_power(model, one.public_mean) for one in countries]
    yield "mean_heritage", state.mean_heritage, [one.mean_heritage for one in countries]


def _people_pairs(world: World, model: ReferenceModel) -> Iterator[tuple[str, NDArray[Any], Any]]:
    state, compiled, people, citizens = world.state, world.state.citizens, all_people(model), all_citizens(model)
    affect = [by_power(model, person.affect) for person in people]
    yield "affect", state.affect[: len(citizens)], affect[: len(citizens)]
    yield "affect of pipeline members", state.affect[len(citizens):], affect[len(citizens):]
    yield "persons", state.weight, [person.persons for person in people]
    for name in ("heritage", "sensitivity", "birth_year"):
        yield name, getattr(compiled, name), [getattr(citizen, name) for citizen in citizens]
    yield "threshold", compiled.threshold, [citizen.own_threshold for citizen in citizens]
    yield "own anchor", compiled.idiosyncratic, [by_power(model, citizen.own_anchor) for citizen in citizens]
    differ = [int(a) != citizen.identity for a, citizen in zip(compiled.identity, citizens, strict=True)]
    yield "identity", np.zeros(len(citizens)), differ  # 64 bits, more than a float holds
    place = {citizen: i for i, citizen in enumerate(citizens)}
    yield "home", state.agents.home, [
        place[member.home] for country in model.countries for member in country.pipeline_members()
    ]


def _elite_pairs(world: World, model: ReferenceModel) -> Iterator[tuple[str, NDArray[Any], Any]]:
    compiled, elites = world.state.elites, [country.elite for country in model.countries]
    for name in ("rent", "birth_year", "generation"):
        own = [[getattr(member, name) for member in members] for members in elites]
        yield f"elite {name}", getattr(compiled, name), own
    for name in ("alignment", "orientation"):
        own = [[by_power(model, getattr(member, name)) for member in members] for members in elites]
        yield name, getattr(compiled, name), own
    school = {power: i for i, power in enumerate(model.powers)}
    own = [[school.get(member.alma_mater or "", -1) for member in members] for members in elites]
    yield "alma mater", compiled.alma_mater, own


def _apart(compiled: Floats, reference: Floats) -> Floats:
    """Return differences: absolute, or relative where values are above one."""
    return np.abs(compiled - reference) / np.maximum(1.0, np.abs(compiled))


def differences(world: World, model: ReferenceModel) -> dict[str, float]:
    """Return the largest difference of each quantity, absolute, or relative where values are above one."""
    return {name: float(_apart(*values).max(initial=0.0)) for name, *values in pairs(world, model)}


def countries_apart(world: World, model: ReferenceModel, tolerance: float) -> dict[str, set[str]]:
    """Return country -> quantities that differ there by more than a tolerance."""
    rows = {len(model.countries): list(model.countries)}
    people, citizens = all_people(model), all_citizens(model)
    for group in (people, citizens, people[len(citizens):]):
        rows[len(group)] = [one.country for one in group]
    found = defaultdict(set)
    for name, *values in pairs(world, model):
        beyond = _apart(*values) > tolerance
        for row in np.flatnonzero(beyond.reshape(len(beyond), -1).any(axis=1)):
            found[rows[len(beyond)][row].code].add(name)
    return dict(found)


def printed_apart(model: ReferenceModel, report: Report) -> dict[str, float]:
    """Return the largest differences of what a step prints beside the state: reach, slopes, equilibria, the loop.

    Args:
        model: the reference in the state before the step.
        report: what the compiled step reported.
    """
    model.take_stock(model.months(model.number))
    found: dict[str, float] = defaultdict(float)

    def note(what: str, compiled: float, reference: float) -> None:
        found[what] = max(found[what], abs(compiled - reference))

    for c, country in enumerate(model.countries):
        crowd = [(citizen.reluctance(), citizen.persons) for citizen in country.citizens]
        contagion = country.rules.contagion
        slope = threshold_slope(crowd, contagion)
        least, greatest = participation(crowd, contagion), greatest_participation(crowd, contagion)
        note("slope", report.unrest.slope[c], slope)
        note("least equilibrium", report.unrest.share[c], least)
        note("greatest equilibrium", report.unrest.upper_share[c], greatest if slope > 1 else least)
        note("loop gain", report.loop_gain[c], loop_gain(country))
        assert {source.name for source in country.sources} == set(report.voices.names)
        heads = sum(person.persons for person in country.people())
        for source in country.sources:
            reached = sum(person.persons * source.reach(person) for person in country.people()) / heads
            k = report.voices.names.index(source.name)
            note("reach", report.source_reach[k, c], reached if source.strength > 0 else 0.0)
    return dict(found)
