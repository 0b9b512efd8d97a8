"""Scenarios beside each other with common random numbers, until the answer is as sharp as asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spsim.analysis.comparison import MOST, Runs, by_year, over_years, replicates_needed
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import ConfigError, Place, Problem, Scenario, members, sets_of
from spsim.config.ensemble import PER_SET
from spsim.config.errors import listed, nearest
from spsim.data import REGION
from spsim.experiments.cases import Log, Progress, code_digest, run_cases
from spsim.experiments.family import Family
from spsim.experiments.workers import Workers

OUTCOMES_BY_DEFAULT = ("approval", "divergence", "protest_events")
HALF_WIDTH = 0.5
"""Wanted half-width of the interval of an outcome in points, unless the user says otherwise."""

YEARS_AT_THE_END = 5
SHARED = (
    "start", "end", "step_months", "countries", "powers", "citizens", "elites", "pipeline_agents", "seed", "parameters",
)
"""Run settings that must be the same: without them scenarios share no draws, or no parameter sets."""


@dataclass(frozen=True)
class Comparison:
    """Which scenarios are compared in which outcomes; the first one is the reference."""

    scenarios: tuple[Scenario, ...]
    outcomes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The scenarios by name."""
        return [scenario.name for scenario in self.scenarios]

    @property
    def powers(self) -> list[str]:
        """Codes in the order of the axis of powers."""
        return list(self.scenarios[0].run.powers)

    @property
    def places(self) -> list[str]:
        """The countries and, last, the region."""
        return [*self.scenarios[0].run.countries, REGION]

    @cached_property
    def family(self) -> Family:
        """The scenarios with what they share."""
        return Family(self.scenarios)

    def sets(self, replicates: int) -> tuple[int, ...]:
        """Return the parameter set of each replicate; empty where all scenarios have the same numbers in all."""
        return next(filter(None, (sets_of(scenario, replicates) for scenario in self.scenarios)), ())

    @cached_property
    def years(self) -> list[int]:
        """All years of the runs."""
        run = self.scenarios[0].run
        return list(range(int(run.start[:4]), int(run.end[:4]) + 1))


