"""The model against polls: what it would have printed, what was printed, and what a forecast without a model says."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from spsim._version import __version__
from spsim.analysis.duels import FIRST, NO_COMPARISON
from spsim.analysis.scoring import expected_inside
from spsim.experiments.survey_scores import Scores
from spsim.ground.words import counted
from spsim.viz.looks import Look, looks
from spsim.viz.style import GREY, INK, RULE, SMALL, TEXT, Sheet, legend_row, sheet, signed

MOST = 60
"""Rows that are drawn; of longer files those with the largest CRPS, which is said."""

MISS = "#c25a00"
ROW, HEADING = 0.19, 0.3
LEFT, ACROSS, RIGHT, NARROW = 3.2, 0.25, 1.0, 1.75
TOP, BOTTOM = 0.4, 0.45
LETTERS = 58
"""Of a row's name."""


def survey_scores(scores: Scores, name: str, powers: Sequence[str] | None = None) -> Sheet:
    """Draw each polled value beside what the model would have printed, and the CRPS beside the naive one.

    Args:
        scores: of :func:`spsim.experiments.survey_scores.score_table`.
        name: of the file.
        powers: what is drawn; all if not given.
    """
    rows = scores.rows if powers is None else scores.rows[scores.rows["power"].isin(powers)]
    shown = rows.nlargest(MOST, "crps") if len(rows) > MOST else rows
    first = scores.duels[scores.duels["forecast"] == FIRST].set_index("row")
    known = looks(scores.scenario.run.powers)
    groups = [(known[code], shown[shown["power"] == code]) for code in known if (shown["power"] == code).any()]
    inner = HEADING * len(groups) + ROW * len(shown)
    page = _page(scores, rows, len(shown), name, TOP + inner + BOTTOM)
    ax = page.axes(LEFT, BOTTOM, page.width - LEFT - NARROW - ACROSS - RIGHT, inner)
    side = page.axes(page.width - NARROW - RIGHT, BOTTOM, NARROW, inner)
    for each in (ax, side):
        each.set_ylim(inner, 0)
        each.set_yticks([])
        each.spines["left"].set_visible(False)
        each.grid(visible=True, axis="x")
        each.grid(visible=False, axis="y")
    ax.set_xlim(min(0.0, 10 * np.floor(min(shown["p05"].min(), shown["value"].min()) / 10)) - 1, 101)
    ax.set_xlabel("points: % of answers, or change against the year before", fontsize=SMALL)
    side.set_xlabel("CRPS, points (less is better)", fontsize=SMALL)
    y = 0.0
    for look, part in groups:
        ax.annotate(look.name, (0, y + HEADING / 2 + 0.02), xycoords=("axes fraction", "data"),
                    xytext=(-72 * (LEFT - 0.25), 0), textcoords="offset points", va="center", fontsize=TEXT + 1,
                    fontweight="bold", color=look.colour, annotation_clip=False)
        y += HEADING
        for _, row in part.sort_values(["item", "series", "last_year"], kind="stable").iterrows():
            _row(ax, side, row, first.loc[row["row"]], look, y + ROW / 2)
            y += ROW
    side.set_xlim(left=0)
    return page


def _page(scores: Scores, rows: pd.DataFrame, shown: int, name: str, height: float) -> Sheet:
    count, inside = len(rows), int(rows["inside_90"].sum())
    low, high = expected_inside(count, 0.9)
    fought = scores.duels[(scores.duels["forecast"] == FIRST) & scores.duels["row"].isin(rows["row"])]
    met = fought[fought["by_crps"] != NO_COMPARISON]
    wins, losses = (int((met["by_crps"] == word).sum()) for word in ("win", "loss"))
    against = f"the model wins {wins} times against it and loses {losses} times" if len(met) else NO_COMPARISON
    fitted = int(rows["in_calibration"].sum())
    sizes = scores.sizes
    page = sheet(
        f"{inside} of {count} polled values lie inside the model’s 90 % interval",
        [
            f"{low} to {high} of {count} would be expected; the median is off by {rows['absolute_error'].mean():.1f} "
            "points on average",
            f"Naive forecast: the last calibration value of the series, else the regional mean; {against}; "
            f"{counted(count - len(met), 'row')} without comparison",
            f"{name} · baseline · {counted(sizes.replicates, 'replicate')} of {sizes.citizens:,} citizens a country",
        ],
        [
            "Intervals hold parameters, chance, sampling error, house effects, wording and the model's own error. CRPS "
            "is the distance of a forecast from the value, counting its spread; for a forecast without spread it is "
            "the error in points.",
            *([f"Drawn are the {shown} of {count} rows with the largest CRPS; all are in rows.csv."]
              if shown < count else []),
        ],
        f"spsim {__version__} · seed {scores.scenario.run.seed}",
        height,
        f"Calibration rows among these: {fitted} of {count}; on them the scores are no test" if fitted else "",
    )
    legend_row(page, _key())
    return page


def _key() -> list[Line2D]:
    def handle(label: str, **look: object) -> Line2D:
        return Line2D([], [], label=label, **look)  # type: ignore[arg-type]

    dot = {"linestyle": "", "markersize": 5}
    return [
        handle("model: median, 50 and 90 % interval", color=RULE, linewidth=3, marker="|", markersize=8,
               markeredgecolor=INK),
        handle("polled", marker="D", color=INK, **dot),
        handle("polled, outside the 90 % interval", marker="D", color=MISS, **dot),
        handle("naive forecast", marker="x", color=GREY, **dot),
    ]


def _row(ax: Axes, side: Axes, row: pd.Series, naive: pd.Series, look: Look, y: float) -> None:
    ax.plot([row["p05"], row["p95"]], [y, y], color=look.colour, linewidth=1.2, alpha=0.55, solid_capstyle="butt")
    ax.plot([row["p25"], row["p75"]], [y, y], color=look.colour, linewidth=4.5, alpha=0.55, solid_capstyle="butt")
    ax.plot(row["median"], y, "|", color=look.colour, markersize=8, markeredgewidth=1.6)
    ax.plot(naive["naive_median"], y, "x", color=GREY, markersize=5)
    ax.plot(row["value"], y, "D", color=INK if row["inside_90"] else MISS, markersize=4)
    name = row["label"].replace(f", {row['power']}:", ":").replace("Central Asia Barometer", "Barometer")
    ax.annotate(
        textwrap.shorten(name, LETTERS, placeholder=" …"), (0, y), xycoords=("axes fraction", "data"),
        xytext=(-72 * (LEFT - 0.25), 0), textcoords="offset points", va="center", fontsize=SMALL,
        color=INK if row["inside_90"] else MISS, annotation_clip=False,
    )
    side.plot([row["crps"], naive["naive_crps"]], [y, y], color=RULE, linewidth=0.8)
    side.plot(row["crps"], y, look.marker, color=look.colour, markersize=4.5)
    side.plot(naive["naive_crps"], y, "x", color=GREY, markersize=5)
    told = "" if naive["by_crps"] == NO_COMPARISON else str(naive["by_crps"])
    numbers = f"{signed(row['error'], '+.0f')} points" + (f", {told}" if told else "")
    side.annotate(numbers, (1, y), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
                  va="center", fontsize=SMALL, color=INK if told else GREY, annotation_clip=False)
