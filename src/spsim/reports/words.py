"""Numbers in sentences that are never stronger than the numbers.

Whether a sign is *undetermined* is decided in one place, :func:`spsim.analysis.intervals.paired_difference`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from spsim.analysis.intervals import AGREEMENT, Sets, paired_difference
from spsim.display import number, under
from spsim.viz.style import signed

Floats = NDArray[np.float64]
Sign = Literal["up", "down", "none", "undetermined"]


@dataclass(frozen=True)
class Change:
    """A difference of means, its 95 % interval, its sign, and the share of parameter sets that have it (NaN: no sets).

    The sign is "none" where there is no difference in any replicate.
    """

    mean: float
    low: float
    high: float
    sign: Sign
    agreement: float = math.nan

    @classmethod
    def of(cls, pairs: Floats, sets: Sets = ()) -> Change:
        """Return the change that paired differences show, [replicates].

        Where the parameter set of each replicate is given, a set counts as one witness, and sets agree or do not.
        """
        return cls.read(paired_difference(pairs, sets))

    @classmethod
    def read(cls, row: Mapping[Any, Any]) -> Change:
        """Return the change in a row of a table of differences or contributions."""
        mean = row.get("difference", row.get("contribution"))
        agreement = row.get("agreement")
        return cls(
            float(math.nan if mean is None else mean), float(row["low"]), float(row["high"]), cast("Sign", row["sign"]),
            math.nan if agreement is None else float(agreement),
        )

    @property
    def sure(self) -> bool:
        """Whether the sign is determined."""
        return self.sign in ("up", "down")


def interval(change: Change, form: str, unit: str = "") -> str:
    """Return the interval in words, with what speaks against the sign."""
    if not (math.isfinite(change.low) and math.isfinite(change.high)):
        return "one replicate, so no interval"
    said = f"{signed(change.low, form)} to {signed(change.high, form)} {unit}".rstrip()
    if change.agreement < AGREEMENT and not change.low <= 0 <= change.high:
        said += f", but only {100 * change.agreement:.0f} % agree on the sign"
    return said


def amount(change: Change, unit: str, form: str = "+.1f") -> str:
    """Return the size of a change whose sign is told elsewhere: ``0.3 points (+0.1 to +0.5)``."""
    size = signed(abs(change.mean), form.lstrip("+"))
    if _zero(change.mean, form):
        size = under(_smallest(form))
    return f"{size} {unit} ({interval(change, form)})"


def moved(change: Change, unit: str, up: str = "higher", down: str = "lower", form: str = "+.1f") -> str:
    """Return a change in words: ``0.3 points higher (+0.1 to +0.5)``, or that its sign is undetermined."""
    if _negligible(change, form):
        return f"{under(_smallest(form))} {unit}".rstrip()
    match change.sign:
        case "none":
            return "the same in every replicate"
        case "undetermined":
            return f"undetermined ({interval(change, form)})"
        case sign:
            said = amount(change, unit, form)
            size, _, rest = said.partition(" (")
            return f"{size} {up if sign == 'up' else down} ({rest}"


def course(what: str, change: Change, unit: str, form: str = "+.1f") -> str:
    """Return what has become of something: ``approval of China has risen by 0.3 points (+0.1 to +0.5)``."""
    if _negligible(change, form):
        return f"{what} has changed by {under(_smallest(form))} {unit}".rstrip()
    match change.sign:
        case "none":
            return f"{what} has not changed in any replicate"
        case "undetermined":
            return f"whether {what} has risen or fallen is undetermined ({interval(change, form, unit)})"
        case sign:
            return f"{what} has {'risen' if sign == 'up' else 'fallen'} by {amount(change, unit, form)}"


def cell(change: Change, form: str = "+.1f") -> str:
    """Return a change as it stands in a table: number or "undetermined", and its interval below."""
    if change.sign == "none":
        return "none"
    if _negligible(change, form):
        return under(_smallest(form))
    said = signed(change.mean, form) if change.sure else "undetermined"
    if change.sure and _zero(change.mean, form):
        said = under(_smallest(form))
    return f"{said}\n{interval(change, form)}"


def span(low: float, high: float) -> str:
    """Return two ends of an interval, which are not put on two lines."""
    return f"{number(low)}\u00a0to\u00a0{number(high)}"


def share(count: int, of: int) -> str:
    """Return ``3 of 5``, or ``all 5`` and ``none of 5``."""
    return f"all {of}" if count == of and of > 1 else f"none of {of}" if count == 0 else f"{count} of {of}"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence; an empty one is "none"."""
    if not words:
        return "none"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning and a full stop at its end."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


def _zero(value: float, form: str) -> bool:
    """Return whether nothing is left of a number in a format."""
    return abs(value) < 0.5 * 10.0 ** -_decimals(form)


def _negligible(change: Change, form: str) -> bool:
    """Return whether a change, with all of its interval, is smaller than a format shows: its sign does not matter."""
    return change.sign != "none" and max(abs(change.low), abs(change.high)) < _smallest(form)


def _smallest(form: str) -> float:
    """Return the smallest number that a format shows."""
    return float(10.0 ** -_decimals(form))


def _decimals(form: str) -> int:
    return int(form.rpartition(".")[2].rstrip("fg") or 0)
