"""Whether the method may be trusted: it has to recover parameters that are known.

Held-out members of the first bank, which no emulator has seen, play the world: one of their runs is polled, with all
the errors that real polls have, and the posterior of these polls is set against the parameters that made them. If the
method is right, true values fall at every rank among posterior draws equally often (simulation-based calibration, Talts
et al. 2018), and 90 % intervals hold them nine times out of ten. No simulation is run for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.experiments.calibration.bank import Bank
from spsim.experiments.calibration.dimensions import NAMES
from spsim.experiments.calibration.emulator import Emulator, statistics
from spsim.experiments.calibration.posterior import Evidence, sample
from spsim.experiments.cases import Log, Progress, run_cases
from spsim.experiments.workers import Workers
from spsim.model.randomness import normals, stream

Floats = NDArray[np.float64]

DRAWS = 99
"""Posterior draws among which a true value has a rank, 0 to 99."""

PARTICLES = 600


@dataclass(frozen=True)
class Plan:
    """What every member needs."""

    emulator: Emulator
    evidence: Evidence
    held_out: Bank
    seed: int


def polled(plan: Plan, number: int) -> Floats:
    """Return what polls print in the first run of a held-out member, [S]."""
    true = statistics(plan.held_out)[number, 0]
    errors = plan.evidence.errors(true[None], plan.held_out.slopes[number, :1])[0]
    luck = normals(stream(plan.seed, number, "polled world"), 0, np.arange(true.size, dtype=np.uint64))
    return np.asarray(true + np.linalg.cholesky(errors) @ luck)


def recover(plan: Plan, number: int) -> dict[str, Any]:
    """Return ranks of the true values among posterior draws, and whether central intervals hold them."""
    given = plan.evidence.seen(polled(plan, number))
    draws = sample(lambda x: given.log_likelihood(plan.emulator, x), plan.seed + 1 + number, PARTICLES)
    true = plan.held_out.shares[number]
    few = draws[np.linspace(0, len(draws) - 1, DRAWS).round().astype(int)]
    inside = {}
    for level in (50, 90):
        low, high = np.quantile(draws, [0.5 - level / 200, 0.5 + level / 200], axis=0)
        inside[f"inside_{level}"] = ((low <= true) & (true <= high)).tolist()
    return {"ranks": (few < true).sum(axis=0).tolist(), **inside}


def test(
    folder: Path, plan: Plan, design: dict[str, Any], workers: Workers = None, progress: Progress | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Recover every held-out member.

    Args:
        folder: where the log is, ``trust.jsonl``.
        plan: the emulator, the evidence, the members.
        design: what decides the result, for the log.
        workers: processes, or an executor.
        progress: told after each member.

    Returns:
        Ranks: parameter, member, rank, L. Recovery: parameter, covered_50, covered_90 (shares), members.
    """
    count = len(plan.held_out.shares)
    log = Log(folder / "trust.jsonl", {"experiment": "trust", **design})
    gives = list(run_cases(recover, plan, [f"member {n}" for n in range(count)], log, workers, progress).values())
    ranks = pd.DataFrame([
        (name, member, given["ranks"][at], DRAWS) for member, given in enumerate(gives) for at, name in enumerate(NAMES)
    ], columns=["parameter", "member", "rank", "L"])
    inside = {level: np.array([given[f"inside_{level}"] for given in gives]).mean(axis=0) for level in (50, 90)}
    recovery = pd.DataFrame({
        "parameter": NAMES, "covered_50": inside[50], "covered_90": inside[90], "members": count
    })
    return ranks, recovery
