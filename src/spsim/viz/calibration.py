"""What a calibration gives: fit by series, priors beside posteriors, hindcast, and rank histograms."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from spsim._version import __version__
from spsim.analysis.hindcast import against_persistence, distinct
from spsim.config.merging import words
from spsim.data import COUNTRY_NAMES
from spsim.viz.looks import OTHER_NAMES, Colour, looks
from spsim.viz.style import GREY, INK, PALE, RULE, SMALL, TEXT, Floats, Sheet, legend_row, sheet

WIDE = 12.0
ROW, HEADING = 0.19, 0.34
"""Height of a row and of a heading in a list of polled figures, inches."""

NAMES = 2.3
"""Room for the names of rows, inches."""

MISS = "#d9480f"
"""What lies outside its interval; neither power has this colour."""

ITEMS = {
    "leadership": "Leadership (Gallup)",
    "country": "Opinion of the country (Barometer)",
    "relations": "Relations (IRI)",
    "leader": "Confidence in the leader (M-Vector)",
}
"""Item of an instrument -> heading."""

COLUMNS = 4
"""Panels in a row of small multiples."""

BINS = 10
"""Bars of a rank histogram, at most."""

LEVEL = 0.95
"""Level of the band in which the bars of uniform ranks lie."""


def named(key: str) -> str:
    """Return the name of a calibrated number in words."""
    head, *rest = words(key)
    where = [COUNTRY_NAMES.get(code) or (looks([code])[code].name) for code in rest]
    return ", ".join([head.replace("_", " "), *where])


def colour_of(key: str) -> Colour:
    """Return the colour of the power that a name holds (``base.RU.KZ``, ``KZ RU leadership``); ink if none."""
    codes = [code for code in re.findall(r"\b[A-Z]{2}\b", key) if code in {"CN", "RU", *OTHER_NAMES}]
    return looks(codes[:1])[codes[0]].colour if codes else INK


def footer(about: str) -> str:
    """Return the footer of a figure: version, and where its numbers come from."""
    return " · ".join(filter(None, [f"spsim {__version__}", about]))


# fit ------------------------------------------------------------------------------------------------------------------


def fit_by_series(fit: pd.DataFrame, about: str = "") -> Sheet:
    """Draw each polled figure on what the calibrated model expects, a column for each power.

    Args:
        fit: columns label, series, year, power, item, answer, value, p05, p25, median, p75, p95, prior_p05, prior_p95,
            inside_90.
        about: where the numbers come from, for the footer.
    """
    powers = looks(sorted(fit["power"].unique()))
    heights = [sum(HEADING + ROW * len(rows) for _, rows in _blocks(fit[fit["power"] == code])) for code in powers]
    inside = int(fit["inside_90"].sum())
    middle = int(fit["value"].between(fit["p25"], fit["p75"]).sum())
    page = sheet(
        f"The polls that the model was fitted to: {inside} of {len(fit)} inside the 90 % interval",
        [f"Percent, and points for changes. {middle} of {len(fit)} inside the 50 % interval. Rows are not independent: "
         "answers to one item of one poll add up to a hundred"],
        ["Intervals are of what the pollster would print: parameters, chance of the run, error of the sample, what "
         "tells pollsters apart, and what the model is known to lack. These rows were used for the fit, so this shows "
         "whether the model can tell the story, not whether it predicts."],
        footer(about),
        max(heights) + 0.75,
        width=WIDE,
    )
    legend_row(page, [
        Patch(facecolor=PALE, edgecolor=RULE, linewidth=0.4, label="before the fit (prior), 90 %"),
        Line2D([], [], color=INK, linewidth=1.2, label="after it, 90 %"),
        Line2D([], [], color=INK, linewidth=4, alpha=0.5, label="50 %"),
        Line2D([], [], marker="o", linestyle="", color=INK, markersize=4, label="polled"),
        Line2D([], [], marker="D", linestyle="", color=MISS, markersize=4.5, label="polled, outside the 90 % interval"),
    ])
    across = page.width / len(powers)
    low = min(0.0, float(fit[["value", "p05", "prior_p05"]].min().min()) - 2)
    high = max(100.0, float(fit[["value", "p95", "prior_p95"]].max().max()) + 2)
    for n, (code, look) in enumerate(powers.items()):
        rows = fit[fit["power"] == code]
        ax = page.axes(n * across + NAMES, max(heights) - heights[n] + 0.3, across - NAMES - 0.3, heights[n])
        ax.set_title(look.name, loc="left", fontsize=TEXT + 2, fontweight="bold", color=look.colour, pad=2)
        _listed(ax, rows, look.colour, (low, high), heights[n])
    return page


def _blocks(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give heading and rows of each item, rows by series and year."""
    for item, block in rows.groupby("item", sort=False):
        yield ITEMS.get(str(item), str(item)), block.sort_values(["series", "year"], kind="stable")


