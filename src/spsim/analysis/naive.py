"""Forecasts of a poll that need no model: the last value, the trend, the neighbours. A model should beat them.

Each is a point with an honest spread, both taken from the polls that are known and from nothing else:

- *Persistence*: the last known value of the same question before the poll. For a value that is a change: no change.
- *Trend*: a straight line through two or more known values of the same question before it.
- *Regional mean*: of known values of the same question in other countries, at most three years away.

Opinion is taken as a random walk, whose change in a year is measured on the known polls: from each pair of neighbours
in a series, the square of the difference less the sampling variance of both, divided by the years between them; their
mean is the variance of a year. The error of the first two forecasts follows from it, from the weights of the known
values, and from the sampling error of all polls that take part. That of the third is the variance between countries of
such values, which has their sampling error in it. Where the known polls hold no change (or no two countries), the
spread is unknown, and only errors in points can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from spsim.analysis.scoring import Point, forecast_scores, points_of, steps

Floats = NDArray[np.float64]

NEAR = 3.0
"""Years within which values of other countries make a regional mean."""

QUANTILES = 1000
"""Equally likely values by which a forecast is given."""

NAMES = ("persistence", "trend", "regional mean")


@dataclass(frozen=True)
class Spread:
    """How much polls differ: from year to year within a series, and between countries. NaN where it is unknown."""

    per_year: float
    changes: int
    between: float
    groups: int


def spread(known: pd.DataFrame) -> Spread:
    """Return how much known polls differ.

    Args:
        known: observed rows (:data:`spsim.analysis.scoring.OBSERVED`).

    Returns:
        Standard deviation of the change in a year, points, and the number of changes behind it; standard deviation
        between countries and the number of groups of countries behind it.
    """
    variances = []
    for (_, kind), rows in known.groupby(["series", "kind"], sort=False):
        points = _points(rows)
        if kind == "change":
            variances += [point.value**2 - point.error**2 for point in points]
        else:
            variances += [
                ((after.value - before.value) ** 2 - before.error**2 - after.error**2) / (after.middle - before.middle)
                for before, after in steps(points)
            ]
    within = [group.var(ddof=1) for group in _groups(known)]
    return Spread(
        math.sqrt(max(float(np.mean(variances)), 0.0)) if variances else math.nan, len(variances),
        math.sqrt(float(np.mean(within))) if within else math.nan, len(within),
    )


def _points(rows: pd.DataFrame) -> list[Point]:
    return points_of(rows, np.zeros((len(rows), 1)))


def _groups(known: pd.DataFrame) -> list[Floats]:
    """Return values of one question in two or more countries, each within three years of the first."""
    found = []
    for _, rows in _single(known).groupby(["power", "item", "answer"], sort=False):
        left = rows.sort_values("last_year")
        while len(left):
            near = left["last_year"] <= left["last_year"].iloc[0] + NEAR
            values = left[near].groupby("countries")["value"].mean().to_numpy(dtype=np.float64)
            if len(values) > 1:
                found.append(values)
            left = left[~near]
    return found


def _single(known: pd.DataFrame) -> pd.DataFrame:
    """Return values of single countries in single years."""
    one = ~known["countries"].str.contains("+", regex=False) & (known["first_year"] == known["last_year"])
    return known[(known["kind"] == "share") & one]


def forecasts(known: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return the naive forecasts that are possible for each row that is asked.

    Args:
        known: observed rows from which forecasts may be made. Rows of the year that is asked for or later ones serve
            the regional mean only, and never for the same country.
        asked: observed rows to forecast; their values are not looked at.

    Returns:
        Columns row, forecast (one of :data:`NAMES`), point, sd (NaN: unknown) and basis (in words). A row for which
        none is possible is not in it.
    """
    width, rows = spread(known), []
    for row in asked.to_dict("records"):
        same = known[(known["series"] == row["series"]) & (known["kind"] == row["kind"])]
        earlier = _points(same[same["last_year"] < row["first_year"]])
        for name, made in (
            ("persistence", _persistence(earlier, row, width)),
            ("trend", _trend(earlier, row, width)),
            ("regional mean", _regional_mean(known, row, width)),
        ):
            if made is not None:
                rows.append((row["row"], name, *made))
    return pd.DataFrame(rows, columns=["row", "forecast", "point", "sd", "basis"])


