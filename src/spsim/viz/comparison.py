"""Two scenarios and what they differ by, side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from spsim._version import __version__
from spsim.analysis.intervals import rests_on, undetermined_words
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import Scenario, month_index
from spsim.data.places import concerned, illustrations, whole
from spsim.display import under
from spsim.viz.context import LAST_OBSERVED
from spsim.viz.looks import Colour, looks
from spsim.viz.style import (
    GREY,
    INK,
    PALE,
    RULE,
    TEXT,
    Sheet,
    end_labels,
    legend_row,
    panel_title,
    sheet,
    signed,
    years_axis,
)

COLOURS = ("#33475b", "#b26a00", "#00735c", "#7a4a8c")
"""The reference is dark, the others follow; powers are told by the rows."""

ROW = 1.75
NEGLIGIBLE = 0.01
"""Differences below this are no news; the axis never shows less than ten times as much."""


def comparison(table: pd.DataFrame, scenarios: Sequence[Scenario], country: str) -> Sheet:
    """Draw levels of the scenarios at the left and the differences to the first one at the right, a row an outcome.

    Args:
        table: differences by year, as :func:`spsim.experiments.compare.tables` returns them.
        scenarios: the scenarios, the reference first.
        country: the country to draw, or the region.
    """
    here = table[table["country"] == country]
    rows = list(here[["outcome", "power"]].drop_duplicates().itertuples(index=False, name=None))
    reference, others, sets = scenarios[0], list(scenarios[1:]), int(here["sets"].max())
    place = whole(country)
    changed = [f"{scenario.name}: {scenario.title}" for scenario in scenarios]
    page = sheet(
        f"What would differ in {place}",
        [
            " · ".join(changed),
            f"Same draws in all, seed {reference.run.seed}. Left: means of each scenario. Right: difference to the "
            f"first, with the 95 % interval of the mean over {rests_on(here['replicates'].max(), sets)}",
        ],
        [
            f"{undetermined_words(sets).capitalize()}. Grey ground: from {LAST_OBSERVED + 1} on inputs are "
            "extrapolations.",
            *illustrations(concerned(country)),
        ],
        f"spsim {__version__} · {', '.join(s.name for s in scenarios)} · seed {reference.run.seed}",
        ROW * len(rows) + 0.7,
    )
    grid = page.grid(len(rows), 2, left=0.75, right=1.0, across=0.75, down=0.62, above=0.62, below=0.32)
    handles: list[Line2D] = []
    for cells, (outcome, power) in zip(grid, rows, strict=True):
        chosen = here[(here["outcome"] == outcome) & (here["power"] == power)]
        handles = _row(cells, chosen, outcome, power, reference, others)
    legend_row(page, handles)
    return page


def _row(
    cells: Sequence[Axes],
    chosen: pd.DataFrame,
    outcome: str,
    power: str,
    reference: Scenario,
    others: Sequence[Scenario],
) -> list[Line2D]:
    known, look = OUTCOMES[outcome], looks(reference.run.powers).get(power)
    levels, differences = cells
    title = f"{known.title}{f', {look.name}' if look else ''}"
    handles: list[Line2D] = []
    first = chosen[chosen["scenario"] == others[0].name].sort_values("year")
    handles += levels.plot(
        first["year"] + 0.5, first["reference"], color=COLOURS[0], linewidth=1.6, label=reference.name
    )
    differences.axhline(0, color=RULE, linewidth=0.8)
    ends: list[tuple[float, str, Colour]] = []
    for number, scenario in enumerate(others, start=1):
        mine = chosen[chosen["scenario"] == scenario.name].sort_values("year")
        colour = COLOURS[number % len(COLOURS)]
        x = mine["year"] + 0.5
        handles += levels.plot(x, mine["scenario_value"], color=colour, linewidth=1.4, label=scenario.name)
        differences.fill_between(x, mine["low"], mine["high"], color=colour, alpha=0.25, linewidth=0)
        differences.plot(x, mine["difference"], color=colour, linewidth=1.4)
        ends.append(_end(mine, colour))
    for ax in cells:
        _ground(ax, chosen, others)
    low, high = differences.get_ylim()
    differences.set_ylim(min(low, -10 * NEGLIGIBLE), max(high, 10 * NEGLIGIBLE))
    end_labels(differences, ends)
    panel_title(levels, title)
    panel_title(differences, "difference")
    levels.set_ylabel(textwrap.fill(known.unit, 18), fontsize=TEXT)
    return handles


def _end(mine: pd.DataFrame, colour: Colour) -> tuple[float, str, Colour]:
    """Return the last difference, what is written at the end of its line, and the colour."""
    row = mine.iloc[-1]
    if max(abs(row["low"]), abs(row["high"])) < NEGLIGIBLE:
        text = "none" if row["sign"] == "none" else under(NEGLIGIBLE)
    else:
        text = "undetermined" if row["sign"] == "undetermined" else signed(float(row["difference"]), "+.2g")
    return float(row["difference"]), text, colour


def _ground(ax: Axes, chosen: pd.DataFrame, others: Sequence[Scenario]) -> None:
    """Shade extrapolated years and mark where the scenarios part."""
    first, last = float(chosen["year"].min()), float(chosen["year"].max()) + 1
    years_axis(ax, first, last, 6)
    if last > LAST_OBSERVED + 1:
        ax.axvspan(max(LAST_OBSERVED + 1, first), last, color=PALE, linewidth=0, zorder=0)
    parting = sorted({setting.from_ for scenario in others for setting in scenario.levers})
    for month in parting:
        if first <= month_index(month) / 12 <= last:
            ax.axvline(month_index(month) / 12, color=GREY, linewidth=0.6, linestyle=(0, (1, 1.6)), zorder=1)
    ax.margins(y=0.15)
    ax.tick_params(colors=INK)
