"""Protest and threat, education, generations, spread of affect: the charts behind the main ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spsim.analysis.snapshot import Snapshot
from spsim.data import REGION
from spsim.model.population import COHORTS
from spsim.viz.looks import looks
from spsim.viz.svg.drawing import Floats, power_colour
from spsim.viz.svg.lines import Frame, Line, limits, line_chart
from spsim.viz.svg.opinion import COUNTRY_COLOURS, ghost, place_name
from spsim.viz.svg.timeline import timeline

STAGE_WORDS = {
    "students": "students abroad", "returnees": "back, seeking", "employed": "employed", "ceiling": "at a ceiling",
    "disappointed": "disappointed",
}
COHORT_WORDS = {"soviet": "born to 1974", "transition": "1975 to 1991", "independence": "from 1992"}
COHORT_DASH = {"soviet": "", "transition": "7 4", "independence": "2 3"}


def _frame(
    now: Snapshot, place: str, title: str, unit: str, lines: Sequence[Line], least: float, step: float, width: float,
    height: float = 230,
) -> Frame:
    low, high = limits(lines, least, step)
    marks = [mark.when for mark in timeline(now.scenario, place)]
    said = "; ".join(line.label for line in lines)
    return Frame(f"{title}, {place_name(place)}, {now.date}", said, now.period, low, high, now.extrapolated_from, marks,
                 width, height, unit)


def over_a_year(values: Floats, months: int) -> Floats:
    """Return sums over the last twelve months; nan before a year is over."""
    window = max(1, 12 // months)
    summed = np.cumsum(np.concatenate([[0.0], values]))
    out = np.full(values.shape, np.nan)
    out[window:] = summed[window + 1 :] - summed[1:-window]
    return out


def protest_chart(now: Snapshot, place: str, reference: Snapshot | None = None, *, width: float = 560) -> str:
    """Return protest events in the last twelve months, a line a country."""
    lines, months = [], now.scenario.run.step_months
    for code in now.countries:
        events = over_a_year(now.outcome("protest_events", code), months)
        against = ghost(reference, "protest_events", code) if place == code else None
        if against is not None and reference is not None:
            against = against[0], over_a_year(against[1], reference.scenario.run.step_months)
        last = f"{events[-1]:.0f}" if np.isfinite(events[-1]) else "–"
        lines.append(Line(f"{place_name(code)} {last}", COUNTRY_COLOURS[code], now.years, events, ghost=against,
                          faint=place not in (code, REGION)))
    title = "Protest events in the last twelve months"
    return line_chart(_frame(now, place, title, "events a year", lines, 4, 2, width), lines)


def threat_chart(now: Snapshot, place: str, reference: Snapshot | None = None, *, width: float = 560) -> str:
    """Return the threat that is felt from each power."""
    lines = _by_power(now, "threat", place, reference, ".2f")
    return line_chart(_frame(now, place, "Felt threat", "index", lines, 0.2, 0.2, width), lines)


def spread_chart(now: Snapshot, place: str, reference: Snapshot | None = None, *, width: float = 560) -> str:
    """Return how far the public disagrees with itself: the standard deviation of affect towards each power."""
    lines = _by_power(now, "affect_sd", place, reference, ".2f")
    return line_chart(_frame(now, place, "Spread of affect", "standard deviation", lines, 0.4, 0.2, width), lines)


def _by_power(now: Snapshot, outcome: str, place: str, reference: Snapshot | None, form: str) -> list[Line]:
    """Return a line for each power."""
    lines = []
    for power, look in looks(now.powers).items():
        values, colour = now.outcome(outcome, place, power), power_colour(now.powers, power)
        against = ghost(reference, outcome, place, power)
        lines.append(Line(f"{look.name} {values[-1]:{form}}", colour, now.years, values, ghost=against, width=2.4))
    return lines


def pipeline_chart(now: Snapshot, place: str, power: str, *, width: float = 560) -> str:
    """Return how many are in each stage of education in a power, and after it."""
    stages = now.stages(place, power)
    lines = [
        Line(f"{STAGE_WORDS[name]} {_thousands(values[-1])}", f"c{n + 1}", now.years, values / 1000,
             width=2.4 if name == "students" else 2)
        for n, (name, values) in enumerate(stages.items())
    ]
    title = f"Education in {looks(now.powers)[power].name} and after"
    frame = _frame(now, place, title, "thousand persons", lines, 5, 5, width)
    return line_chart(frame, lines)


def placement_chart(now: Snapshot, place: str, reference: Snapshot | None = None, *, width: float = 560) -> str:
    """Return the share of graduates who find a post that fits."""
    lines = _by_power(now, "placement_rate", place, reference, ".0f")
    return line_chart(_frame(now, place, "Placement of graduates", "% placed", lines, 100, 20, width), lines)


def generations_chart(now: Snapshot, place: str, power: str, *, width: float = 560) -> str:
    """Return approval of a power by political generation."""
    colour, lines = power_colour(now.powers, power), []
    for cohort in COHORTS:
        values = now.generation(place, power, cohort)
        last = f"{values[-1]:.0f}" if np.isfinite(values[-1]) else "–"
        lines.append(Line(f"{COHORT_WORDS[cohort]}: {last}", colour, now.years, values, COHORT_DASH[cohort]))
    title = f"Approval of {looks(now.powers)[power].name} by year of birth"
    return line_chart(_frame(now, place, title, "% who approve", lines, 100, 20, width), lines)


def heritage_chart(now: Snapshot, place: str, reference: Snapshot | None = None, *, width: float = 560) -> str:
    """Return mean Soviet heritage, a line a country."""
    lines = []
    for code in now.countries:
        values = now.outcome("heritage", code)
        against = ghost(reference, "heritage", code) if place == code else None
        lines.append(Line(f"{place_name(code)} {values[-1]:.2f}", COUNTRY_COLOURS[code], now.years, values,
                          ghost=against, faint=place not in (code, REGION)))
    return line_chart(_frame(now, place, "Soviet heritage", "mean, 0 to 1", lines, 0.4, 0.2, width), lines)


def _thousands(persons: float) -> str:
    return f"{persons / 1000:.1f}k" if persons >= 100 else f"{persons:.0f}"

