"""Measurements in rounds: every case once in each round, so that a machine that is slow for a while is so for all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Take = Callable[[], float]
"""Measures once and returns the value in the unit of its case."""

Clock = Callable[[], float]
"""Tells seconds: ``time.perf_counter``, or ``time.process_time`` on a machine on which others are at work."""

MOST_ROUNDS = 5


class Missing(Exception):  # noqa: N818 - no error: a case that cannot be measured here, and why
    """Something that a case needs is not on this machine."""


@dataclass(frozen=True)
class Beside:
    """Another case that a value is divided by."""

    key: str
    words: str  # read after the ratio: "150 times plain Mesa"
    scale: float = 1.0  # the other value is multiplied by it first


@dataclass(frozen=True)
class Case:
    """One thing that is measured."""

    key: str  # group/size/threads; --only takes any part of it
    what: str
    unit: str
    start: Callable[[], Take]  # builds and warms up what is measured; what that takes is not counted
    beside: tuple[Beside, ...] = ()
    rounds: int = MOST_ROUNDS
    quick: bool = True  # part of --quick
    asked: bool = False  # measured only if --only names it in full


@dataclass(frozen=True)
class Figure:
    """What came out of a case, round by round; no values where it could not be measured, and why."""

    case: Case
    values: tuple[float, ...]
    why_not: str = ""

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The least of the rounds."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest of the rounds."""
        return max(self.values)

    def over(self, other: Figure, scale: float = 1.0) -> float:
        """Return the median, over the rounds in which both were measured, of this value divided by the other."""
        pairs = zip(self.values, other.values, strict=False)
        return statistics.median(mine / (theirs * scale) for mine, theirs in pairs)


def ratios(figure: Figure, figures: Mapping[str, Figure]) -> list[tuple[Beside, float]]:
    """Return a figure divided by each that stands beside it and was measured."""
    found = [(beside, figures[beside.key]) for beside in figure.case.beside if beside.key in figures]
    return [(beside, figure.over(other, beside.scale)) for beside, other in found if figure.values and other.values]


def chosen(cases: Sequence[Case], words: Sequence[str], *, quick: bool) -> list[Case]:
    """Return the cases whose key holds one of the words, and what stands beside them; all without a word.

    Args:
        cases: all there are.
        words: parts of keys.
        quick: leave out what takes long, and do at most three rounds.

    Raises:
        ValueError: a word is in no key.
    """
    if unknown := [word for word in words if not any(word in case.key for case in cases)]:
        raise ValueError(f"no case is called {', '.join(unknown)}; there are: " + ", ".join(case.key for case in cases))
    wanted = {
        case.key for case in cases
        if (case.key in words or not case.asked) and (not words or any(word in case.key for word in words))
    }
    wanted |= {beside.key for case in cases if case.key in wanted for beside in case.beside}
    return [case for case in cases if case.key in wanted and (case.quick or not quick)]


def measure(cases: Sequence[Case], say: Callable[[str], None], most: int = MOST_ROUNDS) -> dict[str, Figure]:
    """Measure all cases in interleaved rounds.

    Args:
        cases: what is measured, in this order within a round.
        say: told what is going on.
        most: rounds at most.

    Returns:
        Figures by key, in the order of the cases.
    """
    takes: dict[str, Take] = {}
    why_not: dict[str, str] = {}
    for case in cases:
        begun = time.perf_counter()
        try:
            takes[case.key] = case.start()
        except Missing as missing:
            why_not[case.key] = str(missing)
        say(f"prepared {case.key}: {why_not.get(case.key) or f'{time.perf_counter() - begun:.1f} s'}")
    values: dict[str, list[float]] = {case.key: [] for case in cases}
    rounds = max((min(case.rounds, most) for case in cases), default=0)
    for number in range(rounds):
        for case in cases:
            if case.key in takes and number < case.rounds:
                begun = time.perf_counter()
                value = takes[case.key]()
                values[case.key].append(value)
                took = time.perf_counter() - begun
                say(f"round {number + 1} of {rounds}: {case.key} {value:,.4g} {case.unit} ({took:.1f} s)")
    return {case.key: Figure(case, tuple(values[case.key]), why_not.get(case.key, "")) for case in cases}
