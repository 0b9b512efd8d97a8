"""Elites beside the votes of their countries in the UN General Assembly."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from spsim._version import __version__
from spsim.analysis.intervals import rests_on
from spsim.config import Scenario, sets_of
from spsim.data import COUNTRY_NAMES
from spsim.viz.looks import Look, looks
from spsim.viz.style import (
    GREY,
    INK,
    RULE,
    SMALL,
    TEXT,
    Sheet,
    legend_row,
    sheet,
    signed,
    spread,
    without_tick_labels,
    years_axis,
)

BLOCK, ABOVE, BELOW = 2.4, 0.35, 0.5
"""Height of a power's row, and of it what lies above and below the axes, inches."""
LEFT, SCATTER, GAP = 0.75, 2.5, 0.75
PANEL_GAP, RIGHT = 0.12, 0.15
LINES = "alignment_median", "un_agreement"
"""What is drawn through time."""
REACH = 3.3
"""Units that a panel shows on each side at least; lines that go further widen it, bands are cut."""


def elites_and_votes(elites: pd.DataFrame, order: pd.DataFrame, about: str = "") -> Sheet:
    """Draw, for each power, whether countries stand in the same order, and whether both move together.

    Args:
        elites: columns country, power, year, alignment_median, p05, p95, un_agreement.
        order: columns power, years, yardstick, correlation, p; the last window of more than one is drawn.
        about: where the numbers come from, for the footer.
    """
    powers = looks(list(dict.fromkeys(elites["power"])))
    first, last = int(elites["year"].min()), int(elites["year"].max())
    page = sheet(
        "Do elites stand where their countries vote?",
        ["Alignment of elites in the model beside agreement with the power in the UN General Assembly, to which "
         "nothing was fitted",
         f"Left: the order of the countries, means of {shown_window(order).replace('-', '–')}. Right: each country "
         "through time, from its own mean"],
        ["p: share of all orders of the countries that give a rank correlation as far from zero, counted exactly; over "
         "five countries 0.9 has p 0.08. Votes agree with China for reasons beyond Central Asia, as those of most "
         "developing countries do, and what is voted on changes from year to year: a miss need not be the model’s, and "
         "a hit need not be its merit. Bands and bars: 5 to 95 % over replicates, by year. Right: the unit of each "
         "line is its spread over time within countries, the same in all panels, so a flat line hardly moves."],
        " · ".join(filter(None, [f"spsim {__version__}", about])),
        BLOCK * len(powers) + 0.25,
    )
    legend_row(page, [
        Line2D([], [], color=INK, label="alignment of elites (model)"),
        Patch(facecolor=RULE, alpha=0.4, label="5–95 %"),
        Line2D([], [], color=INK, marker="x", markersize=4, linestyle=(0, (1, 1.5)), linewidth=0.9,
               label="share of UN votes like the power’s (recorded)"),
    ])
    units = spread_over_time(elites, LINES[0]), spread_over_time(elites, LINES[1])
    reach = max(REACH, *(1.05 * _largest(elites, *each) for each in zip(LINES, units, strict=True)))
    for n, (power, look) in enumerate(powers.items()):
        bottom = BLOCK * (len(powers) - 1 - n)
        here = elites[elites["power"] == power]
        countries = list(dict.fromkeys(here["country"]))
        height = BLOCK - ABOVE - BELOW
        _order(page.axes(LEFT, bottom + BELOW, SCATTER, height), here, _judged(order, power), look)
        start = LEFT + SCATTER + GAP
        wide = (page.width - start - RIGHT - PANEL_GAP * (len(countries) - 1)) / len(countries)
        for c, country in enumerate(countries):
            ax = page.axes(start + c * (wide + PANEL_GAP), bottom + BELOW, wide, height)
            _through_time(ax, here[here["country"] == country], look, units, reach)
            years_axis(ax, first, last, most=2)
            ax.set_title(COUNTRY_NAMES.get(country, country), loc="left", fontsize=TEXT, color=INK, pad=4)
            if c:
                without_tick_labels(ax)
            else:
                ax.set_ylabel("from its own mean", fontsize=TEXT, color=GREY)
    return page