def comparison(scenarios: Sequence[Scenario], outcomes: Sequence[str]) -> Comparison:
    """Return what is compared.

    Raises:
        ConfigError: fewer than two scenarios, a name twice, an unknown outcome, or runs that share no draws.
    """
    problems = []
    if len(scenarios) < 2:
        allowed = "two or more, the reference first, such as: compare baseline mine.yaml"
        problems.append(Problem(Place("compare"), "", f"got {len(scenarios)} scenario", allowed))
    names = [scenario.name for scenario in scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        said = f"{', '.join(twice)} stands twice"
        problems.append(Problem(Place("compare"), "name", said, 'each name once: with_(name="...")'))
    problems += [
        Problem(Place("compare"), name, "there is no such outcome", listed(OUTCOMES, 40), nearest(name, OUTCOMES))
        for name in outcomes
        if name not in OUTCOMES
    ]
    for other in scenarios[1:]:
        for key in SHARED:
            here, there = (getattr(each.run, key) for each in (scenarios[0], other))
            if here != there:
                said = f"{there} in {other.name}, {here} in {scenarios[0].name}: they would share no draws or no sets"
                problems.append(Problem(Place("compare"), f"run.{key}", said, f"the same in both (--set {key}=...)"))
    if problems:
        raise ConfigError(problems)
    return Comparison(tuple(scenarios), tuple(outcomes))


def measure(compared: Comparison, replicate: int) -> dict[str, Any]:
    """Run one replicate of every scenario: scenario -> outcome -> [years][places] or [years][places][powers].

    What scenarios share with the reference before they part from it is run once.
    """
    records = {index: simulation.run() for index, simulation in compared.family.simulations(replicate)}
    return {
        scenario.name: {
            outcome: OUTCOMES[outcome].yearly(records[index], scenario, compared.years).tolist()
            for outcome in compared.outcomes
        }
        for index, scenario in enumerate(compared.scenarios)
    }


def run(
    compared: Comparison, log: Path, replicates: int, enough: Callable[[Runs], int] | None = None,
    most: int = MOST, workers: Workers = None, progress: Progress | None = None,
) -> Runs:
    """Run replicates of all scenarios, going on where the log stops.

    Args:
        compared: what is compared.
        log: file of finished replicates.
        replicates: how many at first.
        enough: told the runs so far, returns how many replicates are needed; without it the first ones are all.
        most: replicates at which it ends in any case.
        workers: processes, or an executor; the result does not depend on it.
        progress: told after each replicate.
    """
    kept = Log(log, _design(compared))
    while True:
        keys = [f"replicate {n}" for n in range(replicates)]
        gives = run_cases(measure, compared, keys, kept, workers, progress)
        found = {
            name: {
                outcome: np.array([gives[key][name][outcome] for key in keys], dtype=np.float64)
                for outcome in compared.outcomes
            }
            for name in compared.names
        }
        wanted = min(enough(found), most) if enough else replicates
        if wanted <= replicates:
            return found
        # the spread is known better with each round: go most of the way, then look again
        replicates = min(wanted, 2 * replicates)


def sharp_enough(
    compared: Comparison, outcome: str, place: str, years: Sequence[int], half_width: float
) -> Callable[[Runs], int]:
    """Return a rule for :func:`run`: the interval of one outcome in one place must be at most this wide.

    Where that takes more parameter sets than the ensemble has, all of them are used and no more: what is left is what
    nobody knows, and no number of runs makes it less.

    Args:
        compared: what is compared.
        outcome: the outcome; for one by power, all powers.
        place: a country, or the region.
        years: the years over which it is a mean.
        half_width: in the unit of the outcome.
    """
    at = compared.places.index(place)

    def needed(runs: Runs) -> int:
        means = over_years(runs, compared.years, years)
        one = means[compared.names[0]][outcome][:, 0, at]
        pairs = [(means[name][outcome][:, 0, at] - one).reshape(one.shape[0], -1) for name in compared.names[1:]]
        sets = compared.sets(one.shape[0])
        wanted = max(replicates_needed(column, half_width, sets) for each in pairs for column in each.T)
        return min(wanted, PER_SET * len(members())) if sets else wanted

    return needed


def tables(
    compared: Comparison, runs: Runs, years: Sequence[int], half_width: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the differences by year, and those of the mean over ``years``.

    Columns: scenario, outcome, power, country, year (the summary: years), and those of
    :func:`spsim.analysis.comparison.one_difference`. The wanted half-width holds for outcomes in points; others are
    held to the same share of their own level as half a point is of a hundred.
    """
    widths = {
        outcome: half_width if OUTCOMES[outcome].unit == "points" else half_width / 100 * _level(runs, outcome)
        for outcome in compared.outcomes
    }
    sets = compared.sets(len(next(iter(runs[compared.names[0]].values()))))
    every = by_year(runs, compared.names, compared.places, compared.powers, compared.years, widths, sets)
    means = over_years(runs, compared.years, years)
    summary = by_year(means, compared.names, compared.places, compared.powers, [years[0]], widths, sets)
    return every, summary.drop(columns="year").assign(years=f"{years[0]}-{years[-1]}")


def _level(runs: Runs, outcome: str) -> float:
    first = next(iter(runs.values()))[outcome]
    return max(float(np.abs(first).mean()), 1e-9)


def last_years(compared: Comparison, years: tuple[int, int] | None) -> list[int]:
    """Return the years over which the summary is a mean: those asked for, or the last five.

    Raises:
        ConfigError: they are not in the runs.
    """
    known = compared.years
    if years is None:
        return known[-YEARS_AT_THE_END:]
    if not known[0] <= years[0] <= years[1] <= known[-1]:
        got = f"got {years[0]} to {years[1]}"
        raise ConfigError(
            [Problem(Place("compare"), "years", got, f"years from {known[0]} to {known[-1]}, the first one first")]
        )
    return list(range(years[0], years[1] + 1))


def _design(compared: Comparison) -> dict[str, Any]:
    digest = hashlib.sha256()
    for scenario in compared.scenarios:
        single = scenario.model_copy(update={"run": scenario.run.model_copy(update={"replicates": 1})})
        digest.update(single.model_dump_json().encode())
    return {
        "experiment": "comparison",
        "code": code_digest(),
        "scenarios": ", ".join(compared.names),
        "content": digest.hexdigest()[:16],
        "outcomes": ", ".join(compared.outcomes),
    }
