"""From measured values to a verdict on each pattern."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spsim.analysis.intervals import LEVEL
from spsim.experiments.validation.patterns import Pattern, patterns

EASY = 0.05
"""Severity up to which a pattern is a sanity check: nearly every parameter set of the priors passes it."""

BROKEN = 0.5
"""Share of replicates below which a pattern counts as broken by an ablation."""

MEANINGS = {
    "fails": "the model does not show it",
    "passes": "nothing was set with it in sight, and parameter sets can fail it",
    "calibrated": "a parameter was set with it in sight",
    "seen": "it was looked at before the model was finished",
    "imposed": "put in by hand",
    "sanity check": "nearly all parameter sets of the priors pass it, so it tests nothing",
}


def verdict(pattern: Pattern, pass_rate: float, severity: float) -> str:
    """Return the verdict on a pattern: one of the keys of ``MEANINGS``."""
    if pass_rate < pattern.needed:
        return "fails"
    if pattern.role == "imposed":
        return "imposed"
    if severity <= EASY:
        return "sanity check"
    return {"calibration": "calibrated", "seen": "seen", "test": "passes"}[pattern.role]


def severity_interval(severity: float, draws: int) -> tuple[float, float]:
    """Return the 95 % interval of a severity: Wilson's for a share of so many parameter sets, each one a draw.

    Args:
        severity: share of the sets that fail, 0 to 1.
        draws: number of sets.
    """
    from scipy.stats import binomtest  # takes longer to import than all the rest

    ends = binomtest(round(severity * draws), draws).proportion_ci(LEVEL, method="wilson")
    return float(ends.low), float(ends.high)


def table(values: pd.DataFrame, sets: int = 1) -> pd.DataFrame:
    """Return one row for each pattern, in the order of the table of patterns.

    Args:
        values: columns kind, without, number, pattern, value, passed.
        sets: parameter sets with which the replicates of the baseline ran.

    Returns:
        Columns pattern, statement, unit, target, role, source, note; value and its 5 and 95 % quantiles over
        replicates of the baseline; pass_rate, replicates and sets; severity (1 - pass rate over draws from the priors),
        the ends of its 95 % interval, and draws; without, pass_rate_without, replicates_without and broken (empty where
        nothing can break the pattern, or it fails as it is); verdict.
    """
    return pd.DataFrame([_row(pattern, values[values["pattern"] == pattern.id], sets) for pattern in patterns()])


def _row(pattern: Pattern, mine: pd.DataFrame, sets: int) -> dict[str, Any]:
    by_kind = {kind: mine[mine["kind"] == kind] for kind in ("base", "prior", "without")}
    base, prior, removed = by_kind["base"], by_kind["prior"], by_kind["without"]
    known = base["value"].dropna().to_numpy()
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95]) if known.size else (np.nan,) * 3
    pass_rate, severity = float(base["passed"].mean()), 1 - float(prior["passed"].mean())
    severity_low, severity_high = severity_interval(severity, len(prior))
    left = float(removed["passed"].mean()) if pattern.without else np.nan
    return {
        "pattern": pattern.id,
        "statement": pattern.statement,
        "unit": pattern.unit,
        "target": pattern.target,
        "role": pattern.role,
        "value": float(middle),
        "value_low": float(low),
        "value_high": float(high),
        "pass_rate": pass_rate,
        "replicates": len(base),
        "sets": sets,
        "severity": severity,
        "severity_low": severity_low,
        "severity_high": severity_high,
        "draws": len(prior),
        "without": pattern.without,
        "pass_rate_without": left,
        "replicates_without": len(removed),
        "broken": "" if not pattern.without or pass_rate < pattern.needed else "yes" if left < BROKEN else "no",
        "verdict": verdict(pattern, pass_rate, severity),
        "source": pattern.source,
        "note": pattern.note,
    }