def _listed(ax: Axes, rows: pd.DataFrame, colour: Colour, limits: tuple[float, float], height: float) -> None:
    """Draw rows under their headings from the top down; the vertical axis is in inches."""
    ax.set(xlim=limits, ylim=(height, 0))
    ax.axvline(0, color=RULE, linewidth=0.8)
    places: list[float] = []
    names: list[tuple[str, bool]] = []
    y = 0.0
    for heading, block in _blocks(rows):
        ax.annotate(heading, (0, y + HEADING - 0.1), xycoords=("axes fraction", "data"), xytext=(-72 * NAMES + 14, 0),
                    textcoords="offset points", fontsize=TEXT, fontweight="bold", color=INK, va="center",
                    annotation_clip=False)
        y += HEADING
        for row in block.to_dict("records"):
            _polled(ax, row, y + ROW / 2, colour)
            places.append(y + ROW / 2)
            names.append((_short(str(row["label"]), str(row["power"])), bool(row["inside_90"])))
            y += ROW
    ax.set_yticks(places, [name for name, _ in names])
    for label, (_, fits) in zip(ax.get_yticklabels(), names, strict=True):
        label.set(color=INK if fits else MISS, fontweight="normal" if fits else "bold")
    ax.tick_params(axis="y", length=0, labelsize=SMALL)
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")


def _polled(ax: Axes, row: Mapping[Hashable, Any], y: float, colour: Colour) -> None:
    ax.barh(y, row["prior_p95"] - row["prior_p05"], 0.8 * ROW, row["prior_p05"], facecolor=PALE, edgecolor=RULE,
            linewidth=0.4)
    ax.hlines(y, row["p05"], row["p95"], color=colour, linewidth=1.2)
    ax.hlines(y, row["p25"], row["p75"], color=colour, linewidth=4, alpha=0.5)
    fits = bool(row["inside_90"])
    ax.plot(row["value"], y, "o" if fits else "D", color=INK if fits else MISS, markersize=3.5 if fits else 4.5)


def _short(label: str, power: str) -> str:
    """Return what a label says beyond its heading, such as "KZ 2014: approval"."""
    return textwrap.shorten(re.sub(r" \([^)]*\)$", "", label.replace(f", {power}:", ":")), 44, placeholder="…")


# prior and posterior --------------------------------------------------------------------------------------------------


