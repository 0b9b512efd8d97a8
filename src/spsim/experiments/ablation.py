"""What each mechanism contributes: the scenario as it is, minus the scenario without it, with common random numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spsim.analysis.intervals import paired_difference, set_means
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import (
    MECHANISMS,
    ConfigError,
    Place,
    Problem,
    Scenario,
    sets_of,
    switched,
    with_member,
    without_event,
)
from spsim.config.errors import listed, nearest
from spsim.config.mechanisms import OFF
from spsim.data import REGION
from spsim.experiments.cases import Log, Progress, code_digest, run_cases
from spsim.experiments.workers import Workers
from spsim.model.simulation import Simulation

EVENT = "event:"
AS_IS = "nothing"
"""What the scenario is run without to have something to compare with."""

OUTCOMES_BY_DEFAULT = ("approval", "divergence", "protest_events")
YEARS = 10
LAST_RECORDED = 2024
"""Last year whose inputs are recorded; later ones are extrapolated."""


@dataclass(frozen=True)
class Study:
    """What is taken out of which scenario, and over which years outcomes are averaged."""

    scenario: Scenario
    removals: tuple[str, ...]
    years: tuple[int, ...]
    outcomes: tuple[str, ...]

    @property
    def period(self) -> str:
        """The years in words."""
        return f"{self.years[0]}-{self.years[-1]}"

    @cached_property
    def cases(self) -> list[str]:
        """The keys of all cases: everything that is taken out in turn, replicate by replicate."""
        return [f"{name} {n}" for n in range(self.scenario.run.replicates) for name in (AS_IS, *self.removals)]


def study(
    scenario: Scenario, removals: Sequence[str] | None, outcomes: Sequence[str], years: tuple[int, int] | None
) -> Study:
    """Return the study of a scenario, whose runs end with the years that are averaged.

    Args:
        scenario: the scenario.
        removals: what to take out; everything that acts in the scenario if not given.
        outcomes: names of outcomes.
        years: first and last year; the last ten of recorded inputs in the run if not given.

    Raises:
        ConfigError: with every name that is not known, and years that are not in the run.
    """
    run = scenario.run
    first, last = int(run.start[:4]), int(run.end[:4])
    if years is None:
        end = min(last, max(LAST_RECORDED, first))
        years = max(first, end - YEARS + 1), end
    events = {f"{EVENT}{event.name}" for event in scenario.acting_events}
    options = {f"{name}={option}" for name, known in MECHANISMS.items() for option in known.options if option != OFF}
    problems = [
        *_unknown(removals or (), {*MECHANISMS, *options, *events}, "mechanism or acting event"),
        *_unknown(outcomes, OUTCOMES, "outcome"),
    ]
    if not first <= years[0] <= years[1] <= last:
        got = f"got {years[0]} to {years[1]}"
        problems.append(Problem(Place("ablate"), "years", got, f"years from {first} to {last}, the first one first"))
    if problems:
        raise ConfigError(problems)
    shorter = scenario.model_copy(update={"run": run.model_copy(update={"end": f"{years[1]}-12"})})
    chosen = removable(shorter) if removals is None else removals
    return Study(shorter, tuple(chosen), tuple(range(years[0], years[1] + 1)), tuple(outcomes))


def _unknown(names: Iterable[str], known: Iterable[str], what: str) -> list[Problem]:
    choices = sorted(known)
    return [
        Problem(Place("ablate"), name, f"there is no such {what}", listed(choices, 100), nearest(name, choices))
        for name in names
        if name not in choices
    ]


def removable(scenario: Scenario) -> list[str]:
    """Return what can be taken out of a scenario: switches that change it, and acting events."""
    names = []
    as_it_runs = with_member(scenario, 0).parameters
    for name, known in MECHANISMS.items():
        for option in known.options:
            label = name if option == OFF else f"{name}={option}"
            if with_member(without(scenario, label), 0).parameters != as_it_runs:
                names.append(label)
    return names + [f"{EVENT}{event.name}" for event in scenario.acting_events]


def without(scenario: Scenario, names: str) -> Scenario:
    """Return a scenario without a mechanism, an event, or several of them.

    Args:
        scenario: the scenario.
        names: ``heritage``, ``social_influence=bounded_confidence``, ``event:xinjiang``; several with ``; `` between.
    """
    for name in names.split("; "):
        if name.startswith(EVENT):
            scenario = without_event(scenario, name.removeprefix(EVENT))
        elif name != AS_IS:
            mechanism, _, option = name.partition("=")
            scenario = switched(scenario, mechanism, option or OFF)
    return scenario


def measure(study: Study, number: int) -> dict[str, Any]:
    """Do one case: outcome -> mean over the years, [places] or [places][powers]."""
    name, _, replicate = study.cases[number].rpartition(" ")
    scenario = without(study.scenario, name)
    record = Simulation(scenario, int(replicate)).run()
    return {
        outcome: OUTCOMES[outcome].yearly(record, scenario, study.years).mean(axis=0).tolist()
        for outcome in study.outcomes
    }


def contributions(
    study: Study, log: Path, workers: Workers = None, progress: Progress | None = None
) -> pd.DataFrame:
    """Return what everything that is taken out contributes.

    Args:
        study: the study.
        log: file of finished cases, from which an interrupted study goes on.
        workers: processes, or an executor; the number of processors if not given.
        progress: told after each run.

    Returns:
        One row for each removal, outcome, power and country or region: level (mean of the full scenario),
        contribution (full minus without, mean over paired replicates), and its interval, agreement and sign as in
        :func:`spsim.analysis.intervals.paired_difference`.
    """
    gives = run_cases(measure, study, study.cases, Log(log, _design(study)), workers, progress)
    run = study.scenario.run
    rows: list[dict[str, Any]] = []
    sets = sets_of(study.scenario, run.replicates)
    for outcome in study.outcomes:
        full, *others = (
            np.array([gives[f"{name} {n}"][outcome] for n in range(run.replicates)])
            for name in (AS_IS, *study.removals)
        )
        powers = list(run.powers) if OUTCOMES[outcome].by_power else [""]
        for name, other in zip(study.removals, others, strict=True):
            pairs = (full - other).reshape(run.replicates, -1, len(powers))
            level = set_means(full, sets).mean(axis=0).reshape(-1, len(powers))
            for c, country in enumerate([*run.countries, REGION]):
                rows += [
                    {"without": name, "outcome": outcome, "power": power, "country": country, "level": level[c, p],
                     **paired_difference(pairs[:, c, p], sets)}
                    for p, power in enumerate(powers)
                ]
    return pd.DataFrame(rows).rename(columns={"difference": "contribution"})


def ranking(here: pd.DataFrame) -> list[str]:
    """Return what was taken out, the one with the largest contribution (relative to its outcome) first."""
    size = here.assign(size=here["contribution"].abs())
    size["size"] /= size.groupby(["outcome", "power"])["size"].transform("max").replace(0, 1)
    largest = size.groupby("without")["size"].max()
    return [str(name) for name in largest.sort_values(ascending=False, kind="stable").index]


def _design(study: Study) -> dict[str, Any]:
    scenario = study.scenario.model_copy(
        update={"run": study.scenario.run.model_copy(update={"replicates": 1})}  # more of them may be added later
    )
    return {
        "experiment": "ablation",
        "code": code_digest(),
        "scenario": hashlib.sha256(scenario.model_dump_json().encode()).hexdigest()[:16],
        "years": study.period,
        "outcomes": ", ".join(study.outcomes),
    }
