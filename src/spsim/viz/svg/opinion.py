"""Approval of publics and elites with their divergence, and the gap between the two powers by country."""

from __future__ import annotations

import numpy as np

from spsim.analysis.snapshot import Snapshot
from spsim.data import COUNTRIES, REGION
from spsim.data.places import starred
from spsim.viz.looks import looks
from spsim.viz.svg import timeline
from spsim.viz.svg.drawing import Floats, document, points, power_colour
from spsim.viz.svg.lines import Area, Frame, Line, drawn, limits, line_chart, scales

COUNTRY_COLOURS = {code: f"c{1 + number % 5}" for number, code in enumerate(COUNTRIES)}
GROUPS = {"public": ("approval", "", 2.6), "elite": ("elite_approval", "6 4", 1.6)}
"""Group -> outcome, dash, width of its line."""


def place_name(code: str) -> str:
    """Return the name of a country or the region; a star leads to a note on what is illustration only."""
    return "the region" if code == REGION else starred(code)


def ghost(reference: Snapshot | None, outcome: str, place: str, power: str = "") -> tuple[Floats, Floats] | None:
    """Return a line of the run of reference, where it has this place and power."""
    if reference is None or (power and power not in reference.powers):
        return None
    if place != REGION and place not in reference.countries:
        return None
    return reference.years, reference.outcome(outcome, place, power)


def approval_chart(
    now: Snapshot, place: str, reference: Snapshot | None = None, *, width: float = 560, height: float = 300
) -> str:
    """Return approval by public (solid) and elite (dashed), the divergence between them shaded, and what happened."""
    names, lines, areas = looks(now.powers), [], []
    for power in now.powers:
        colour = power_colour(now.powers, power)
        values = {group: now.outcome(outcome, place, power) for group, (outcome, _, _) in GROUPS.items()}
        areas.append(Area(colour, now.years, values["public"], values["elite"]))
        for group, (outcome, dash, weight) in GROUPS.items():
            label = f"{names[power].name}, {group} {values[group][-1]:.0f}"
            against = ghost(reference, outcome, place, power)
            lines.append(Line(label, colour, now.years, values[group], dash, weight, against))
    marks = timeline.timeline(now.scenario, place)
    frame = Frame(
        f"Public and elite approval, {place_name(place)}, {now.date}", described(now, place), now.period, 0, 100,
        now.extrapolated_from, [mark.when for mark in marks], width, height, "% who approve of the leadership",
        areas=areas,
    )
    across, up = scales(frame, lines)
    foot = timeline.drawn(marks, across, height + 14, float(now.years[-1]))
    total = height + 14 + timeline.height(marks, across)
    return document(width, total, frame.title, frame.description, [*drawn(frame, lines, across, up), *foot])


def described(now: Snapshot, place: str) -> str:
    """Return the numbers of the last date in a sentence."""
    parts = []
    for power, look in looks(now.powers).items():
        public, elite = (now.outcome(GROUPS[group][0], place, power)[-1] for group in GROUPS)
        gap = points(now.outcome("divergence", place, power)[-1])
        parts.append(f"{look.name}: public {public:.0f} %, elite {elite:.0f} %, elite minus public {gap} points")
    return "; ".join(parts)


def gap_chart(
    now: Snapshot, place: str, reference: Snapshot | None = None, *, width: float = 560, height: float = 240
) -> str:
    """Return how far approval of the first power is above that of the second, a line a country."""
    one, two = compared(now)
    names = looks(now.powers)
    lines = []
    for code in now.countries:
        value = now.outcome("approval", code, one)
        against = ghost(reference, "approval", code, one)
        if two:
            value = value - now.outcome("approval", code, two)
            other = ghost(reference, "approval", code, two)
            against = (against[0], against[1] - other[1]) if against and other else None
        chosen = place in (code, REGION)
        lines.append(
            Line(f"{place_name(code)} {points(value[-1])}", COUNTRY_COLOURS[code], now.years, value,
                 ghost=against if place == code else None, faint=not chosen, width=2.6 if place == code else 2)
        )
    low, high = limits(lines, 40, 20, both=True)
    what = f"{names[one].name} minus {names[two].name}" if two else names[one].name
    frame = Frame(
        f"Public approval by country: {what}, {now.date}", f"above zero: {names[one].name} ahead", now.period,
        low if two else 0, high, now.extrapolated_from, (), width, height, f"points, {what}", signs=bool(two),
    )
    return line_chart(frame, lines)


def compared(now: Snapshot) -> tuple[str, str]:
    """Return the two powers that are compared: China and Russia where both are there; the second may be missing."""
    order = [p for p in ("CN", "RU") if p in now.powers] + [p for p in now.powers if p not in ("CN", "RU")]
    return order[0], order[1] if len(order) > 1 else ""


def change_over_a_year(values: Floats, step_months: int) -> float:
    """Return the change over the last twelve months; nan in the first year."""
    back = max(1, 12 // step_months)
    return float(values[-1] - values[-1 - back]) if values.size > back else float(np.nan)