def prior_and_posterior(posterior: pd.DataFrame, parameters: pd.DataFrame, about: str = "") -> Sheet:
    """Draw each calibrated number before and after the fit.

    Args:
        posterior: columns parameter, which ("prior" or "posterior"), value.
        parameters: columns parameter, default, contraction, verdict.
        about: where the numbers come from, for the footer.
    """
    facts = parameters.to_dict("records")
    narrowed = sum(row["verdict"] != "prior-driven" for row in facts)
    page = sheet(
        f"What the polls say about {len(facts)} numbers: {narrowed} narrowed, {len(facts) - narrowed} prior-driven",
        ["Draws from the prior and from the posterior; heights are shares of the draws, the horizontal axes are the "
         "numbers’ own units"],
        ["Percentages: one minus the variance of the posterior over that of the prior; where the middle stays, too, a "
         "number is narrowed and not moved. Prior-driven: the polls say next to nothing, so what the model does with "
         "this number rests on its prior. Numbers also depend on each other in the posterior, which these panels do "
         "not show."],
        footer(about),
        _rows(len(facts)) * 1.75 + 0.5,
    )
    legend_row(page, [
        Patch(facecolor=PALE, edgecolor=RULE, label="prior"), Patch(facecolor=INK, alpha=0.5, label="posterior"),
        Line2D([], [], color=INK, linestyle=(0, (3, 2)), linewidth=0.9, label="set by hand, before"),
    ])
    for ax, row in zip(_small(page, len(facts)), facts, strict=True):
        mine = posterior[posterior["parameter"] == row["parameter"]]
        before, after = (mine.loc[mine["which"] == which, "value"].to_numpy(dtype=float)
                             for which in ("prior", "posterior"))
        _before_and_after(ax, before, after, float(row["default"]), colour_of(str(row["parameter"])))
        by = max(0.0, 100 * float(row["contraction"]))
        tied = row["verdict"] == "prior-driven"
        _panel_title(ax, str(row["parameter"]), f"{row['verdict']}, {by:.0f} %", GREY if tied else INK, bold=not tied)
    return page


def _before_and_after(ax: Axes, prior: Floats, posterior: Floats, default: float, colour: Colour) -> None:
    both = np.concatenate([prior, posterior, [default]])
    edges = np.linspace(both.min(), both.max() if both.max() > both.min() else both.min() + 1, 31)
    for values, style in (
        (prior, {"facecolor": PALE, "edgecolor": RULE, "linewidth": 0.8}),
        (posterior, {"facecolor": colour, "alpha": 0.55, "linewidth": 0}),
    ):
        shares = np.histogram(values, edges)[0] / max(values.size, 1)
        ax.stairs(shares, edges, fill=True, **style)
    ax.axvline(default, color=INK, linestyle=(0, (3, 2)), linewidth=0.9)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False)
    ax.locator_params(axis="x", nbins=4)


