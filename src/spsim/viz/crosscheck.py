"""Two posteriors of the same numbers: the fit of this package, and that of pyabc."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from spsim.experiments.calibration.crosscheck import OURS, THEIRS
from spsim.experiments.calibration.dimensions import DIMENSIONS, NAMES
from spsim.viz.calibration import colour_of, footer, named
from spsim.viz.style import INK, PALE, RULE, TEXT, Floats, Sheet, legend_row, sheet

BARS = 24
"""Steps of the outlines over the prior."""

LIFT = 0.16
"""Height of the strip below the outlines that holds the intervals, as a share of theirs."""


def cross_check(draws: pd.DataFrame, numbers: pd.DataFrame, about: str = "") -> Sheet:
    """Draw what both ways say of each number, a panel for each.

    Args:
        draws: columns parameter, method, value, weight.
        numbers: columns parameter, method, mean, sd, p05, p95, distance, by_chance.
        about: where the numbers come from, for the footer.
    """
    parameters = list(numbers["parameter"].unique())
    apart = float(numbers["distance"].max())
    same = bool((numbers["distance"] <= numbers["by_chance"]).all())
    page = sheet(
        "A second method finds the same" if same else "A second method differs by more than chance",
        [f"Posteriors of two numbers, all others held: by the emulator of spsim and by pyabc, which has none. They lie "
         f"{apart:.2f} standard deviations apart at most"],
        ["Heights are shares of the draws. Bars below: 90 % intervals, with the mean. Both are given the same model, "
         "polls and errors. A smaller case than the calibration itself: fewer citizens, and polls up to a year only."],
        footer(about),
        2.7,
    )
    legend_row(page, [
        Patch(facecolor=PALE, edgecolor=RULE, label="prior"), Patch(facecolor=RULE, alpha=0.6, label="spsim: emulator"),
        Line2D([], [], color=INK, linewidth=1.4, label="pyabc: sequential Monte Carlo without an emulator"),
    ])
    (row,) = page.grid(1, len(parameters), left=0.35, right=0.25, across=0.4, down=0, above=0.6, below=0.3)
    for ax, parameter in zip(row, parameters, strict=True):
        _both(ax, parameter, draws[draws["parameter"] == parameter], numbers[numbers["parameter"] == parameter])
    return page


def _both(ax: Axes, parameter: str, draws: pd.DataFrame, numbers: pd.DataFrame) -> None:
    dimension = DIMENSIONS[NAMES.index(parameter)]
    edges = np.linspace(dimension.quantile(0.0), dimension.quantile(1.0), BARS + 1)
    heights: dict[str, Floats] = {}
    for method, mine in draws.groupby("method"):
        heights[str(method)] = np.histogram(mine["value"], edges, weights=mine["weight"])[0]
    colour, top = colour_of(parameter), 1.08 * max(float(one.max()) for one in heights.values())
    ax.stairs(np.full(BARS, 1 / BARS), edges, fill=True, facecolor=PALE, edgecolor=RULE, linewidth=0.8)
    ax.stairs(heights[OURS], edges, fill=True, facecolor=colour, alpha=0.45, linewidth=0)
    ax.stairs(heights[THEIRS], edges, color=INK, linewidth=1.4)
    for n, (method, of, strength) in enumerate(((OURS, colour, 0.6), (THEIRS, INK, 1.0))):
        facts = numbers[numbers["method"] == method].iloc[0]
        y = -LIFT * top * (n + 1) / 3
        ax.hlines(y, facts["p05"], facts["p95"], color=of, linewidth=3, alpha=strength)
        ax.plot(facts["mean"], y, "o", color=of, markersize=5)
    ax.set(xlim=(edges[0], edges[-1]), ylim=(-LIFT * top, top))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False)
    said = ", ".join(f"{'spsim' if one['method'] == OURS else one['method']} {one['mean']:.3f} ± {one['sd']:.3f}"
                     for one in numbers.to_dict("records"))
    ax.set_title(f"mean and standard deviation: {said}", loc="left", fontsize=TEXT, color=INK, pad=4)
    ax.annotate(named(parameter), (0, 1), xycoords="axes fraction", xytext=(0, 15), textcoords="offset points",
                fontsize=TEXT + 1, fontweight="bold", color=colour, annotation_clip=False)
