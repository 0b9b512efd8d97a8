"""What a sweep found as SVG text: lines along one varied key, a map of two, clouds of points."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence, Sized
from html import escape

import numpy as np
import pandas as pd

from spsim.analysis.outcomes import OUTCOMES
from spsim.display import NEGLIGIBLE, under
from spsim.display import number as figures
from spsim.ground.words import counted
from spsim.viz.style import signed
from spsim.viz.svg.dots import with_interval
from spsim.viz.svg.drawing import (
    Floats,
    Scale,
    box,
    curve,
    document,
    number,
    paint,
    rule,
    text,
    ticks,
    wide,
    word_colour,
)
from spsim.viz.swept import (
    MOST_WRITTEN,
    Cells,
    Pair,
    Swept,
    along,
    cloud_names,
    cloud_reach,
    crossed,
    key_label,
    positions,
    running_mean,
    word,
)

WIDTH, HEIGHT = 430.0, 260.0
NARROW = 350.0
LEFT, RIGHT = 46.0, 16.0
SMALL = 11.0
ROW = 16.0
COLOURS = ("c5", "c2", "c1", "c3", "c4")
"""One for each scenario; the first is the one that the others are held against."""

MOST_DOTS, MOST_MEANT, MOST_BENDS = 250, 1000, 60
"""Points of each scenario that a cloud shows and its running mean takes, and places where that line bends."""

MOST_VALUES = 12
"""Values that a map has along an axis."""

LEAST = 0.02
"""An axis or a scale of colours spans at least this share of its level, so that next to nothing looks like that."""

STRONGEST = 0.6
"""Opacity of the darkest cell of a map: the numbers in it stay readable."""


def colour_of(swept: Swept, scenario: str) -> str:
    """Return the colour of a scenario."""
    return COLOURS[list(swept.scenarios).index(scenario) % len(COLOURS)]


# lines ----------------------------------------------------------------------------------------------------------------


def lines_chart(swept: Swept, pair: Pair, country: str, title: str) -> str:
    """Return means over replicates against the only varied key, a line a scenario, with 95 % intervals."""
    key, rows = swept.varied[0], swept.rows(pair, country)
    found, names = along(swept, rows, key)
    if not found:
        return ""
    every = np.concatenate(list(found.values()))
    parts, top = _key(swept, WIDTH, {name: name for name in swept.scenarios})
    foot = _wrapped(key_label(key), WIDTH)
    across, up = _scales(every[:, 0], every[:, 1:], (WIDTH, HEIGHT), top, foot, steps=len(names))
    parts += _ground(across, up, OUTCOMES[pair[0]].unit, foot, names, every[:, 0])
    step = min(4.0, (across.end - across.start) / 40)
    for n, (scenario, of) in enumerate(found.items()):
        colour, shift = colour_of(swept, scenario), step * (n - (len(found) - 1) / 2)  # bars beside each other
        x = across.all(of[:, 0]) + shift
        parts.append(curve(x, up.all(of[:, 1]), colour=colour, width=1.6))
        for at, (value, mean, low, high) in zip(x, of, strict=True):
            at_words = names[int(value)] if names else word(float(value))
            said = f"{scenario}, at {at_words}: {with_interval(mean, low, high, '.2f')}"
            parts.append(_dot(float(at), up, (mean, low, high), colour, said))
    said = "; ".join(
        f"{scenario}: {figures(of[0, 1])} at {names[0] if names else word(float(of[0, 0]))}, {figures(of[-1, 1])} at "
        f"{names[-1] if names else word(float(of[-1, 0]))}" for scenario, of in found.items()
    )
    return document(WIDTH, HEIGHT, title, said, parts)


def _dot(x: float, up: Scale, of: tuple[float, float, float], colour: str, words: str) -> str:
    """Return a mean with its interval as a bar, and what it says when it is pointed at."""
    mean, low, high = of
    bar = rule(x, up(low), x, up(high), colour=colour, width=1.5) if np.isfinite(low) else ""
    ends = [up(end) for end in of if np.isfinite(end)]
    return (
        f'<g data-say="{escape(words)}"><rect x="{number(x - 6)}" y="{number(min(ends) - 6)}" width="12" '
        f'height="{number(max(ends) - min(ends) + 12)}" fill="transparent"/>{bar}'
        f'<circle cx="{number(x)}" cy="{number(up(mean))}" r="3.4" fill="{paint(colour)}"/></g>'
    )


# maps -----------------------------------------------------------------------------------------------------------------


def map_charts(swept: Swept, pair: Pair, country: str, title: str) -> list[str]:
    """Return a map of the two varied keys: the level in the first scenario, and what each other one differs by."""
    first, *others = swept.scenarios
    rows = swept.rows(pair, country)
    for key in swept.varied:
        values = swept.points[key].drop_duplicates()
        rows = rows[rows[key].isin(values.iloc[:: _step(values, MOST_VALUES)])]
    base = rows[rows["scenario"] == first]
    charts = [_map(swept, crossed(swept, base, None, *swept.varied), first, title, paired=False)]
    for scenario in others:
        found = crossed(swept, rows[rows["scenario"] == scenario], base, *swept.varied)
        charts.append(_map(swept, found, f"{scenario} minus {first}", title, paired=True))
    return [chart for chart in charts if chart]


def _map(swept: Swept, found: Cells, name: str, title: str, *, paired: bool) -> str:
    if not np.isfinite(found.values).any():
        return ""
    x, y = swept.varied
    names = [word(value) for value in found.high]
    left = min(max(map(wide, names), default=0) + 12, 0.35 * WIDTH)
    foot, above = _wrapped(key_label(x), WIDTH - left), _wrapped(f"↑ {key_label(y)}", WIDTH)
    top = 20 + 14.0 * len(above)
    bottom = HEIGHT - ROW * (1 + len(foot)) - 20
    across, up = Scale(0, len(found.wide), left, WIDTH - 4), Scale(0, len(found.high), bottom, top)
    parts = [text(0, 12, name, size=12, bold=True)]
    parts += [text(0, 28 + 14 * n, line, size=SMALL, colour="muted") for n, line in enumerate(above)]
    parts += [
        _cell(found, at, across, up, (names[at[0]], word(found.wide[at[1]])), paired=paired)
        for at in np.ndindex(found.values.shape) if np.isfinite(found.values[at])
    ]
    room = (across.end - across.start) / len(found.wide)
    every = max(1, int(np.ceil((max(wide(word(each), SMALL) for each in found.wide) + 4) / room)))
    parts += [
        text(across(n + 0.5), bottom + 15, word(value), size=SMALL, colour="muted", anchor="middle")
        for n, value in enumerate(found.wide) if n % every == 0
    ]
    step = max(1, int(np.ceil(13 / ((bottom - top) / len(names)))))
    parts += [
        text(left - 6, up(n + 0.5) + 4, words, size=SMALL, colour="muted", anchor="end")
        for n, words in enumerate(names) if n % step == 0
    ]
    parts += _labels(foot, (left + WIDTH) / 2, bottom + 15)
    parts.append(text(0, HEIGHT - 4, _scale_words(found, paired=paired), size=SMALL, colour="muted"))
    return document(WIDTH, HEIGHT, f"{title}: {name}", _scale_words(found, paired=paired), parts)


def _cell(
    found: Cells, at: tuple[int, ...], across: Scale, up: Scale, names: tuple[str, str], *, paired: bool
) -> str:
    """Return one cell: its colour, hatching where the sign is undetermined, and its number where there is room."""
    row, column = at
    value, low, high = (float(each[row, column]) for each in (found.values, found.low, found.up))
    signs = paired or found.two_sided
    x, y = across(column), up(row + 1)
    w, h = across(column + 1) - x, up(row) - y
    ends = np.nanmin(found.values), np.nanmax(found.values)
    if signs:
        colour, share = "c1" if value > 0 else "c2", abs(value) / max(*map(abs, ends), 10 * NEGLIGIBLE)
    else:
        colour, share = "c4", (value - ends[0]) / (max(ends[1] - ends[0], LEAST * abs(sum(ends)) / 2) or 1.0)
    form = "+.2f" if signs else ".2f"
    unsure = paired and (row, column) in found.unsure
    few = found.values.size <= MOST_WRITTEN
    told = f"{names[1]} across, {names[0]} up: {with_interval(value, low, high, form)}"
    edge = f' stroke="{paint("grid")}"'
    parts = [box(x, y, w, h, colour=colour, opacity=round(STRONGEST * share, 3), extra=edge)]
    if unsure:
        parts.append(_hatched(x, y, w, h))
    said = under(NEGLIGIBLE) if signs and 0 < abs(value) < NEGLIGIBLE else signed(value, form)
    if few and wide(said, SMALL) < w - 2 and h > 13:
        parts.append(text(x + w / 2, y + h / 2 + 4, said, size=SMALL, anchor="middle", halo=unsure))
    about = f' data-say="{escape(told + (", sign undetermined" if unsure else ""))}"' if few else ""
    return f"<g{about}>{''.join(parts)}</g>"


def _hatched(x: float, y: float, width: float, height: float) -> str:
    """Return diagonal lines over a rectangle."""
    path = ""
    for c in np.arange(x + y + 4, x + width + y + height, 8.0):
        start, end = max(x, c - y - height), min(x + width, c - y)
        path += f"M{start:.1f} {c - start:.1f}L{end:.1f} {c - end:.1f}"
    return f'<path d="{path}" stroke="{paint("muted")}" stroke-width="0.8" fill="none"/>'


def _scale_words(found: Cells, *, paired: bool) -> str:
    """Return what the colours mean."""
    low, high = float(np.nanmin(found.values)), float(np.nanmax(found.values))
    if paired or found.two_sided:
        said = f"green: above zero, amber: below; {signed(low, '+.2f')} to {signed(high, '+.2f')}"
        return f"{said}; hatched: undetermined" if paired else said
    return f"faintest {figures(low)}, strongest {figures(high)}"


# clouds ---------------------------------------------------------------------------------------------------------------


def cloud_chart(swept: Swept, means: pd.DataFrame, key: str, unit: str, title: str) -> str:
    """Return all points against one varied key, with a running mean of each scenario.

    Args:
        swept: the sweep.
        means: of :func:`spsim.viz.swept.cloud`.
        key: the varied key.
        unit: of the outcome.
        title: what is to be seen.
    """
    at, names = positions(means[key])
    means = means.assign(at=at)[np.isfinite(at)]
    if means.empty:
        return ""
    parts, top = _key(swept, NARROW, cloud_names(swept))
    foot = _wrapped(key_label(key), NARROW)
    x, y = means["at"].to_numpy(dtype=np.float64), np.array(cloud_reach(swept, means))
    across, up = _scales(x, y, (NARROW, HEIGHT), top, foot, steps=len(names))
    parts += _ground(across, up, unit, foot, names, x)
    for scenario in cloud_names(swept):
        mine = means[means["scenario"] == scenario].sort_values("point")
        shown, meant = mine.iloc[:: _step(mine, MOST_DOTS)], mine.iloc[:: _step(mine, MOST_MEANT)].sort_values("at")
        colour = colour_of(swept, scenario)
        dots = "".join(f"M{across(a):.1f} {up(b):.1f}h0" for a, b in zip(shown["at"], shown["value"], strict=True))
        parts.append(
            f'<path d="{dots}" stroke="{paint(colour)}" stroke-width="6" stroke-linecap="round" '
            f'stroke-opacity="0.5" fill="none"/>'
        )
        if len(mine) > 1:
            where, mean = running_mean(meant["at"].to_numpy(dtype=float), meant["value"].to_numpy())
            bends = slice(None, None, _step(where, MOST_BENDS))
            parts.append(curve(across.all(where[bends]), up.all(mean[bends]), colour=colour))
    return document(NARROW, HEIGHT, f"{title}, by {key_label(key)}", counted(len(swept.points), "point"), parts)


def _step(of: Sized, most: int) -> int:
    """Return which one of how many is taken, so that at most this many are."""
    return max(1, -(-len(of) // most))


# what they share ------------------------------------------------------------------------------------------------------


def _key(swept: Swept, width: float, names: Mapping[str, str]) -> tuple[list[str], float]:
    """Return the names of the scenarios beside their colours, and where the chart begins below them."""
    parts, x, y = [], 0.0, 11.0
    if len(swept.scenarios) > 1:
        for scenario, name in names.items():
            need = wide(name, SMALL) + 26
            if x and x + need > width:
                x, y = 0.0, y + ROW
            colour = colour_of(swept, scenario)
            parts += [rule(x, y - 4, x + 14, y - 4, colour=colour, width=3),
                      text(x + 18, y, name, size=SMALL, colour=word_colour(colour))]
            x += need + 6
        y += ROW
    return parts, y + 10


def _wrapped(words: str, width: float) -> list[str]:
    """Return a label in lines that fit, two at most."""
    lines = textwrap.wrap(words, max(12, int(width / wide("m", SMALL))))
    return lines if len(lines) < 3 else [lines[0], f"{lines[1]} …"]


def _scales(
    x: Floats, y: Floats, size: tuple[float, float], top: float, foot: Sequence[str], *, steps: int
) -> tuple[Scale, Scale]:
    """Return the scales that hold all numbers with some air; ``steps`` words stand on the horizontal one, if any."""
    known = y[np.isfinite(y)]
    low, high = float(known.min()), float(known.max())
    short = max(0.0, LEAST * abs(low + high) / 2 - (high - low)) or (0.5 if low == high else 0.0)
    low, high = low - short / 2, high + short / 2
    air = 0.08 * (high - low)
    left, right = (-0.5, steps - 0.5) if steps else (float(x.min()), float(x.max()))
    side = 0.0 if steps else 0.05 * (right - left) or 0.5
    across = Scale(left - side, right + side, LEFT, size[0] - RIGHT)
    return across, Scale(low - air, high + air, size[1] - ROW * (1 + len(foot)) - 6, top)


def _ground(
    across: Scale, up: Scale, unit: str, foot: Sequence[str], names: Sequence[str], x: Floats
) -> list[str]:
    """Return grid, axes and what they are called; words stand side by side with their names."""
    parts = [text(0, up.end - 8, unit, size=SMALL, colour="muted")]
    for tick in ticks(up.low, up.high, max(2, int((up.start - up.end) / 34))):
        parts.append(rule(across.start, up(tick), across.end, up(tick), colour="rule" if abs(tick) < 1e-12 else "grid"))
        said = f"{tick:.10g}".replace("-", "−") if abs(tick) > 1e-12 else "0"
        parts.append(text(LEFT - 6, up(tick) + 4, said, size=SMALL, colour="muted", anchor="end"))
    values: Iterable[float] = range(len(names)) if names else np.unique(x).tolist()
    if not names and any(float(f"{value:.3g}") != value for value in values):  # drawn ones, which nobody chose
        values = ticks(across.low, across.high, max(2, int((across.end - across.start) / 60)))
    last = -np.inf
    for value in values:
        said = names[int(value)] if names else word(float(f"{value:.10g}"))
        if across(value) - wide(said, SMALL) / 2 > last:  # those that would touch the one before are left out
            parts.append(text(across(value), up.start + 15, said, size=SMALL, colour="muted", anchor="middle"))
            last = across(value) + wide(said, SMALL) / 2 + 4
    return [*parts, *_labels(foot, (across.start + across.end) / 2, up.start + 15)]


def _labels(lines: Sequence[str], x: float, y: float) -> list[str]:
    """Return the name of the horizontal axis below its numbers."""
    return [text(x, y + ROW * (n + 1), line, size=SMALL, anchor="middle") for n, line in enumerate(lines)]
