"""Is a data pack sound? Each check returns sentences about what is wrong, for a reader to act on."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from spsim.data.pack import AGES, POPULATION_YEARS, DataPack
from spsim.data.region import region
from spsim.data.series import COUNTRIES, YEARS, Series

SHARES: Final = frozenset({"openness", "urban", "internet", *(each.id for each in region().organisations)})
"""Series whose values lie within [0, 1]; all others are only non-negative."""

BUDGET_INDEX_MAX: Final = 1.5
TOTALS_TOLERANCE: Final = 1e-3
"""Relative difference allowed between summed single ages and the published total."""


def check_pack(pack: DataPack) -> list[str]:
    """Check a pack.

    Args:
        pack: the shipped pack, or a changed copy.

    Returns:
        One sentence a fault; empty if the pack is sound.
    """
    checks = (_series, _population, _population_totals, _drivers, _budget, _sources)
    return [fault for check in checks for fault in check(pack)]


def _series(pack: DataPack) -> Iterator[str]:
    known_sources = set(pack.tables["sources"]["id"])
    for series in pack.series.values():
        if not series.source:
            yield f"series {series.name}: no row of sources.csv names it in used_for"
        elif series.source not in known_sources:
            yield f"series {series.name}: source {series.source!r} is not in sources.csv"
        if series.countries != COUNTRIES or series.years.tolist() != list(YEARS):
            yield f"series {series.name}: does not cover every country and year {YEARS[0]}-{YEARS[-1]}"
        if np.any((series.rule != "") != series.filled):
            yield f"series {series.name}: filled cells and cells with a rule differ"
        yield from _values(series)


def _values(series: Series) -> Iterator[str]:
    upper = 1.0 if series.name in SHARES else np.inf
    for row, column in np.argwhere(~np.isfinite(series.values)):
        yield f"series {series.name}: no value for {_cell(series, row, column)}"
    with np.errstate(invalid="ignore"):
        outside = (series.values < 0) | (series.values > upper)
    for row, column in np.argwhere(outside):
        value = series.values[row, column]
        yield f"series {series.name}: {value:g} in {_cell(series, row, column)} is outside [0, {upper:g}]"


def _cell(series: Series, row: int, column: int) -> str:
    return f"{series.countries[column]} {series.years[row]}"


def _population(pack: DataPack) -> Iterator[str]:
    table = pack.tables["population_by_age"]
    if table.duplicated(["country", "year", "age"]).any():
        yield "population_by_age: a country, year and age comes twice"
    bad = table[table["population"].isna() | (table["population"] < 0)]
    for country, year, age in zip(bad["country"], bad["year"], bad["age"], strict=True):
        yield f"population_by_age: no valid head-count for {country} {year} age {age}"
    in_range = table[table["age"].isin(AGES)]
    counts = in_range.groupby(["country", "year"])["age"].nunique().to_dict()
    for country in COUNTRIES:
        for year in POPULATION_YEARS:
            found = counts.get((country, year), 0)
            if found != len(AGES):
                yield f"population_by_age: {country} {year} has {found} ages, expected {len(AGES)}"


def _population_totals(pack: DataPack) -> Iterator[str]:
    drivers = pack.tables["drivers"]
    totals = drivers[drivers["variable"] == "population_total"]
    sums = pack.tables["population_by_age"].groupby(["country", "year"])["population"].sum().to_dict()
    for country, year, total in zip(totals["country"], totals["year"], totals["value"], strict=True):
        summed = float(sums.get((country, year), np.nan))
        if not abs(summed / total - 1) <= TOTALS_TOLERANCE:
            yield f"population_by_age: {country} {year} sums to {summed:.0f}, published total {total:.0f}"


def _drivers(pack: DataPack) -> Iterator[str]:
    drivers = pack.tables["drivers"]
    if drivers.duplicated(["country", "year", "variable"]).any():
        yield "drivers: a country, year and variable comes twice"
    for column in ("unit", "source", "source_url"):
        for index in drivers.index[drivers[column].str.strip() == ""]:
            row = drivers.loc[index]
            yield f"drivers: {row['variable']} {row['country']} {row['year']} has no {column}"
    for index in drivers.index[drivers["value"].isna()]:
        row = drivers.loc[index]
        yield f"drivers: {row['variable']} {row['country']} {row['year']} has no value"
    named = {word.strip() for text in pack.tables["sources"]["used_for"] for word in text.split(";")}
    for variable in sorted(set(drivers["variable"]) - named):
        yield f"drivers: {variable} is named by no row of sources.csv"


def _budget(pack: DataPack) -> Iterator[str]:
    for (power, channel), knots in pack.budget_knots().items():
        years = [year for year, _ in knots]
        if any(later < earlier for earlier, later in pairwise(years)):
            yield f"budget_index: knots of {power} {channel} are not in order of time"
        if any(years.count(year) > 2 for year in years):
            yield f"budget_index: {power} {channel} has more than two knots in one moment"
        for year, index in knots:
            if not 0 <= index <= BUDGET_INDEX_MAX:
                where = f"{power} {channel} {year:g}"
                yield f"budget_index: {where} is {index:g}, outside [0, {BUDGET_INDEX_MAX}]"


def _sources(pack: DataPack) -> Iterator[str]:
    sources = pack.tables["sources"]
    if sources["id"].duplicated().any():
        yield "sources: an id comes twice"
    for column in ("licence", "url"):
        for source in sources.loc[sources[column].str.strip() == "", "id"]:
            yield f"sources: {source} has no {column}"
    for source in sources.loc[~sources["licence_checked"].isin(["yes", "no"]), "id"]:
        yield f"sources: {source} does not say whether its licence was checked"
