"""The whole way from a survey file to an ensemble, each stage of which is kept and not done twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import Scenario
from spsim.data import load_pack
from spsim.experiments.calibration import bank as banks
from spsim.experiments.calibration.bank import Bank
from spsim.experiments.calibration.emulator import Emulator, fit
from spsim.experiments.calibration.posterior import RULED_OUT, Evidence, sample
from spsim.experiments.cases import Progress
from spsim.experiments.surveys import Question, questions
from spsim.experiments.surveys.asking import scenario_for
from spsim.experiments.workers import Workers

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sizes:
    """How much is computed."""

    citizens: int = 1000
    sets: int = 5000
    held_out: int = 300
    """Members of the first bank that no emulator sees: they test the method."""
    refined: int = 1500
    members: int = 200
    """Parameter sets of the ensemble."""
    checks: int = 4
    """Runs of each of them, by which the ensemble is checked."""


FULL = Sizes()
QUICK = Sizes(citizens=200, sets=600, held_out=40, refined=60, members=20, checks=2)

CONCORDANT = 1.0
"""Observed: all pairs of countries are in order."""

TEMPERED = 0.5
"""Power of the likelihood from which the refinement bank is drawn: wider than the posterior."""


def evidence(asked: Sequence[Question], scenario: Scenario) -> Evidence:
    """Return what was observed: the figures of questions, the count of anti-China events, the order of countries."""
    counts = load_pack().protests_table()
    counted = counts[(counts["country"] == banks.COUNTED[0]) & counts["kind"].str.startswith("anti-China")]["count"]
    observed = [*(q.value for q in asked), np.log1p(float(counted.iloc[0])), CONCORDANT]
    used = [n for n, q in enumerate(asked) if not _told_before(asked, n)]
    return Evidence(tuple(asked), np.array(observed), (*used, len(asked), len(asked) + 1), scenario.parameters)


def _told_before(asked: Sequence[Question], number: int) -> bool:
    """Tell whether an earlier row says the same of the same year: a second source for one poll."""
    one = asked[number]
    return any(
        other.series == one.series and other.value == one.value and other.kind == one.kind
        and other.year == one.year and len(other.months) == len(one.months)
        for other in asked[:number]
    )


@dataclass(frozen=True)
class Fitted:
    """The stages up to the posterior."""

    scenario: Scenario
    evidence: Evidence
    prior: Bank
    held_out: Bank
    first: Emulator
    """Learnt from the first bank alone; the method is tested with it."""
    not_ruled_out: float
    """Share of the prior that history matching leaves."""
    refined: Bank
    emulator: Emulator
    """Learnt from what is not ruled out and from the refinement bank."""
    posterior: Floats
    """Places in the priors, [draws, dimensions]."""


def refinement_shares(first: Emulator, given: Evidence, count: int, seed: int) -> Floats:
    """Return where the refinement bank lies: draws at half the likelihood that are not ruled out, [N, dimensions]."""
    drawn = sample(lambda x: TEMPERED * given.log_likelihood(first, x), seed, 2 * count)
    kept = drawn[given.implausibility(first, drawn) <= RULED_OUT]
    return kept[:count]


def fitted(
    folder: Path, table: pd.DataFrame, sizes: Sizes, seed: int, workers: Workers = None,
    progress: Callable[[str], Progress | None] = lambda _: None,
) -> Fitted:
    """Return the posterior of a survey table, simulating what the folder does not hold yet.

    Args:
        folder: of the banks.
        table: survey rows.
        sizes: how much.
        seed: of everything.
        workers: processes, or an executor.
        progress: gives, for the title of a stage, what is told after each of its members.
    """
    asked, _ = questions(table)
    scenario = scenario_for(asked, sizes.citizens, seed)
    given = evidence(asked, scenario)
    whole = banks.build(folder, "prior", scenario, asked, banks.prior_shares(sizes.sets, seed), workers=workers,
                        progress=progress("bank from the priors"))
    learnt = sizes.sets - sizes.held_out
    prior, held_out = whole.part(slice(0, learnt)), whole.part(slice(learnt, None))
    first = fit(prior)
    possible = given.implausibility(first, prior.shares) <= RULED_OUT
    shares = refinement_shares(first, given, sizes.refined, seed)
    refined = banks.build(folder, "refined", scenario, asked, shares, first=sizes.sets, workers=workers,
                          progress=progress("refinement bank"))
    emulator = fit(prior.part(np.flatnonzero(possible)).joined(refined))
    posterior = sample(lambda x: given.log_likelihood(emulator, x), seed + 1)
    return Fitted(scenario, given, prior, held_out, first, float(possible.mean()), refined, emulator, posterior)
