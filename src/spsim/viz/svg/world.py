"""The map: which of two powers the public likes better, by country; a country can be clicked."""

from __future__ import annotations

from functools import cache
from html import escape

import numpy as np

from spsim.analysis.snapshot import Snapshot
from spsim.viz.geography import geography
from spsim.viz.looks import looks
from spsim.viz.maps import LIMIT
from spsim.viz.svg.drawing import Floats, box, document, number, paint, points, power_colour, rule, text, wide
from spsim.viz.svg.opinion import change_over_a_year, compared, place_name

STEADY = 0.5
"""Change over a year, in points, below which no arrow is drawn."""


def difference_map(now: Snapshot, chosen: str, *, width: float = 460) -> str:
    """Return the map of approval of the first power minus that of the second, with the change over a year.

    Args:
        now: the run.
        chosen: the country that is outlined; any other code for none.
        width: of the chart.
    """
    one, two = compared(now)
    names = looks(now.powers)
    land, height = _land(width)
    shapes, labels = [], []
    for code in sorted(now.countries, key=lambda code: code == chosen):  # the outlined one comes last, on top
        value = now.outcome("approval", code, one)
        if two:
            value = value - now.outcome("approval", code, two)
        ahead = power_colour(now.powers, one if value[-1] >= 0 or not two else two)
        strength = min(abs(float(value[-1])) / (LIMIT if two else 100), 1)
        words = f"{place_name(code)}: {points(value[-1])} points"
        edge, thick = ("ink", 2.6) if code == chosen else ("rule", 0.8)
        shapes.append(
            f'<g data-country="{code}" tabindex="0" role="button" aria-pressed="{str(code == chosen).lower()}" '
            f'aria-label="{escape(words)}" style="cursor:pointer"><title>{escape(words)}</title>'
            f'<path d="{_outline(code, width)}" fill="{paint("zero")}" fill-rule="evenodd"/>'
            f'<path d="{_outline(code, width)}" fill="{paint(ahead)}" fill-opacity="{0.85 * strength:.3f}" '
            f'fill-rule="evenodd" stroke="{paint(edge)}" stroke-width="{thick}"/></g>'
        )
        change = change_over_a_year(value, now.scenario.run.step_months)
        labels += _label(code, points(value[-1]) + _arrow(change), width)
    high = names[one].name
    parts = [*land, *shapes, *labels, *_legend(now, one, two, width, height)]
    title = f"Public approval, {high} minus {names[two].name}" if two else f"Public approval of {high}"
    reading = "; ".join(
        f"{place_name(code)} {points(_gap(now, code, one, two))} points" for code in now.countries
    )
    return document(width, height + 34, f"{title}, {now.date}", reading, parts)


def _gap(now: Snapshot, code: str, one: str, two: str) -> float:
    other = now.outcome("approval", code, two)[-1] if two else 0.0
    return float(now.outcome("approval", code, one)[-1] - other)


def _arrow(change: float) -> str:
    if not np.isfinite(change) or abs(change) < STEADY:
        return ""
    return " ▲" if change > 0 else " ▼"


def _pixels(flat: Floats, width: float) -> Floats:
    """Return pixels of points on the plane of the map, [n, 2]."""
    left, right, _, high = geography().window
    scale = width / (right - left)
    return np.asarray(np.stack([(flat[..., 0] - left) * scale, (high - flat[..., 1]) * scale], axis=-1))


@cache
def _height(width: float) -> float:
    left, _, low, _ = geography().window
    return float(_pixels(np.array([left, low]), width)[1])


@cache
def _outline(code: str, width: float) -> str:
    """Return the outline of one of the countries; it never changes, so it is made once."""
    return _rings(geography().shapes[code], width)


def _rings(polygons: list[list[Floats]], width: float) -> str:
    parts = []
    for rings in polygons:
        for ring in rings:
            flat = _pixels(ring, width)
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in flat.tolist()) + "Z")
    return "".join(parts)


@cache
def _land(width: float) -> tuple[tuple[str, ...], float]:
    """Return what lies around, clipped to the window, and its height."""
    height = _height(width)
    window = f"land-{width:g}"
    parts = [
        f'<clipPath id="{window}"><rect width="{width:g}" height="{height:.0f}" rx="6"/></clipPath>',
        f'<g clip-path="url(#{window})">',
        box(0, 0, width, height, colour="pale"),
    ]
    here = geography()
    for polygons in here.around.values():
        parts.append(f'<path d="{_rings(polygons, width)}" fill="{paint("land")}" stroke="{paint("paper")}"/>')
    for name, place in here.around_at.values():
        x, y = _pixels(place, width)
        spaced = ' letter-spacing="1.5"'
        parts.append(text(float(x), float(y), name, size=10.5, colour="muted", anchor="middle", extra=spaced))
    return (*parts, "</g>"), height


def _label(code: str, words: str, width: float) -> list[str]:
    here = geography()
    x, y = _pixels(here.names_at[code], width).tolist()
    x = min(x, width - wide(place_name(code)) / 2 - 6)
    parts = []
    if code in here.lines_to:
        at = _pixels(here.lines_to[code], width).tolist()
        parts += [
            rule(x, y - 15, *at, colour="ink", width=0.8),
            f'<circle cx="{number(at[0])}" cy="{number(at[1])}" r="2" fill="{paint("ink")}"/>',
        ]
    still = ' pointer-events="none"'  # a click on the words is meant for the country below
    for dy, line, size in ((0.0, place_name(code), 11.5), (14.0, words, 12.5)):
        parts.append(text(x, y + dy, line, size=size, anchor="middle", bold=True, halo=True, extra=still))
    return parts


def _legend(now: Snapshot, one: str, two: str, width: float, height: float) -> list[str]:
    """Return the scale below the map."""
    names, left, y = looks(now.powers), width / 2 - 80, height + 10
    parts = [box(left, y, 160, 9, colour="zero")]
    steps = 20
    for n in range(steps):
        value = (2 * (n + 0.5) / steps - 1) if two else (n + 0.5) / steps
        colour = power_colour(now.powers, one if value > 0 else two)
        parts.append(box(left + 160 * n / steps, y, 160 / steps + 0.3, 9, colour=colour, opacity=0.85 * abs(value)))
    ends = (f"−{LIMIT:.0f}", "0", f"+{LIMIT:.0f}") if two else ("0", "50", "100")
    parts += [
        text(left + 80 * n, y + 21, words, size=10.5, colour="muted", anchor="middle") for n, words in enumerate(ends)
    ]
    low, high = (f"{names[two].name} ahead", f"{names[one].name} ahead") if two else ("nobody", "everybody")
    parts.append(text(left - 8, y + 8.5, low, size=11, anchor="end"))
    return [*parts, text(left + 168, y + 8.5, high, size=11)]
