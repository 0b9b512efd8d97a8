"""Reading files with survey figures or protest counts, and saying everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.config.errors import ConfigError, Place, Problem
from spsim.data.surveys import (
    PROTEST_COLUMNS,
    PROTEST_KEY,
    SURVEY_COLUMNS,
    SURVEY_KEY,
    wrong_together,
)
from spsim.ground.columns import Column, Row, header_problems, row_values, said_twice
from spsim.ground.tables import Cells, read_cells

if TYPE_CHECKING:
    import pandas as pd


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
    problems += said_twice(cells, rows, key, "figure")
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.place.line))
    table = pd.DataFrame(rows, columns=[column.name for column in columns])
    return table.astype({column.name: float for column in columns if isinstance(column.empty, float)})


def _header_problems(cells: Cells, columns: tuple[Column, ...]) -> list[Problem]:
    """Return what is wrong with the names of the columns."""
    other = PROTEST_COLUMNS if columns is SURVEY_COLUMNS else SURVEY_COLUMNS
    if _is_protests(cells.header) is (other is PROTEST_COLUMNS) and {c.name for c in other} >= set(cells.header):
        kinds = ("survey figures", "protest counts")
        got, wanted = kinds[::-1] if other is PROTEST_COLUMNS else kinds
        place = Place(cells.origin, cells.header_line)
        return [Problem(place, "", f"this is a file with {got}", f"a file with {wanted}")]
    return header_problems(cells, columns)


def _row(cells: Cells, index: int, columns: tuple[Column, ...]) -> tuple[Row, list[Problem]]:
    """Return the values of a row that can be used, and what is wrong with the others."""
    row, problems = row_values(cells, index, columns)
    found = [Problem(cells.place(index), name, said, allowed) for name, said, allowed in wrong_together(row)]
    return row, [*problems, *found]
