"""What parameters are in each country: one row a number, with its prior, badge and source.

These numbers are facts about a region, so they stand in its table ``country_parameters.csv`` and not in the code; the
code says what they mean, their unit and their bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from spsim.data.region import SHIPPED, region_file
from spsim.data.series import COUNTRIES
from spsim.ground.columns import Column, number, one_of, row_values, text
from spsim.ground.errors import Place, Problem, listed, nearest
from spsim.ground.tables import read_cells

Evidence = Literal["data", "literature", "seed", "assumption", "imposed"]
"""Where a number comes from. ``seed`` is a claim of one of the two papers, ``imposed`` is put in to follow an event."""

BADGES: Final[tuple[str, ...]] = get_args(Evidence)

TABLE: Final = "country_parameters.csv"

NUMBER: Final = r"[-+]?\d+(?:\.\d+)?"
PRIOR: Final = re.compile(rf"fixed|(?:shift|factor) {NUMBER}|(?:uniform|loguniform) {NUMBER} {NUMBER}")


def _prior(cell: str) -> str:
    if not PRIOR.fullmatch(cell):
        raise ValueError
    return cell


COLUMNS: Final = (
    Column("parameter", "Its name.", "a parameter that varies by country", text, required=True),
    Column("power", "The power, for what varies by power and country.", "a code such as CN", text),
    Column("country", "The country; empty for all that have no row of their own.", listed(COUNTRIES), one_of(COUNTRIES),
           choices={code: code for code in COUNTRIES}),
    Column("value", "In the unit of the parameter.", "a number", number(-1e12, 1e12), required=True),
    Column("prior", "What is believed of it before any fit.",
           "fixed, shift 0.2, factor 2, uniform 0.1 0.6 or loguniform 0.1 10", _prior, required=True),
    Column("evidence", "The badge.", ", ".join(BADGES), one_of(BADGES), required=True,
           choices={badge: badge for badge in BADGES}),
    Column("source", "Where the number comes from.", "text", text, required=True),
    Column("note", "Whatever else a reader should know.", "text", text),
)
"""Columns of the table."""

KEY: Final = ("parameter", "power", "country")
"""Columns that tell one row from another."""


@dataclass(frozen=True)
class Known:
    """One number: what a parameter is in a country, towards a power if it varies by power."""

    value: float
    prior: str
    evidence: str
    source: str
    note: str
    place: Place


Numbers = dict[tuple[str, str], dict[str, Known]]
"""(parameter, power) -> country -> number; the power is "" where a parameter does not vary by it."""


@cache
def known_numbers() -> Numbers:
    """Return the numbers of the region, each country's in the order of `COUNTRIES`."""
    return _numbers(region_file(TABLE), COUNTRIES)


def numbers_below(parameter: str, *path: str) -> list[Known]:
    """Return the numbers of a parameter: all, those towards a power or in a country, or the one for both."""
    return [
        known
        for (name, power), at in known_numbers().items() if name == parameter
        for country, known in at.items() if path == tuple(filter(None, (power, country)))[:len(path)]
    ]


def _numbers(path: Path, countries: tuple[str, ...]) -> Numbers:
    cells = read_cells(path)
    written = [dict(zip(cells.header, texts, strict=False)).get("value", "") for texts in cells.rows]
    found: Numbers = {}
    plain = [column for column in COLUMNS if column.name != "country"]
    place = Column("country", "", "", text)  # a wrong code is told elsewhere; here it must not become "all"
    for index in range(len(cells.rows)):
        row, _ = row_values(cells, index, [*plain, place])
        if not {"parameter", "value", "prior", "evidence", "source"} <= set(row):
            continue  # has mistakes, which are told elsewhere
        value = int(written[index]) if re.fullmatch(r"[-+]?\d+", written[index]) else float(row["value"])
        prior, evidence, source, note = (str(row.get(name, "")) for name in ("prior", "evidence", "source", "note"))
        each = Known(value, prior, evidence, source, note, cells.place(index))
        at = found.setdefault((str(row["parameter"]), str(row.get("power", ""))), {})
        at[str(row.get("country", ""))] = each
    return {
        key: {code: at[code if code in at else ""] for code in countries if code in at or "" in at}
        for key, at in found.items()
    }


def missing_numbers() -> Iterator[Problem]:
    """Yield the parameters that the region's table does not know, and those numbers that it lacks."""
    path = region_file(TABLE)
    wanted, found = read_cells(SHIPPED / TABLE), known_numbers()
    columns = [wanted.header.index(name) for name in ("parameter", "power")]
    pairs = dict.fromkeys((row[columns[0]], row[columns[1]]) for row in wanted.rows)
    for pair in pairs:
        lost = [code for code in COUNTRIES if code not in found.get(pair, {})]
        if lost:
            yield Problem(Place(str(path)), ".".join(filter(None, pair)), f"has no value for {listed(lost)}",
                          "a row for each country, or one without a country for all")
    names = [".".join(filter(None, pair)) for pair in pairs]
    for pair, at in found.items():
        if pair not in pairs and at:
            name = ".".join(filter(None, pair))
            said = "is no parameter that a region sets"
            yield Problem(next(iter(at.values())).place, name, said, listed(names, 40), nearest(name, names))
