"""A scenario's own data: the CSV file that it names, read into the rows that the scenario then holds itself.

The rows become part of the scenario, so that what is saved, hashed and sent to another process needs no second file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from spsim.config.errors import ConfigError, Place, Problem, listed, nearest
from spsim.config.scenario import DataRow
from spsim.config.translation import pydantic_problems
from spsim.ground.reading import Document
from spsim.ground.tables import read_cells

NUMBERS = {"year": int, "value": float}


def with_data(document: Document, near: Path) -> Document:
    """Return a scenario file with the rows of the CSV file that its key ``data`` names.

    Args:
        document: the scenario file.
        near: the folder that a relative path starts from.

    Raises:
        ConfigError: the CSV file cannot be used; with every mistake found in it.
    """
    named = document.content.get("data")
    if not isinstance(named, str):
        return document
    return Document(document.origin, {**document.content, "data": _rows(near / named)}, document.lines)


def _row_problems(row: dict[str, Any], place: Place) -> list[Problem]:
    try:
        DataRow.model_validate(row)
    except ValidationError as error:
        return list(pydantic_problems(error, lambda _: place, "", DataRow).values())
    return []


def _rows(path: Path) -> list[dict[str, Any]]:
    cells = read_cells(path)
    known = list(DataRow.model_fields)
    top = Place(cells.origin, cells.header_line)
    problems = [
        Problem(top, name, "unknown column", listed(known), nearest(name, known))
        for name in cells.header if name not in known
    ]
    problems += [Problem(top, name, "this column is missing") for name in known if name not in cells.header]
    if problems:
        raise ConfigError(problems)
    rows: list[dict[str, Any]] = []
    for number, texts in enumerate(cells.rows):
        row: dict[str, Any] = dict(zip(cells.header, texts, strict=False))
        row["country"] = row.get("country") or None
        for name, kind in NUMBERS.items():
            try:
                row[name] = kind(row.get(name, ""))
            except ValueError:
                said = "a year such as 2012" if kind is int else "a number such as 0.5"
                problems.append(Problem(cells.place(number), name, f"got {row.get(name, '')!r}", said))
                break
        else:
            problems += _row_problems(row, cells.place(number))
        rows.append(row)
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return rows
