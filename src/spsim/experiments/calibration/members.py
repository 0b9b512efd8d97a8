"""The ensemble: parameter sets from the posterior, each run with the model itself to see whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.experiments.calibration.bank import Bank, Plan, build_with, simulate
from spsim.experiments.calibration.dimensions import NAMES, changed_leaves, scenario_at, values_at
from spsim.experiments.calibration.emulator import Emulator
from spsim.experiments.calibration.posterior import Evidence
from spsim.experiments.cases import Progress
from spsim.experiments.surveys import Question
from spsim.experiments.validation.measures import BASE
from spsim.experiments.validation.patterns import Pattern, patterns
from spsim.experiments.validation.readings import Reading
from spsim.experiments.workers import Workers
from spsim.model.simulation import Simulation

Floats = NDArray[np.float64]

HELD_TO = ("P02", "P05-RU", "P05-CN", "P06", "P08", "P10")
"""Patterns that members are held to: four with role calibration and two imposed ones, all read before 2023. All are
checked in runs; :func:`accepted` looks at five, as P10 (students) cannot be read off what the emulator gives.

Four more have role calibration (P01, P04, S-CN, S-RU). No member is held to them, and some fail with the ensemble.
"""


def spread(posterior: Floats, count: int) -> Floats:
    """Return so many of the posterior draws, evenly spaced along its widest direction, so that they cover it."""
    centred = posterior - posterior.mean(axis=0)
    order = np.argsort(centred @ np.linalg.svd(centred, full_matrices=False)[2][0], kind="stable")
    return np.asarray(posterior[order[np.linspace(0, len(posterior) - 1, count).round().astype(int)]])


def accepted(given: Evidence, emulator: Emulator, shares: Floats) -> NDArray[np.bool_]:
    """Tell which parameter sets are expected to hold the patterns that can be read off the polls, [N].

    The posterior allows for chance and for everything that stands between opinion and a printed figure, so it holds
    sets whose expected values lie outside the bounds of a pattern. These are not accepted: the emulated value has to
    lie inside by the emulator's own error. The bounds rest on polls that the posterior has seen already, so these polls
    are used twice, and what is accepted is a truncated posterior. A pattern whose polls are not in the survey table is
    not looked at.
    """
    means = emulator(shares)[0]
    good = np.ones(len(shares), dtype=bool)
    for pattern in held_to():
        weights = _weights(pattern.id, given.questions, emulator.statistics)
        if weights is None:
            continue
        value, error = means @ weights, np.sqrt(weights @ emulator.error @ weights)
        if pattern.id == "P02":  # the statistic is the log of one plus the count
            low, high = np.expm1(value - error), np.expm1(value + error)
        else:
            low, high = value - error, value + error
        good &= (pattern.low < low) & (high < pattern.high)
    return good


def _weights(pattern: str, asked: Sequence[Question], count: int) -> Floats | None:
    """Return what a pattern is made of, as weights of the statistics; None if a poll for it is missing."""
    def approval(power: str, places: int, years: tuple[int, int], kind: str = "share") -> int | None:
        found = (n for n, q in enumerate(asked) if q.item == "leadership" and q.answers == ("approval",)
                 and q.power == power and len(q.countries) == places and q.kind == kind
                 and (places > 1 or q.countries == ("KZ",)) and (int(q.months[0][:4]), q.year) == years)
        return next(found, None)

    made_of: dict[str, dict[int | None, float]] = {
        "P02": {len(asked): 1.0},
        "P05-RU": {approval("RU", 4, (2006, 2018)): 1.0},
        "P05-CN": {approval("CN", 4, (2006, 2018)): 1.0},
        "P06": {approval("CN", 1, (2017, 2018), "change"): 1.0},
        "P08": {approval("RU", 1, (2022, 2022)): 1.0, approval("RU", 1, (2021, 2021)): -1.0},
    }
    weights = np.zeros(count)
    for place, weight in made_of.get(pattern, {}).items():
        if place is None:
            return None
        weights[place] = weight
    return weights if weights.any() else None


def held_to() -> list[Pattern]:
    """Return the patterns that members are held to."""
    return [pattern for pattern in patterns() if pattern.id in HELD_TO]


def check(plan: Plan, number: int) -> dict[str, Any]:
    """Run the replicates of a member: what polls would have printed, and the patterns."""
    scenario = scenario_at(plan.scenario, plan.shares[number])
    measured: list[list[float]] = []

    def look(simulation: Simulation) -> None:
        evidence = {BASE: Reading(scenario, simulation.record)}
        measured.append([float(pattern.measure(evidence)) for pattern in held_to()])

    return {**simulate(plan, number, look), "patterns": measured}


def run(folder: Path, plan: Plan, workers: Workers, progress: Progress | None) -> tuple[Bank, pd.DataFrame]:
    """Run all members.

    Returns:
        What polls would have printed, and the patterns: member, pattern, value (mean over its runs), holds, and the
        share of its single runs that hold.
    """
    bank, gives = build_with(check, folder, "members", plan, workers, progress)
    rows = []
    for member, given in enumerate(gives):
        each = np.array(given["patterns"])
        for at, pattern in enumerate(held_to()):
            mean = float(each[:, at].mean())
            single = float(np.mean([pattern.passes(value) for value in each[:, at].tolist()]))
            rows.append((member, pattern.id, mean, pattern.passes(mean), single))
    return bank, pd.DataFrame(rows, columns=["member", "pattern", "value", "holds", "holds_in_single_runs"])


def table(shares: Floats) -> pd.DataFrame:
    """Return the ensemble as it is shipped: member, and a column for each number, dotted as after ``--set``."""
    rows = [changed_leaves(dict(zip(NAMES, row, strict=True))) for row in values_at(shares).tolist()]
    found = pd.DataFrame(rows).round(6)
    found.insert(0, "member", range(len(found)))
    return found
