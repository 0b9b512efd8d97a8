"""Reading a user's CSV file: the text of each cell, with the line on which it stands."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from spsim.config.errors import Place, file_problem

SEPARATORS = ",;\t"
LARGEST_TABLE = 200_000_000  # bytes; a survey's microdata take a few million
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # first bytes of .xlsx and .xls


@dataclass(frozen=True)
class Cells:
    """A table as it stands in a file, before anything is made of it.

    Attributes:
        origin: the file, as messages name it.
        header: names of the columns.
        rows: stripped text of the cells; a row may be shorter or longer than the header.
        lines: line of the file on which each row begins.
        header_line: line of the header.
    """

    origin: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    header_line: int = 1

    def place(self, row: int) -> Place:
        """Return where a row stands."""
        return Place(self.origin, self.lines[row])


def read_cells(path: str | Path) -> Cells:
    """Read a CSV file: UTF-8, with or without byte order mark, separated by comma, semicolon or tab.

    Empty rows, and empty cells to the right of the last name in the header, are left out.

    Raises:
        ConfigError: the file is missing, unreadable, empty, not CSV or not UTF-8.
    """
    text = _text_of(Path(path))
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise file_problem(path, "the file is empty; allowed: a header with names of columns, and rows below it")
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    begins = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append(cells)
                lines.append(begins)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise file_problem(path, f"not readable as CSV: {error}", begins) from None
    width = max(index for index, name in enumerate(rows[0]) if name) + 1
    header = rows[0][:width]
    return Cells(str(path), header, [_cut(row, width) for row in rows[1:]], lines[1:], lines[0])


def _cut(row: list[str], width: int) -> list[str]:
    """Return a row without the empty cells to the right of the header."""
    while len(row) > width and not row[-1]:
        row = row[:-1]
    return row


def _text_of(path: Path) -> str:
    if path.is_dir():
        raise file_problem(path, "this is a directory; allowed: a CSV file")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_TABLE + 1)
    except FileNotFoundError:
        raise file_problem(path, "there is no such file") from None
    except OSError as error:
        raise file_problem(path, f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_TABLE:
        raise file_problem(path, f"the file is larger than {LARGEST_TABLE:,} bytes")
    if content.startswith(WORKBOOKS):
        raise file_problem(path, "this is an Excel workbook; allowed: CSV (save it as 'CSV UTF-8')")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise file_problem(path, "its bytes are not UTF-8; in a spreadsheet save it as 'CSV UTF-8'") from None
    if "\0" in text:
        raise file_problem(path, "not a text file (it holds zero bytes)")
    return text
