"""Education: who studies abroad, who waits for a job after it, and who gets one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from spsim.analysis.intervals import bands
from spsim.viz.context import Context
from spsim.viz.style import HEAD, INK, TEXT, Sheet, band, end_labels, years_axis

STAGES = {
    "students": ("students", "#cfd8dc", ""),
    "returnees": ("returned, waiting", "#f2d16b", ""),
    "employed": ("employed", "#2a9d74", ""),
    "ceiling": ("employed, at the ceiling", "#8fb996", "////"),
    "disappointed": ("disappointed", "#5b4a68", ""),
}
"""Column -> (name, colour, hatching); light and dark alternate for a grey print."""
TOTAL = 1000.0


def pipeline(context: Context) -> Sheet:
    """Draw the stocks of graduates and their chance of a post, a column a country."""
    powers, countries = context.powers, context.countries
    rows = len(powers) + 1
    page = context.sheet(
        "Who studies abroad, and who finds a post afterwards",
        "Thousand persons by stage, mean of replicates"
        f"{' (dotted: 90 % of replicates for the total)' if context.bands else ''}; below: expected chance of a fitting post; "
        f"{context.statistic()}",
        1.8 * rows + 0.6,
        notes=["Each country has its own vertical scale for persons, the same for every power."],
    )
    across = 0.42 if len(countries) > 1 else 0.0
    grid = page.grid(rows, len(countries), left=0.75, right=0.75, across=across, down=0.5, above=0.72, below=0.3)
    summary = bands(context.tables["country_power"], "placement_rate", ["country", "power", "date"])
    for column, country in enumerate(countries):
        own = context.tables["country_power"]
        own = own[own["country"] == country]
        stocks = own.groupby(["power", "date"], observed=True)[list(STAGES)].mean() / TOTAL
        totals = bands(own.assign(total=own[list(STAGES)].sum(axis=1) / TOTAL), "total", ["power", "date"])
        top = 1.05 * max(float(totals["p95"].max()), float(stocks.sum(axis=1).max()), 0.01)
        for row, power in enumerate(powers):
            ax = grid[row][column]
            _stack(ax, context, country, stocks.loc[power], totals[totals["power"] == power], top, signs=row == 0)
            if column == 0:
                ax.set_ylabel(f"{powers[power].name}\nthousand persons", fontsize=TEXT)
        grid[0][column].set_title(
            context.name(country), loc="left", fontsize=HEAD, fontweight="bold", color=INK, pad=13
        )
        _placement(
            grid[-1][column],
            context,
            country,
            summary[summary["country"] == country],
            names=column == len(countries) - 1,
        )
        if column == 0:
            grid[-1][0].set_ylabel("chance of a post, %", fontsize=TEXT)
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor=INK, linewidth=0.3, label=name)
        for name, colour, hatch in STAGES.values()
    ]
    page.figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.018, (page.top + 0.05) / page.height),
        ncols=5,
        frameon=False,
        fontsize=TEXT,
        handlelength=1.4,
        columnspacing=1.6,
    )
    return page


def _stack(
    ax: Axes, context: Context, country: str, stocks: pd.DataFrame, totals: pd.DataFrame, top: float, *, signs: bool
) -> None:
    """Draw one power's stocks in one country, one upon the other."""
    years_axis(ax, context.years[0], context.years[-1], 3 if len(context.countries) > 2 else 8)
    ax.set_ylim(0, top)
    context.ground(ax, country, signs=signs)
    below = np.zeros(len(context.years))
    for stage, (_, colour, hatch) in STAGES.items():
        above = below + stocks[stage].to_numpy()
        ax.fill_between(
            context.years,
            below,
            above,
            facecolor=colour,
            edgecolor="#ffffff" if not hatch else "#4c6b52",
            hatch=hatch or None,
            linewidth=0.3,
        )
        below = above
    if context.bands:
        totals = totals.sort_values("date")
        for edge in ("p05", "p95"):
            ax.plot(context.years, totals[edge].to_numpy(), color=INK, linewidth=0.7, linestyle=(0, (1, 1.5)))


def _placement(ax: Axes, context: Context, country: str, rows: pd.DataFrame, *, names: bool) -> None:
    """Draw the placement rate of one country for every power."""
    years_axis(ax, context.years[0], context.years[-1], 3 if len(context.countries) > 2 else 8)
    ax.set_ylim(0, 100)
    context.ground(ax, country, signs=False)
    labels = []
    for power, look in context.powers.items():
        own = rows[rows["power"] == power].sort_values("date").copy()
        own[["p05", "p25", "median", "p75", "p95"]] *= 100
        band(ax, context.years, own, look.colour, look.dash, bands=context.bands, width=1.3)
        last = float(own["median"].iloc[-1])
        labels.append((last, f"{look.name} {last:.0f}" if names else f"{last:.0f}", look.colour))
    end_labels(ax, labels)
