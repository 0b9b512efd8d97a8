"""Medians and bands over replicates, and the summary that a run ends with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

QUANTILES = {"p05": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}


LEVEL = 0.95
"""Level of the interval of a mean difference."""


def standard_error(values: NDArray[np.float64]) -> float:
    """Return the standard error of the mean of values [n], n > 1."""
    return float(values.std(ddof=1) / np.sqrt(values.size))


def mean_interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the mean of values [n] and its 95 % interval (Student's t); one value has no interval (NaN)."""
    mean, count = float(values.mean()), values.size
    half = float(stdtrit(count - 1, 0.5 + LEVEL / 2) * standard_error(values)) if count > 1 else float("nan")
    return mean, mean - half, mean + half


def paired_difference(pairs: NDArray[np.float64]) -> dict[str, Any]:
    """Return what two scenarios that share their draws differ by.

    Args:
        pairs: difference of each replicate, [replicates].

    Returns:
        difference (the mean), low and high (its 95 % interval, Student's t), replicates, and sign: "up", "down",
        "none" (identical in every replicate) or "undetermined" (the interval holds zero, or there is one replicate).
    """
    mean, low, high = mean_interval(pairs)
    found = "up" if low > 0 else "down" if high < 0 else "undetermined"
    return {
        "difference": mean, "low": low, "high": high, "replicates": pairs.size,
        "sign": found if pairs.any() else "none"
    }


def bands(table: pd.DataFrame, value: str, by: list[str]) -> pd.DataFrame:
    """Return the median and the 50 and 90 % bands of a column over replicates.

    Args:
        table: a tidy table with a ``replicate`` column.
        value: the column.
        by: columns that stay.

    Returns:
        One row for each combination of ``by``, with columns p05, p25, median, p75, p95.
    """
    quantiles = table.groupby(by, observed=True)[value].quantile(np.array(list(QUANTILES.values()))).unstack()
    quantiles.columns = pd.Index(list(QUANTILES))
    return quantiles.reset_index()


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
