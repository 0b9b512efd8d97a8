"""Tables of results as the cards of a notebook show them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from spsim.analysis.intervals import rests_on, undetermined_words
from spsim.analysis.outcomes import OUTCOMES
from spsim.data import COUNTRY_NAMES, REGION
from spsim.display import POWER_NAMES, Grid, difference, number, strength, total_index

if TYPE_CHECKING:
    import pandas as pd

    from spsim.experiments.sensitivity.run import Findings
    from spsim.experiments.sensitivity.study import Study

MEASURES = {
    "approval": ("public approval, %", 100.0, ".0f"),
    "elite_approval": ("elite approval as if polled, %", 100.0, ".0f"),
    "divergence_points": ("elite minus public approval, points", 1.0, "+.0f"),
    "protest_events": ("protest events per year", 1.0, ".1f"),
}
"""Measure of a run's summary -> (name, what it is multiplied by, form of the number)."""


def place_name(code: str) -> str:
    """Return the name of a country or the region."""
    return "Region" if code == REGION else COUNTRY_NAMES.get(code, code)


def summary_grid(summary: pd.DataFrame, interval: str) -> Grid:
    """Return start and end of a run, with intervals if any: a row a country, a column a measure, power and period.

    Args:
        summary: as :func:`spsim.analysis.intervals.summary` returns it.
        interval: what the intervals are; "" if there are none.
    """
    columns = list(summary[["measure", "power"]].drop_duplicates().itertuples(index=False, name=None))
    cells = {(row["country"], row["measure"], row["power"]): row for row in summary.to_dict("records")}
    heads = [
        f"{_of(power)}{MEASURES[measure][0]}\n{row['start_years']} → {row['end_years']}"
        for measure, power in columns
        for row in [next(row for key, row in cells.items() if key[1:] == (measure, power))]
    ]
    several = bool(interval)
    rows = [
        [place_name(country), *(
            _ends(cells.get((country, *column)), *MEASURES[column[0]][1:], interval=several) for column in columns
        )]
        for country in dict.fromkeys(summary["country"])
    ]
    what = f"median ({interval})" if several else "one replicate, hence no interval"
    return Grid(f"Start → end: {what}", ["country", *heads], rows)


def _of(power: str) -> str:
    """Return the name of a power as the head of a column begins with it."""
    return f"{POWER_NAMES.get(power, power)}: " if power else ""


def _ends(row: dict[Any, Any] | None, scale: float, form: str, *, interval: bool) -> str:
    if row is None or math.isnan(row["end"]):
        return "–"
    start, end = (
        ("{} ({}..{})" if interval else "{}").format(
            *(_number(scale * row[when + part], form) for part in ("", "_low", "_high"))
        )
        for when in ("start", "end")
    )
    return f"{start}\n→ {end}"


def _number(value: float, form: str) -> str:
    text = f"{value:{form}}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")


def difference_grid(caption: str, table: pd.DataFrame, down: str) -> Grid:
    """Return paired differences or contributions with their intervals, a column an outcome and power.

    Args:
        caption: what is shown.
        table: columns outcome, power, sign, low, high, difference or contribution, and ``down``.
        down: the column whose values become rows.
    """
    columns = list(table[["outcome", "power"]].drop_duplicates().itertuples(index=False, name=None))
    cells = {(row[down], row["outcome"], row["power"]): row for row in table.to_dict("records")}
    heads = [f"{_of(power)}{OUTCOMES[name].title}\n{OUTCOMES[name].unit}" for name, power in columns]
    rows = [
        [place_name(str(name)), *(difference(cells[(name, *column)]) for column in columns)]
        for name in dict.fromkeys(table[down])
    ]
    replicates, sets = (int(table[name].max()) for name in ("replicates", "sets"))
    said = f"95 % interval of the mean over {rests_on(replicates, sets)}; {undetermined_words(sets)}"
    return Grid(f"{caption} ({said})", [down, *heads], rows)


def indices_grid(study: Study, found: Findings) -> Grid:
    """Return the most important factors: direction and size, and the share of the variance in which each takes part."""

    def here(table: pd.DataFrame, outcome: str, power: str) -> dict[str, Any]:
        rows = table[(table["outcome"] == outcome) & (table["power"] == power) & (table["country"] == study.country)]
        return {str(row["factor"]): row for row in rows.to_dict("records")}

    rows = [[factor] for factor in found.top]
    heads = ["factor"]
    for outcome, power in study.panels:
        screening, indices = here(found.screening, outcome, power), here(found.indices, outcome, power)
        name = f"{power + ': ' if power else ''}{OUTCOMES[outcome].title}"
        heads += [f"{name}\nμ*, {OUTCOMES[outcome].unit}", f"{name}\nST, share"]
        for row in rows:
            row += [strength(screening[row[0]]), total_index(indices[row[0]])]
    said = (
        "μ*: mean size of the change over the prior, ± where it goes both ways; ST: share of the variance in which the "
        "factor takes part, 95 % bootstrap interval; undetermined: zero, or what chance gives, is inside"
    )
    return Grid(f"What matters most in {_in(study.country)} ({said})", heads, rows)


def box_grid(study: Study, found: Findings) -> Grid:
    """Return the conditions under which the target is met, or why none were found."""
    box = found.box
    asked = f"When is {study.target}? {box.interesting} of {box.points} points"
    if box.reason:
        return Grid(f"{asked}. Nothing found: {box.reason}", [], [])
    rows = [
        [str(row["factor"]), *(number(float(row[key])) for key in ("low", "high", "least", "most"))]
        for row in box.limits.to_dict("records")
    ]
    density, coverage, mass = (f"{100 * share:.0f} %" for share in (box.density, box.coverage, box.mass))
    said = f"density {density}, coverage {coverage}, {mass} of the points"
    return Grid(f"{asked}; in the box {said}", ["factor", "from", "to", "least", "most"], rows)


def _in(country: str) -> str:
    return "the region" if country == REGION else place_name(country)
