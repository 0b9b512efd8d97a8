"""From recorded rows to series without holes: the declared filling rules, one function a variable.

Every rule is stated here and nowhere else, and its text travels with each cell that it filled.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.data.region import Organisation, region
from spsim.data.series import COUNTRIES, YEARS, FloatArray, Series

GDP_GROWTH: Final = 0.03
"""Growth of GDP per year after the last recorded year (assumption)."""

COMMITMENT_YEARS: Final = range(2000, 2022)
"""Years that the register of Chinese commitments covers."""

COMMITMENT_MEAN_YEARS: Final = range(2017, 2022)
"""Years whose mean stands for the years after the register ends."""

HELD: Final = "last recorded value held"
HELD_BACK: Final = "first recorded value held back"
LINEAR: Final = "linear between recorded years"

_YEARS: Final = np.arange(YEARS.start, YEARS.stop)[:, np.newaxis]


@dataclass
class _Cells:
    """A table in the making: values [years, countries], nan where unknown, and the rule of each fill."""

    values: FloatArray
    rule: NDArray[np.object_]

    @classmethod
    def recorded(cls, drivers: pd.DataFrame, variable: str, scale: float = 1.0) -> Self:
        """Read one variable of the drivers table, times `scale`; countries and years outside are left out."""
        rows = drivers[drivers["variable"] == variable]
        rows = rows[rows["country"].isin(COUNTRIES) & rows["year"].isin(YEARS)]
        values = np.full((len(YEARS), len(COUNTRIES)), np.nan)
        country = pd.Index(COUNTRIES).get_indexer(pd.Index(rows["country"]))
        values[rows["year"].to_numpy() - YEARS.start, country] = rows["value"].to_numpy(np.float64) * scale
        return cls(values, np.full(values.shape, "", dtype=object))

    def put(self, where: NDArray[np.bool_], value: float | FloatArray, rule: str) -> Self:
        """Fill the unknown cells among `where` [broadcast to years, countries]; recorded ones stay."""
        where = np.broadcast_to(where, self.values.shape) & np.isnan(self.values)
        self.values = np.where(where, value, self.values)
        self.rule[where] = rule
        return self

    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the row of the first and of the last known year, each [countries]."""
        known = ~np.isnan(self.values)
        return known.argmax(axis=0), len(known) - 1 - known[::-1].argmax(axis=0)

    def linear_inside(self) -> Self:
        """Fill holes between two known years linearly."""
        first, last = self.edges()
        rows = np.arange(len(self.values))
        line = np.empty_like(self.values)
        for column, cells in enumerate(self.values.T):
            known = ~np.isnan(cells)
            line[:, column] = np.interp(rows, rows[known], cells[known])
        inside = (rows[:, np.newaxis] > first) & (rows[:, np.newaxis] < last)
        return self.put(inside, line, LINEAR)

    def hold_after(self, rule: str = HELD) -> Self:
        """Repeat the last known value after it."""
        _, last = self.edges()
        rows = np.arange(len(self.values))[:, np.newaxis]
        return self.put(rows > last, self.values[last, np.arange(len(last))], rule)

    def hold_before(self, rule: str = HELD_BACK) -> Self:
        """Repeat the first known value before it."""
        first, _ = self.edges()
        rows = np.arange(len(self.values))[:, np.newaxis]
        return self.put(rows < first, self.values[first, np.arange(len(first))], rule)

    def whole(self) -> Self:
        """Fill what is left: linear inside, the first and the last recorded value held outside."""
        return self.linear_inside().hold_before().hold_after()

    def series(self, name: str, description: str, unit: str) -> Series:
        """Close the table; its source is still to be named."""
        years = np.arange(YEARS.start, YEARS.stop)
        return Series(name, description, unit, "", years, COUNTRIES, self.values, self.rule != "", self.rule)


VARIABLES: Final = {
    "gdp_constant2015_usd": "USD of 2015",
    "fh_total_score": "0 to 100",
    "urban_share_pct": "% of people",
    "internet_users_pct": "% of people",
    "students_in_russia_uis": "persons",
}
"""Variables of ``drivers.csv`` that every country has a row of, beside its memberships, with their unit."""

COMMITMENTS: Final = tuple(f"china_dev_finance_{kind}_usd2021" for kind in ("oda_like", "oof_like", "vague_official"))
"""Variables of which the region has a row, and a country may have none: then nothing was committed."""


