"""Lines by year with their intervals, and what each year holds for whoever points at it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from spsim.analysis.intervals import QUANTILES, Sets, chance_band
from spsim.viz.style import signed
from spsim.viz.svg import timeline
from spsim.viz.svg.drawing import Floats, Scale, document
from spsim.viz.svg.lines import Area, Frame, Line, drawn, limits, scales, signed_limits
from spsim.viz.svg.timeline import Mark

WIDTH = 430.0
HEIGHT = 250.0


@dataclass(frozen=True)
class Course:
    """One line by year: the middle, and the ends of its interval; all [years]."""

    name: str
    colour: str
    low: Floats
    middle: Floats
    high: Floats
    dash: str = ""
    width: float = 2.3
    band: bool = True
    ending: str | None = None
    """What stands at the end of the line after its name, in place of the last number."""
    inner: tuple[Floats, Floats] | None = None
    """The ends of a band inside the other."""
    inner_name: str = ""
    """What the inner band holds, where the numbers of a year are told."""

    @classmethod
    def of(cls, name: str, colour: str, runs: Floats, sets: Sets = (), **look: object) -> Course:
        """Return median, 90 % interval of replicates [replicates, years], and one inside it.

        With the parameter set of each replicate the inner one is what chance alone would give, otherwise half of the
        replicates.
        """
        low, lower, middle, upper, high = np.quantile(runs, list(QUANTILES.values()), axis=0)
        inner = chance_band(runs, sets) if len(sets) else (lower, upper)
        named = "by chance" if len(sets) else "half of them"
        return cls(name, colour, low, middle, high, inner=inner, inner_name=named, **look)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Subject:
    """What a chart by year shows, beside its lines.

    Attributes:
        title: what is to be seen.
        years: along the axis.
        unit: what stands above the vertical axis.
        extrapolated_from: year from which the ground is shaded.
        form: of the numbers.
        least: the vertical axis reaches at least this far above zero, unless ``both``.
        step: the ends of the axis are multiples of it.
        both: there may be something below zero as well as above, and numbers of the axis carry a sign.
        marks: events and decisions; they are drawn below the chart.
        between: pairs of lines whose difference is shaded.
    """

    title: str
    years: Sequence[int]
    unit: str
    extrapolated_from: int
    form: str = ".0f"
    least: float = 4
    step: float = 2
    both: bool = False
    marks: Sequence[Mark] = ()
    between: Sequence[tuple[int, int]] = field(default_factory=tuple)


def yearly_chart(subject: Subject, courses: Sequence[Course], *, width: float = WIDTH, height: float = HEIGHT) -> str:
    """Return a chart of lines by year, with the timeline of what was imposed and decided where there is one."""
    years, x = subject.years, np.array(subject.years, dtype=np.float64) + 0.5
    lines = [
        Line(f"{each.name} {_ending(each, subject.form)}".strip(), each.colour, x, each.middle, each.dash, each.width)
        for each in courses
    ]
    areas = []
    for each in courses:
        if each.band:
            areas.append(Area(each.colour, x, each.low, each.high, 0.14 if each.inner else 0.18))
            areas += [Area(each.colour, x, *each.inner, 0.22)] if each.inner else []
    areas += [
        Area(courses[one].colour, x, courses[one].middle, courses[two].middle, 0.10) for one, two in subject.between
    ]
    reached = [Line("", "ink", x, edge) for each in courses for edge in (each.low, each.middle, each.high)]
    low, high = signed_limits(reached, subject.step) if subject.both else limits(reached, subject.least, subject.step)
    frame = Frame(
        subject.title, "; ".join(line.label for line in lines), (years[0], years[-1] + 1), low, high,
        subject.extrapolated_from, [mark.when for mark in subject.marks], width, height, subject.unit,
        signs=subject.both, areas=areas,
    )
    across, up = scales(frame, lines)
    foot = timeline.drawn(subject.marks, across, height + 14, years[-1] + 1) if subject.marks else []
    below = 14 + timeline.height(subject.marks, across) if subject.marks else 0
    parts = [*drawn(frame, lines, across, up), *foot]
    return document(width, height + below, frame.title, frame.description, parts, _hover(subject, courses, across, up))


def _ending(course: Course, form: str) -> str:
    if course.ending is not None:
        return course.ending
    known = course.middle[np.isfinite(course.middle)]
    return signed(float(known[-1]), form) if known.size else "–"


def _hover(subject: Subject, courses: Sequence[Course], across: Scale, up: Scale) -> str:
    """Return the numbers of each year as an attribute, which a page shows where the pointer or the arrow keys are."""
    content = {
        "years": list(subject.years),
        "x": [round(across(year + 0.5), 1) for year in subject.years],
        "y": [up.end, up.start],
        "rows": [
            [each.name, each.colour, [_said(each, n, subject.form) for n in range(len(subject.years))]]
            for each in courses
        ],
    }
    return f' tabindex="0" data-hover="{escape(json.dumps(content, ensure_ascii=False, separators=(",", ":")))}"'


def _said(course: Course, year: int, form: str) -> str:
    """Return a number with its interval."""
    middle, low, high = (float(values[year]) for values in (course.middle, course.low, course.high))
    if not np.isfinite(middle):
        return "–"
    if not course.band or not np.isfinite(low) or low == high:
        return signed(middle, form)
    said = f"{signed(low, form)} to {signed(high, form)}"
    if course.inner and np.isfinite(course.inner[0][year]):
        lower, upper = (signed(float(end[year]), form) for end in course.inner)
        said += f"; {course.inner_name} {lower} to {upper}"
    return f"{signed(middle, form)} ({said})"
