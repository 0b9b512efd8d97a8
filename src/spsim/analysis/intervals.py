"""Medians and bands over replicates, and the summary that a run ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

QUANTILES = {"p05": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}

BANDS = [*QUANTILES, "inner_low", "inner_high"]
"""Columns of :func:`bands`."""


LEVEL = 0.95
"""Level of the interval of a mean difference."""

CHANCE_LEVEL = 0.90
"""Level of the band that chance alone would give."""

AGREEMENT = 0.8
"""Share of parameter sets that must have the sign of the mean difference; below it the sign is undetermined."""

ENOUGH_SETS = 5
"""Parameter sets from which on it is told how much chance makes; with fewer that number is chance itself."""

SPAN_LEVEL = 0.90
"""Share of parameter sets that the span of single sets holds."""

Sets = Sequence[int]
"""The parameter set of each replicate; empty where all have the same one, so that they differ in chance only."""


def set_means(values: NDArray[np.float64], sets: Sets = ()) -> NDArray[np.float64]:
    """Return the mean of values [n, ...] in each parameter set, [sets, ...]; without sets the values themselves."""
    if not len(sets):
        return values
    labels = np.asarray(sets)
    return np.stack([values[labels == label].mean(axis=0) for label in np.unique(labels)])


def variances(values: NDArray[np.float64], sets: Sets) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the variance between parameter sets and that of chance within them: one-way random effects.

    Moment estimates of the analysis of variance, for sets of any sizes; a negative one between sets becomes zero.

    Args:
        values: [n, ...].
        sets: the parameter set of each of them.

    Returns:
        Between and within, [...]; NaN where there are fewer than two sets, or no set has two values.
    """
    labels, counts = np.unique(np.asarray(sets), return_counts=True)
    groups, count = len(labels), len(values)
    unknown = np.full(values.shape[1:], np.nan)
    if groups < 2 or count == groups:
        return unknown, unknown
    means = set_means(values, sets)
    residuals = values - means[np.searchsorted(labels, np.asarray(sets))]
    within = (residuals**2).sum(axis=0) / (count - groups)
    weights = counts.reshape(-1, *[1] * (values.ndim - 1))
    among = (weights * (means - values.mean(axis=0)) ** 2).sum(axis=0) / (groups - 1)
    size = (count - (counts**2).sum() / count) / (groups - 1)
    return np.maximum((among - within) / size, 0.0), within


def standard_error(values: NDArray[np.float64]) -> float:
    """Return the standard error of the mean of values [n], n > 1."""
    return float(values.std(ddof=1) / np.sqrt(values.size))


