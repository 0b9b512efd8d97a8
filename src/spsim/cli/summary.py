"""The table at the end of a run: approval, divergence and protest by country, with their intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from spsim.cli.terminal import console, say, show, table

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

POWER_NAMES = {"CN": "China", "RU": "Russia"}
REGION = "CA5"

Cell = tuple[float, float, float]
"""A value and its interval."""


def print_summary(summary: pd.DataFrame, start: str, end: str) -> None:
    """Print approval first, then divergence and protest.

    Args:
        summary: columns country, power, measure, start, end and their ``_low`` and ``_high``.
        start: first month of the run, the heading of the first value.
        end: last month of the run.
    """
    cells = _cells(summary)
    powers = [power for power in dict.fromkeys(summary["power"]) if power]
    countries = list(dict.fromkeys(summary["country"]))
    approval = [("approval", power) for power in powers]
    rest = [*(("divergence_points", power) for power in powers), ("protest_events", "")]
    screen = console()
    for title, groups in (
        ("Approval, % of adults (90 % interval)", approval),
        ("Elite minus public approval in points, and protest events per year (90 % interval)", rest),
    ):
        say()
        show(_fitting(screen, title, countries, groups, cells, (start, end)))


def _cells(summary: pd.DataFrame) -> dict[tuple[str, str, str, str], Cell]:
    """Return (country, measure, power, start or end) -> value and interval; approval in per cent."""
    found: dict[tuple[str, str, str, str], Cell] = {}
    for row in summary.to_dict("records"):
        scale = 100.0 if row["measure"] == "approval" else 1.0
        for when in ("start", "end"):
            key = (str(row["country"]), str(row["measure"]), str(row["power"]), when)
            low, high = float(row[f"{when}_low"]), float(row[f"{when}_high"])
            found[key] = float(row[when]) * scale, low * scale, high * scale
    return found


def _fitting(
    screen: Console,
    title: str,
    countries: list[str],
    groups: list[tuple[str, str]],
    cells: Any,
    months: tuple[str, str],
) -> Table:
    """Return the table with intervals beside the values, or below them where the screen is narrow."""
    from rich.measure import Measurement

    for stacked in (False, True):
        made = _table(title, countries, groups, cells, months, stacked=stacked)
        if Measurement.get(screen, screen.options.update(max_width=10_000), made).maximum <= screen.width:
            break
    return made


def _table(
    title: str,
    countries: list[str],
    groups: list[tuple[str, str]],
    cells: Any,
    months: tuple[str, str],
    *,
    stacked: bool,
) -> Table:
    from spsim.data import COUNTRY_NAMES

    headings = {"approval": "", "divergence_points": "", "protest_events": "Protest"}
    columns = [
        f"{headings[measure] or POWER_NAMES.get(power, power)}\n{month}"
        for measure, power in groups
        for month in months
    ]
    rows = [
        [
            "Region" if country == REGION else COUNTRY_NAMES.get(country, country),
            *(
                _text(cells.get((country, measure, power, when)), measure, stacked=stacked)
                for measure, power in groups
                for when in ("start", "end")
            ),
        ]
        for country in countries
    ]
    return table(title, ["\nCountry", *columns], rows, right=columns)


def _text(cell: Cell | None, measure: str, *, stacked: bool) -> str:
    if cell is None or math.isnan(cell[0]):
        return "–"
    number = "{:.0f}" if measure == "approval" else "{:+.0f}" if measure == "divergence_points" else "{:.1f}"
    value, low, high = (_without_minus_zero(number.format(x)) for x in cell)
    if math.isnan(cell[1]) or math.isnan(cell[2]):
        return value
    # ".." and not a dash: the ends of an interval may be negative
    return f"{value}{chr(10) if stacked else ' '}({low}..{high})"


def _without_minus_zero(text: str) -> str:
    return text.lstrip("+-") if float(text) == 0 else text
