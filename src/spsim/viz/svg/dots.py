"""Dots with their intervals, row by row: what moved sentiment, what differs, what matters."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from spsim.viz.style import signed
from spsim.viz.svg.drawing import Scale, document, number, paint, rule, text, ticks, wide, word_colour

WIDTH = 430.0
ROW, TALL = 24.0, 31.0
"""Height of a row, and where a name takes two lines."""
SHIFT = 5.5
"""Half the distance between two dots of one row."""
SIZE = 11.5


@dataclass(frozen=True)
class Dot:
    """A number with its interval, and a thick one inside it; hollow where it is not ``sure``.

    ``words`` are shown to whoever points at it.
    """

    colour: str
    value: float
    low: float
    high: float
    sure: bool
    words: str
    inner: tuple[float, float] = (np.nan, np.nan)


@dataclass(frozen=True)
class Row:
    """A name, its dots (None where there is nothing), and what stands at the right: (words, colour)."""

    name: str
    dots: Sequence[Dot | None]
    right: Sequence[tuple[str, str]] = ()
    bold: bool = False


def dot_chart(
    title: str, rows: Sequence[Row], unit: str, *, right: str = "", least: float = 0.0, signs: bool = True,
    width: float = WIDTH, held: Sequence[Row] = (),
) -> str:
    """Return a chart with a row for each name.

    Args:
        title: what is to be seen.
        rows: what is shown, from above.
        unit: of the axis.
        right: what the words at the right of the rows are.
        least: the axis reaches at least this far from zero.
        signs: numbers of the axis carry their sign.
        width: of the chart.
        held: rows of a neighbour, which has the same axis.
    """
    names = min(max((wide(row.name, SIZE) for row in rows), default=0) + 12, 0.46 * width)
    column = 44.0
    room = column * max((len(row.right) for row in rows), default=0) + 12
    across, top = _scale([*rows, *held], least, (names, width - room), both=signs), 34.0
    named = [_in_lines(row.name, names) for row in rows]
    high = TALL if any(len(lines) > 1 for lines in named) else ROW
    bottom = top + high * len(rows)
    parts = [text(0, 11, unit, size=11, colour="muted")]
    if right:
        parts.append(text(width, 11, right, size=11, colour="muted", anchor="end"))
    for tick in ticks(across.low, across.high, max(2, int((across.end - across.start) / 46))):
        x = across(tick)
        parts.append(rule(x, top - 4, x, bottom, colour="rule" if abs(tick) < 1e-12 else "grid"))
        words = (f"{tick:+g}" if signs else f"{tick:g}").replace("-", "−") if abs(tick) > 1e-12 else "0"
        parts.append(text(x, top - 9, words, size=10.5, colour="muted", anchor="middle"))
    for n, row in enumerate(rows):
        middle = top + high * (n + 0.5)
        parts.append(rule(0, middle + high / 2, width, middle + high / 2, width=0.6))
        for k, line in enumerate(named[n]):
            y = middle + 4 + 13 * (k - (len(named[n]) - 1) / 2)
            parts.append(text(names - 8, y, line, size=SIZE, anchor="end", bold=row.bold))
        shown = [dot for dot in row.dots if dot is not None]
        for k, dot in enumerate(shown):
            parts.append(_dot(dot, middle + SHIFT * (2 * k - len(shown) + 1), across))
        for k, (words, colour) in enumerate(row.right):
            at = width - column * (len(row.right) - 1 - k)
            parts.append(text(at, middle + 4, words, size=11, colour=word_colour(colour), anchor="end"))
    said = "; ".join(f"{row.name}: {', '.join(dot.words for dot in row.dots if dot is not None)}" for row in rows)
    return document(width, bottom + 4, title, said, parts)


def _scale(rows: Sequence[Row], least: float, span: tuple[float, float], *, both: bool) -> Scale:
    """Return the scale that holds all dots, their intervals and zero, and ``least`` at both sides or above alone."""
    ends = [end for row in rows for dot in row.dots if dot is not None for end in (dot.value, dot.low, dot.high)]
    known = [end for end in ends if np.isfinite(end)]
    low, high = min([0.0, *known]), max([0.0, *known])
    low, high = min(low, -least if both else 0.0), max(high, least)
    if low == high:
        low, high = -1.0, 1.0
    air = 0.04 * (high - low)
    return Scale(low - air if low < 0 else low, high + air if high > 0 else high, span[0] + 4, span[1])


def _dot(dot: Dot, y: float, across: Scale) -> str:
    """Return a dot and its interval, which tell their numbers."""
    x, colour = across(dot.value), paint(dot.colour)
    low, high = (across(end) if np.isfinite(end) else x for end in (dot.low, dot.high))
    fill = colour if dot.sure else paint("paper")
    within = [across(end) for end in dot.inner]
    thick = (
        f'<line x1="{number(within[0])}" x2="{number(within[1])}" y1="{number(y)}" y2="{number(y)}" stroke="{colour}" '
        f'stroke-width="4" stroke-opacity="0.55"/>' if np.isfinite(within).all() else ""
    )
    left, broad = min(low, x) - 6, max(high, x) - min(low, x) + 12
    return (
        f'<g data-say="{escape(dot.words)}">'
        f'<rect x="{number(left)}" y="{number(y - SHIFT)}" width="{number(broad)}" '
        f'height="{number(2 * SHIFT)}" fill="transparent"/>'
        f'<line x1="{number(low)}" x2="{number(high)}" y1="{number(y)}" y2="{number(y)}" stroke="{colour}" '
        f'stroke-width="1.6"/>{thick}<circle cx="{number(x)}" cy="{number(y)}" r="3.6" fill="{fill}" stroke="{colour}" '
        f'stroke-width="1.6"/></g>'
    )


def _in_lines(name: str, room: float) -> list[str]:
    """Return a name in a line or two that fit."""
    most = max(4, int((room - 10) / wide("m", SIZE)))
    lines = textwrap.wrap(name, most, break_on_hyphens=False)
    return lines if len(lines) < 3 else [lines[0], f"{lines[1][: most - 1].rstrip()}…"]


def with_interval(value: float, low: float, high: float, form: str = "+.1f") -> str:
    """Return a number and its interval in words."""
    if not np.isfinite(value):
        return "–"
    if not (np.isfinite(low) and np.isfinite(high)):
        return f"{signed(value, form)} (no interval)"
    return f"{signed(value, form)} ({signed(low, form)} to {signed(high, form)})"
