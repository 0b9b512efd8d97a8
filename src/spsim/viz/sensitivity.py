"""What moves an outcome: tornado, Morris plane, Sobol bars, and the box of a scenario discovery."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from spsim._version import __version__
from spsim.analysis.discovery import RULE, SURE
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import LEVERS
from spsim.config.merging import words
from spsim.data import COUNTRY_NAMES
from spsim.data.places import whole
from spsim.experiments.sensitivity.factors import badge
from spsim.experiments.sensitivity.run import Findings
from spsim.experiments.sensitivity.study import Study
from spsim.ground.words import counted
from spsim.viz.looks import looks
from spsim.viz.saving import save
from spsim.viz.style import GREY, INK, PALE, SMALL, TEXT, Sheet, house_style, legend_row, sheet, signed, spread
from spsim.viz.style import RULE as LINE

MOST = 12
"""Factors in a panel of the tornado."""

NAMED = 7
"""Factors that are named in a panel of the Morris plane."""

FAINT = 0.35
"""How strongly is drawn what is undetermined."""

VISIBLE = 0.005
"""Changes below this share of the largest one are not drawn."""

DOT = "#b8c0c8"
ROW = 0.2
LEFT = 2.2
"""Room for the names of factors, inches."""

NAME = 34
"""Letters of a factor's name in one line."""

BADGES = "Letters: where the value comes from (d data, l literature, s seed papers, a assumption, i imposed)."


def write_sensitivity(study: Study, found: Findings, folder: Path) -> list[Path]:
    """Write the four figures of a sensitivity study as PNG and SVG, and return the paths."""
    written, scenario = [], study.scenario
    for name, draw in {"one-at-a-time": tornado, "screening": plane, "indices": bars, "discovery": box}.items():
        with house_style():
            written += save(draw(study, found), folder / f"{name}-{study.country}", scenario.name, scenario.title,
                            scenario.run.seed)
    return written


def label(key: str) -> str:
    """Return the name of a factor in words, with the letter of its badge."""
    head, *rest = words(key)
    where = [COUNTRY_NAMES.get(code) or looks([code])[code].name for code in rest]
    text = ", ".join([head.replace("_", " "), *where])
    letter = "lever" if head in LEVERS else badge(key)[0]
    return f"{textwrap.shorten(text, NAME, placeholder='…')}  {letter}"


def place(study: Study) -> str:
    """Return the place that figures show."""
    return whole(study.country)


def _page(study: Study, title: str, lines: list[str], notes: list[str], height: float) -> Sheet:
    run = study.scenario.run
    return sheet(
        title,
        [f"{study.scenario.title} · {place(study)} · means of {study.period} · {run.citizens} citizens a country, "
         f"{counted(study.sizes.replicates, 'replicate')}", *lines],
        notes,
        f"spsim {__version__} · scenario {study.scenario.name} · seed {run.seed}",
        height,
        f"mechanisms switched: {', '.join(study.scenario.switches)}" if study.scenario.mechanisms else "",
    )


def _panels(page: Sheet, study: Study, *, names: str = "left") -> list[tuple[Axes, str, str, str]]:
    """Return axes in two columns, with the names of factors at one side of each, with outcome, power and colour."""
    rows = -(-len(study.panels) // 2)
    left, right = (LEFT, 0.2) if names == "left" else (0.65, LEFT)
    grid = page.grid(rows, min(2, len(study.panels)), left=left, right=right, across=left + right - 0.1, down=1.0,
                     above=0.5, below=0.55)
    powers = looks(study.scenario.run.powers)
    found = []
    for n, ax in enumerate(ax for row in grid for ax in row):
        if n >= len(study.panels):
            ax.remove()
            continue
        outcome, power = study.panels[n]
        colour = powers[power].colour if power else INK
        name = OUTCOMES[outcome].title + (f", {powers[power].name}" if power else "")
        ax.set_title(name, loc="left", fontsize=TEXT + 1, fontweight="bold", color=colour, pad=6)
        ax.grid(visible=True, axis="both")
        found.append((ax, outcome, power, colour))
    return found


def _key(page: Sheet, full: str, hollow: str) -> None:
    legend_row(page, [Patch(facecolor=INK, edgecolor=INK, label=full), Patch(facecolor="white", edgecolor=INK,
                                                                            label=hollow)])


def _here(table: pd.DataFrame, study: Study, outcome: str, power: str) -> pd.DataFrame:
    rows = table[(table["outcome"] == outcome) & (table["power"] == power) & (table["country"] == study.country)]
    return rows.replace([np.inf, -np.inf], np.nan)


def _say(ax: Axes, text: str) -> None:
    """Write in an empty panel why it is empty."""
    ax.set(xticks=[], yticks=[])
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=GREY, fontsize=TEXT)


