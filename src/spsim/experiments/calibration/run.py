"""The whole way from a survey file to an ensemble, each stage of which is kept and not done twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.analysis.hindcast import hindcast
from spsim.config import ConfigError, Place, Problem, Scenario
from spsim.data import load_pack
from spsim.experiments.calibration import bank as banks
from spsim.experiments.calibration import members, tables, trust
from spsim.experiments.calibration.bank import Bank
from spsim.experiments.calibration.emulator import Emulator, fit
from spsim.experiments.calibration.forecast import forecast
from spsim.experiments.calibration.posterior import RULED_OUT, Evidence, sample
from spsim.experiments.cases import Progress, code_digest
from spsim.experiments.survey_scores import observed_table
from spsim.experiments.surveys import Question, questions, second_sources
from spsim.experiments.surveys.asking import scenario_for
from spsim.experiments.workers import Workers

Floats = NDArray[np.float64]

MOST_HELD_OUT = 300


@dataclass(frozen=True)
class Sizes:
    """How much is computed."""

    citizens: int = 1000
    sets: int = 5000
    refined: int = 1500
    members: int = 200
    """Parameter sets of the ensemble."""
    checks: int = 8
    """Runs of each of them, by which the ensemble is checked."""

    @property
    def held_out(self) -> int:
        """Members of the first bank that no emulator sees: they test the method."""
        return min(MOST_HELD_OUT, self.sets // 6)

    def check(self) -> None:
        """Raise a ConfigError that names everything that is too small for a calibration."""
        problems = [
            Problem(Place("sizes"), name, f"got {getattr(self, name)}", f"at least {least}")
            for name, least in (("sets", 24), ("refined", 1), ("members", 2), ("checks", 1))
            if getattr(self, name) < least
        ]
        if problems:
            raise ConfigError(problems)


FULL = Sizes()
QUICK = Sizes(citizens=200, sets=120, refined=20, members=10, checks=2)

CONCORDANT = 1.0
"""Observed: all pairs of countries are in order."""

TEMPERED = 0.5
"""Power of the likelihood from which the refinement bank is drawn: wider than the posterior."""


def evidence(asked: Sequence[Question], scenario: Scenario) -> Evidence:
    """Return what was observed: the figures of questions, the count of anti-China events, the order of countries."""
    counts = load_pack().protests_table()
    counted = counts[(counts["country"] == banks.COUNTED[0]) & counts["kind"].str.startswith("anti-China")]["count"]
    observed = [*(q.value for q in asked), np.log1p(float(counted.iloc[0])), CONCORDANT]
    repeated = {again.row for again in second_sources(asked)}
    used = [n for n, question in enumerate(asked) if question.row not in repeated]
    return Evidence(tuple(asked), np.array(observed), (*used, len(asked), len(asked) + 1), scenario.parameters)


@dataclass(frozen=True)
class Calibration:
    """What a calibration gives; tables are described where they are made."""

    scenario: Scenario
    sizes: Sizes
    seed: int
    code: str
    """Fingerprint of the code that simulated the banks."""
    not_ruled_out: float
    """Share of the prior that history matching leaves."""
    accepted: float
    """Share of the posterior from which the ensemble is drawn (:func:`members.accepted`)."""
    emulation: pd.DataFrame
    """How well the emulator does: statistic, r_squared (held-out folds), error, chance (standard deviations)."""
    fit: pd.DataFrame
    """Each polled figure beside what the ensemble and the priors expect, run with the model itself."""
    parameters: pd.DataFrame
    """Default, prior, posterior and verdict of each dimension."""
    posterior: pd.DataFrame
    """Draws: parameter, which (prior or posterior), value."""
    ranks: pd.DataFrame
    """Ranks of known parameters among posterior draws, held-out member by member."""
    recovery: pd.DataFrame
    """How often central intervals hold known parameters."""
    hindcast: pd.DataFrame
    """Forecasts from rolling origins beside persistence."""
    patterns: pd.DataFrame
    """The patterns that members are held to, in each of them."""
    ensemble: pd.DataFrame
    """The accepted parameter sets, as they are shipped."""
    uncovered: pd.DataFrame
    """Rows of the survey table that no instrument covers: row, measure, reason."""

    TABLES = ("emulation", "fit", "parameters", "posterior", "ranks", "recovery", "hindcast", "patterns", "uncovered")

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the names of their files; the ensemble is written beside them."""
        return {name: getattr(self, name) for name in self.TABLES}


