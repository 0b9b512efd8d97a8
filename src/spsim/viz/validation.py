"""The patterns that the model is held to: how often it shows them, and whether showing them means anything."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from spsim._version import __version__
from spsim.analysis.intervals import rests_on
from spsim.viz.style import GREY, INK, RULE, SMALL, TEXT, Sheet, legend_row, sheet

VERDICTS = {
    "fails": ("Fails: the model does not show it", "#8a3b00"),
    "passes": ("Passes: nothing was set with it in sight, and parameter sets can fail it", "#00735c"),
    "calibrated": ("Calibrated: a parameter was set with it in sight", "#8a6d00"),
    "seen": ("Seen: it was looked at before the model was finished", "#8a6d00"),
    "imposed": ("Imposed: put in by hand", "#5b6570"),
    "sanity check": ("Sanity check: nearly all parameter sets pass, so it tests nothing", "#5b6570"),
}
"""Verdict -> (heading, colour), in the order in which they are drawn."""

LINE, GAP, HEADING = 0.13, 0.105, 0.36
"""Height of a line of a row, what separates rows, and height of a heading, inches."""
TOP, BOTTOM = 0.42, 0.35
WIDTH = 10.8
LEFT, RIGHT = 6.75, 1.95
STATEMENT, MEASURED, BOUNDS = 1.3, 5.45, 5.57
"""Where columns begin, and for numbers end, inches from the left edge."""
LETTERS, LETTERS_WITHOUT = 66, 32
"""Letters of a line of a statement, and of what a row names at the right; longer texts take more lines."""


def validation(table: pd.DataFrame) -> Sheet:
    """Draw the table of patterns.

    Args:
        table: as :func:`spsim.experiments.validation.verdicts.table` returns it.
    """
    groups = [(verdict, table[table["verdict"] == verdict]) for verdict in VERDICTS]
    groups = [(verdict, rows) for verdict, rows in groups if len(rows)]
    height = TOP + HEADING * len(groups) + sum(_height(row) for _, row in table.iterrows()) + BOTTOM
    first = table.iloc[0]
    counted = ", ".join(f"{len(rows)} {verdict}" for verdict, rows in groups)
    page = sheet(
        "What the model shows, and what that is worth",
        [
            f"{len(table)} patterns: {counted}",
            f"Share of runs that show a pattern: the baseline over {rests_on(first['replicates'], first['sets'])}; "
            f"{first['draws']} parameter sets drawn from the priors; runs without one mechanism",
        ],
        [
            "A pattern that every parameter set shows does not test the model: the line between the filled and the "
            "hollow dot has to be long (severity). A mechanism matters for a pattern if the cross is far left of the "
            "filled dot. Patterns were written down after a prototype had been run.",
        ],
        f"spsim {__version__} · baseline, 2004-01 to 2024-12",
        height,
        width=WIDTH,
    )
    colours = {
        "baseline": Line2D([], [], marker="o", linestyle="", color=INK, markersize=5),
        "parameter sets from the priors": Line2D(
            [], [], marker="o", linestyle="", markerfacecolor="white", markeredgecolor=INK, markersize=5
        ),
        "without the mechanism named at the right": Line2D([], [], marker="x", linestyle="", color=INK, markersize=5),
    }
    for name, handle in colours.items():
        handle.set_label(name)
    legend_row(page, list(colours.values()))
    inner = height - TOP - BOTTOM
    ax = page.axes(LEFT, BOTTOM, page.width - LEFT - RIGHT, inner)
    ax.set(xlim=(-3, 103), ylim=(inner, 0))
    ax.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    edge = page.width - LEFT - RIGHT
    for x, text, align in (
        (MEASURED, "measured", "right"),
        (BOUNDS, "bounds", "left"),
        (LEFT + edge + 0.1, "without", "left"),
    ):
        _write(ax, x - LEFT, -0.05, text, GREY, align=align)
    y = 0.0
    for verdict, rows in groups:
        heading, colour = VERDICTS[verdict]
        _write(ax, 0.25 - LEFT, y + 0.24, heading, colour, weight="bold")
        y += HEADING
        for _, row in rows.iterrows():
            _row(ax, row, y + _height(row) / 2, colour)
            y += _height(row)
    return page


def _statement(row: pd.Series) -> list[str]:
    return textwrap.wrap(row["statement"], LETTERS)


def _without(row: pd.Series) -> list[str]:
    """Return the mechanisms without which the pattern is looked for, in lines."""
    named = row["without"].replace("_", " ").replace("event:", "event ") or "a bound: nothing can break it"
    return textwrap.wrap(named, LETTERS_WITHOUT)


def _height(row: pd.Series) -> float:
    """Return the height of a row, inches: that of its longest text."""
    return LINE * max(len(_statement(row)), len(_without(row))) + GAP


def _row(ax: Axes, row: pd.Series, y: float, colour: str) -> None:
    here, prior = 100 * row["pass_rate"], 100 * (1 - row["severity"])
    ax.plot([prior, here], [y, y], color=colour, linewidth=1.0, alpha=0.6)
    ax.plot(prior, y, "o", markerfacecolor="white", markeredgecolor=colour, markersize=5)
    ax.plot(here, y, "o", color=colour, markersize=5)
    _write(ax, 0.25 - LEFT, y, row["pattern"], INK, weight="bold")
    _write(ax, 0.25 + STATEMENT - LEFT, y, "\n".join(_statement(row)), INK)
    _write(ax, MEASURED - LEFT, y, _short(row["value"]), INK, align="right")
    _write(ax, BOUNDS - LEFT, y, f"{row['target']} {row['unit'].split(',')[0]}".replace("-", "−"), GREY)
    edge = ax.bbox.width / ax.figure.dpi + 0.1
    if row["without"]:
        ax.plot(100 * row["pass_rate_without"], y, "x", color=colour, markersize=5)
    _write(ax, edge, y, "\n".join(_without(row)), GREY if row["without"] else RULE)


def _write(
    ax: Axes, x: float, y: float, text: str, colour: str, *, weight: str = "normal", align: str = "left"
) -> None:
    """Write a text at ``x`` inches from the left edge of the axes and at ``y`` in data."""
    ax.annotate(
        text,
        (0, y),
        xycoords=("axes fraction", "data"),
        xytext=(72 * x, 0),
        textcoords="offset points",
        ha=align,
        va="center",
        fontsize=TEXT if weight == "bold" else SMALL,
        fontweight=weight,
        color=colour,
        annotation_clip=False,
    )


def _short(value: float) -> str:
    """Return a value in three figures."""
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}".replace("-", "−")