def _rows(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", labelsize=SMALL, length=0)


# one at a time --------------------------------------------------------------------------------------------------------


def tornado(study: Study, found: Findings) -> Sheet:
    """Draw what each factor changes by itself, the largest change first, a panel for each outcome."""
    shown = {panel: _largest(_here(found.one_at_a_time, study, *panel)) for panel in study.panels}
    rows = -(-len(study.panels) // 2)
    body = rows * (max(3, *(len(here) for here in shown.values())) * ROW + 1.05) + 0.6
    page = _page(
        study, "What one factor changes by itself",
        ["Change of the outcome when one factor goes to the low or high end of its prior (5 and 95 %), all others as "
         "they are; same draws"],
        [f"The {MOST} largest changes of each outcome, without those below {100 * VISIBLE:g} % of the largest. Pale: "
         f"replicates disagree on the sign, or there is one. A table by country moves as one factor. {BADGES}"],
        body,
    )
    _key(page, "factor high", "factor low")
    for ax, outcome, power, colour in _panels(page, study):
        here = shown[outcome, power]
        if here.empty:
            _say(ax, "no factor changes it by itself")
            continue
        for y, row in enumerate(here.to_dict("records")):
            for side, offset, face in (("low", 0.19, "white"), ("high", -0.19, colour)):
                faint = FAINT if row[f"{side}_sign"] == "undetermined" else 1.0
                ax.barh(y + offset, row[f"at_{side}"], 0.36, facecolor=face, edgecolor=colour, linewidth=0.8,
                        alpha=faint)
        ax.axvline(0, color=LINE, linewidth=0.8)
        _rows(ax, [label(key) for key in here["factor"]])
        ax.margins(x=0.05)
        level = signed(float(here["level"].iloc[0]), ".3g")
        ax.set_xlabel(f"{OUTCOMES[outcome].unit}; as it is {level}", fontsize=TEXT, color=GREY)
    return page


def _largest(here: pd.DataFrame) -> pd.DataFrame:
    """Return the factors with the largest changes, the first one first."""
    here = here.dropna(subset=["at_low", "at_high"])
    size = here[["at_low", "at_high"]].abs().max(axis=1).sort_values(ascending=False, kind="stable")
    seen = list(size[(size > 0) & (size >= VISIBLE * size.max())].index[:MOST])
    return here.loc[seen]


# screening ------------------------------------------------------------------------------------------------------------


def plane(study: Study, found: Findings) -> Sheet:
    """Draw the Morris plane: how strongly a factor acts, and how much that depends on the others."""
    rows = -(-len(study.panels) // 2)
    body = rows * 3.15 + 0.4
    count = int(found.screening["trajectories"].max())
    page = _page(
        study, "Which factors matter at all",
        [f"Morris screening of {found.screening['factor'].nunique()} factors over their priors (5 to 95 %), {count} "
         "trajectories. Far right: strong. High up: what it does depends on the other factors"],
        ["Lines: sigma = 1, 0.5 and 0.1 of μ*. Above the first a factor works in both directions or through others; "
         "below the last its effect is nearly the same everywhere. Grey band: the μ* of a factor that does nothing but "
         f"draw other chances. Hollow: undetermined. {BADGES}"],
        body,
    )
    for ax, outcome, power, colour in _panels(page, study, names="right"):
        here = _here(found.screening, study, outcome, power).dropna(subset=["mu_star", "sigma"])
        here = here[here["mu_star"] > 0].sort_values("mu_star", ascending=False, kind="stable")
        if here.empty:
            _say(ax, "no factor moves it")
            continue
        _morris(ax, here, colour)
        ax.set_xlabel(f"μ*: mean size of the change, {OUTCOMES[outcome].unit}", fontsize=TEXT, color=GREY)
        ax.set_ylabel("sigma: how much it varies", fontsize=TEXT, color=GREY)
    return page


def _morris(ax: Axes, here: pd.DataFrame, colour: str) -> None:
    right, top = 1.06 * float(here["mu_star"].max()), 1.12 * float(here["sigma"].max())
    top = top if top > 0 else right / 10
    ax.set(xlim=(0, right), ylim=(-0.02 * top, top))
    before = 0.0
    for slope in (1, 0.5, 0.1):
        end = min(right, top / slope)
        ax.plot([0, end], [0, slope * end], color=LINE, linewidth=0.6, dashes=(4, 2))
        if before + 0.1 * right < end < right:  # it leaves at the top, where there is room for its name
            before = end
            ax.text(0.985 * end, 0.985 * top, f"{slope:g} ", fontsize=SMALL, color=GREY, ha="right", va="top")
    chance = float(np.nan_to_num(here["by_chance"].max()))
    if chance > 0:
        ax.axvspan(0, min(chance, right), color=PALE, zorder=0)
    sure = here["direction"] != "undetermined"
    for rows, face in ((here[~sure], "white"), (here[sure], colour)):
        ax.plot(rows["mu_star"], rows["sigma"], "o", markersize=3.6, markerfacecolor=face, markeredgecolor=colour,
                markeredgewidth=0.7)
    named = here[: NAMED].sort_values("sigma", kind="stable")
    gap = 1.3 * SMALL / 72 / (ax.bbox.height / ax.figure.dpi) * 1.02 * top
    heights = spread(list(named["sigma"]), gap, 0.0, top)
    for row, y in zip(named.to_dict("records"), heights, strict=True):
        ax.annotate(
            label(row["factor"]), (row["mu_star"], row["sigma"]), xytext=(1.03, y),
            textcoords=ax.get_yaxis_transform(), fontsize=SMALL, va="center", color=INK, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": LINE, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 2},
        )


# indices --------------------------------------------------------------------------------------------------------------


def bars(study: Study, found: Findings) -> Sheet:
    """Draw the Sobol indices with their intervals, the largest first."""
    rows = -(-len(study.panels) // 2)
    body = rows * (max(len(found.top), 3) * 1.3 * ROW + 1.2) + 0.5
    count = int(found.indices["points"].max()) if len(found.indices) else 0
    page = _page(
        study, "How much of the spread each factor explains",
        [f"Sobol indices of the {len(found.top)} strongest factors of the screening over their whole priors, {count} "
         "base points; all others stay as they are. Lines: 95 % bootstrap intervals"],
        ["Alone: share of the variance that the factor moves by itself. With others: including everything in which it "
         "takes part. Grey band: what the chance that is left in the means over replicates may give to any factor's "
         f"total. Pale: undetermined. {BADGES}"],
        body,
    )
    _key(page, "alone (S1)", "with others (ST)")
    for ax, outcome, power, colour in _panels(page, study):
        here = _here(found.indices, study, outcome, power).dropna(subset=["ST"])
        here = here.sort_values("ST", ascending=False, kind="stable")
        if here.empty or (here["ST_verdict"] == "none").all():
            _say(ax, "none of these factors moves it")
            continue
        noise = _here(found.noise[found.noise["stage"] == "indices"], study, outcome, power).iloc[0]
        if noise["left"] > 0:
            ax.axvspan(0, noise["left"], color=PALE, zorder=0)
        for y, row in enumerate(here.to_dict("records")):
            for index, offset, face in (("ST", 0.19, "white"), ("S1", -0.19, colour)):
                faint = FAINT if row[f"{index}_verdict"] == "undetermined" else 1.0
                ax.barh(y + offset, row[index], 0.34, facecolor=face, edgecolor=colour, linewidth=0.8, alpha=faint)
                ax.hlines(y + offset, row[f"{index}_low"], row[f"{index}_high"], color=INK, linewidth=0.9, alpha=faint)
        ax.axvline(0, color=LINE, linewidth=0.8)
        _rows(ax, [label(key) for key in here["factor"]])
        ax.set_xlim(-0.15, min(1.5, max(1.05, float(here[["ST_high", "S1_high"]].max().max()))))
        ax.set_xlabel(f"share of the variance\n{_chance(noise['chance'], noise['left'])}", fontsize=TEXT, color=GREY)
    return page


def _chance(one: float, left: float) -> str:
    """Return in words how much of the variance is chance."""
    if not np.isfinite(one):
        return "chance not measured: one replicate"
    rest = "not known" if not np.isfinite(left) else "under 0.1 %" if left < 0.001 else f"{100 * left:.1f} %"
    return f"chance: {100 * one:.0f} % of one run, {rest} of these means"


# discovery ------------------------------------------------------------------------------------------------------------


def box(study: Study, found: Findings) -> Sheet:
    """Draw the conditions under which points of interest are frequent."""
    result, target = found.box, study.target
    known = OUTCOMES[target.outcome]
    what = known.title + (f", {looks([target.power])[target.power].name}" if target.power else "")
    sign, limit = "at least" if target.above else "at most", f"{target.limit(found.level):.3g} {known.unit}"
    times = f", {target.number:g} times its value as it is" if target.times else ""
    lines = [f"PRIM over the priors of {len(_factors(found))} factors: {result.interesting} of {result.points} points "
             f"are of interest ({sign} {limit}{times})"]
    if not result.reason:
        lines.append(
            f"In the box {100 * result.density:.0f} % are of interest (density); {100 * result.coverage:.0f} % of "
            f"those of interest are in it (coverage); it holds {100 * result.mass:.0f} % of all points"
        )
    height = 0.55 * max(len(result.limits), 1) + 1.0
    notes = [f"Chosen: {RULE}. Density and coverage are those of the points that the box was made with, so a little "
             "too good. p: how probable so many points of interest would be without this limit; a pale limit (p of "
             f"{SURE} or more) may be chance. A table by country: place in its prior, 0 to 1. {BADGES}"]
    page = _page(study, f"{what[0].upper()}{what[1:]}: when {sign} {limit}?", lines, notes, height)
    ax = page.axes(LEFT + 0.2, 0.35, page.width - LEFT - 1.1, height - 0.85)
    if result.reason:
        _say(ax, textwrap.fill(f"Nothing found: {result.reason}", 80))
        return page
    legend_row(page, [Patch(facecolor=PALE, edgecolor=LINE, label="the box"),
                      Line2D([], [], marker="o", linestyle="", color=INK, markersize=3, label="of interest"),
                      Line2D([], [], marker="o", linestyle="", color=DOT, markersize=3, label="not of interest")])
    for y, row in enumerate(result.limits.to_dict("records")):
        _limits(ax, y, row, found.cases)
    _rows(ax, [label(key) for key in result.limits["factor"]])
    ax.set(xlim=(-0.12, 1.08))  # room for the numbers at both ends
    ax.set_xticks([])
    ax.grid(visible=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    return page


def _factors(found: Findings) -> list[str]:
    return [name for name in found.cases.columns if name not in ("point", "outcome", "interesting")]


def _limits(ax: Axes, y: int, row: dict[Hashable, Any], cases: pd.DataFrame) -> None:
    """Draw one restricted factor: its span, the box, the points, and the limits as numbers."""
    span = (row["most"] - row["least"]) or 1.0
    low, high = ((row[side] - row["least"]) / span for side in ("low", "high"))
    ax.hlines(y, 0, 1, color=LINE, linewidth=0.8, zorder=1)
    ax.barh(y, high - low, 0.62, low, facecolor=PALE, edgecolor=LINE, linewidth=0.8, zorder=0)
    at = (cases[str(row["factor"])].to_numpy(dtype=float) - row["least"]) / span
    hit = cases["interesting"].to_numpy(dtype=bool)
    ax.plot(at[~hit], np.full((~hit).sum(), y + 0.14), "o", markersize=1.8, color=DOT, zorder=2)
    ax.plot(at[hit], np.full(hit.sum(), y - 0.14), "o", markersize=2.2, color=INK, zorder=3)
    for x, text, align in ((-0.01, row["least"], "right"), (1.01, row["most"], "left")):
        ax.text(x, y, f"{text:.3g}", fontsize=SMALL, ha=align, va="center", color=GREY)
    for side, x, align in (("low", low, "left"), ("high", high, "right")):
        p = row[f"qp_{side}"]
        if np.isfinite(p):
            sign = "≥" if side == "low" else "≤"
            text = f"{sign} {row[side]:.3g}  ({f'p {p:.2f}' if p >= 0.01 else 'p < 0.01'})"
            ax.text(x, y - 0.35, text, fontsize=SMALL, ha=align, va="bottom", color=GREY if p >= SURE else INK,
                    fontweight="normal" if p >= SURE else "bold")
