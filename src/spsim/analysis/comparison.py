"""Scenarios beside each other: paired differences of replicates that share their draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from spsim.analysis.intervals import LEVEL, Sets, paired_difference, set_means, standard_error
from spsim.analysis.outcomes import OUTCOMES

Floats = NDArray[np.float64]
Runs = Mapping[str, Mapping[str, Floats]]
"""Scenario -> outcome -> [replicates, years, places] or [replicates, years, places, powers]."""

MOST = 1_000_000
"""Replicates beyond which nobody will wait for an answer."""


def replicates_needed(pairs: Floats, half_width: float, sets: Sets = ()) -> int:
    """Return how many replicates bring the interval of the mean difference down to a half-width.

    Args:
        pairs: paired differences so far, [replicates].
        half_width: wanted, in the unit of the differences.
        sets: the parameter set of each replicate; those to come have as many replicates to a set.

    Returns:
        At least 2; the smallest n with t(n - 1) sd / sqrt(n) <= half_width, where sd is that of ``pairs``. With sets, n
        counts sets and sd is that of their means; it may be more sets than the ensemble has.
    """
    if len(sets):
        means = set_means(pairs, sets)
        return min(MOST, replicates_needed(means, half_width) * max(1, round(pairs.size / means.size)))
    spread = float(pairs.std(ddof=1)) if pairs.size > 1 else math.inf
    if spread == 0:
        return 2
    if math.isinf(spread):
        return MOST
    low, high = 2, MOST
    while low < high:  # the half-width falls with n
        middle = (low + high) // 2
        if stdtrit(middle - 1, 0.5 + LEVEL / 2) * spread / math.sqrt(middle) <= half_width:
            high = middle
        else:
            low = middle + 1
    return low


def one_difference(one: Floats, other: Floats, half_width: float, sets: Sets = ()) -> dict[str, Any]:
    """Return what two scenarios differ by in one number.

    Args:
        one: the number in the scenario of reference, [replicates].
        other: in the other scenario, same replicates.
        half_width: wanted half-width of the interval.
        sets: the parameter set of each replicate; empty if they differ in chance only.

    Returns:
        reference and scenario (means over sets), difference with low, high, sets, agreement and sign (see
        :func:`spsim.analysis.intervals.paired_difference`), sign_probability (that the mean difference has the sign of
        the observed one), replicates, replicates_needed for the half-width, and variance_reduction (variance of the
        difference under independent seeds and parameter sets over that of the paired one).
    """
    pairs = other - one
    means = set_means(pairs, sets)
    error = standard_error(means) if means.size > 1 else math.nan
    if not pairs.any():
        probability = math.nan  # there is no difference that could have a sign
    elif error == 0:
        probability = 1.0
    else:
        probability = float(stdtr(means.size - 1, abs(means.mean()) / error))
    paired, independent = (float(v) for v in (pairs.var(ddof=1), one.var(ddof=1) + other.var(ddof=1))) if (
        pairs.size > 1
    ) else (math.nan, math.nan)
    return {
        "reference": float(set_means(one, sets).mean()),
        "scenario_value": float(set_means(other, sets).mean()),
        **paired_difference(pairs, sets),
        "sign_probability": probability,
        "replicates_needed": replicates_needed(pairs, half_width, sets),
        "variance_reduction": independent / paired if paired > 0 else math.nan,
    }


def by_year(
    runs: Runs, names: Sequence[str], places: Sequence[str], powers: Sequence[str], years: Sequence[int],
    half_widths: Mapping[str, float], sets: Sets = (),
) -> pd.DataFrame:
    """Return the differences of every scenario to the first one: a row for each outcome, power, country and year.

    Args:
        runs: outcomes of all scenarios.
        names: scenarios, the one of reference first.
        places: names along the axis of places.
        powers: codes along the axis of powers.
        years: years along the axis of years.
        half_widths: wanted half-width by outcome.
        sets: the parameter set of each replicate; empty if they differ in chance only.
    """
    rows = []
    for name in names[1:]:
        for outcome, one in runs[names[0]].items():
            other = runs[name][outcome]
            for p, power in enumerate(powers if OUTCOMES[outcome].by_power else [""]):
                here, there = (values[..., p] if OUTCOMES[outcome].by_power else values for values in (one, other))
                rows += [
                    {"scenario": name, "outcome": outcome, "power": power, "country": place, "year": year,
                     **one_difference(here[:, y, c], there[:, y, c], half_widths[outcome], sets)}
                    for c, place in enumerate(places)
                    for y, year in enumerate(years)
                ]
    return pd.DataFrame(rows)


def over_years(runs: Runs, years: Sequence[int], wanted: Sequence[int]) -> dict[str, dict[str, Floats]]:
    """Return the runs with the wanted years replaced by their mean, the axis of years having one entry."""
    chosen = [list(years).index(year) for year in wanted]
    return {
        name: {outcome: values[:, chosen].mean(axis=1, keepdims=True) for outcome, values in outcomes.items()}
        for name, outcomes in runs.items()
    }
