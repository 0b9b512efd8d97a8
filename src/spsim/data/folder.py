"""Is a user's own region complete? Its tables are checked cell by cell, then as a whole, before they are used."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from spsim.data import by_country
from spsim.data.by_country import BADGES
from spsim.data.checks import check_pack
from spsim.data.fill import COMMITMENTS, VARIABLES
from spsim.data.pack import AGES, NEEDED, load_pack, read_outlines, table_file
from spsim.data.region import region, region_file
from spsim.data.series import COUNTRIES
from spsim.ground.columns import Column, Row, header_problems, number, one_of, row_values, said_twice, text
from spsim.ground.errors import ConfigError, Place, Problem, listed
from spsim.ground.tables import read_cells

MOST: Final = 60
"""Mistakes that are told; a table that is wrong as a whole would fill a screen for each country."""

BASELINE: Final = "scenarios/baseline.yaml"

ENSEMBLE: Final = "ensemble.csv"
"""The parameter sets that a region may have; ensemble.json beside it says where they come from."""

_COUNTRY: Final = Column(
    "country", "Its code.", f"{', '.join(COUNTRIES)}, or {region().code} for the region",
    one_of((*COUNTRIES, region().code)), required=True, choices={code: code for code in COUNTRIES},
)
_YEAR: Final = Column("year", "Calendar year.", "a year", number(1900, 2100, whole=True), required=True)
_BUDGETS: Final = ("media", "culture", "education")


def _texts(*names: str, required: bool = True) -> tuple[Column, ...]:
    return tuple(Column(name, "", "text", text, required=required) for name in names)


FORMATS: Final[dict[str, tuple[tuple[Column, ...], tuple[str, ...]]]] = {
    "drivers": (
        (
            _COUNTRY, _YEAR, *_texts("variable"),
            Column("value", "", "a number", number(-math.inf, math.inf), required=True),
            *_texts("unit", "source", "source_url"), *_texts("confidence", "note", required=False),
        ),
        ("country", "year", "variable"),
    ),
    "population_by_age": (
        (
            _COUNTRY, _YEAR, Column("age", "", "0 to 100", number(0, AGES[-1], whole=True), required=True),
            Column("population", "", "a number of persons", number(0, 1e10), required=True),
        ),
        ("country", "year", "age"),
    ),
    "budget_index": (
        (
            Column("power", "", "a code such as CN", text, required=True),
            Column("channel", "", ", ".join(_BUDGETS), one_of(_BUDGETS), required=True,
                   choices={name: name for name in _BUDGETS}),
            Column("year", "", "a year, which may have a fraction", number(1900, 2100), required=True),
            Column("index", "", "0 to 1.5", number(0, 1.5), required=True),
            Column("evidence", "", ", ".join(BADGES), one_of(BADGES), required=True,
                   choices={badge: badge for badge in BADGES}),
            *_texts("source"),
        ),
        (),
    ),
    "sources": (
        (
            *_texts("id", "title", "publisher", "url", "licence"),
            Column("licence_checked", "", "yes, no", one_of(("yes", "no")), required=True),
            *_texts("years"), *_texts("used_for", "processing"),
        ),
        ("id",),
    ),
}
"""Table -> its columns, and those that tell one row from another."""


def check_folder() -> None:
    """Make sure that the folder of a user's region can be used.

    Raises:
        ConfigError: with every mistake found, up to a screen of them.
    """
    problems = [problem for name in NEEDED for problem in _table_problems(name)]
    problems += _parameter_problems()
    if not region_file(BASELINE).is_file():
        problems.append(Problem(Place(str(region_file(BASELINE))), "", "there is no such file",
                                "the scenario from which those of the region start"))
    problems += [*_map_problems(), *_ensemble_problems()]
    here = Place(str(region_file("")))
    if not problems:
        problems = [Problem(here, "", fault) for fault in check_pack(load_pack())]
    if problems:
        more = [Problem(here, "", f"{len(problems) - MOST} more")] if problems[MOST:] else []
        raise ConfigError([*problems[:MOST], *more])


def _table_problems(name: str) -> Iterator[Problem]:
    """Yield what is wrong in the cells of a table."""
    columns, key = FORMATS[name]
    try:
        cells = read_cells(table_file(name))
    except ConfigError as error:
        yield from error.problems
        return
    if wrong := header_problems(cells, columns):
        yield from wrong
        return
    rows: list[Row] = []
    for index in range(len(cells.rows)):
        row, problems = row_values(cells, index, columns)
        rows.append(row)
        yield from problems
    if key:
        yield from said_twice(cells, rows, key, "cell" if name != "sources" else "source")
    if name == "drivers":
        yield from _lacking(cells.origin, {(row.get("variable"), row.get("country")) for row in rows})


def _lacking(origin: str, there: set[tuple[object, object]]) -> Iterator[Problem]:
    """Yield the variables that drivers.csv lacks."""
    memberships = {each.variable: f"1 for a member, 0 for none: {each.description}" for each in region().organisations}
    for variable, unit in {**VARIABLES, **memberships}.items():
        if lost := [code for code in COUNTRIES if (variable, code) not in there]:
            yield Problem(Place(origin), variable, f"has no row for {listed(lost)}", f"rows of each country ({unit})")
    if not any((variable, code) in there for variable in COMMITMENTS for code in COUNTRIES):
        yield Problem(Place(origin), "commitments", "have no row", f"a row of one of {listed(COMMITMENTS)}; 0 for none")


def _map_problems() -> Iterator[Problem]:
    """Yield what is wrong with the outlines."""
    facts = region().map
    for name, needed in ((facts.countries, COUNTRIES), (facts.neighbours, tuple(facts.neighbours_at))) if facts else ():
        place = Place(str(region_file(name)))
        try:
            found = read_outlines(name) if name else {}
        except (ValueError, KeyError, TypeError) as error:
            yield Problem(place, "", f"not readable as GeoJSON: {error!r}", "polygons with the codes as ids")
        else:
            if lost := [code for code in needed if code not in found]:
                yield Problem(place, "", f"has no outline of {listed(lost)}", "a feature with its code as id")


def _ensemble_problems() -> Iterator[Problem]:
    """Yield what is wrong with the ensemble, if the region has one; which numbers there are is known further up."""
    table = region_file(ENSEMBLE)
    about = table.with_suffix(".json")
    if not table.is_file() and not about.is_file():
        return
    yield from _manifest_problems(about)
    try:
        cells = read_cells(table)
    except ConfigError as error:
        yield from error.problems
        return
    member = Column("member", "", "a whole number from 0", number(0, math.inf, whole=True), required=True)
    names = [name for name in dict.fromkeys(cells.header) if name != member.name]
    columns = (member, *(Column(name, "", "a number", number(-math.inf, math.inf), required=True) for name in names))
    if wrong := header_problems(cells, columns):
        yield from wrong
        return
    if not cells.rows:
        yield Problem(Place(cells.origin), "", "there is a header and no row below it", "a row for each parameter set")
    rows: list[Row] = []
    for index in range(len(cells.rows)):
        row, problems = row_values(cells, index, columns)
        rows.append(row)
        yield from problems
    yield from said_twice(cells, rows, (member.name,), "member")


def _manifest_problems(path: Path) -> Iterator[Problem]:
    """Yield what is wrong with the file that says where an ensemble comes from."""
    place, allowed = Place(str(path)), "the title, and whatever else is known of the sets in ensemble.csv, as JSON"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        yield Problem(place, "", "there is no such file", allowed)
    except json.JSONDecodeError as error:
        yield Problem(Place(str(path), error.lineno), "", f"not readable as JSON: {error.msg}", allowed)
    except (OSError, UnicodeDecodeError) as error:
        yield Problem(place, "", f"cannot be read: {error}", allowed)
    else:
        if not isinstance(found, dict) or not isinstance(found.get("title"), str):
            yield Problem(place, "title", "is missing", allowed)


def _parameter_problems() -> Iterator[Problem]:
    """Yield what is wrong in the table of parameters by country."""
    try:
        cells = read_cells(region_file(by_country.TABLE))
    except ConfigError as error:
        yield from error.problems
        return
    if wrong := header_problems(cells, by_country.COLUMNS):
        yield from wrong
        return
    rows: list[Row] = []
    for index in range(len(cells.rows)):
        row, problems = row_values(cells, index, by_country.COLUMNS)
        rows.append(row)
        yield from problems
    yield from said_twice(cells, rows, by_country.KEY, "number")
    yield from by_country.missing_numbers()
