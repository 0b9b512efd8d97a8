"""Sentiment by generation, and how the shared Soviet heritage fades."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from spsim.analysis.intervals import BANDS, bands
from spsim.viz.context import INSTRUMENT, Context
from spsim.viz.looks import Dash, listed
from spsim.viz.opinion import data_limits
from spsim.viz.style import TEXT, Sheet, band, end_labels, legend_row, panel_title, without_tick_labels, years_axis

COHORTS: dict[str, tuple[str, Dash, float]] = {
    "soviet": ("Soviet (born to 1974)", "solid", 0.0),
    "transition": ("transition (1975 to 1991)", (0, (4, 1.5)), 0.22),
    "independence": ("independence (from 1992)", (0, (1, 1)), 0.42),
}
"""Cohort -> (name, line style, how far the power's colour is mixed with white)."""
HERITAGE = "#6b5b4b"


def generations(context: Context) -> Sheet:
    """Draw approval by generation, a row a power, and mean heritage below."""
    powers, countries = context.powers, context.countries
    rows = len(powers) + 1
    page = context.sheet(
        f"How generations see {listed([look.name for look in powers.values()])}, and how Soviet heritage fades",
        f"Adults approving of the leadership, %, and mean heritage, % of its possible maximum; "
        f"{context.statistic(keyed=True)}; {INSTRUMENT}",
        1.95 * rows + 0.6,
        notes=[
            "Heritage: what a person shares of the Soviet past, by year of birth and upbringing. Each row has its own "
            "vertical scale."
        ],
    )
    across = 0.42 if len(countries) > 1 else 0.0
    grid = page.grid(rows, len(countries), left=0.75, right=0.6, across=across, down=0.5, above=0.72, below=0.3)
    approval = bands(context.tables["generations"], "approval", ["country", "power", "cohort", "date"], context.sets)
    heritage = bands(context.tables["country"], "heritage", ["country", "date"], context.sets)
    for table in (approval, heritage):
        table[BANDS] *= 100
    limits = {power: _limits(approval[approval["power"] == power]) for power in powers}
    for column, country in enumerate(countries):
        own = approval[approval["country"] == country]
        for row, power in enumerate(powers):
            _cohorts(
                grid[row][column],
                context,
                country,
                own[own["power"] == power],
                powers[power].colour,
                limits[power],
                signs=row == 0,
            )
            if column == 0:
                grid[row][0].set_ylabel(f"approve of {powers[power].name}, %", fontsize=TEXT)
        _heritage(grid[-1][column], context, country, heritage[heritage["country"] == country])
        panel_title(grid[0][column], context.name(country))
    for ax in (ax for row in grid for ax in row[1:]):
        without_tick_labels(ax)
    grid[-1][0].set_ylabel("mean heritage, %", fontsize=TEXT)
    _key(page, context)
    return page


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Return limits within 0 and 100 that hold the bands of one power, the same for all countries."""
    low, high = data_limits(rows, zero=False)
    return max(low, 0.0), min(high, 100.0)


def _key(page: Sheet, context: Context) -> None:
    """Write which line is which generation."""
    handles = [
        Line2D([], [], color=mixed("#333333", white), linestyle=dash, linewidth=1.6, label=name)
        for name, dash, white in COHORTS.values()
    ]
    legend_row(page, [*handles, *context.band_key()], length=2.0)


def mixed(colour: str, white: float) -> tuple[float, float, float]:
    """Return a colour mixed with a share of white."""
    red, green, blue = (part + (1 - part) * white for part in to_rgb(colour))
    return red, green, blue


def _cohorts(
    ax: Axes,
    context: Context,
    country: str,
    rows: pd.DataFrame,
    colour: str,
    limits: tuple[float, float],
    *,
    signs: bool,
) -> None:
    """Draw approval of one power by generation; a generation without adults has no line yet."""
    _axes(ax, context, country, limits, signs=signs)
    labels = []
    for cohort, (_, dash, white) in COHORTS.items():
        own = rows[rows["cohort"] == cohort].set_index("date").reindex(context.dates).reset_index()
        if own["median"].notna().any():
            tone = mixed(colour, white)
            band(ax, context.years, own, tone, dash, bands=context.bands, width=1.3, strength=0.6)
            last = float(own["median"].iloc[-1])
            labels.append((last, f"{last:.0f}", mixed(colour, white / 2)))
    end_labels(ax, labels)


def _heritage(ax: Axes, context: Context, country: str, rows: pd.DataFrame) -> None:
    """Draw mean heritage of one country."""
    _axes(ax, context, country, (0, 100), signs=False)
    rows = rows.sort_values("date")
    band(ax, context.years, rows, HERITAGE, "solid", bands=context.bands)
    last = float(rows["median"].iloc[-1])
    end_labels(ax, [(last, f"{last:.0f}", HERITAGE)])


def _axes(ax: Axes, context: Context, country: str, limits: tuple[float, float], *, signs: bool) -> None:
    years_axis(ax, context.years[0], context.years[-1], 3 if len(context.countries) > 2 else 8)
    ax.set_ylim(limits)
    context.ground(ax, country, signs=signs)
