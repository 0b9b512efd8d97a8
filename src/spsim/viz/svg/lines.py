"""Lines over the years of a run: the frame, the lines with their ghosts and bands, the labels at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from spsim.viz.style import spread
from spsim.viz.svg.drawing import (
    SIZE,
    Floats,
    Scale,
    box,
    curve,
    document,
    ribbon,
    rule,
    text,
    ticks,
    wide,
    word_colour,
)

LEFT, TOP, BELOW = 38.0, 12.0, 22.0


@dataclass(frozen=True)
class Line:
    """One line: what stands at its end, how it looks, its points.

    ``ghost`` holds the points of the same line in the run of reference; ``faint`` draws it back behind the others.
    """

    label: str
    colour: str
    x: Floats
    y: Floats
    dash: str = ""
    width: float = 2.0
    ghost: tuple[Floats, Floats] | None = None
    faint: bool = False


@dataclass(frozen=True)
class Area:
    """A band between two lines."""

    colour: str
    x: Floats
    low: Floats
    high: Floats
    opacity: float = 0.12


@dataclass(frozen=True)
class Frame:
    """What the lines are drawn into.

    Attributes:
        title: what is to be seen.
        description: how to read it, for those who do not see it.
        period: first and last date, as decimal years.
        low: lower end of the vertical axis.
        high: upper end.
        extrapolated_from: year from which the ground is shaded.
        marks: decimal years with a thin vertical line.
        width: of the chart.
        height: of the chart.
        unit: what stands above the vertical axis.
        signs: numbers on the vertical axis carry their sign.
        areas: bands, drawn below the lines.
    """

    title: str
    description: str
    period: tuple[float, float]
    low: float
    high: float
    extrapolated_from: int
    marks: Sequence[float] = ()
    width: float = 560
    height: float = 260
    unit: str = ""
    signs: bool = False
    areas: Sequence[Area] = field(default_factory=tuple)


def label_room(lines: Sequence[Line]) -> float:
    """Return the margin that the labels at the ends of lines need."""
    return max((wide(line.label, SIZE) for line in lines), default=0) + 14


def scales(frame: Frame, lines: Sequence[Line], below: float = BELOW) -> tuple[Scale, Scale]:
    """Return the scales of years and of values."""
    first, last = frame.period
    across = Scale(first, max(last, first + 0.5), LEFT, frame.width - label_room(lines))
    return across, Scale(frame.low, frame.high, frame.height - below, TOP + (14 if frame.unit else 0))


def line_chart(frame: Frame, lines: Sequence[Line]) -> str:
    """Return a chart of lines."""
    across, up = scales(frame, lines)
    return document(frame.width, frame.height, frame.title, frame.description, drawn(frame, lines, across, up))


def drawn(frame: Frame, lines: Sequence[Line], across: Scale, up: Scale) -> list[str]:
    """Return the parts of a chart of lines, from the ground up."""
    parts = ground(frame, across, up)
    parts += [
        ribbon(across.all(area.x), up.all(area.low), up.all(area.high), colour=area.colour, opacity=area.opacity)
        for area in frame.areas
    ]
    for line in lines:
        if line.ghost is not None:
            x, y = line.ghost
            inside = (x >= across.low) & (x <= across.high)
            dash = line.dash or "1.5 3"
            parts.append(curve(across.all(x[inside]), up.all(y[inside]), colour="ghost", width=1.4, dash=dash))
    for line in sorted(lines, key=lambda line: not line.faint):
        opacity = 0.35 if line.faint else 1
        parts.append(
            curve(across.all(line.x), up.all(line.y), colour=line.colour, width=line.width, dash=line.dash,
                  opacity=opacity)
        )
    return [*parts, *_end_labels(lines, across, up)]


def ground(frame: Frame, across: Scale, up: Scale) -> list[str]:
    """Return shaded years, grid, axes and the lines of events."""
    parts = []
    if frame.extrapolated_from < across.high:
        start = across(max(frame.extrapolated_from, across.low))
        parts.append(box(start, up.end, across.end - start, up.start - up.end, colour="pale"))
        if across.end - start > wide("extrapolated", 10) + 6:
            parts.append(text(across.end - 3, up.end + 11, "extrapolated", size=10, colour="muted", anchor="end"))
    for tick in ticks(frame.low, frame.high, max(2, int((up.start - up.end) / 34))):
        y = up(tick)
        parts.append(rule(across.start, y, across.end, y, colour="rule" if tick == 0 and frame.low < 0 else "grid"))
        words = f"{tick:+g}".replace("-", "−") if frame.signs and tick else f"{tick:g}"
        parts.append(text(across.start - 6, y + 4, words, size=11, colour="muted", anchor="end"))
    for tick in ticks(np.ceil(across.low), np.floor(across.high), max(2, int((across.end - across.start) / 48))):
        if tick == int(tick):
            parts.append(
                text(across(tick), up.start + 16, f"{tick:.0f}", size=11, colour="muted", anchor="middle")
            )
    parts += [
        rule(across(mark), up.end, across(mark), up.start, colour="rule", dash="1 3")
        for mark in frame.marks
        if across.low <= mark <= across.high
    ]
    if frame.unit:
        parts.append(text(2, 12, frame.unit, size=11, colour="muted"))
    return parts


def _end_labels(lines: Sequence[Line], across: Scale, up: Scale) -> list[str]:
    """Return the names of the lines at their ends, moved apart where they would overlap."""
    shown = [line for line in lines if line.label and np.isfinite(line.y).any()]
    if not shown:
        return []
    wanted = [float(up(line.y[np.isfinite(line.y)][-1])) for line in shown]
    at = spread(wanted, SIZE + 2, up.end + 4, up.start - 2)
    return [
        text(across(float(line.x[-1])) + 6, y + 4, line.label, colour=word_colour(line.colour),
             bold=not line.faint, halo=True)
        for line, y in zip(shown, at, strict=True)
    ]


def limits(lines: Sequence[Line], least: float, step: float, *, both: bool = False) -> tuple[float, float]:
    """Return round ends of an axis that hold all lines and their ghosts.

    Args:
        lines: what has to fit.
        least: the axis reaches at least this far from zero.
        step: ends are multiples of it.
        both: the axis reaches as far below zero as above.
    """
    seen = [np.abs(line.y) if both else line.y for line in lines]
    seen += [np.abs(line.ghost[1]) if both else line.ghost[1] for line in lines if line.ghost is not None]
    joined = np.concatenate(seen) if seen else np.zeros(1)
    joined = joined[np.isfinite(joined)]
    top = max(least, step * float(np.ceil((joined.max() if joined.size else 0) / step - 1e-9)))
    return (-top if both else 0.0), top


def signed_limits(lines: Sequence[Line], step: float) -> tuple[float, float]:
    """Return round ends of an axis that hold zero and all lines, and reach no further than these need."""
    joined = np.concatenate([np.zeros(1), *(line.y for line in lines)])
    joined = joined[np.isfinite(joined)]
    low, high = np.floor(joined.min() / step + 1e-9), np.ceil(joined.max() / step - 1e-9)
    return step * float(low), step * float(max(high, low + 1))
