"""Protest events by country and year."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from spsim.analysis.intervals import bands, yearly
from spsim.viz.context import REGION, Context
from spsim.viz.style import GREY, TEXT, Floats, Sheet, panel_title, without_tick_labels, years_axis

COLUMNS = 3
DOTS, MEAN = "#33475b", "#b26a00"
TICKS = (0, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)


def protest(context: Context) -> Sheet:
    """Draw protest events a year: counts are few, hence dots with whiskers on a root scale."""
    per_year = yearly(context.tables["country"], "protest_events", ["country"], "sum")
    if len(context.countries) > 1:
        together = per_year.groupby(["replicate", "year"])["protest_events"].sum().reset_index().assign(country=REGION)
        per_year = pd.concat([per_year.astype({"country": str}), together], ignore_index=True)
    rows = bands(per_year, "protest_events", ["country", "year"], context.sets)
    rows = rows.merge(
        per_year.groupby(["country", "year"], observed=True)["protest_events"].mean().rename("mean").reset_index()
    )
    totals = per_year.groupby(["replicate", "country"], observed=True)["protest_events"].sum()
    spans = bands(totals.reset_index(), "protest_events", ["country"]).set_index("country")
    count = len(context.places)
    columns = min(COLUMNS, count)
    page = context.sheet(
        "Protest events by country and year",
        f"Number of events a year; {_reading(context)}; root scale",
        2.3 * -(-count // columns) + 0.3 if count > 1 else 4.0,
        notes=["Protest is against foreign presence: it grows from felt threat and dislike of China."],
    )
    grid = page.grid(-(-count // columns), columns, left=0.6, right=0.3, across=0.3, down=0.7, above=0.5)
    first = [row[0] for row in grid]
    cells = [ax for row in grid for ax in row]
    top = max(float(rows["p95"].max()), float(rows["mean"].max()), 1.0) * 1.08
    for ax, country in zip(cells, context.places, strict=False):
        own = rows[rows["country"] == country].sort_values("year")
        _scale(ax, context, top)
        context.ground(ax, country)
        _dots(ax, own, context)
        total = spans.loc[country]
        between = f" ({total['p05']:.0f} to {total['p95']:.0f})" if context.bands else ""
        panel_title(ax, context.name(country))
        ax.set_title(f"{total['median']:.0f}{between} in all", loc="right", fontsize=TEXT, color=GREY, pad=13)
        if ax in first:
            ax.set_ylabel("events a year", fontsize=TEXT)
        else:
            without_tick_labels(ax)
    for ax in cells[count:]:
        ax.remove()
    return page


def _reading(context: Context) -> str:
    """Return what dots, bars and the line are."""
    if context.sets:
        return "dot: median; thin bar: 90 % of all runs, thick bar: 90 % by chance alone; line: mean"
    if context.bands:
        return "dot: median; thick and thin bar: 50 and 90 % of replicates; line: mean"
    return "one replicate, hence no bars"


def _scale(ax: Axes, context: Context, top: float) -> None:
    """Set both axes: whole years, and a root scale, on which one event and fifty can be told apart."""
    ax.set_yscale("function", functions=(_root, _square))
    ax.set_ylim(0, top)
    ax.set_yticks([tick for tick in TICKS if tick <= top], [str(tick) for tick in TICKS if tick <= top])
    ax.minorticks_off()
    # a dot stands at the middle of its year
    years_axis(ax, float(np.floor(context.years[0])), float(np.floor(context.years[-1])) + 1, 6)


def _root(values: Floats) -> Floats:
    return np.sqrt(np.maximum(values, 0))


def _square(values: Floats) -> Floats:
    return np.square(values)


def _dots(ax: Axes, rows: pd.DataFrame, context: Context) -> None:
    """Draw median, bars and mean of one country."""
    x = rows["year"].to_numpy() + 0.5
    thick = float(np.clip(2.4 * 27 / len(x), 1.2, 4.0))
    if context.bands:
        ax.plot(x, rows["mean"], color=MEAN, linewidth=1.1)
        ax.vlines(x, rows["p05"], rows["p95"], color=DOTS, linewidth=0.8)
        ax.vlines(x, rows["inner_low"], rows["inner_high"], color=DOTS, linewidth=thick)
    ax.scatter(
        x,
        rows["median"],
        s=11 if len(x) < 35 else 7,
        color=DOTS,
        edgecolor="white",
        linewidth=0.4,
        zorder=3,
        clip_on=False,
    )
