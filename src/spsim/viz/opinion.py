"""Lines through time, a panel a country: approval, elite-public divergence, spread of affect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from spsim.analysis.intervals import bands
from spsim.viz.context import INSTRUMENT, Context
from spsim.viz.looks import listed, possessive
from spsim.viz.style import (
    INK,
    TEXT,
    Sheet,
    band,
    end_labels,
    legend_row,
    panel_title,
    signed,
    without_tick_labels,
    years_axis,
)

COLUMNS = 3
KEYED, UNKEYED = 0.72, 0.45
"""Room above the first row of panels with a key and without one."""
START_OF_ELITES = "Elites start at an assumed alignment; the first years show how they leave it."


@dataclass(frozen=True)
class Measure:
    """One column of a table, drawn for every place and power.

    Attributes:
        column: name in the table.
        factor: what it is multiplied by before drawing.
        unit: label of the vertical axis.
        form: how the last value is printed.
        limits: of the vertical axis; from the data if None.
        zero: whether a line at zero is drawn and must be visible.
    """

    column: str
    factor: float
    unit: str
    form: str
    limits: tuple[float, float] | None = None
    zero: bool = False


def panels(context: Context, table: pd.DataFrame, measure: Measure, page: Sheet) -> None:
    """Draw small multiples of a measure, a panel a place and a line a power."""
    values = table.assign(value=table[measure.column] * measure.factor)
    summary = bands(values, "value", ["country", "power", "date"], context.sets)
    summary = summary[summary["country"].isin(context.places)]
    limits = measure.limits or data_limits(summary, zero=measure.zero)
    columns = min(COLUMNS, len(context.places))
    rows = -(-len(context.places) // columns)
    key = context.band_key()
    grid = page.grid(rows, columns, left=0.6, right=0.9, across=0.95, down=0.65, above=KEYED if key else UNKEYED)
    if key:
        legend_row(page, key)
    first = [row[0] for row in grid]
    cells = [ax for row in grid for ax in row]
    for ax, place in zip(cells, context.places, strict=False):
        years_axis(ax, context.years[0], context.years[-1], 6 if columns > 1 else 12)
        ax.set_ylim(limits)
        context.ground(ax, place)
        panel_title(ax, context.name(place))
        if measure.zero:
            ax.axhline(0, color=INK, linewidth=0.7)
        _lines(ax, context, summary[summary["country"] == place], measure)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
        if ax in first:
            ax.set_ylabel(measure.unit, fontsize=TEXT)
        else:
            without_tick_labels(ax)
    for ax in cells[len(context.places) :]:
        ax.remove()


def _lines(ax: Axes, context: Context, rows: pd.DataFrame, measure: Measure) -> None:
    """Draw the lines of one panel with their labels."""
    labels = []
    for power, look in context.powers.items():
        own = rows[rows["power"] == power].sort_values("date")
        band(ax, context.years, own, look.colour, look.dash, bands=context.bands)
        last = float(own["median"].iloc[-1])
        labels.append((last, f"{look.name} {signed(last, measure.form)}", look.colour))
    end_labels(ax, labels)


def data_limits(rows: pd.DataFrame, *, zero: bool) -> tuple[float, float]:
    """Return limits that hold the 90 % bands with a margin, and zero if asked."""
    low, high = float(np.nanmin(rows["p05"])), float(np.nanmax(rows["p95"]))
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.06 * (high - low) or 0.05
    return low - margin, high + margin


def body(context: Context, row: float = 2.35) -> float:
    """Return the height of the panels."""
    count = len(context.places)
    key = KEYED - UNKEYED if context.sets else 0.0
    return (row * -(-count // COLUMNS) + 0.3 if count > 1 else 4.2) + key


def public(context: Context) -> pd.DataFrame:
    """Return the opinion table of the public."""
    table = context.tables["opinion"]
    return table[table["group"] == "public"]


def elite_alignment(context: Context) -> Sheet:
    """Draw the alignment of elites, as the same item would show it."""
    page = context.sheet(
        f"How elites are aligned with {listed([look.name for look in context.powers.values()])}",
        f"Elite members who would approve of the leadership, %, as if polled; {context.statistic(keyed=True)}",
        body(context),
        notes=[START_OF_ELITES],
    )
    table = context.tables["opinion"]
    elites = table[table["group"] == "elite"]
    panels(context, elites, Measure("approval", 100, "approve, % of elites", ".0f", (0, 100)), page)
    return page


def approval(context: Context) -> Sheet:
    """Draw approval by country and power."""
    page = context.sheet(
        f"Who approves of {possessive(context.powers.values())} leadership",
        f"Adults approving of the leadership, %; {context.statistic(keyed=True)}; {INSTRUMENT}",
        body(context),
    )
    panels(context, public(context), Measure("approval", 100, "approve, % of adults", ".0f", (0, 100)), page)
    return page


def divergence(context: Context) -> Sheet:
    """Draw the gap between elites and publics."""
    powers = listed([look.name for look in context.powers.values()])
    page = context.sheet(
        f"How far elites and publics stand apart on {powers}",
        f"Approval among elites minus approval among the public, percentage points; {context.statistic(keyed=True)}; "
        f"{INSTRUMENT}, elites as if polled",
        body(context),
        notes=["Above zero elites see the power more kindly than the public does.", START_OF_ELITES],
    )
    panels(
        context,
        context.tables["divergence"],
        Measure("divergence_points", 1, "elite minus public, points", "+.0f", zero=True),
        page,
    )
    return page


def spread_of_affect(context: Context) -> Sheet:
    """Draw the standard deviation of affect."""
    powers = listed([look.name for look in context.powers.values()])
    page = context.sheet(
        f"How divided the public is over {powers}",
        f"Spread of sentiment: standard deviation of affect (scale −1 to +1) among adults; "
        f"{context.statistic(keyed=True)}",
        body(context),
        notes=[
            "The vertical axis does not begin at zero. The spread of the countries together includes the differences "
            "between them."
        ]
        if len(context.countries) > 1
        else ["The vertical axis does not begin at zero."],
    )
    panels(context, public(context), Measure("affect_sd", 1, "standard deviation of affect", ".2f"), page)
    return page
