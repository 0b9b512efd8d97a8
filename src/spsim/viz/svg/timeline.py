"""What was imposed on a run and what was decided, on a line of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from spsim.analysis.snapshot import decimal_year
from spsim.config import Scenario
from spsim.data import COUNTRY_NAMES
from spsim.viz.looks import looks
from spsim.viz.svg.drawing import Scale, paint, rule, text, wide

ROW = 14.0
LANES = 8
BESIDE = 80.0
"""Room right of the scale into which words may reach."""
SIZE = 10.5


@dataclass(frozen=True)
class Mark:
    """One event that is imposed, or one lever that is pulled."""

    when: float
    text: str
    decided: bool
    detail: str


def lever_words(scenario: Scenario, lever: str, power: str | None) -> str:
    """Return a lever in words: ``China: media budget``."""
    name = lever.replace("_", " ")
    known = looks(scenario.run.powers)
    return f"{known[power].name}: {name}" if power in known else name.capitalize()


def timeline(scenario: Scenario, place: str) -> list[Mark]:
    """Return the events and decisions that concern a country or, for any other code, the region, by date."""
    run, powers = scenario.run, set(scenario.run.powers)

    def concerns(countries: Sequence[str] | None) -> bool:
        named = set(countries or run.countries) & set(run.countries)
        return place in named if place in COUNTRY_NAMES else bool(named)

    marks = [
        Mark(
            decimal_year(max(event.from_ or run.start, run.start)), event.title or event.name, False,
            f"imposed: {event.title or event.name}, {event.from_} to {event.to}",
        )
        for event in scenario.acting_events
        if set(event.powers) & powers and concerns(event.countries)
        and (event.from_ or run.start) <= run.end and (event.to or run.end) >= run.start
    ]
    marks += [
        Mark(
            decimal_year(lever.from_), f"{lever_words(scenario, lever.lever, lever.power)} {lever.to:g}", True,
            f"decided: {lever_words(scenario, lever.lever, lever.power)} to {lever.to:g} from {lever.from_}",
        )
        for lever in scenario.levers
        if concerns(lever.countries)
    ]
    return sorted(marks, key=lambda mark: (mark.when, mark.text))


def height(marks: Sequence[Mark], across: Scale) -> float:
    """Return how much room the timeline needs."""
    return 16 + ROW * (1 + max((lane for _, lane, _ in placed(marks, across)), default=0)) if marks else 0


def placed(marks: Sequence[Mark], across: Scale) -> list[tuple[Mark, int, float]]:
    """Return the marks whose words have room, with their lane and the middle of the words.

    Words stand below their mark, or begin or end there. The latest decisions come first, then the events by date.
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in range(LANES)]
    found = []
    order = sorted(marks, key=lambda mark: (not mark.decided, -mark.when if mark.decided else mark.when))
    for mark in order:
        half = wide(mark.text, SIZE) / 2 + 4
        low, high = half, across.end + BESIDE - half
        shifts = (0, half - 8, half + 12, 8 - half, -half - 12)
        middles = [min(max(across(mark.when) + shift, low), high) for shift in shifts]
        free = next(
            ((lane, middle) for lane, spans in enumerate(taken) for middle in middles
             if all(middle + half <= start or middle - half >= end for start, end in spans)), None,
        )
        if free:
            taken[free[0]].append((free[1] - half, free[1] + half))
            found.append((mark, *free))
    return found


def drawn(marks: Sequence[Mark], across: Scale, top: float, now: float) -> list[str]:
    """Return the timeline: a line up to now, a disc for an event, a diamond for a decision, and their words.

    Args:
        marks: what to show.
        across: the scale of years.
        top: where the line stands.
        now: the present date.
    """
    parts = [
        rule(across.start, top, across.end, top, colour="grid", width=3),
        rule(across.start, top, across(min(now, across.high)), top, colour="rule", width=3),
    ]
    parts += [
        text(middle, top + 17 + ROW * lane, mark.text, size=SIZE, colour="ink" if mark.decided else "muted",
             anchor="middle", bold=mark.decided)
        for mark, lane, middle in placed(marks, across)
    ]
    for mark in marks:
        x = across(min(max(mark.when, across.low), across.high))
        about = f"<title>{escape(mark.detail)}</title>"
        if mark.decided:
            shape = f'<path d="M{x:.1f} {top - 6:.1f}l6 6l-6 6l-6 -6Z" fill="{paint("accent")}">{about}</path>'
        else:
            shape = f'<circle cx="{x:.1f}" cy="{top:.1f}" r="4.5" fill="{paint("ink")}">{about}</circle>'
        parts.append(shape)
    return parts
