"""The parameter sets of a scenario: which numbers the ensemble gives it, and what each replicate runs with."""

from __future__ import annotations

from collections.abc import Iterable

from spsim.config.ensemble import DEFAULTS, ENSEMBLE, calibrated, member_of, members
from spsim.config.parameters import Parameters
from spsim.config.scenario import Scenario


def set_by_ensemble(scenario: Scenario) -> list[str]:
    """Return the numbers of a scenario that come from the ensemble: calibrated, and not set by the scenario itself."""
    if scenario.run.parameters != ENSEMBLE:
        return []
    return [key for key in calibrated() if key not in scenario.own]


def with_member(scenario: Scenario, replicate: int) -> Scenario:
    """Return the scenario with the numbers that one of its replicates runs with.

    Doing it twice is the same as doing it once. What the scenario sets itself stays as it is.
    """
    keys = set_by_ensemble(scenario)
    if not keys:
        return scenario
    row = members().to_dict(orient="index")[member_of(scenario.run.seed, replicate)]
    values = scenario.parameters.model_dump()
    for key in keys:
        *path, last = key.split(".")
        inner = values
        for word in path:
            inner = inner[word]
        inner[last] = row[key]
    return scenario.model_copy(update={"parameters": Parameters.model_validate(values)})


def at_defaults(scenario: Scenario) -> Scenario:
    """Return the scenario without the ensemble: every number at its default, or at what the scenario sets itself."""
    return scenario.model_copy(update={"run": scenario.run.model_copy(update={"parameters": DEFAULTS})})


def sets_of(scenario: Scenario, replicates: int | Iterable[int]) -> tuple[int, ...]:
    """Return the member of each replicate, by which sets are told apart; empty where all run with the same numbers.

    Args:
        scenario: resolved.
        replicates: how many, or their numbers.
    """
    if not set_by_ensemble(scenario):
        return ()
    numbers = range(replicates) if isinstance(replicates, int) else replicates
    return tuple(member_of(scenario.run.seed, number) for number in numbers)


def highest(scenario: Scenario, key: str, value: float) -> float:
    """Return the highest value that a number takes in any replicate; ``value`` is what the scenario says."""
    return float(members()[key].max()) if key in set_by_ensemble(scenario) else value
