"""How good a forecast of polls was: error, CRPS, coverage, order of countries, direction of changes.

Everything here takes tables and knows nothing of the model, so that a naive forecast is scored by the same rules.
Numbers are points, as a pollster prints them. ``docs/scoring.md`` says in plain words what each score means.

*Observed* is a table with one row a polled value and the columns :data:`OBSERVED`. *Draws* is a long table ``row, draw,
value``: what the pollster might have printed; draws with one number belong together, across rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.analysis.intervals import QUANTILES

Floats = NDArray[np.float64]

OBSERVED = (
    "row", "label", "series", "countries", "first_year", "last_year", "power", "item", "answer", "kind", "pollster",
    "value", "se",
)
"""Columns of a table of polled values: ``row`` is its number in the file, ``series`` the question that is asked again
and again, ``countries`` a code or several joined by ``+``, ``kind`` "share" (points of 100) or "change" (points against
the year before), ``se`` the standard error of the value, points."""

CLEAR = 1.96
"""Standard errors from which on two polled values differ by more than sampling error gives (95 %)."""


# one value -----------------------------------------------------------------------------------------------------------


def crps(values: Floats, polled: float, *, fair: bool = True) -> float:
    """Return the continuous ranked probability score of a forecast, points; 0 is perfect, less is better.

    Args:
        values: the forecast, as values that are equally likely, [n].
        polled: what came.
        fair: the values are a sample from the forecast, whose size must not matter: the unbiased estimator, which may
            fall a little below zero. Otherwise the values are the whole forecast.
    """
    ordered, count = np.sort(values), values.size
    distance = float(np.abs(ordered - polled).mean())
    pairs = count * (count - 1) if fair else count * count
    # the sum of |x - y| over pairs without their order
    between = float(((2 * np.arange(count) - count + 1) * ordered).sum())
    return distance - (between / pairs if pairs else 0.0)


def forecast_scores(values: Floats, polled: Floats, *, fair: bool = True) -> pd.DataFrame:
    """Return how each forecast did.

    Args:
        values: forecasts as equally likely values, [rows, n].
        polled: what came, [rows].
        fair: as in :func:`crps`.

    Returns:
        A row for each forecast: its median and quantiles p05, p25, p75, p95; ``error`` (median minus polled),
        ``absolute_error``, ``crps``, ``inside_50`` and ``inside_90`` (polled value within the central interval).
    """
    table = pd.DataFrame({name: np.quantile(values, level, axis=1) for name, level in QUANTILES.items()})
    table["error"] = table["median"] - polled
    table["absolute_error"] = table["error"].abs()
    table["crps"] = [crps(row, value, fair=fair) for row, value in zip(values, polled, strict=True)]
    for name, low, high in (("inside_50", "p25", "p75"), ("inside_90", "p05", "p95")):
        table[name] = (table[low] <= polled) & (polled <= table[high])
    return table


def score(observed: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """Return the observed rows with the scores of :func:`forecast_scores` beside them.

    Raises:
        ValueError: a row has no draws, or fewer than another.
    """
    found = forecast_scores(matrix(observed, draws), observed["value"].to_numpy(dtype=np.float64))
    return observed.reset_index(drop=True).join(found)


def matrix(observed: pd.DataFrame, draws: pd.DataFrame) -> Floats:
    """Return the draws as [rows, draws], rows in the order of the observed ones and draws in that of their numbers.

    Raises:
        ValueError: a row has no draws, or fewer than another.
    """
    wide = draws.pivot(index="row", columns="draw", values="value").reindex(observed["row"])
    short = wide.index[wide.isna().any(axis=1)].tolist()
    if short:
        raise ValueError(f"rows without a draw, or with fewer than others: {short}")
    return wide.to_numpy(dtype=np.float64)


# order and direction -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A question in one year or range of years. What several polls say of it counts once, at its mean."""

    label: str
    first: int
    last: int
    value: float
    error: float
    draws: Floats

    @property
    def middle(self) -> float:
        """Middle of the years."""
        return (self.first + self.last) / 2

    @property
    def years(self) -> str:
        """The years as text."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def points_of(rows: pd.DataFrame, values: Floats) -> list[Point]:
    """Return the points of one question in the order of time.

    Args:
        rows: observed rows of one question.
        values: draws of these rows, [rows, n].
    """
    first, last = (rows[name].to_numpy(dtype=np.int64) for name in ("first_year", "last_year"))
    polled, errors = (rows[name].to_numpy(dtype=np.float64) for name in ("value", "se"))
    found = []
    for begin, end in sorted(set(zip(first.tolist(), last.tolist(), strict=True))):
        here = (first == begin) & (last == end)
        error = math.sqrt(float((errors[here] ** 2).sum())) / int(here.sum())
        label = str(rows["label"].to_numpy()[here][0])
        found.append(Point(label, begin, end, float(polled[here].mean()), error, values[here].mean(axis=0)))
    return found


def steps(points: list[Point]) -> Iterator[tuple[Point, Point]]:
    """Give neighbours in time, as far as the later one begins after the earlier one ends."""
    for before, after in pairwise(points):
        if after.first > before.last:
            yield before, after


def changes(observed: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """Return each change within a series from one poll to the next, and whether the forecast has its direction.

    A polled value that is itself a change counts as one. Where the polls show no change there is no direction to hit.

    Returns:
        Columns series, power, what, polled (points), median (of the forecast), probability (share of draws with
        the direction of the polls), right (more than half of the draws) and clear (the polls differ by more than their
        sampling error gives, 95 %).
    """
    values, rows = matrix(observed, draws), []
    for (series, kind, power), here in observed.reset_index(drop=True).groupby(["series", "kind", "power"], sort=False):
        points = points_of(here, values[here.index])
        if kind == "change":
            pairs = [(f"change {point.years}", point.value, point.draws, point.error) for point in points]
        else:
            pairs = [
                (f"{before.years} to {after.years}", after.value - before.value, after.draws - before.draws,
                 math.hypot(before.error, after.error))
                for before, after in steps(points)
            ]
        rows += [{"series": series, "power": power, **_direction(*pair)} for pair in pairs if pair[1] != 0]
    return pd.DataFrame(rows, columns=["series", "power", *DIRECTION])


def order_of_countries(observed: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """Return each pair of countries that were asked the same in one year, and whether the forecast has their order.

    Pooled countries are left out, and so are pairs with equal polled values.

    Returns:
        Columns year, power, item, answer, and those of :func:`changes` after ``power``: ``polled`` is the first country
        minus the second.
    """
    values, rows = matrix(observed, draws), []
    table = observed.reset_index(drop=True)
    single = table[(table["kind"] == "share") & ~table["countries"].str.contains("+", regex=False)]
    keys = ["first_year", "last_year", "power", "item", "answer"]
    for (first, last, power, item, answer), here in single.groupby(keys, sort=True):
        countries = {
            str(country): points_of(there, values[there.index])[0]
            for country, there in here.groupby("countries", sort=True)
        }
        year = str(first) if first == last else f"{first}-{last}"
        for (one, left), (other, right) in combinations(countries.items(), 2):
            if left.value != right.value:
                found = _direction(f"{one} against {other}", left.value - right.value, left.draws - right.draws,
                                   math.hypot(left.error, right.error))
                rows.append({"year": year, "power": power, "item": item, "answer": answer, **found})
    return pd.DataFrame(rows, columns=["year", "power", "item", "answer", *DIRECTION])


DIRECTION = ("what", "polled", "median", "probability", "right", "clear")


def _direction(what: str, polled: float, draws: Floats, error: float) -> dict[str, object]:
    probability = float((np.sign(draws) == np.sign(polled)).mean())
    return {
        "what": what, "polled": polled, "median": float(np.median(draws)), "probability": probability,
        "right": probability > 0.5, "clear": abs(polled) > CLEAR * error,
    }


# many values ---------------------------------------------------------------------------------------------------------


def summary(scored: pd.DataFrame, moved: pd.DataFrame, by: str = "series") -> pd.DataFrame:
    """Return the scores of each series.

    Args:
        scored: of :func:`score`.
        moved: of :func:`changes`.
        by: the column whose values become rows.

    Returns:
        Columns ``by``, rows, error (mean of median minus polled), absolute_error (mean), crps (mean), inside_50 and
        inside_90 (counts), changes and changes_right (counts).
    """
    groups = scored.groupby(by, sort=False)
    table = groups.agg(
        rows=("row", "size"), error=("error", "mean"), absolute_error=("absolute_error", "mean"), crps=("crps", "mean"),
        inside_50=("inside_50", "sum"), inside_90=("inside_90", "sum"),
    )
    table["changes"] = moved.groupby(by).size().reindex(table.index, fill_value=0)
    table["changes_right"] = moved.groupby(by)["right"].sum().reindex(table.index, fill_value=0).astype(int)
    return table.reset_index()


def expected_inside(rows: int, level: float, chance: float = 0.05) -> tuple[int, int]:
    """Return how many of ``rows`` values fall inside intervals of this level if the intervals are right.

    The smallest and the largest count within the central 95 % of the binomial distribution, so for independent rows.
    """
    odds = [math.comb(rows, k) * level**k * (1 - level) ** (rows - k) for k in range(rows + 1)]
    below = np.cumsum(odds)
    low = int(np.argmax(below > chance / 2))
    return low, int(np.argmax(below >= 1 - chance / 2 - 1e-12))
