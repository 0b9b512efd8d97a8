"""The format of files with survey figures and with protest counts: which columns there are, and what a cell may hold.

One register says it all: the reader checks by it, ``spsim surveys format`` prints it, ``docs/surveys.md`` follows it.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from spsim.data.pack import POPULATION_YEARS
from spsim.data.series import COUNTRIES, COUNTRY_NAMES, REGION
from spsim.ground.columns import Column, number, one_of, text

POWERS: Final = {"CN": "China", "RU": "Russia"}
"""Powers that a survey asks about, with their names."""

MODES: Final = ("face to face", "telephone", "online", "mixed")
"""How respondents are reached. A pollster who changes it is a new house."""

REGIONS: Final = ("CA4", "CA5") if REGION == "CA5" else (REGION,)
"""Means: in Central Asia over four countries, which the group names, and over all five; elsewhere over all."""


def _countries(cell: str) -> str:
    codes = cell.split("+")
    if cell not in REGIONS and (len(set(codes)) < len(codes) or not set(codes) <= set(COUNTRIES)):
        raise ValueError
    return cell


def _years(cell: str) -> str:
    match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", cell, re.ASCII)
    if match is None:
        raise ValueError
    first, last = int(match[1]), int(match[2] or match[1])
    if not POPULATION_YEARS[0] <= first <= last <= POPULATION_YEARS[-1] or match[2] == match[1]:
        raise ValueError
    return cell


def _day(cell: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", cell, re.ASCII):
        raise ValueError
    return datetime.date.fromisoformat(cell).isoformat()


_CODES: Final = {code: code for code in (*COUNTRIES, *REGIONS)}
_PLACE: Final = Column(
    "country",
    "Where: a country, several countries pooled (joined by +, as KZ+KG+UZ), or the mean over several or all countries "
    f"({', '.join(REGIONS)}).",
    f"{', '.join(COUNTRIES)}, some of them joined by +, {', '.join(REGIONS)}",
    _countries,
    required=True,
    choices=_CODES | {name: code for code, name in COUNTRY_NAMES.items()},
)
_ORIGIN: Final = (
    Column("source_url", "Where the figure was read.", "text", text),
    Column("confidence", "How sure the figure is: exact (printed so), read-from-text, computed.", "text", text),
    Column("note", "Whatever else a reader should know.", "text", text),
)

SURVEY_COLUMNS: Final = (
    _PLACE,
    Column(
        "year", "Year of the interviews, or first and last year of a mean over years.",
        f"a year or two from {POPULATION_YEARS[0]} to {POPULATION_YEARS[-1]}, such as 2014 or 2006-2018", _years,
        required=True,
    ),
    Column("wave", "The pollster's name for the round; may hold months, such as 2014-06/07.", "text", text),
    Column("group", "Who was asked; for CA4 with the four countries, such as all (KZ,KG,TJ,UZ).", "text", text),
    Column(
        "power", "The power asked about.", ", ".join(POWERS), one_of(POWERS), required=True,
        choices={code: code for code in POWERS} | {name: code for code, name in POWERS.items()},
    ),
    Column(
        "measure", "The item and the answer, in the words that name an instrument (`spsim surveys list` shows them).",
        "text", text, required=True,
    ),
    Column(
        "value", "The figure: a share of the answers, or a change of one against the year before.",
        "a number: 0 to 100 for a share, -100 to 100 for a change", number(-100, 100), required=True,
    ),
    Column(
        "unit", "A share is in %, a change in pp (percentage points).", "%, pp", one_of(("%", "pp")), required=True,
        choices={"%": "%", "pp": "pp", "percent": "%", "points": "pp"},
    ),
    Column("survey", "Who polled.", "text", text, required=True),
    Column(
        "n", "Number of respondents.", "a whole number from 1", number(1, 1e9, whole=True), empty=math.nan,
    ),
    *_ORIGIN,
    Column(
        "se", "Standard error in points, with weights and clusters taken into account; without it the model's own "
        "instrument says how large the sampling error is.",
        "a number above 0 and up to 50", number(1e-9, 50), empty=math.nan,
    ),
    Column(
        "mode", "How respondents were reached.", ", ".join(MODES), one_of(MODES),
        choices={mode: mode for mode in MODES} | {"phone": "telephone", "F2F": "face to face", "CATI": "telephone"},
    ),
    Column("month", "Month of the interviews.", "1 to 12", number(1, 12, whole=True), empty=math.nan),
)
"""Columns of a file with survey figures, in the order in which they are read."""

PROTEST_COLUMNS: Final = (
    _PLACE,
    Column("year_from", "First day of the period (the name of the column is older than its content).",
           "a day such as 2018-01-01", _day, required=True),
    Column("year_to", "Last day of the period.", "a day such as 2020-11-30", _day, required=True),
    Column(
        "kind", "What was counted: all protests (only the order of countries is used) or anti-China incidents; and by "
        "whom.",
        "text", text, required=True,
    ),
    Column("count", "Number of events.", "a whole number from 0", number(0, 1e9, whole=True), required=True),
    *_ORIGIN,
)
"""Columns of a file with protest counts."""

PROTEST_USES: Final = {
    "all protests": "the order of countries only: most of them are not about China",
    "anti-china": "the number of events against China",
}
"""How kinds of counts begin, and what they are used for."""

SURVEY_KEY: Final = ("country", "year", "wave", "group", "power", "measure", "survey", "mode", "month")
"""Columns that tell one survey figure from another."""

PROTEST_KEY: Final = ("country", "year_from", "year_to", "kind")
"""Columns that tell one count from another."""


def protest_use(kind: str) -> str:
    """Return what a kind of protest count is used for; "" for a kind that the model does not know."""
    return next((use for begins, use in PROTEST_USES.items() if kind.lower().startswith(begins)), "")


def wrong_together(row: Mapping[str, str | float]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with cells of a row that are right one by one: column, message, what is allowed.

    Args:
        row: column -> value, of either kind of file; columns with mistakes are left out.
    """
    value, unit = row.get("value"), row.get("unit")
    if unit == "%" and isinstance(value, float) and value < 0:
        yield "value", f"got {value:g} with the unit %", "0 to 100; the unit of a change is pp"
    if row.get("country") == "CA4" and "group" in row:
        group = str(row["group"])
        named = re.search(r"\(([A-Z,]+)\)", group)
        codes = set(named[1].split(",")) if named else set()
        if len(codes & set(COUNTRIES)) != 4 or len(codes) != 4:
            message = f"got {group!r}, which does not say which four countries CA4 are"
            yield "group", message, "their codes, such as all (KZ,KG,TJ,UZ)"
    if str(row.get("year_from", "")) > str(row.get("year_to", "9")):
        yield "year_to", f"got {row['year_to']}, before the first day {row['year_from']}", "a later day"