def about_run(scenario: Scenario) -> str:
    """Return for the footer which runs the elites come from, and what their bands hold."""
    run = scenario.run
    basis = rests_on(run.replicates, len(set(sets_of(scenario, run.replicates))))
    return f"scenario {scenario.name} · {basis} · {run.citizens:,} citizens a country · seed {run.seed}"


def shown_window(order: pd.DataFrame) -> str:
    """Return the window that is drawn: the last one before all years, which stand last."""
    windows = list(dict.fromkeys(order["years"]))
    return str(windows[-2] if len(windows) > 1 else windows[-1])


def _judged(order: pd.DataFrame, power: str) -> pd.Series:
    chosen = (order["power"] == power) & (order["years"] == shown_window(order)) & (order["yardstick"] == "agreement")
    return order[chosen].iloc[0]


def _order(ax: Axes, here: pd.DataFrame, judged: pd.Series, look: Look) -> None:
    low, high = map(int, str(judged["years"]).split("-"))
    means = here[here["year"].between(low, high)].groupby("country", sort=False).mean(numeric_only=True)
    x = 100 * means["un_agreement"].to_numpy()
    ax.vlines(x, means["p05"], means["p95"], color=look.colour, linewidth=1.2, alpha=0.6)
    ax.plot(x, means["alignment_median"], look.marker, color=look.colour, markersize=5)
    ax.margins(x=0.2, y=0.15)
    bottom, top = ax.get_ylim()
    gap = 1.25 * TEXT / 72 / (ax.bbox.height / ax.figure.dpi) * (top - bottom)
    for code, at, y, shown in zip(means.index, x, means["alignment_median"],
                                  spread(list(means["alignment_median"]), gap, bottom, top), strict=True):
        ax.annotate(str(code), (at, y), xytext=(6, (shown - y) / (top - bottom) * ax.bbox.height * 72 / ax.figure.dpi),
                    textcoords="offset points", fontsize=TEXT, color=INK, va="center")
    ax.grid(visible=True, axis="both")
    said = f"rank correlation {signed(float(judged['correlation']), '.2f')}, p {judged['p']:.2f}"
    ax.set_title(f"{look.name}: {said}", loc="left", fontsize=TEXT + 1, fontweight="bold", color=look.colour, pad=6)
    ax.set_xlabel(f"votes like {look.name}’s, %", fontsize=TEXT, color=GREY)
    ax.set_ylabel("alignment of elites", fontsize=TEXT, color=GREY)


def spread_over_time(elites: pd.DataFrame, column: str) -> float:
    """Return the spread of a column over time within countries and powers."""
    return float(np.sqrt((_from_mean(elites, column) ** 2).mean())) or 1.0


def _largest(elites: pd.DataFrame, column: str, unit: float) -> float:
    """Return how far a column goes from its own means, in units."""
    return float(_from_mean(elites, column).abs().max()) / unit


def _from_mean(elites: pd.DataFrame, column: str) -> pd.Series[float]:
    return elites[column] - elites.groupby(["country", "power"])[column].transform("mean")


def _through_time(ax: Axes, rows: pd.DataFrame, look: Look, units: tuple[float, float], reach: float) -> None:
    rows = rows.sort_values("year")
    years, middle = rows["year"].to_numpy(), rows["alignment_median"].to_numpy(dtype=float)
    voted = rows["un_agreement"].to_numpy(dtype=float)
    centre, scale = float(middle.mean()), units[0]
    low, high = (np.clip((rows[name].to_numpy() - centre) / scale, -reach, reach) for name in ("p05", "p95"))
    ax.axhline(0, color=RULE, linewidth=0.6)
    ax.fill_between(years, low, high, color=look.colour, alpha=0.2, linewidth=0)
    ax.plot(years, (middle - centre) / scale, color=look.colour, linewidth=1.6)
    ax.plot(years, (voted - voted.mean()) / units[1], color=INK, marker="x", markersize=3, linestyle=(0, (1, 1.5)),
            linewidth=0.9)
    ax.set_ylim(-reach, reach)
    ax.tick_params(labelsize=SMALL)
