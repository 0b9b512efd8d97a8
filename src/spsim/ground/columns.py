"""A table's format as a register of columns, and the check of a file against it: every mistake, with its line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from spsim.ground.errors import Place, Problem, listed, nearest
from spsim.ground.tables import Cells

Row = dict[str, str | float]


@dataclass(frozen=True)
class Column:
    """A column of a format.

    Attributes:
        name: what stands in the header.
        meaning: one sentence.
        allowed: what a cell may hold, in words.
        read: gives the value of a cell's text, which is stripped and not empty; ValueError if it is not allowed.
        required: whether the column must be there, with a value in every row.
        choices: words that a wrong one is compared with, each with the text that is right in its place.
        empty: value of an empty cell.
    """

    name: str
    meaning: str
    allowed: str
    read: Callable[[str], str | float]
    required: bool = False
    choices: dict[str, str] = field(default_factory=dict)
    empty: str | float = ""


def plain_number(cell: str) -> float:
    """Return the number that a cell holds, with decimal point or, as many spreadsheets write it, decimal comma.

    Raises:
        ValueError: it is something else.
    """
    if not re.fullmatch(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?", cell, re.ASCII | re.IGNORECASE):
        raise ValueError
    return float(cell.replace(",", "."))


def text(cell: str) -> str:
    """Return any text as it stands."""
    return cell


def one_of(choices: Iterable[str]) -> Callable[[str], str]:
    """Return a reader of one of some words."""
    known = frozenset(choices)

    def read(cell: str) -> str:
        if cell not in known:
            raise ValueError
        return cell

    return read


def number(low: float, high: float, *, whole: bool = False) -> Callable[[str], float]:
    """Return a reader of numbers from ``low`` to ``high``."""

    def read(cell: str) -> float:
        value = plain_number(cell)
        if not low <= value <= high or (whole and value != int(value)):
            raise ValueError
        return int(value) if whole else value

    return read


def header_problems(cells: Cells, columns: Sequence[Column]) -> list[Problem]:
    """Return what is wrong with the names of the columns."""
    place = Place(cells.origin, cells.header_line)
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


def row_values(cells: Cells, index: int, columns: Sequence[Column]) -> tuple[Row, list[Problem]]:
    """Return the values of a row that can be used, and what is wrong with the others."""
    place, texts = cells.place(index), cells.rows[index]
    if len(texts) != len(cells.header):
        said = f"got {len(texts)} cells where the header names {len(cells.header)} columns"
        return {}, [Problem(place, "", said, "text that holds the separator stands in double quotes")]
    by_name = dict(zip(cells.header, texts, strict=True))
    row: Row = {}
    problems: list[Problem] = []
    for column in columns:
        cell = by_name.get(column.name, "")
        try:
            if cell:
                row[column.name] = column.read(cell)
            elif column.required:
                problems.append(Problem(place, column.name, "is empty", column.allowed))
            else:
                row[column.name] = column.empty
        except ValueError:
            meant = column.choices.get(_likely(cell, column.choices), "")
            problems.append(Problem(place, column.name, f"got {cell!r}", column.allowed, meant))
    return row, problems


def _likely(cell: str, choices: dict[str, str]) -> str:
    """Return the choice that was probably meant, whatever its capitals."""
    by_lower = {choice.lower(): choice for choice in choices}
    return by_lower.get(nearest(cell.lower(), by_lower), "")


def said_twice(cells: Cells, rows: Sequence[Row], key: Sequence[str], what: str) -> list[Problem]:
    """Return a problem for each row whose ``key`` stands on an earlier line already.

    Args:
        cells: the table.
        rows: its rows, as :func:`row_values` gives them.
        key: columns that tell one row from another.
        what: a row, in words.
    """
    first: dict[tuple[str, ...], int] = {}
    problems = []
    for index, row in enumerate(rows):
        if not all(name in row for name in key):
            continue  # has mistakes of its own
        known = first.setdefault(tuple(str(row[name]) for name in key), index)
        if known != index:
            said = f"the same {what} stands on line {cells.lines[known]}"
            problems.append(Problem(cells.place(index), "", said, f"rows that differ in {listed(key)}"))
    return problems
