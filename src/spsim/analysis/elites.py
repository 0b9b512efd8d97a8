"""Elites beside the votes of their countries in the UN General Assembly, an indicator that nothing was fitted to.

Two questions are kept apart: do countries stand in the same order (five points, so nearly any order may be chance), and
do elites move when votes move (years of one country, which are no independent points either). Both are rank
correlations, as alignment and agreement have no common unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

YARDSTICKS = {"agreement": "share of votes alike", "ideal_points": "nearness of ideal points"}
"""Yardstick -> what it is. Agreement moves with what is voted on in a year; ideal points are corrected for that."""

WINDOWS = ((2009, 2013), (2014, 2018), (2019, 2023))
"""First and last year of the windows in which countries are put in order."""

EVERY = "all"
"""The row of :func:`changes` for all countries together."""

BAND = (0.05, 0.95)
"""Quantiles over replicates."""


@dataclass(frozen=True)
class Beside:
    """Alignment of elites and votes, over the same years, countries and powers.

    Attributes:
        years: Y years in their order.
        countries: C codes.
        powers: P codes.
        alignment: mean alignment of elites, [R, Y, C, P], in [-1, 1]; R replicates.
        votes: yardstick -> [Y, C, P]; more is nearer to the power.
    """

    years: tuple[int, ...]
    countries: tuple[str, ...]
    powers: tuple[str, ...]
    alignment: Floats
    votes: Mapping[str, Floats]

    @property
    def windows(self) -> list[tuple[int, int]]:
        """The windows that lie in the years and, last, all years."""
        inside = [each for each in WINDOWS if each[0] >= self.years[0] and each[1] <= self.years[-1]]
        return list(dict.fromkeys([*inside, (self.years[0], self.years[-1])]))

    def rows(self, window: tuple[int, int]) -> list[int]:
        """Return the positions of the years of a window."""
        return [n for n, year in enumerate(self.years) if window[0] <= year <= window[1]]


def votes(
    table: pd.DataFrame, years: Sequence[int], countries: Sequence[str], powers: Sequence[str]
) -> dict[str, Floats]:
    """Return how near each country votes to each power, yardstick -> [Y, C, P].

    Args:
        table: as :meth:`spsim.data.DataPack.votes_table` returns it.
        years: the years.
        countries: codes of countries.
        powers: codes of powers.

    Raises:
        KeyError: the table lacks a year, a country or a power.
    """
    rows = table.assign(ideal_points=-table["ideal_distance"]).set_index(["year", "country", "power"])
    wanted = pd.MultiIndex.from_product([years, countries, powers])
    shape = (len(years), len(countries), len(powers))
    return {name: rows[name].loc[wanted].to_numpy(dtype=np.float64).reshape(shape) for name in YARDSTICKS}


def by_year(found: Beside) -> pd.DataFrame:
    """Return alignment and votes by country, power and year.

    Columns: country, power, year, alignment_median, p05, p95 (over replicates), un_agreement (share), un_ideal_points
    (minus the distance).
    """
    low, middle, high = np.quantile(found.alignment, (BAND[0], 0.5, BAND[1]), axis=0)
    index = pd.MultiIndex.from_product([found.years, found.countries, found.powers], names=["year", "country", "power"])
    columns = {
        "alignment_median": middle, "p05": low, "p95": high, "un_agreement": found.votes["agreement"],
        "un_ideal_points": found.votes["ideal_points"],
    }
    table = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index).reset_index()
    keys = ["country", "power", "year"]
    place = table["country"].map({code: n for n, code in enumerate(found.countries)})
    return table.assign(place=place).sort_values(["place", "power", "year"], kind="stable", ignore_index=True)[
        [*keys, *columns]
    ]


def order(found: Beside) -> pd.DataFrame:
    """Return whether the countries stand in the same order.

    Returns:
        One row for each power, window and yardstick: countries, replicates, correlation (Spearman over countries,
        the median over replicates), low and high (5 and 95 % over replicates), orders (all orders of the countries) and
        p: the share of them whose correlation is at least as far from zero, counted and not approximated.
    """
    rows = []
    for p, power in enumerate(found.powers):
        for window in found.windows:
            chosen = found.rows(window)
            aligned = found.alignment[..., p][:, chosen].mean(axis=1)
            for yardstick in YARDSTICKS:
                voted = found.votes[yardstick][..., p][chosen].mean(axis=0)
                every = _correlations(aligned, np.array(list(permutations(voted))))
                rows.append({
                    "power": power, "years": f"{window[0]}-{window[1]}", "yardstick": yardstick,
                    "countries": len(found.countries), **_judged(every), "orders": every.shape[1],
                })
    return pd.DataFrame(rows)


def changes(found: Beside) -> pd.DataFrame:
    """Return whether elites move when votes move: changes from one year to the next, within each country.

    Returns:
        One row for each power, country (and ``all`` together) and yardstick: changes (how many there are), replicates,
        correlation (Spearman over years, the median over replicates; for ``all`` of the mean over countries), low and
        high (5 and 95 % over replicates), rotations and p: the share of all rotations of the votes in time whose
        correlation is at least as far from zero, as years are no independent points; moved, moved_low, moved_high and
        votes_moved: from the first to the last third of the years; direction: "same", "opposite", or "undetermined"
        (the interval of ``moved`` holds zero, or there is one replicate).
    """
    rows = []
    for p, power in enumerate(found.powers):
        steps = np.diff(found.alignment[..., p], axis=1)
        moved = _first_to_last(found.alignment[..., p])
        for yardstick in YARDSTICKS:
            levels = found.votes[yardstick][..., p]
            votes_moved = _first_to_last(levels[None])[0]
            turns = [np.roll(np.diff(levels, axis=0), n, axis=0) for n in range(len(levels) - 1)]
            by_country = np.stack([
                _correlations(steps[..., c], np.array([turn[:, c] for turn in turns]))
                for c in range(len(found.countries))
            ])
            for code, places in _groups(found.countries):
                every = by_country[places].mean(axis=0)
                rows.append({
                    "power": power, "country": code, "yardstick": yardstick, "changes": len(turns) * len(places),
                    **_judged(every), "rotations": len(turns),
                    **_direction(moved[:, places].mean(axis=1), float(votes_moved[places].mean())),
                })
    return pd.DataFrame(rows)


def _groups(countries: Sequence[str]) -> list[tuple[str, list[int]]]:
    return [*((code, [c]) for c, code in enumerate(countries)), (EVERY, list(range(len(countries))))]


def _first_to_last(levels: Floats) -> Floats:
    """Return the change from the first to the last third of the years; [R, Y, C] -> [R, C]."""
    third = max(1, levels.shape[1] // 3)
    return np.asarray(levels[:, -third:].mean(axis=1) - levels[:, :third].mean(axis=1))


def _correlations(ones: Floats, others: Floats) -> Floats:
    """Return Spearman's correlation of each of [R, n] with each of [M, n], [R, M]; NaN where one does not vary."""
    return np.round(_standing(ones) @ _standing(others).T, 12)  # an exact zero is told as one


