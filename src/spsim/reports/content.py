"""What a report consists of, before it is laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spsim.display import Grid


@dataclass(frozen=True)
class Tile:
    """One number that is to be seen first."""

    label: str
    value: str
    colour: str = ""
    small: Sequence[str] = ()


@dataclass(frozen=True)
class Figure:
    """A chart, for each place where it differs by place; "" is the one chart for all places."""

    title: str
    charts: Mapping[str, str]
    note: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Section:
    """A heading with figures and tables under it; ``folded`` tables are opened by those who want them."""

    title: str
    figures: Sequence[Figure] = ()
    tables: Sequence[Grid] = ()
    text: Sequence[str] = ()
    folded: Sequence[Grid] = ()


@dataclass(frozen=True)
class Answer:
    """Sentences that answer the question, under a heading where there are several answers."""

    sentences: Sequence[str]
    heading: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one directory gives.

    Attributes:
        kind: what the directory holds, in a word.
        name: of the scenario or the study.
        title: of it.
        question: in plain words.
        answers: what the numbers say.
        intervals: what the intervals are intervals of.
        places: code -> name of the places that a reader can choose, the first one shown at first.
        cautions: what a reader must know before using the numbers.
        tiles: by place; "" for all places.
        sections: the rest, in order.
        command: what gives the same again.
        files: name -> content of the files that the command needs.
        facts: seeds, versions and hashes.
        data: id -> title and licence of the data sources.
    """

    kind: str
    name: str
    title: str
    question: str
    answers: Sequence[Answer]
    intervals: str
    places: Mapping[str, str]
    cautions: Sequence[str]
    tiles: Mapping[str, Sequence[Tile]]
    sections: Sequence[Section]
    command: str
    files: Mapping[str, str]
    facts: Sequence[tuple[str, str]]
    data: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
