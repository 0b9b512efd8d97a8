"""What each mechanism contributes to the outcomes of a scenario."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes

from spsim._version import __version__
from spsim.analysis.intervals import rests_on, undetermined_words
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import Scenario
from spsim.data import REGION
from spsim.data.places import whole
from spsim.experiments.ablation import ranking
from spsim.viz.looks import looks
from spsim.viz.style import GREY, INK, RULE, SMALL, TEXT, Sheet, sheet, signed

ROW = 0.2
LEFT = 2.1
LETTER = 0.066
"""Width of a letter of a panel's title, inches."""


def ablation(table: pd.DataFrame, scenario: Scenario, years: str, country: str = REGION) -> Sheet:
    """Draw contributions with their intervals, a panel for each outcome, the largest contribution first.

    Args:
        table: as :func:`spsim.experiments.ablation.contributions` returns it.
        scenario: the scenario that it is about.
        years: the years over which outcomes are means.
        country: the country to draw, or the region.
    """
    here = table[table["country"] == country]
    panels = list(here[["outcome", "power"]].drop_duplicates().itertuples(index=False, name=None))
    order = ranking(here)
    height, sets = ROW * len(order) + 1.15, int(here["sets"].max())
    place = whole(country)
    page = sheet(
        f"What each mechanism contributes in {place}",
        [
            f"{scenario.title} · seed {scenario.run.seed} · {rests_on(here['replicates'].max(), sets)}",
            f"Means of {years}: the scenario as it is minus the scenario without the mechanism, same draws; bar: 95 % "
            f"interval of the mean; hollow: {undetermined_words(sets)}",
        ],
        ["Contributions do not add up to the level: mechanisms work through one another. Events are imposed."],
        f"spsim {__version__} · scenario {scenario.name} · seed {scenario.run.seed}",
        height,
        f"mechanisms switched: {', '.join(scenario.switches)}" if scenario.mechanisms else "",
    )
    grid = page.grid(1, len(panels), left=LEFT, right=0.3, across=0.3, down=0, above=0.6, below=0.5)[0]
    for ax, (outcome, power) in zip(grid, panels, strict=True):
        rows = here[(here["outcome"] == outcome) & (here["power"] == power)].set_index("without").loc[order]
        _panel(ax, rows, outcome, power, scenario)
        names = [name.replace("_", " ").replace("event:", "event ") for name in order]
        ax.set_yticks(range(len(order)), names if ax is grid[0] else [])
    return page


def _panel(ax: Axes, rows: pd.DataFrame, outcome: str, power: str, scenario: Scenario) -> None:
    known = OUTCOMES[outcome]
    look = looks(scenario.run.powers).get(power)
    colour = look.colour if look else INK
    ax.axvline(0, color=RULE, linewidth=0.8)
    for y, (_, row) in enumerate(rows.iterrows()):
        sure = row["sign"] in {"up", "down"}
        if row["sign"] == "none":
            continue
        ax.hlines(y, row["low"], row["high"], color=colour, linewidth=2.2, alpha=0.5)
        ax.plot(row["contribution"], y, "o", markersize=4, markeredgecolor=colour, markerfacecolor=colour if sure else
                "white")
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.grid(visible=True, axis="both")
    ax.margins(x=0.12)
    ax.tick_params(axis="y", labelsize=SMALL, length=0)
    letters = int(ax.bbox.width / ax.figure.dpi / LETTER)
    name = "\n".join([*textwrap.wrap(known.title, letters), *([look.name] if look else [])])
    ax.set_title(name, loc="left", fontsize=TEXT, fontweight="bold", color=colour, pad=6)
    ax.set_xlabel(f"{known.unit}; level {signed(float(rows['level'].iloc[0]), '.3g')}", fontsize=TEXT, color=GREY)
