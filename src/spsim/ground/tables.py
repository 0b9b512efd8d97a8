"""Reading a user's table, CSV or Excel: the text of each cell, with the line on which it stands."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from spsim.ground.errors import ConfigError, Place, Problem, file_problem, library, listed, nearest

SEPARATORS = ",;\t"
LARGEST_TABLE = 200_000_000  # bytes; a survey's microdata take a few million
WORKBOOK = b"PK\x03\x04"  # how an .xlsx file begins
OTHERS = {
    b"\xd0\xcf\x11\xe0": "this is an old Excel workbook (.xls); save it as .xlsx, or as 'CSV UTF-8'",
    b"$FL": "this is an SPSS file; export it as CSV or Excel",
    b"<stata_dta>": "this is a Stata file; export it as CSV or Excel",
}
"""What is said about files that begin with these bytes."""


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
    content = _bytes_of(path)
    if content.startswith(WORKBOOK):
        raise file_problem(path, "this is an Excel workbook; allowed: CSV (save it as 'CSV UTF-8')")
    if other := next((said for begins, said in OTHERS.items() if content.startswith(begins)), ""):
        raise file_problem(path, other)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise file_problem(path, "its bytes are not UTF-8; in a spreadsheet save it as 'CSV UTF-8'") from None
    if "\0" in text:
        raise file_problem(path, "not a text file (it holds zero bytes)")
    return text


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        raise file_problem(path, "this is a directory; allowed: a file")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_TABLE + 1)
    except FileNotFoundError:
        raise file_problem(path, "there is no such file") from None
    except OSError as error:
        raise file_problem(path, f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_TABLE:
        raise file_problem(path, f"the file is larger than {LARGEST_TABLE:,} bytes")
    return content


def read_any(path: str | Path, sheet: str = "") -> Cells:
    """Read a CSV file or a sheet of an Excel workbook (.xlsx), whichever it is; the arguments are those of either.

    Raises:
        ConfigError: as the two raise it.
        SetupError: the library for workbooks is not installed.
    """
    if _bytes_of(Path(path)).startswith(WORKBOOK):
        return read_workbook(path, sheet)
    if sheet:
        raise file_problem(path, f"there is no sheet {sheet!r}: this is not an Excel workbook")
    return read_cells(path)


def read_workbook(path: str | Path, sheet: str = "") -> Cells:
    """Read a sheet of an Excel workbook (.xlsx) as text.

    Args:
        path: the workbook.
        sheet: name of the sheet; the first one if left out.

    Raises:
        ConfigError: it cannot be read as a workbook, has no such sheet, or the sheet is empty.
        SetupError: the library for workbooks is not installed.
    """
    openpyxl = library("openpyxl", "surveys")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # whatever a damaged file makes the library raise
        raise file_problem(path, f"not readable as an Excel workbook: {error}") from None
    try:
        if sheet and sheet not in book.sheetnames:
            names = book.sheetnames
            said = f"there is no sheet {sheet!r}"
            raise ConfigError([Problem(Place(str(path)), "", said, listed(names), nearest(sheet, names))])
        chosen = book[sheet] if sheet else book.worksheets[0]
        chosen.reset_dimensions()  # what a file says about its own size is often wrong
        read = [[_as_text(value) for value in row] for row in chosen.iter_rows(values_only=True)]
    finally:
        book.close()
    filled = [(number, row) for number, row in enumerate(read, 1) if any(row)]
    if not filled:
        raise file_problem(path, "the sheet is empty; allowed: a row with names of columns, and rows below it")
    (first, header), *rest = filled
    width = max(index for index, name in enumerate(header) if name) + 1
    rows = [_cut(row, width) for _, row in rest]
    return Cells(str(path), header[:width], rows, [number for number, _ in rest], first)


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