def _standing(values: Floats) -> Floats:
    """Return the ranks in each row, ties at their mean rank, around zero and of length one."""
    from scipy.stats import rankdata  # takes long to import, and a run does without

    ranks = rankdata(values, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(ranks, length, out=np.full_like(ranks, np.nan), where=length > 0))


def _judged(every: Floats) -> dict[str, float]:
    """Return the correlation, its band over replicates, and its p; the first column holds the votes as they were."""
    middle = np.median(every, axis=0)
    low, high = np.quantile(every[:, 0], BAND)
    far = float(np.mean(np.abs(middle) >= abs(middle[0]) - 1e-9)) if np.isfinite(middle[0]) else float("nan")
    return {"correlation": float(middle[0]), "low": float(low), "high": float(high), "p": far,
            "replicates": len(every)}


def _direction(moved: Floats, votes_moved: float) -> dict[str, float | str]:
    low, high = np.quantile(moved, BAND)
    sure = moved.size > 1 and (low > 0 or high < 0)
    same = "same" if np.median(moved) * votes_moved > 0 else "opposite"
    return {
        "moved": float(np.median(moved)), "moved_low": float(low), "moved_high": float(high),
        "votes_moved": votes_moved, "direction": same if sure else "undetermined",
    }


def tables(found: Beside) -> dict[str, pd.DataFrame]:
    """Return the three tables by name."""
    return {"elites": by_year(found), "order": order(found), "changes": changes(found)}
