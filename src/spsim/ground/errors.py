"""What goes wrong with a user's input, said once and clearly.

A mistake carries the file and line where it stands, the key's path, what was got, what is allowed and, where a
near miss is likely, what was probably meant. All mistakes of a file are reported together.
"""

from __future__ import annotations

import difflib
import importlib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True)
class Place:
    """A line of a file (``line`` counts from 1; 0 means the whole file), or another origin such as ``--set``."""

    origin: str
    line: int = 0

    def __str__(self) -> str:
        """Return ``file:line`` as editors understand it."""
        return f"{self.origin}:{self.line}" if self.line else self.origin


@dataclass(frozen=True)
class Problem:
    """One mistake."""

    place: Place
    key: str
    message: str
    allowed: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        """Return the one line that the user reads."""
        text = f"{self.place}: {self.key + ': ' if self.key else ''}{self.message}"
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        if self.suggestion:
            text += f"; did you mean {self.suggestion!r}?"
        return text


class SpsimError(Exception):
    """Base of every error that is shown as a message and not as a traceback."""

    exit_code = 2


class ConfigError(SpsimError):
    """A scenario that cannot be used, with every mistake found in it (exit code 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        """Travel from a worker process as problems, not as their text."""
        return type(self), (self.problems,)


class SetupError(SpsimError):
    """The machine refuses: no permission, no space, a missing library (exit code 1)."""

    exit_code = 1


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return the choice most like ``word``, or an empty string when none is near."""
    found = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.7)
    return found[0] if found else ""


def listed(choices: Iterable[object], limit: int = 12) -> str:
    """Return the choices as text, cut after ``limit``."""
    words = [str(choice) for choice in choices]
    return ", ".join(words[:limit]) + (f", ... ({len(words)} in all)" if len(words) > limit else "")


def file_problem(path: Path | str, message: str, line: int = 0) -> ConfigError:
    """Return the error for a file that cannot be read as a whole."""
    return ConfigError([Problem(Place(str(path), line), "", message)])


def library(name: str, extra: str) -> ModuleType:
    """Return a module of a library that is not always there.

    Args:
        name: the module.
        extra: the extra of this package that installs it.

    Raises:
        SetupError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what the library itself could use and does not find
            return importlib.import_module(name)
    except ImportError as error:
        missing = (error.name or name).partition(".")[0]
        raise SetupError(f'{missing} is not installed: pip install "spsim[{extra}]"') from None