Row = Mapping[Hashable, Any]
Made = tuple[float, float, str] | None
"""Point, standard deviation, and what it rests on."""


def _persistence(earlier: list[Point], row: Row, width: Spread) -> Made:
    if row["kind"] == "change":
        return 0.0, math.hypot(width.per_year, row["se"]), "no change"
    if not earlier:
        return None
    last = earlier[-1]
    return last.value, _walked([last], np.ones(1), row, width), f"{last.value:g} in {last.years}"


def _trend(earlier: list[Point], row: Row, width: Spread) -> Made:
    if row["kind"] == "change" or len(earlier) < 2:
        return None
    off = np.array([point.middle for point in earlier])
    centre = off.mean()
    off = off - centre
    # what a least-squares line gives at the row's time, as weights of the values
    weights = 1 / len(earlier) + (_middle(row) - centre) * off / (off**2).sum()
    at = float(weights @ np.array([point.value for point in earlier]))
    basis = f"through {len(earlier)} values, {earlier[0].years} to {earlier[-1].years}"
    return min(max(at, 0.0), 100.0), _walked(earlier, weights, row, width), basis


def _walked(points: list[Point], weights: Floats, row: Row, width: Spread) -> float:
    """Return the standard deviation of a later value minus a weighted mean of earlier ones, if opinion walks at random.

    Weights add up to one, so it does not matter where the walk began.
    """
    since = np.array([point.middle - points[0].middle for point in points])
    together = np.minimum(since[:, None], since)  # covariance of the walk at two times
    walk = (_middle(row) - points[0].middle) - 2 * float(weights @ since) + float(weights @ together @ weights)
    sampling = float((weights**2) @ np.array([point.error**2 for point in points])) + row["se"] ** 2
    return math.sqrt(width.per_year**2 * walk + sampling)


def _middle(row: Row) -> float:
    return float(row["first_year"] + row["last_year"]) / 2


def _regional_mean(known: pd.DataFrame, row: Row, width: Spread) -> Made:
    if row["kind"] == "change" or "+" in row["countries"] or row["first_year"] != row["last_year"]:
        return None
    alike = _single(known)
    for name in ("power", "item", "answer"):
        alike = alike[alike[name] == row[name]]
    near = (alike["last_year"] - row["last_year"]).abs() <= NEAR
    others = alike[near & (alike["countries"] != row["countries"])].groupby("countries")["value"].mean()
    if others.empty:
        return None
    sd = width.between * math.sqrt(1 + 1 / len(others))
    return float(others.mean()), sd, f"mean of {', '.join(others.index)}"


def score_forecasts(made: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of naive forecasts.

    Each is taken as normal around its point, cut at the ends of the scale. With an unknown spread there is an error and
    nothing else.

    Args:
        made: of :func:`forecasts`.
        asked: the observed rows.

    Returns:
        ``made`` with the columns of :func:`spsim.analysis.scoring.forecast_scores`.
    """
    rows = made.merge(asked[["row", "value", "kind"]], on="row", how="left")
    lowest = np.where(rows["kind"] == "change", -100.0, 0.0)[:, None]
    point, sd = (rows[name].to_numpy(dtype=np.float64)[:, None] for name in ("point", "sd"))
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    values = np.clip(point + np.nan_to_num(sd) * ndtri(levels), lowest, 100.0)
    found = forecast_scores(values, rows["value"].to_numpy(dtype=np.float64), fair=False)
    found["median"] = rows["point"]
    found["error"] = rows["point"] - rows["value"]
    found["absolute_error"] = found["error"].abs()
    unknown = made["sd"].isna().to_numpy()
    found = found.astype({"inside_50": object, "inside_90": object})
    found.loc[unknown, ["crps", "p05", "p25", "p75", "p95", "inside_50", "inside_90"]] = np.nan
    return made.reset_index(drop=True).join(found)
