"""Education: who studies abroad, who waits for a job after it, and who gets one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from spsim.analysis.intervals import BANDS, bands
from spsim.viz.context import Context
from spsim.viz.looks import Look
from spsim.viz.style import INK, TEXT, Sheet, band, end_labels, legend_row, panel_title, without_tick_labels, years_axis

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
    table = context.tables["country_power"]
    # a power that takes no students has nothing to show; if none does, the empty stocks are the finding
    taking = {str(power) for power in table.loc[table["students"] > 0, "power"].unique()}
    powers = {power: look for power, look in context.powers.items() if power in taking} or context.powers
    countries, rows = context.countries, len(powers) + 1
    page = context.sheet(
        "Who studies abroad, and who finds a post afterwards",
        "Thousand persons by stage, mean of replicates"
        f"{' (dotted: 90 % of all runs for the total)' if context.bands else ''}; below: expected chance of a "
        f"fitting post; {context.statistic()}",
        1.8 * rows + 0.6,
        notes=[
            "Each country has its own vertical scale for persons, the same for every power.",
            *(
                f"{look.name} takes no students in this run."
                for code, look in context.powers.items()
                if code not in powers
            ),
        ],
    )
    across = 0.42 if len(countries) > 1 else 0.0
    grid = page.grid(rows, len(countries), left=0.75, right=0.75, across=across, down=0.5, above=0.72)
    chances = bands(table, "placement_rate", ["country", "power", "date"], context.sets)
    for column, country in enumerate(countries):
        cells = [row[column] for row in grid]
        panel_title(cells[0], context.name(country))
        _country(cells, context, country, table[table["country"] == country], powers)
        _placement(
            cells[-1], context, country, chances[chances["country"] == country], powers, last=cells[-1] is grid[-1][-1]
        )
        if column:
            without_tick_labels(cells[-1])
    for row, look in zip(grid, powers.values(), strict=False):
        row[0].set_ylabel(f"{look.name}\nthousand persons", fontsize=TEXT)
    grid[-1][0].set_ylabel("chance of a post, %", fontsize=TEXT)
    legend_row(
        page,
        [
            Patch(facecolor=colour, hatch=hatch, edgecolor=INK, linewidth=0.3, label=name)
            for name, colour, hatch in STAGES.values()
        ],
    )
    return page


def _country(
    cells: Sequence[Axes], context: Context, country: str, own: pd.DataFrame, powers: Mapping[str, Look]
) -> None:
    """Draw the stocks of one country, a panel a power, all on one scale."""
    own = own[own["power"].isin(list(powers))]
    stocks = own.groupby(["power", "date"], observed=True)[list(STAGES)].mean().div(TOTAL).reset_index()
    totals = bands(own.assign(total=own[list(STAGES)].sum(axis="columns") / TOTAL), "total", ["power", "date"])
    top = 1.05 * max(float(totals["p95"].max()), float(stocks[list(STAGES)].sum(axis="columns").max()), 0.01)
    for row, power in enumerate(powers):
        flow, total = (frame[frame["power"] == power].sort_values("date") for frame in (stocks, totals))
        _stack(cells[row], context, country, flow, total, top, signs=row == 0)


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
        for edge in ("p05", "p95"):
            ax.plot(context.years, totals[edge].to_numpy(), color=INK, linewidth=0.7, linestyle=(0, (1, 1.5)))


def _placement(
    ax: Axes, context: Context, country: str, rows: pd.DataFrame, powers: Mapping[str, Look], *, last: bool
) -> None:
    """Draw the placement rate of one country for every power."""
    years_axis(ax, context.years[0], context.years[-1], 3 if len(context.countries) > 2 else 8)
    ax.set_ylim(0, 100)
    context.ground(ax, country, signs=False)
    labels = []
    for power, look in powers.items():
        own = rows[rows["power"] == power].sort_values("date").copy()
        own[BANDS] *= 100
        band(ax, context.years, own, look.colour, look.dash, bands=context.bands, width=1.3)
        end = float(own["median"].iloc[-1])
        labels.append((end, f"{look.name} {end:.0f}" if last else f"{end:.0f}", look.colour))
    end_labels(ax, labels)