def build_series(drivers: pd.DataFrame, sources: pd.DataFrame) -> dict[str, Series]:
    """Build every series of the pack.

    Args:
        drivers: the table `drivers.csv`, one row for each recorded country, year and variable.
        sources: the table `sources.csv`; its column `used_for` names the series that a source is behind.

    Returns:
        name -> series over `YEARS` and `COUNTRIES`; without holes if every country has rows of `VARIABLES`.
    """
    built = (
        _gdp(drivers),
        _openness(drivers),
        _urban(drivers),
        _internet(drivers),
        _commitments(drivers),
        *(_membership(drivers, organisation) for organisation in region().organisations),
        _students_russia(drivers),
    )
    behind = {
        use.strip(): str(source)
        for source, uses in zip(sources["id"], sources["used_for"], strict=True) for use in str(uses).split(";")
    }
    return {series.name: replace(series, source=behind.get(series.name, "")) for series in built}


def _gdp(drivers: pd.DataFrame) -> Series:
    cells = _Cells.recorded(drivers, "gdp_constant2015_usd", 1e-9)
    _, last = cells.edges()
    years_after = np.arange(len(cells.values))[:, np.newaxis] - last
    grown = cells.values[last, np.arange(len(last))] * (1 + GDP_GROWTH) ** years_after
    cells.put(years_after > 0, grown, f"grows by {GDP_GROWTH:.0%} a year")
    return cells.whole().series("gdp", "Gross domestic product at constant prices.", "bn USD (2015)")


def _openness(drivers: pd.DataFrame) -> Series:
    """Total score over 100; before it exists, a line through the sum of the two ratings (2 to 14)."""
    total = _Cells.recorded(drivers, "fh_total_score", 0.01)
    rights = _Cells.recorded(drivers, "fh_political_rights").values
    liberties = _Cells.recorded(drivers, "fh_civil_liberties").values
    ratings = rights + liberties
    both = ~np.isnan(total.values) & ~np.isnan(ratings)
    if len(np.unique(ratings[both])) > 1:  # a region may have no ratings
        slope, intercept = np.polyfit(ratings[both], total.values[both], 1)
        estimate = np.clip(intercept + slope * ratings, 0.0, 1.0)
        total.put(~np.isnan(ratings), estimate, "estimated from political rights and civil liberties")
    return total.whole().series("openness", "Political openness: Freedom House total over 100.", "0-1")


def _urban(drivers: pd.DataFrame) -> Series:
    cells = _Cells.recorded(drivers, "urban_share_pct", 0.01).whole()
    return cells.series("urban", "Share of people who live in towns.", "0-1")


def _internet(drivers: pd.DataFrame) -> Series:
    cells = _Cells.recorded(drivers, "internet_users_pct", 0.01).whole()
    return cells.series("internet", "Share of people who use the internet.", "0-1")


def _commitments(drivers: pd.DataFrame) -> Series:
    cells = _Cells.recorded(drivers, COMMITMENTS[0], 1e-9)
    kinds = np.stack([cells.values, *(_Cells.recorded(drivers, name, 1e-9).values for name in COMMITMENTS[1:])])
    cells.values = np.where(np.isnan(kinds).all(axis=0), np.nan, np.nansum(kinds, axis=0))
    cells.put(np.isin(_YEARS, COMMITMENT_YEARS), 0.0, "nothing recorded")
    recent = cells.values[np.isin(_YEARS[:, 0], COMMITMENT_MEAN_YEARS)].mean(axis=0)
    cells.put(COMMITMENT_YEARS.stop <= _YEARS, recent, "mean of 2017-21")
    return cells.series("commitments", "Official Chinese commitments of the year.", "bn USD (2021) per year")


def _membership(drivers: pd.DataFrame, facts: Organisation) -> Series:
    cells = _Cells.recorded(drivers, facts.variable)
    first, _ = cells.edges()
    if facts.founded is not None:
        cells.put(facts.founded > _YEARS, 0.0, f"before the founding in {facts.founded}")
    for country, why in facts.outside.items():
        column = COUNTRIES.index(country)
        here = np.array([code == country for code in COUNTRIES])
        cells.put(here & (_YEARS - YEARS.start < first[column]), 0.0, why)
    if facts.held_back:
        early = _YEARS - YEARS.start < first
        cells.put(early, cells.values[first, np.arange(len(first))], facts.held_back)
    return cells.hold_after().series(facts.id, facts.description, "0/1")


def _students_russia(drivers: pd.DataFrame) -> Series:
    cells = _Cells.recorded(drivers, "students_in_russia_uis").whole()
    return cells.series("students_russia", "Tertiary students in Russia, a stock.", "persons")