def _rows(panels: int) -> int:
    return -(-panels // COLUMNS)


def _small(page: Sheet, panels: int) -> list[Axes]:
    """Return the axes of small multiples, row by row."""
    grid = page.grid(_rows(panels), COLUMNS, left=0.35, right=0.25, across=0.3, down=0.75, above=0.65, below=0.3)
    flat = [ax for row in grid for ax in row]
    for ax in flat[panels:]:
        ax.remove()
    return flat[:panels]


def _panel_title(ax: Axes, parameter: str, verdict: str, colour: Colour, *, bold: bool) -> None:
    ax.set_title(verdict, loc="left", fontsize=SMALL, color=colour, pad=4, fontweight="bold" if bold else "normal")
    ax.annotate(named(parameter), (0, 1), xycoords="axes fraction", xytext=(0, 15), textcoords="offset points",
                fontsize=TEXT, fontweight="bold", color=colour_of(parameter), annotation_clip=False)


# ranks ----------------------------------------------------------------------------------------------------------------


def rank_histograms(ranks: pd.DataFrame, recovery: pd.DataFrame, about: str = "") -> Sheet:
    """Draw where the true value lies among the draws of its posterior, over members that were held out.

    Args:
        ranks: columns parameter, rank (0 to L), L.
        recovery: columns parameter, covered_50, covered_90 (shares), members.
        about: where the numbers come from, for the footer.
    """
    facts = recovery.to_dict("records")
    members = int(recovery["members"].max())
    drawn = [(row, *_bars(ranks[ranks["parameter"] == row["parameter"]])) for row in facts]
    bars = sum(counts.size for _, counts, _, _ in drawn)
    outside = sum(int(((counts < low) | (counts > high)).sum()) for _, counts, low, high in drawn)
    page = sheet(
        f"Are the intervals as wide as they should be? {outside} of {bars} bars outside the band",
        [f"{members} parameter sets were held out, and the fit was asked for each from what polls would have printed. "
         "Rank of the true value among the posterior’s draws",
         "Flat: right. Hill: intervals too wide. Valley: too narrow. Slope: shifted"],
        [f"Grey: where {100 * LEVEL:g} % of the bars of a flat histogram lie, so about {(1 - LEVEL) * bars:.0f} of "
         f"{bars} lie outside by chance. Holds: share of the held-out sets whose value lies inside the interval of "
         "50 and of 90 %. It tests the method on worlds that the model can make, not whether ours is one."],
        footer(about),
        _rows(len(facts)) * 1.75 + 0.35,
    )
    for ax, (row, counts, low, high) in zip(_small(page, len(facts)), drawn, strict=True):
        places = np.arange(counts.size)
        odd = (counts < low) | (counts > high)
        ax.fill_between(np.append(places, places[-1] + 1) - 0.5, np.append(low, low[-1]), np.append(high, high[-1]),
                        color="#cfd5db", linewidth=0, step="post", zorder=0)
        ax.bar(places, counts, 0.8, facecolor="none", edgecolor=np.where(odd, MISS, INK), linewidth=1.1)
        ax.set(xlim=(-0.6, counts.size - 0.4), ylim=(0, 1.15 * max(float(counts.max()), float(high.max()))))
        ax.set_xticks([-0.5, counts.size - 0.5], ["lowest", "highest"])
        for label, side in zip(ax.get_xticklabels(), ("left", "right"), strict=True):
            label.set_horizontalalignment(side)  # type: ignore[arg-type]
        ax.grid(visible=False)
        ax.locator_params(axis="y", nbins=3)
        said = f"50 % holds {100 * row['covered_50']:.0f} %, 90 % holds {100 * row['covered_90']:.0f} %"
        _panel_title(ax, str(row["parameter"]), said, INK, bold=False)
    return page


def _bars(mine: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return the bars of a rank histogram and the band in which those of uniform ranks lie.

    The L + 1 ranks are dealt out to the bars as evenly as they go; the band of each is that of its own share.
    """
    levels = int(mine["L"].iloc[0]) + 1
    bars = min(BINS, levels)
    bar_of = np.arange(levels) * bars // levels
    share = np.bincount(bar_of, minlength=bars) / levels
    counts = np.bincount(bar_of[mine["rank"].to_numpy(dtype=int)], minlength=bars).astype(float)
    from scipy.stats import binom  # takes long to import, and figures of a run do without

    low, high = (binom.ppf(q, len(mine), share) for q in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return counts, np.asarray(low), np.asarray(high)


# hindcast -------------------------------------------------------------------------------------------------------------


def hindcast(table: pd.DataFrame, about: str = "") -> Sheet:
    """Draw polls that came after the years that the model was fitted to, and who was nearer: it, or the last poll.

    Args:
        table: columns origin, label, series, year, value, median, p05, p95, crps, persistence, persistence_crps; the
            last two are empty where there is no earlier poll.
        about: where the numbers come from, for the footer.
    """
    origins = sorted(table["origin"].unique())
    height = HEADING * len(origins) + ROW * len(table)
    beside = table.dropna(subset=["persistence", "persistence_crps"])
    won = int((beside["crps"] < beside["persistence_crps"]).sum())
    inside = int(table["value"].between(table["p05"], table["p95"]).sum())
    ours, theirs = beside["crps"].mean(), beside["persistence_crps"].mean()
    told, (figures, polls) = against_persistence(table).iloc[0], distinct(table)
    title, errors = "Later polls: none has an earlier one to compare with", ""
    if len(beside):
        title = f"Asked about later polls, the model is nearer than the last poll in {won} of {len(beside)}"
        errors = (f". Mean error (CRPS) in these: model {ours:.1f} points, last poll {theirs:.1f}; by the distance of "
                  f"its middle alone it is nearer in {told['wins_by_error']} of {told['compared_by_error']}")
    page = sheet(
        title,
        [f"Fitted to polls up to a year, asked about those after it: {len(table)} times about {figures} figures of "
         f"{polls} polls. {inside} of {len(table)} are inside the 90 % interval{errors}"],
        ["CRPS: how far the whole forecast lies from what was polled, in points; less is better, and for a forecast "
         "without spread it is the plain distance. The last poll of the same series stands for “nothing will change”, "
         "with the spread that changes between polls had. Rows share polls and events, and priors were set by people "
         "who knew these polls, so a count of wins is weak evidence."],
        footer(about),
        height + 0.85,
        width=WIDE,
    )
    legend_row(page, [
        Line2D([], [], color=INK, linewidth=1.4, marker="|", label="model, median and 90 %"),
        Line2D([], [], marker="o", linestyle="", color=INK, markersize=4, label="polled"),
        Line2D([], [], marker="D", linestyle="", color=MISS, markersize=4.5, label="polled, outside"),
        Line2D([], [], marker="o", linestyle="", markerfacecolor="white", markeredgecolor=INK, markersize=5,
               label="last poll before"),
    ])
    left, gap, right = 3.6, 0.5, 2.8
    main = page.axes(left, 0.4, page.width - left - gap - right - 0.3, height)
    side = page.axes(page.width - right - 0.3, 0.4, right, height)
    _forecasts(main, table, origins, height, left)
    _errors(side, table, origins, height)
    return page


def _by_origin(table: pd.DataFrame, origins: list[Any]) -> Iterator[tuple[float, dict[Hashable, Any] | int]]:
    """Give, from the top down, (place, origin) for headings and (place, row) for rows; places are in inches."""
    y = 0.0
    for origin in origins:
        yield y + HEADING - 0.1, int(origin)
        y += HEADING
        for row in table[table["origin"] == origin].sort_values(["series", "year"], kind="stable").to_dict("records"):
            yield y + ROW / 2, row
            y += ROW


def _forecasts(ax: Axes, table: pd.DataFrame, origins: list[Any], height: float, left: float) -> None:
    low = min(0.0, float(table[["value", "p05"]].min().min()) - 2)
    ax.set(xlim=(low, max(100.0, float(table[["value", "p95"]].max().max()) + 2)), ylim=(height, 0))
    places, names = [], []
    for y, what in _by_origin(table, origins):
        if isinstance(what, int):
            ax.annotate(f"Fitted to polls up to {what}", (0, y), xycoords=("axes fraction", "data"),
                        xytext=(-72 * left + 18, 0), textcoords="offset points", fontsize=TEXT, fontweight="bold",
                        va="center", annotation_clip=False)
            continue
        colour = colour_of(str(what["series"]))
        fits = what["p05"] <= what["value"] <= what["p95"]
        ax.hlines(y, what["p05"], what["p95"], color=colour, linewidth=1.6)
        ax.plot(what["median"], y, "|", color=colour, markersize=8, markeredgewidth=1.6)
        if np.isfinite(what["persistence"]):
            ax.plot(what["persistence"], y, "o", markerfacecolor="white", markeredgecolor=INK, markersize=5)
        ax.plot(what["value"], y, "o" if fits else "D", color=INK if fits else MISS, markersize=3.5 if fits else 4.5)
        places.append(y)
        names.append(textwrap.shorten(str(what["label"]).replace("Central Asia ", ""), 60, placeholder="…"))
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0, labelsize=SMALL)
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("%, or points for a change", fontsize=TEXT, color=GREY)


def _errors(ax: Axes, table: pd.DataFrame, origins: list[Any], height: float) -> None:
    """Draw the error of the model beside that of the last poll."""
    most = 1.1 * float(np.nanmax(table[["crps", "persistence_crps"]].to_numpy(dtype=float)))
    ax.set(xlim=(0, most or 1), ylim=(height, 0))
    for y, what in _by_origin(table, origins):
        if isinstance(what, int):
            continue
        ours, theirs = what["crps"], what["persistence_crps"]
        if np.isfinite(theirs):
            ax.hlines(y, *sorted((ours, theirs)), color=INK if ours < theirs else MISS, linewidth=1.2, alpha=0.6)
            ax.plot(theirs, y, "o", markerfacecolor="white", markeredgecolor=INK, markersize=5)
        ax.plot(ours, y, "|", color=colour_of(str(what["series"])), markersize=8, markeredgewidth=1.8)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_title("Error (CRPS): orange where the last poll is nearer", loc="left", fontsize=TEXT, color=INK, pad=4)
    ax.set_xlabel("points", fontsize=TEXT, color=GREY)


