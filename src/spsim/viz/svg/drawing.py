"""What every SVG chart is made of: colours by name, scales, text, lines, and the document around them.

Lengths are in pixels of the chart's own width; a page scales the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from spsim.viz.looks import CHINA, RUSSIA
from spsim.viz.style import signed

Floats = NDArray[np.float64]

FONT = "Roboto, 'Segoe UI', Helvetica, Arial, sans-serif"
SIZE = 12.0
LETTER = 0.56
"""Mean width of a letter as a share of the size of the type."""

LIGHT = {
    "paper": "#ffffff", "ink": "#1f2933", "muted": "#5b6570", "rule": "#8a94a0", "grid": "#e3e7eb", "pale": "#f1f3f5",
    "ghost": "#8a94a0", "land": "#e4e7eb", "zero": "#f4f4f2", "accent": "#007f66",
    "cn": CHINA.colour, "cn-text": CHINA.colour, "ru": RUSSIA.colour, "ru-text": "#1f6aa3",
    "c1": "#007f66", "c2": "#8f6200", "c3": "#94488c", "c4": "#5b6570", "c5": "#1f2933",
}
DARK = {
    "paper": "#1b2229", "ink": "#eef2f5", "muted": "#aeb8c2", "rule": "#7d8894", "grid": "#323c46", "pale": "#242d36",
    "ghost": "#8d98a4", "land": "#2a333c", "zero": "#49535d", "accent": "#3fc1a4",
    "cn": "#ff7a80", "cn-text": "#ff8d92", "ru": "#5fb0ef", "ru-text": "#77bdf2",
    "c1": "#3fc1a4", "c2": "#e0a93b", "c3": "#d892d0", "c4": "#aeb8c2", "c5": "#eef2f5",
}
"""Ink, muted, accent, ``-text`` and c1 to c5 have a contrast of at least 4.5 on paper in both themes (tested)."""

POWER_COLOURS = {"CN": "cn", "RU": "ru"}


def paint(name: str) -> str:
    """Return a colour of the theme as CSS reads it, with the light theme's value where no theme is set."""
    return f"var(--sp-{name}, {LIGHT[name]})"


def power_colour(powers: Sequence[str], power: str) -> str:
    """Return the name of a power's colour: red for China, blue for Russia, and neither for anybody else."""
    others = [code for code in powers if code not in POWER_COLOURS]
    return POWER_COLOURS.get(power) or f"c{others.index(power) % 5 + 1}"


def word_colour(colour: str) -> str:
    """Return the name of the colour for words about something in a colour: small letters need more contrast."""
    return f"{colour}-text" if f"{colour}-text" in LIGHT else colour


@dataclass(frozen=True)
class Scale:
    """Maps numbers from ``low`` to ``high`` on pixels from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a number stands."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def all(self, values: Floats) -> Floats:
        """Return where numbers stand."""
        return self.start + (values - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return round numbers from low to high, at most about ``most``."""
    rough = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def wide(words: str, size: float = SIZE) -> float:
    """Return about how wide words are."""
    return LETTER * size * len(words)


def number(value: float) -> str:
    """Return a coordinate, short."""
    return f"{value:.1f}".removesuffix(".0")


def text(
    x: float, y: float, words: str, *, size: float = SIZE, colour: str = "ink", anchor: str = "start",
    bold: bool = False, halo: bool = False, extra: str = "",
) -> str:
    """Return a line of text; with a halo it stays readable on whatever lies below."""
    marks = ' font-weight="600"' if bold else ""
    if halo:
        marks += f' stroke="{paint("paper")}" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"'
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{size:g}" text-anchor="{anchor}" fill="{paint(colour)}"'
        f"{marks}{extra}>{escape(words)}</text>"
    )


def rule(x1: float, y1: float, x2: float, y2: float, *, colour: str = "grid", width: float = 1, dash: str = "") -> str:
    """Return a straight line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" stroke="{paint(colour)}" '
        f'stroke-width="{width:g}"{dashes}/>'
    )


def box(x: float, y: float, width: float, height: float, *, colour: str, opacity: float = 1, extra: str = "") -> str:
    """Return a filled rectangle."""
    see_through = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" height="{number(height)}" '
        f'fill="{paint(colour)}"{see_through}{extra}/>'
    )


def path(xs: Floats, ys: Floats) -> str:
    """Return the ``d`` of a line through points; it is broken where a number is missing."""
    parts, pen = [], "M"
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        if math.isfinite(y):
            parts.append(f"{pen}{x:.1f} {y:.1f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(parts)


def curve(xs: Floats, ys: Floats, *, colour: str, width: float = 2, dash: str = "", opacity: float = 1) -> str:
    """Return a line through points."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    see_through = f' stroke-opacity="{opacity:g}"' if opacity < 1 else ""
    return (
        f'<path d="{path(xs, ys)}" fill="none" stroke="{paint(colour)}" stroke-width="{width:g}"{dashes}{see_through} '
        'stroke-linejoin="round"/>'
    )


def ribbon(xs: Floats, low: Floats, high: Floats, *, colour: str, opacity: float) -> str:
    """Return the area between two lines."""
    there = np.isfinite(low) & np.isfinite(high)
    xs, low, high = xs[there], low[there], high[there]
    outline = path(np.concatenate([xs, xs[::-1]]), np.concatenate([low, high[::-1]]))
    return f'<path d="{outline}Z" fill="{paint(colour)}" fill-opacity="{opacity:g}"/>' if outline else ""


def document(
    width: float, height: float, title: str, description: str, parts: Iterable[str], extra: str = ""
) -> str:
    """Return a whole SVG; title and description are what a screen reader says, ``extra`` are more attributes."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" role="img" '
        f'aria-label="{escape(title)}" font-family="{FONT}"{extra}><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc>{''.join(parts)}</svg>"
    )


def points(value: float, form: str = "+.0f") -> str:
    """Return a number of points with a true sign, or a dash where there is none."""
    return signed(value, form) if math.isfinite(value) else "–"
