"""What all commands share: consoles that know their width, tables, and errors without a traceback."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console, RenderableType
    from rich.table import Table

P = ParamSpec("P")

PIPED_WIDTH = 120
"""Columns of a table that goes to a file or a pipe and not to a terminal."""

WIDE = 110
"""Columns of a terminal from which on a register is shown as a table."""

SHORT = 14
"""Longest text in a column that is never broken."""

PLACE = 40
"""The same for ``file:line``, which is to be opened or copied."""

READABLE = 20
"""Columns of a terminal that a long text of a register has at least."""

GAP = 2
"""Blanks between two columns of a table."""

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one value, above the file; may be repeated.")
]


class ParametersFrom(StrEnum):
    """Where calibrated numbers come from."""

    ENSEMBLE = "ensemble"
    DEFAULTS = "defaults"


Parameters = Annotated[
    ParametersFrom | None,
    typer.Option("--parameters", help="Calibrated numbers: a set of the ensemble for each two replicates, or the "
                 "hand-set defaults; as --set run.parameters."),
]
ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one.")]


def console(*, stderr: bool = False) -> Console:
    """Return a console for tables and text; without colour codes when the output is not a terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    # COLUMNS counts for rich; without it a pipe would be cut to 80 columns
    width = None if stream.isatty() or os.environ.get("COLUMNS", "").isdigit() else PIPED_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def say(text: str = "", style: str = "") -> None:
    """Print one line on stdout, never broken by the width of the terminal."""
    console().print(text, style=style or None, soft_wrap=True)


def complain(text: str, style: str = "red") -> None:
    """Print lines on stderr, never broken by the width of the terminal."""
    console(stderr=True).print(text, style=style, soft_wrap=True)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = (),
    long: Sequence[str] = (),
) -> Table:
    """Return a table; the columns named in ``right`` hold numbers, and columns without any text are left out.

    Words are broken only where the longest of all columns, and room for those in ``long``, do not fit side by side.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        collapse_padding=True,
    )
    cells = [list(row) for row in rows]
    shown = [index for index in range(len(columns)) if index == 0 or any(row[index] for row in cells)]
    named = [(columns[index], [row[index] for row in cells]) for index in shown]
    widths = _widths(named, long)
    for index, (name, texts) in enumerate(named):
        made.add_column(
            name, justify="right" if name in right else "left", overflow="fold", no_wrap=_is_whole(index, name, texts),
            width=widths[index] if widths else None,
        )
    for row in cells:
        made.add_row(*(Text(row[index]) for index in shown))
    return made


def _is_whole(index: int, name: str, texts: Sequence[str]) -> bool:
    """Tell whether a column is never broken: the key by which a row is asked for, a place to open, a short text."""
    return index == 0 or _longest(texts) <= (PLACE if name == "set by" else SHORT)


def _longest(texts: Iterable[str]) -> int:
    return max((len(line) for text in texts for line in text.splitlines()), default=0)


def _widths(columns: Sequence[tuple[str, Sequence[str]]], long: Sequence[str]) -> list[int]:
    """Return widths of columns (heading, texts) in which no word is broken; empty if the screen has no room for them.

    The widest give way first, down to their longest word; those named in ``long`` stay readable.
    """
    widths = [_longest([name, *texts]) for name, texts in columns]
    least = [
        width if _is_whole(index, name, texts)
        else max(_longest(word for text in (name, *texts) for word in text.split()),
                 min(width, READABLE) if name in long else 0)
        for index, (width, (name, texts)) in enumerate(zip(widths, columns, strict=True))
    ]
    room = console().width - GAP * (len(columns) - 1)
    if sum(least) > room:
        return []
    while sum(widths) > room:
        loose = [index for index, width in enumerate(widths) if width > least[index]]
        widths[max(loose, key=widths.__getitem__)] -= 1
    return widths


def listing(columns: Sequence[str], rows: Sequence[Sequence[str]], long: Sequence[str]) -> None:
    """Print a register: a table on a wide screen; on a narrow one the ``long`` columns stand below each row."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    if console().width >= WIDE and _widths([*zip(columns, zip(*rows, strict=True), strict=True)], long):
        show(table("", columns, rows, long=long))
        return
    lines: list[RenderableType] = []
    for row in rows:
        brief = [cell for name, cell in zip(columns, row, strict=True) if name not in long and cell]
        lines.append(Text.assemble((brief[0], "bold"), "  ", " | ".join(brief[1:])))
        below = [f"{name}: {cell}" for name, cell in zip(columns, row, strict=True) if name in long and cell]
        lines += [Padding(Text(text), (0, 0, 0, 4)) for text in below]
    show(Group(*lines))


def show(what: RenderableType) -> None:
    """Print a table on stdout; without the blanks at the ends of lines where it goes to a file or a pipe."""
    screen = console()
    if screen.is_terminal:
        screen.print(what)
        return
    with screen.capture() as captured:
        screen.print(what)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def facts(title: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Print what is known about one thing: a heading and a line for each fact; empty facts are left out."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in pairs:
        if text:
            grid.add_row(Text(label, style="dim"), Text(text))
    say(title, style="bold")
    show(grid)


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn the errors of a command into a message and an exit code; ``--debug`` shows the traceback as well."""

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (typer.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            complain("stopped; nothing was written")
            raise typer.Exit(130) from None
        except Exception as error:
            if kwargs.get("debug"):
                traceback.print_exc()
            message, code = _verdict(error)
            complain(message)
            raise typer.Exit(code) from None

    return wrapper


def _verdict(error: Exception) -> tuple[str, int]:
    """Return the message and the exit code for an error."""
    from spsim.ground.errors import SpsimError  # not from above: a region of the user's may be what is wrong

    if isinstance(error, SpsimError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}", 1
    return f"internal error, please report it: {type(error).__name__}: {error} (--debug shows where)", 1


def parse_settings(settings: Sequence[str] | None, parameters: ParametersFrom | None = None) -> dict[str, Any]:
    """Return key -> value of the ``--set`` options, and of ``--parameters``; values are read as YAML, as in a file.

    Raises:
        ConfigError: with every option that is not ``key=value``.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from spsim.config import ConfigError, Place, Problem

    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for setting in settings or ():
        key, equals, text = setting.partition("=")
        place = Place(f"--set {setting}")
        if not equals or not key.strip() or not text.strip():
            problems.append(Problem(place, "", "not a setting", "key=value"))
            continue
        try:
            found[key.strip()] = YAML(typ="safe", pure=True).load(text)
        except (YAMLError, ValueError):
            problems.append(Problem(place, "", f"the value {text!r} is not readable as YAML", "key=value"))
    if problems:
        raise ConfigError(problems)
    return found | ({} if parameters is None else {"run.parameters": parameters.value})


@contextmanager
def written_file(path: Path) -> Iterator[None]:
    """Turn a refusal to write ``path`` into a message.

    Raises:
        SetupError: no permission, no space, no such folder.
    """
    from spsim.config import SetupError

    try:
        yield
    except OSError as error:
        raise SetupError(f"{path}: cannot be written: {error.strerror or error}") from None