def mean_interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the mean of values [n] and its 95 % interval (Student's t); one value has no interval (NaN)."""
    mean, count = float(values.mean()), values.size
    half = float(stdtrit(count - 1, 0.5 + LEVEL / 2) * standard_error(values)) if count > 1 else float("nan")
    return mean, mean - half, mean + half


def span_of_sets(means: NDArray[np.float64]) -> tuple[float, float]:
    """Return between which values nine in ten parameter sets lie, those included that were not drawn.

    The interval of the mean narrows with every set; this one does not, as the sets themselves lie as far apart as ever.
    It is the prediction interval of one more set (Student's t), whose replicates bring their chance into it.

    Args:
        means: mean over the replicates of each set, [sets].

    Returns:
        Both ends; NaN with fewer than ``ENOUGH_SETS`` sets, which cannot tell.
    """
    count = means.size
    if count < ENOUGH_SETS:
        return float("nan"), float("nan")
    half = float(stdtrit(count - 1, 0.5 + SPAN_LEVEL / 2) * means.std(ddof=1) * np.sqrt(1 + 1 / count))
    return float(means.mean()) - half, float(means.mean()) + half


def paired_difference(pairs: NDArray[np.float64], sets: Sets = ()) -> dict[str, Any]:
    """Return what two scenarios that share their draws and parameter sets differ by.

    Replicates with the same parameter set are no independent witnesses: their mean counts as one.

    Args:
        pairs: difference of each replicate, [replicates].
        sets: the parameter set of each replicate; empty if they differ in chance only.

    Returns:
        difference (the mean over sets), low and high (its 95 % interval, Student's t over sets), replicates, sets
        (their number), sets_low and sets_high (where single sets lie, see :func:`span_of_sets`; NaN without sets),
        agreement (share of the sets in which the difference has the sign of the mean; NaN without sets), and sign:
        "up", "down", "none" (identical in every replicate) or "undetermined" (the interval holds zero, there is one
        set, or fewer than 80 % of the sets agree).
    """
    means = set_means(pairs, sets)
    mean, low, high = mean_interval(means)
    sets_low, sets_high = span_of_sets(means) if len(sets) else (float("nan"), float("nan"))
    agreement = float((np.sign(means) == np.sign(mean)).mean()) if len(sets) else float("nan")
    found = "up" if low > 0 else "down" if high < 0 else "undetermined"
    if agreement < AGREEMENT:
        found = "undetermined"
    return {
        "difference": mean, "low": low, "high": high, "replicates": pairs.size, "sets": means.size if len(sets) else 1,
        "sets_low": sets_low, "sets_high": sets_high, "agreement": agreement, "sign": found if pairs.any() else "none",
    }


def bands(table: pd.DataFrame, value: str, by: list[str], sets: Sets = ()) -> pd.DataFrame:
    """Return the median of a column over replicates, its 90 % band and one inside it.

    Without sets the inner band holds 50 % of the replicates. With sets, the outer band is parameters and chance
    together, and the inner one the 90 % that chance alone would give around the median: normal, with the variance
    within sets, and never wider than the outer one.

    Args:
        table: a tidy table with a ``replicate`` column, numbered from 0.
        value: the column.
        by: columns that stay.
        sets: the parameter set of each replicate.

    Returns:
        One row for each combination of ``by``, with columns p05, p25, median, p75, p95, inner_low and inner_high; the
        last two are NaN where there are sets and no two replicates share one.
    """
    quantiles = table.groupby(by, observed=True)[value].quantile(np.array(list(QUANTILES.values()))).unstack()
    quantiles.columns = pd.Index(list(QUANTILES))
    quantiles["inner_low"], quantiles["inner_high"] = quantiles["p25"], quantiles["p75"]
    if len(sets):
        half = ndtri(0.5 + CHANCE_LEVEL / 2) * np.sqrt(_within(table, value, by, sets))
        half = half.reindex(quantiles.index)
        quantiles["inner_low"] = (quantiles["median"] - half).clip(lower=quantiles["p05"]).where(half.notna())
        quantiles["inner_high"] = (quantiles["median"] + half).clip(upper=quantiles["p95"]).where(half.notna())
    return quantiles.reset_index()


def _within(table: pd.DataFrame, value: str, by: list[str], sets: Sets) -> pd.Series[float]:
    """Return the variance of a column within parameter sets, for each combination of ``by``."""
    marked = table.assign(set=np.asarray(sets)[table["replicate"].to_numpy()])
    each = marked.groupby([*by, "set"], observed=True)[value]
    spread = pd.DataFrame({"squares": each.var(ddof=1) * (each.count() - 1), "freedom": each.count() - 1})
    spread = spread[spread["freedom"] > 0]
    total = spread.groupby(level=by, observed=True).sum()
    # a combination none of whose sets has two replicates has no row
    return total["squares"] / total["freedom"]


def chance_band(values: NDArray[np.float64], sets: Sets) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the inner band of :func:`bands` for values [replicates, ...]: both ends, [...]."""
    low, middle, high = np.quantile(values, [QUANTILES["p05"], QUANTILES["median"], QUANTILES["p95"]], axis=0)
    half = ndtri(0.5 + CHANCE_LEVEL / 2) * np.sqrt(variances(values, sets)[1])
    return np.maximum(middle - half, low), np.minimum(middle + half, high)


def rests_on(replicates: int, sets: int) -> str:
    """Return what an interval rests on, in words; with one set, or none at all, replicates differ in chance only."""
    if replicates == 1:
        return "one replicate, so no interval"
    if sets < 2:
        return f"{replicates} replicates, so chance only"
    return f"{sets} parameter sets of the ensemble in {replicates} replicates, so chance and parameters"


def undetermined_words(sets: int) -> str:
    """Return in words when a sign is undetermined."""
    if sets < 2:
        return "undetermined: the interval holds zero"
    return f"undetermined: the interval holds zero, or fewer than {AGREEMENT * 100:.0f} % of the sets agree on the sign"


def chance_share(tables: dict[str, pd.DataFrame], sets: Sets) -> float:
    """Return the share of chance in the variance of public approval in the last year, the median over its rows.

    Rows are countries (with the region) and powers. NaN where sets and chance cannot be told apart.
    """
    opinion = tables["opinion"]
    each = yearly(opinion[opinion["group"] == "public"], "approval", ["country", "power"], "mean")
    last = each[each["year"] == each["year"].max()].pivot_table("approval", "replicate", ["country", "power"],
                                                               observed=True)
    between, within = variances(last.to_numpy(), sets)
    total = between + within
    shares = (within / np.where(total > 0, total, np.nan))[total > 0]
    return float(np.median(shares)) if shares.size else float("nan")


def yearly(table: pd.DataFrame, value: str, by: list[str], how: str) -> pd.DataFrame:
    """Return a column by year and replicate, as the mean or the sum over the year's dates."""
    dated = table.assign(year=table["date"].dt.year)
    return dated.groupby(["replicate", *by, "year"], observed=True)[value].agg(how).reset_index()


def summary(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return start and end of approval, elite alignment, divergence and protest, with 90 % intervals over replicates.

    Approval (of elites: as if polled) and divergence are means over the first and the last year; protest is events a
    year over the first and the last five years, as single years hold few events. Columns: country, power, measure,
    start, start_low, start_high, start_years (as text), and the same for the end.
    """
    opinion = tables["opinion"]
    public, elite = (opinion[opinion["group"] == group] for group in ("public", "elite"))
    elite = elite.rename(columns={"approval": "elite_approval"})
    rows = [
        _ends(yearly(public, "approval", ["country", "power"], "mean"), "approval", ["country", "power"], 1),
        _ends(yearly(elite, "elite_approval", ["country", "power"], "mean"), "elite_approval", ["country", "power"], 1),
        _ends(yearly(tables["divergence"], "divergence_points", ["country", "power"], "mean"), "divergence_points",
              ["country", "power"], 1),
        _ends(yearly(tables["country"], "protest_events", ["country"], "sum"), "protest_events", ["country"], 5)
        .assign(power=""),
    ]
    ends = [f"{when}{part}" for when in ("start", "end") for part in ("", "_low", "_high", "_years")]
    return pd.concat(rows, ignore_index=True)[["country", "power", "measure", *ends]]


def _ends(table: pd.DataFrame, value: str, by: list[str], years: int) -> pd.DataFrame:
    """Return the first and the last ``years`` of a yearly column, averaged, with intervals over replicates."""
    out = None
    first, last = table["year"].min(), table["year"].max()
    years = min(years, int(last - first) + 1)
    for name, begin in (("start", first), ("end", last - years + 1)):
        chosen = table["year"].between(begin, begin + years - 1)
        each = table[chosen].groupby(["replicate", *by], observed=True)[value].mean().reset_index()
        part = bands(each, value, by)[[*by, "median", "p05", "p95"]]
        part = part.rename(columns={"median": name, "p05": f"{name}_low", "p95": f"{name}_high"})
        part[f"{name}_years"] = f"{begin}" if years == 1 else f"{begin}-{(begin + years - 1) % 100:02d}"
        out = part if out is None else out.merge(part, on=by)
    assert out is not None
    return out.assign(measure=value)
