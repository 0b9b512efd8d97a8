"""The part of ``spsim explain`` that follows a number of the data pack to its source."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spsim.cli.values import Facts
    from spsim.config import ConfigError
    from spsim.data import DataPack, Series

POPULATION, BUDGET = "population", "budget_index"


def data_explanation(path: list[str]) -> tuple[str, Facts]:
    """Return a heading and facts about a series, one country of it, or one cell.

    Args:
        path: what follows ``data``: the series, then perhaps a country, then perhaps a year.

    Raises:
        ConfigError: there is no such series, country or year.
    """
    from spsim.data import COUNTRIES, load_pack

    pack = load_pack()
    name, *rest = path
    key = ".".join(["data", *path])
    if name == BUDGET:
        return key, _budget(pack, rest, key)
    if name not in pack.series and name != POPULATION:
        raise _unknown(key, name, [*pack.series, POPULATION, BUDGET])
    if rest and rest[0] not in COUNTRIES:
        raise _unknown(key, rest[0], list(COUNTRIES))
    if name == POPULATION:
        return key, _population(pack, rest, key)
    series = pack.series[name]
    found: Facts = [("what it is", series.description)]
    if len(rest) == 2:
        found += _cell(series, rest[0], _year(rest[1], [int(year) for year in series.years], key))
    else:
        found += [(country, _spans(series, country)) for country in rest or series.countries]
    return key, [*found, ("unit", series.unit), *_source(pack, series.source)]


def _cell(series: Series, country: str, year: int) -> Facts:
    row, column = list(series.years).index(year), series.countries.index(country)
    rule = str(series.rule[row, column])
    return [
        ("value", f"{series.values[row, column]:.6g}"),
        ("recorded", "no, filled by a rule" if series.filled[row, column] else "yes"),
        ("rule", rule),
    ]


def _spans(series: Series, country: str) -> str:
    """Return which years of a country were recorded and which were filled by what rule."""
    column = series.countries.index(country)
    years = zip(series.years.tolist(), series.rule[:, column], strict=True)
    spans = [(rule, [year for year, _ in group]) for rule, group in groupby(years, key=lambda item: str(item[1]))]
    return "; ".join(f"{_range(found)} {rule or 'recorded'}" for rule, found in spans)


def _range(years: list[int]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"


def _population(pack: DataPack, rest: list[str], key: str) -> Facts:
    from spsim.data import COUNTRIES, POPULATION_PROJECTED_FROM, POPULATION_YEARS

    found: Facts = [
        ("what it is", f"Persons by single year of age at mid-year; a projection from {POPULATION_PROJECTED_FROM}.")
    ]
    if len(rest) == 2:
        year = _year(rest[1], list(POPULATION_YEARS), key)
        found += [
            (
                "value",
                f"{pack.population([rest[0]], [year]).sum():,.0f} persons, "
                f"{pack.adults([rest[0]], [year]).sum():,.0f} of them adults",
            ),
            ("recorded", "yes" if year < POPULATION_PROJECTED_FROM else "no, a projection of the source"),
        ]
    else:
        span = f"{POPULATION_YEARS[0]}-{POPULATION_YEARS[-1]} as the source gives it"
        found += [(country, span) for country in rest or COUNTRIES]
    return [*found, ("unit", "persons"), *_source(pack, "wpp2024")]


def _budget(pack: DataPack, rest: list[str], key: str) -> Facts:
    rows = pack.tables[BUDGET].astype(str).to_dict("records")
    for column, wanted in zip(("power", "channel"), rest, strict=False):
        known = list(dict.fromkeys(row[column] for row in rows))
        if wanted not in known:
            raise _unknown(key, wanted, known)
        rows = [row for row in rows if row[column] == wanted]
    knots = [
        (f"{row['power']} {row['channel']} {row['year']}", f"{row['index']} ({row['evidence']}; {row['source']})")
        for row in rows
    ]
    return [("what it is", "Knots of the budget indices, 1 = full; linear between them."), *knots]


def _source(pack: DataPack, wanted: str) -> Facts:
    table = pack.sources_table()
    row = table[table["id"] == wanted].astype(str).to_dict("records")[0]
    checked = "" if row["licence_checked"] == "yes" else "; still to be checked"
    return [
        ("source", f"{row['title']} ({row['publisher']})"),
        ("licence", row["licence"] + checked),
        ("address", row["url"]),
        ("processing", row["processing"]),
    ]


def _year(text: str, known: list[int], key: str) -> int:
    if not text.isdecimal() or int(text) not in known:
        raise _unknown(key, text, [f"{known[0]} to {known[-1]}"])
    return int(text)


def _unknown(key: str, got: str, known: list[str]) -> ConfigError:
    from spsim.config import ConfigError, Place, Problem
    from spsim.config.errors import listed, nearest

    return ConfigError([Problem(Place("explain"), key, f"got {got!r}", listed(known, 20), nearest(got, known))])