Stage = Callable[[str], AbstractContextManager[Progress | None]]
"""Gives, for the title of a stage, what is told after each of its members."""


def calibrate(
    folder: Path, table: pd.DataFrame, sizes: Sizes = FULL, seed: int = 2026, workers: Workers = None,
    stage: Stage = lambda _: nullcontext(), *, old_bank: bool = False,
) -> Calibration:
    """Fit the dozen to a survey table: bank, emulator, history matching, refinement, trust, hindcast, ensemble.

    Args:
        folder: keeps the banks; what it holds is not simulated again.
        table: survey rows.
        sizes: how much.
        seed: of everything; the same seed gives the same ensemble.
        workers: processes, or an executor; the result does not depend on it.
        stage: shows progress.
        old_bank: take banks that another version of the code has simulated; the result says so.

    Raises:
        ConfigError: sizes are too small.
        SetupError: a library is missing, the folder holds another calibration, or the disk refuses.
    """
    sizes.check()
    asked, left = questions(table)
    scenario = scenario_for(asked, sizes.citizens, seed, parameters="defaults")
    given = evidence(asked, scenario)
    plan = banks.Plan(scenario, tuple(asked), (), kept=banks.fingerprints(folder) if old_bank else {})

    def simulated(name: str, title: str, shares: Floats, first: int) -> Bank:
        with stage(title) as progress:
            return banks.build(folder, name, replace(plan, shares=banks.rows(shares), first=first), workers, progress)

    whole = simulated("prior", "bank from the priors", banks.prior_shares(sizes.sets, seed), 0)
    learnt = sizes.sets - sizes.held_out
    prior, held_out = whole.part(slice(0, learnt)), whole.part(slice(learnt, None))
    first = fit(prior)
    possible = given.implausibility(first, prior.shares) <= RULED_OUT
    refined = simulated("refined", "refinement bank", refinement_shares(first, given, sizes.refined, seed), sizes.sets)
    emulator = fit(prior.part(np.flatnonzero(possible)).joined(refined))
    posterior = sample(lambda x: given.log_likelihood(emulator, x), seed + 1)
    code = plan.kept.get("code") or code_digest()
    design = {"code": code_digest(), "bank": code, "seed": seed, "citizens": sizes.citizens, "sets": sizes.sets}
    with stage("recovery of known parameters") as progress:
        ranks, recovery = trust.test(folder, trust.Plan(first, given, held_out, seed), design, workers, progress)
    good = members.accepted(given, emulator, posterior)
    chosen = members.spread(posterior[good] if good.any() else posterior, sizes.members)
    last = sizes.sets + len(refined.shares)
    with stage("runs of the ensemble") as progress:
        checked, patterns = members.run(
            folder, replace(plan, shares=banks.rows(chosen), replicates=sizes.checks, first=last), workers, progress
        )
    observed = observed_table(asked, scenario.parameters)
    return Calibration(
        scenario=scenario, sizes=sizes, seed=seed, code=code, not_ruled_out=float(possible.mean()),
        accepted=float(good.mean()),
        emulation=tables.emulation(given, emulator, posterior), fit=tables.fit(given, checked, whole, seed),
        parameters=tables.parameters(posterior), posterior=tables.posterior(posterior, seed),
        ranks=ranks, recovery=recovery,
        hindcast=hindcast(observed, lambda o: forecast(first, given, o.fit, o.score, seed + o.year)),
        patterns=patterns, ensemble=members.table(chosen),
        uncovered=pd.DataFrame([asdict(one) for one in left], columns=["row", "measure", "reason"]),
    )


def refinement_shares(first: Emulator, given: Evidence, count: int, seed: int) -> Floats:
    """Return where the refinement bank lies: draws at half the likelihood that are not ruled out, [N, dimensions]."""
    drawn = sample(lambda x: TEMPERED * given.log_likelihood(first, x), seed, 2 * count)
    return drawn[given.implausibility(first, drawn) <= RULED_OUT][:count]
