"""Reading YAML with line numbers: what stands in a file, and on which line each key stands."""

# ruff: noqa: ANN401 - what a user writes can be anything until it is checked
from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from spsim.ground.errors import ConfigError, Place, Problem, file_problem

KeyPath = tuple[str | int, ...]
LARGEST_FILE = 1_000_000  # bytes; a scenario is a page or two, so a larger file is a mistake
MOST_VALUES = 100_000  # a few lines of aliases (*) of aliases can stand for billions of values


class _TooManyError(Exception):
    """The file holds more values than a scenario could."""


@dataclass(frozen=True)
class Document:
    """The content of one file as plain Python values, with the line of every key."""

    origin: str
    content: dict[str, Any]
    lines: dict[KeyPath, int]

    def place(self, path: KeyPath) -> Place:
        """Return the line of a key, or of the nearest key above it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return Place(self.origin, self.lines[path[:length]])
        return Place(self.origin, 1 if self.lines else 0)


def read_yaml(path: Path, origin: str = "") -> Document:
    """Read a scenario file; ``origin`` names it in messages, its path if left out.

    Raises:
        ConfigError: the file is missing, unreadable, empty, binary, not YAML, or repeats a key.
    """
    return parse_yaml(_text_of(path), origin or str(path))


def parse_yaml(text: str, origin: str) -> Document:
    """Return the document that ``text`` holds; ``origin`` names it in messages."""
    found = _parsed(text, origin)
    return Document(found.origin, copy.deepcopy(found.content), found.lines)


@lru_cache(maxsize=16)  # a sweep reads the same file for every point, and parsing takes as long as a short run
def _parsed(text: str, origin: str) -> Document:
    reader = YAML(typ="rt")
    try:
        loaded = reader.load(text)
    except DuplicateKeyError as error:
        raise ConfigError([_marked(error, origin, "this key stands twice in the same mapping")]) from None
    except MarkedYAMLError as error:
        raise ConfigError([_marked(error, origin, f"not readable as YAML: {error.problem}")]) from None
    except RecursionError:
        raise file_problem(origin, "the values are nested too deeply") from None
    except (YAMLError, ValueError) as error:
        raise file_problem(origin, f"not readable as YAML: {str(error).splitlines()[0]}") from None
    if loaded is None:
        raise file_problem(origin, "the file is empty; allowed: a scenario, beginning with 'schema: 1'")
    if not isinstance(loaded, CommentedMap):
        raise file_problem(origin, f"got {_kind(loaded)}; allowed: a mapping of keys to values", 1)
    lines: dict[KeyPath, int] = {}
    try:
        return Document(origin, _plain(loaded, (), lines), lines)
    except _TooManyError:
        raise file_problem(origin, f"the file holds more than {MOST_VALUES:,} values; is it a scenario?") from None
    except RecursionError:
        raise file_problem(origin, "an alias (*) refers to a mapping or list that holds it") from None


def _text_of(path: Path) -> str:
    if path.is_dir():
        raise file_problem(path, "this is a directory; allowed: a YAML file")
    try:
        with path.open("rb") as file:
            return decoded(file.read(LARGEST_FILE + 1), str(path))
    except FileNotFoundError:
        raise file_problem(path, "there is no such file") from None
    except OSError as error:
        raise file_problem(path, f"cannot be read: {error.strerror}") from None


def decoded(content: bytes, origin: str) -> str:
    """Return the text that the bytes of a file hold; ``origin`` names the file in messages.

    Raises:
        ConfigError: it is too large, binary, or not UTF-8.
    """
    if len(content) > LARGEST_FILE:
        raise file_problem(origin, f"the file is larger than {LARGEST_FILE:,} bytes; is it a scenario?")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise file_problem(origin, "not a text file (its bytes are not UTF-8)") from None
    if "\0" in text:
        raise file_problem(origin, "not a text file (it holds zero bytes)")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _marked(error: MarkedYAMLError, origin: str, message: str) -> Problem:
    """Turn a parser's error into a problem with its line; ruamel's lines count from 0."""
    mark = error.problem_mark or error.context_mark
    return Problem(Place(origin, mark.line + 1 if mark else 0), "", message)


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a number" if isinstance(value, int | float) else "text"


def _plain(value: Any, path: KeyPath, lines: dict[KeyPath, int]) -> Any:
    """Return plain Python values and note the line of every key and list item on the way."""
    if len(lines) > MOST_VALUES:
        raise _TooManyError
    if isinstance(value, CommentedMap):
        for key in value:
            if key in (value.lc.data or {}):  # a key that comes from a merge (<<) has no line of its own
                lines[(*path, str(key))] = value.lc.key(key)[0] + 1
        return {str(key): _plain(inner, (*path, str(key)), lines) for key, inner in value.items()}
    if isinstance(value, CommentedSeq):
        for index in range(len(value)):
            lines[(*path, index)] = value.lc.item(index)[0] + 1
        return [_plain(inner, (*path, index), lines) for index, inner in enumerate(value)]
    if isinstance(value, bool) or value is None:
        return value
    # ruamel wraps numbers and text to keep their notation; the bare values are wanted here
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
