"""How each power is drawn. Red is China and blue is Russia, and nothing else uses these two.

Powers also differ in line style and marker, so that a grey print stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Dash = Literal["solid"] | tuple[float, tuple[float, ...]]
Colour = str | tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """How a power is drawn."""

    name: str
    colour: str
    dash: Dash
    marker: str


CHINA = Look("China", "#b5202d", "solid", "o")
RUSSIA = Look("Russia", "#2e7ebb", (0, (4.5, 1.6)), "s")
OTHERS: tuple[tuple[str, Dash, str], ...] = (
    ("#c98a00", (0, (5, 1.5, 1, 1.5)), "^"),
    ("#4a4a4a", (0, (1.2, 1.2)), "D"),
    ("#007f66", (0, (8, 2)), "v"),
    ("#a3569b", (0, (3, 1, 1, 1, 1, 1)), "P"),
)
"""Amber, dark grey, teal, mauve: apart from red and blue, and from each other, for colour-blind eyes."""

OTHER_NAMES = {
    "TR": "Türkiye",
    "US": "United States",
    "EU": "European Union",
    "IR": "Iran",
    "IN": "India",
    "JP": "Japan",
    "KR": "South Korea",
    "WE": "the West",
}


def looks(powers: Sequence[str]) -> dict[str, Look]:
    """Return how each power is drawn; a power that nobody foresaw takes the next free colour."""
    known = {"CN": CHINA, "RU": RUSSIA}
    others = [power for power in powers if power not in known]
    for position, power in enumerate(others):
        colour, dash, marker = OTHERS[position % len(OTHERS)]
        known[power] = Look(OTHER_NAMES.get(power, power), colour, dash, marker)
    return {power: known[power] for power in powers}


def possessive(powers: Iterable[Look]) -> str:
    """Return "China’s and Russia’s"."""
    return listed([f"{look.name}’s" for look in powers])


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
