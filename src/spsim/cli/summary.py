"""The table at the end of a run: approval, divergence and protest by country, with their intervals."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from spsim.cli.terminal import console, say, show, table
from spsim.display import POWER_NAMES

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table


Cell = tuple[float, float, float]
"""A value and its interval."""

Cells = dict[tuple[str, str, str, str], Cell]
"""(country, measure, power, start or end) -> cell."""


def print_summary(summary: pd.DataFrame, interval: str) -> None:
    """Print approval first, then divergence and protest.

    Args:
        summary: columns country, power, measure, start, end and their ``_low``, ``_high`` and ``_years``.
        interval: what the intervals are; "" if there are none.
    """
    from spsim.data.places import illustrations

    several = bool(interval)
    cells = _cells(summary, intervals=several)
    years = {row["measure"]: (row["start_years"], row["end_years"]) for row in summary.to_dict("records")}
    powers = [power for power in dict.fromkeys(summary["power"]) if power]
    countries = list(dict.fromkeys(summary["country"]))
    approval = [("approval", power) for power in powers]
    divergence = [("divergence_points", power) for power in powers]
    protest = [("protest_events", "")]

    def made(title: str, groups: list[tuple[str, str]]) -> Table:
        return _table(f"{title} (90 % interval)" if several else title, countries, groups, cells, years)

    tables = [
        made("Public approval, % of adults", approval),
        made("Elite approval as if polled, %", [("elite_approval", power) for power in powers]),
        made("Elite minus public approval in points, and protest events per year", [*divergence, *protest]),
    ]
    if not several or not _fits(tables[-1]):  # without intervals the table is narrower than its title
        tables[-1:] = [
            made("Elite minus public approval, points", divergence),
            made("Protest events per year", protest),
        ]
    for each in tables:
        say()
        show(each)
    spread = f"; {interval}" if several else ". One replicate, hence no intervals"
    notes = " ".join(["", *illustrations(countries)])
    say(textwrap.fill(f"Means of the years named{spread}. Figures name the last month.{notes}", console().width))


def _fits(what: Table) -> bool:
    from rich.measure import Measurement

    screen = console()
    return Measurement.get(screen, screen.options.update(max_width=10_000), what).maximum <= screen.width


def _cells(summary: pd.DataFrame, *, intervals: bool) -> Cells:
    """Return (country, measure, power, start or end) -> value and interval; approval in per cent."""
    found: Cells = {}
    for row in summary.to_dict("records"):
        scale = 100.0 if str(row["measure"]).endswith("approval") else 1.0
        for when in ("start", "end"):
            key = (str(row["country"]), str(row["measure"]), str(row["power"]), when)
            if math.isnan(row[when]):  # no such number: protest events are not added up over the region
                continue
            ends = [float(row[f"{when}_{end}"]) * scale if intervals else math.nan for end in ("low", "high")]
            found[key] = float(row[when]) * scale, ends[0], ends[1]
    return found


def _table(
    title: str, countries: list[str], groups: list[tuple[str, str]], cells: Cells, years: dict[str, tuple[str, str]]
) -> Table:
    from spsim.data import COUNTRY_NAMES
    from spsim.data.places import starred

    columns = [
        f"{'Protest' if measure == 'protest_events' else POWER_NAMES.get(power, power)}\n{period}"
        for measure, power in groups
        for period in years[measure]
    ]
    rows = [
        [
            starred(country) if country in COUNTRY_NAMES else "Region",
            *(
                _text(cells.get((country, measure, power, when)), measure)
                for measure, power in groups
                for when in ("start", "end")
            ),
        ]
        for country in countries
        if any((country, measure, power, "end") in cells for measure, power in groups)
    ]
    return table(title, ["\nCountry", *columns], rows, right=columns)


def _text(cell: Cell | None, measure: str) -> str:
    """Return a value with its interval; whole numbers, except for a handful of events."""
    if cell is None:
        return "–"
    number = "{:+.0f}" if measure == "divergence_points" else "{:.0f}"
    if measure == "protest_events" and not (cell[0] if math.isnan(cell[2]) else cell[2]) >= 10:
        number = "{:.1f}"
    value, low, high = (_without_minus_zero(number.format(x)) for x in cell)
    if math.isnan(cell[1]):
        return value
    # ".." and not a dash: the ends of an interval may be negative
    return f"{value} ({low}..{high})"


def _without_minus_zero(text: str) -> str:
    return text.lstrip("+-") if float(text) == 0 else text
