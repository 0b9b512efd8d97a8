"""Reading files with survey figures or protest counts, and saying everything that is wrong with them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.config.errors import ConfigError, Place, Problem, listed, nearest
from spsim.config.tables import Cells, read_cells
from spsim.data.surveys import (
    PROTEST_COLUMNS,
    PROTEST_KEY,
    SURVEY_COLUMNS,
    SURVEY_KEY,
    Column,
    wrong_together,
)

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, str | float]


def read_surveys(path: str | Path) -> pd.DataFrame:
    """Read and check a file with survey figures.

    Args:
        path: a CSV file in the format that ``spsim surveys format`` prints and ``docs/surveys.md`` describes.

    Returns:
        One row for each figure, with all columns of the format. Text that is not there is "", a number that is not
        there is nan; ``year`` is text, such as 2014 or 2006-2018.

    Raises:
        ConfigError: with every mistake of the file.
    """
    return _checked(read_cells(path), SURVEY_COLUMNS, SURVEY_KEY)


def read_protests(path: str | Path) -> pd.DataFrame:
    """Read and check a file with protest counts.

    Args:
        path: a CSV file with the columns that ``spsim surveys format`` prints for protest counts.

    Returns:
        One row for each count; ``year_from`` and ``year_to`` are days as text.

    Raises:
        ConfigError: with every mistake of the file.
    """
    return _checked(read_cells(path), PROTEST_COLUMNS, PROTEST_KEY)


def holds_protests(path: str | Path) -> bool:
    """Tell whether the header of a file is more that of protest counts than that of survey figures.

    Raises:
        ConfigError: the file cannot be read.
    """
    return _is_protests(read_cells(path).header)


def _is_protests(header: Sequence[str]) -> bool:
    def known(columns: tuple[Column, ...]) -> int:
        return len({column.name for column in columns} & set(header))

    return known(PROTEST_COLUMNS) > known(SURVEY_COLUMNS)


def _checked(cells: Cells, columns: tuple[Column, ...], key: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    problems = _header_problems(cells, columns)
    if problems:
        raise ConfigError(problems)  # cells under a wrong header would only repeat it
    if not cells.rows:
        raise ConfigError([Problem(Place(cells.origin), "", "there is a header and no row below it")])
    rows: list[Row] = []
    for index in range(len(cells.rows)):
        row, wrong = _row(cells, index, columns)
        rows.append(row)
        problems += wrong
    problems += _twice(cells, rows, key)
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.place.line))
    table = pd.DataFrame(rows, columns=[column.name for column in columns])
    return table.astype({column.name: float for column in columns if isinstance(column.empty, float)})


def _header_problems(cells: Cells, columns: tuple[Column, ...]) -> list[Problem]:
    """Return what is wrong with the names of the columns."""
    place = Place(cells.origin, cells.header_line)
    other = PROTEST_COLUMNS if columns is SURVEY_COLUMNS else SURVEY_COLUMNS
    if _is_protests(cells.header) is (other is PROTEST_COLUMNS) and {c.name for c in other} >= set(cells.header):
        kinds = ("survey figures", "protest counts")
        got, wanted = kinds[::-1] if other is PROTEST_COLUMNS else kinds
        return [Problem(place, "", f"this is a file with {got}", f"a file with {wanted}")]
    names = [column.name for column in columns]
    problems = [Problem(place, name, "stands twice in the header") for name, count in Counter(cells.header).items()
                if count > 1]
    free = [name for name in names if name not in cells.header]
    unknown = [name for name in dict.fromkeys(cells.header) if name not in names]
    near = {name: nearest(name.lower(), free) for name in unknown}
    problems += [Problem(place, name, "there is no such column", "", meant) for name, meant in near.items() if meant]
    if far := [name for name in unknown if not near[name]]:
        said = f"there {'are' if far[1:] else 'is'} no such column{'s' if far[1:] else ''}"
        problems.append(Problem(place, listed(far, 8), said, listed(names, 40)))
    if missing := [column.name for column in columns if column.required and column.name not in cells.header]:
        problems.append(Problem(place, listed(missing), f"missing; found: {listed(cells.header, 40)}"))
    return problems


def _row(cells: Cells, index: int, columns: tuple[Column, ...]) -> tuple[Row, list[Problem]]:
    """Return the values of a row that can be used, and what is wrong with the others."""
    place, texts = cells.place(index), cells.rows[index]
    if len(texts) != len(cells.header):
        said = f"got {len(texts)} cells where the header names {len(cells.header)} columns"
        return {}, [Problem(place, "", said, "text that holds the separator stands in double quotes")]
    by_name = dict(zip(cells.header, texts, strict=True))
    row: Row = {}
    problems: list[Problem] = []
    for column in columns:
        text = by_name.get(column.name, "")
        try:
            if text:
                row[column.name] = column.read(text)
            elif column.required:
                problems.append(Problem(place, column.name, "is empty", column.allowed))
            else:
                row[column.name] = column.empty
        except ValueError:
            meant = column.choices.get(_likely(text, column.choices), "")
            problems.append(Problem(place, column.name, f"got {text!r}", column.allowed, meant))
    problems += [Problem(place, name, message, allowed) for name, message, allowed in wrong_together(row)]
    return row, problems


def _likely(text: str, choices: dict[str, str]) -> str:
    """Return the choice that was probably meant, whatever its capitals."""
    by_lower = {choice.lower(): choice for choice in choices}
    return by_lower.get(nearest(text.lower(), by_lower), "")


def _twice(cells: Cells, rows: list[Row], key: tuple[str, ...]) -> list[Problem]:
    """Return a problem for each figure that stands twice."""
    first: dict[tuple[str, ...], int] = {}
    problems = []
    for index, row in enumerate(rows):
        if not all(name in row for name in key):
            continue  # has mistakes of its own
        known = first.setdefault(tuple(str(row[name]) for name in key), index)
        if known != index:
            said = f"the same figure stands on line {cells.lines[known]}"
            problems.append(Problem(cells.place(index), "", said, f"rows that differ in {listed(key)}"))
    return problems
