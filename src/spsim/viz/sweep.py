"""What a sweep found: lines against one varied key, a map of two, or clouds of points."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from spsim._version import __version__
from spsim.analysis.intervals import undetermined_words
from spsim.analysis.outcomes import OUTCOMES
from spsim.data.places import concerned, illustrations, whole
from spsim.display import NEGLIGIBLE, under
from spsim.ground.words import counted
from spsim.viz.channels import DIVERGING
from spsim.viz.comparison import COLOURS
from spsim.viz.looks import listed, looks
from spsim.viz.style import GREY, INK, SMALL, TEXT, Floats, Sheet, legend_row, sheet, signed
from spsim.viz.swept import (
    MOST_WRITTEN,
    Pair,
    Swept,
    along,
    cloud,
    cloud_names,
    cloud_reach,
    crossed,
    key_label,
    key_name,
    positions,
    running_mean,
    strongest,
    word,
)

COLUMNS = 3
LEVELS = LinearSegmentedColormap.from_list("levels", ["#f7f7f4", "#5b7083"])


def _sheet(
    swept: Swept, what: str, country: str, reading: str, body: float, notes: Sequence[str] = ()
) -> Sheet:
    """Return an empty sheet with its frame."""
    place = whole(country)
    count = int(swept.runs["replicate"].nunique())
    facts = f"{counted(len(swept.points), 'point')} ({swept.method}), {counted(count, 'replicate')} of each"
    return sheet(
        f"{what} in {place}",
        [f"{swept.title} · mean of {swept.years} · {facts}", reading],
        [*notes, *illustrations(concerned(country))],
        f"spsim {__version__} · sweep {swept.name}",
        body,
    )


def _title(pair: Pair, known: Sequence[Pair]) -> tuple[str, str]:
    """Return what a panel shows, and its colour: that of the power."""
    look = looks([power for _, power in known if power]).get(pair[1])
    return f"{OUTCOMES[pair[0]].title}{f', {look.name}' if look else ''}", look.colour if look else INK


def _colour(swept: Swept, scenario: str) -> str:
    return COLOURS[list(swept.scenarios).index(scenario) % len(COLOURS)]


def _key(page: Sheet, swept: Swept, names: Mapping[str, str]) -> None:
    """Say which colour is which scenario, under the names given."""
    lines: list[Line2D | Patch] = [
        Line2D([], [], color=_colour(swept, scenario), marker="o", markersize=4, label=name)
        for scenario, name in names.items()
    ]
    legend_row(page, lines)


# lines ----------------------------------------------------------------------------------------------------------------


def lines(swept: Swept, x: str, pairs: Sequence[Pair], country: str) -> Sheet:
    """Draw means over replicates against one varied key, a line a scenario and a panel an outcome.

    Args:
        swept: the sweep.
        x: the varied key along the horizontal axis.
        pairs: outcomes and powers, a panel each.
        country: a country, or the region.
    """
    others = [key for key in swept.varied if key != x]
    over = f"; means over the values of {', '.join(map(key_name, others))}" if others else ""
    rows = -(-len(pairs) // COLUMNS)
    reading = f"Mean over replicates{over}; bar: 95 % interval of the mean ({swept.basis})"
    shared = "what two of them differ by is surer than the bars, which hold what moves them together"
    if swept.runs["replicate"].nunique() < 2:
        reading, shared = f"One replicate of each point, hence no intervals{over}", "chance moves them together"
    notes = [f"All points share their draws: {shared}. Vertical axes need not begin at zero."]
    page = _sheet(swept, f"How outcomes move with {key_name(x)}", country, reading, 2.5 * rows + 0.35, notes)
    columns = min(COLUMNS, len(pairs))
    grid = page.grid(rows, columns, left=0.7, right=0.3, across=0.75, down=0.75, above=0.55, below=0.5)
    cells = [ax for row in grid for ax in row]
    for ax, pair in zip(cells, pairs, strict=False):
        _lines(ax, swept, swept.rows(pair, country), x)
        name, colour = _title(pair, swept.pairs)
        ax.set_title(name, loc="left", fontsize=TEXT + 1, fontweight="bold", color=colour, pad=8)
        ax.set_ylabel(textwrap.fill(OUTCOMES[pair[0]].unit, 24), fontsize=TEXT)
        ax.set_xlabel(key_label(x), fontsize=TEXT)
    for ax in cells[len(pairs) :]:
        ax.remove()
    _key(page, swept, {name: name for name in swept.scenarios})
    return page


def _lines(ax: Axes, swept: Swept, rows: pd.DataFrame, x: str) -> None:
    found, names = along(swept, rows, x)
    step = np.ptp(positions(rows[x])[0]) or 1.0
    for n, scenario in enumerate(swept.scenarios):
        if scenario not in found:
            continue
        where, mean, low, high = found[scenario].T
        shifted = where + 0.006 * step * (n - (len(swept.scenarios) - 1) / 2)  # bars beside, not over each other
        colour = _colour(swept, scenario)
        ax.plot(shifted, mean, color=colour, marker="o", markersize=3.5, linewidth=1.4)
        if np.isfinite(low).all():
            ax.vlines(shifted, low, high, color=colour, linewidth=1.2)
    if names:
        ax.set_xticks(range(len(names)), names)
        ax.set_xlim(-0.4, len(names) - 0.6)
    ax.margins(y=0.12)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))


# heat maps ------------------------------------------------------------------------------------------------------------


def heatmap(swept: Swept, x: str, y: str, pairs: Sequence[Pair], country: str) -> Sheet:
    """Draw two varied keys of a grid: the level in the first scenario, and what the others differ by.

    Args:
        swept: the sweep.
        x: the key along the horizontal axis.
        y: the key along the vertical axis.
        pairs: outcomes and powers, a row each.
        country: a country, or the region.
    """
    first, *others = swept.scenarios
    left_out = [key for key in swept.varied if key not in {x, y}]
    over = f"; means over the values of {', '.join(map(key_name, left_out))}" if left_out else ""
    reading = f"Mean over replicates{over}"
    if others:
        reading += f". Right of the first column: difference to {first}, same draws; hatched: sign undetermined"
    what = f"What {key_name(x)} and {key_name(y)} do"
    said = undetermined_words(len(set(swept.sets))).capitalize()
    notes = [f"{said}. Interval: 95 % of the mean difference ({swept.basis})."] if others else []
    panels = [(pair, scenario) for pair in pairs for scenario in swept.scenarios]
    columns = len(swept.scenarios) if others else 2
    count = -(-len(panels) // columns)
    page = _sheet(swept, what, country, reading, 2.75 * count + 0.35, notes)
    grid = page.grid(count, columns, left=0.85, right=0.65, across=1.45, down=0.95, above=0.5, below=0.6)
    cells = [ax for row in grid for ax in row]
    for ax, (pair, scenario) in zip(cells, panels, strict=False):
        rows = swept.rows(pair, country)
        base = None if scenario == first else rows[rows["scenario"] == first]
        _map(ax, swept, rows[rows["scenario"] == scenario], base, x, y, OUTCOMES[pair[0]].unit)
        name, colour = _title(pair, swept.pairs)
        said = scenario if scenario == first else f"{scenario} minus {first}"
        width = int(ax.bbox.width / ax.figure.dpi / 0.07)
        title = "\n".join([*textwrap.wrap(name, width), *textwrap.wrap(said, width)])
        ax.set_title(title, loc="left", fontsize=TEXT, fontweight="bold", color=colour, pad=5)
    for ax in cells[len(panels) :]:
        ax.remove()
    return page


def _map(ax: Axes, swept: Swept, rows: pd.DataFrame, base: pd.DataFrame | None, x: str, y: str, unit: str) -> None:
    """Draw one map; with ``base``, of the paired differences to it."""
    found = crossed(swept, rows, base, x, y)
    values, unsure = found.values, found.unsure
    if not np.isfinite(values).any():
        return
    two_sided = base is not None or found.two_sided
    # differences that are no news get no colour
    most = max(float(np.nanmax(np.abs(values))), 10 * NEGLIGIBLE)
    norm = TwoSlopeNorm(0, -most, most) if two_sided else Normalize(float(np.nanmin(values)), float(np.nanmax(values)))
    image = ax.imshow(values, cmap=DIVERGING if two_sided else LEVELS, norm=norm, origin="lower", aspect="auto")
    for at in unsure:
        corner = at[1] - 0.5, at[0] - 0.5
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, hatch="////", edgecolor=INK, alpha=0.55, linewidth=0))
    if values.size <= MOST_WRITTEN:
        _numbers(ax, values, norm, two_sided=two_sided, hatched=unsure)
    for set_ticks, key, found_values in ((ax.set_xticks, x, found.wide), (ax.set_yticks, y, found.high)):
        step = -(-len(found_values) // 10)
        shown = list(range(0, len(found_values), step))
        set_ticks(shown, [word(found_values[n]) for n in shown])
        (ax.set_xlabel if key == x else ax.set_ylabel)(textwrap.fill(key_label(key), 30), fontsize=TEXT)
    ax.grid(visible=False)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.05, pad=0.03)
    bar.set_label(textwrap.fill(unit, 24), fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    bar.outline.set_linewidth(0.4)


def _numbers(
    ax: Axes, values: Floats, norm: Normalize, *, two_sided: bool, hatched: Sequence[tuple[int, int]]
) -> None:
    form = "+.2g" if two_sided else ".3g"
    for (row, column), value in np.ndenumerate(values):
        if not np.isfinite(value):
            continue
        shade = float(norm(value))
        dark = abs(shade - 0.5) > 0.35 if two_sided else shade > 0.6
        small = two_sided and abs(value) < NEGLIGIBLE
        said = under(NEGLIGIBLE) if small and value else signed(float(value), form)
        text = ax.text(column, row, said, ha="center", va="center", fontsize=SMALL)
        text.set_color("white" if dark else INK)
        if (row, column) in hatched:
            text.set_color(INK)
            text.set_bbox({"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1.5})


# clouds ---------------------------------------------------------------------------------------------------------------


def scatter(swept: Swept, keys: Sequence[str], pairs: Sequence[Pair], country: str) -> Sheet:
    """Draw each point against varied keys, a column a key and a row an outcome, with a running mean.

    Of several scenarios it draws what the others differ by from the first at each point.

    Args:
        swept: the sweep.
        keys: varied keys; where there are more than fit, those with the largest rank correlation are drawn.
        pairs: outcomes and powers.
        country: a country, or the region.
    """
    clouds = [cloud(swept, pair, country) for pair in pairs]
    chosen = strongest(keys, clouds)
    compared = len(swept.scenarios) > 1
    notes = [
        "Points differ in all varied values at once, so a cloud is wide where other values matter more. Line: mean of "
        f"the nearest fifth of the points.{'' if compared else ' Vertical axes need not begin at zero.'}"
    ]
    if len(chosen) < len(keys):
        notes.append(f"Shown: {len(chosen)} of {len(keys)} varied values, those with the largest rank correlation.")
    same = f" of the difference to {swept.scenarios[0]} with the same draws" if compared else ""
    reading = f"Dot: a point, mean over its replicates{same}; line: running mean"
    outcomes = listed(list(dict.fromkeys(OUTCOMES[outcome].title for outcome, _ in pairs)))
    what = f"What moves {f'the effect of {listed(swept.scenarios[1:])} on ' if compared else ''}{outcomes}"
    page = _sheet(swept, what, country, reading, 2.1 * len(pairs) + 0.5, notes)
    columns = max(2, len(chosen))
    grid = page.grid(len(pairs), columns, left=0.7, right=0.3, across=0.3, down=0.8, above=0.55, below=0.6)
    for cells, pair, table in zip(grid, pairs, clouds, strict=True):
        name, colour = _title(pair, swept.pairs)
        for n, (ax, key) in enumerate(zip(cells, chosen, strict=False)):
            _cloud(ax, swept, table, key)
            if compared:
                ax.axhline(0, color=GREY, linewidth=0.8, zorder=1)
            if n == 0 and len(table):
                ax.update_datalim([(ax.dataLim.x0, value) for value in cloud_reach(swept, table)])
                ax.autoscale_view(scalex=False)
            ax.set_xlabel(textwrap.fill(key_label(key), 40), fontsize=TEXT)
            if n == 0:
                ax.set_title(name, loc="left", fontsize=TEXT + 1, fontweight="bold", color=colour, pad=6)
                ax.set_ylabel(textwrap.fill(OUTCOMES[pair[0]].unit, 24), fontsize=TEXT)
            else:
                ax.set_ylim(cells[0].get_ylim())
                ax.tick_params(axis="y", labelleft=False)
        for ax in cells[len(chosen) :]:
            ax.remove()
    _key(page, swept, cloud_names(swept))
    return page


def _cloud(ax: Axes, swept: Swept, table: pd.DataFrame, key: str) -> None:
    at, names = positions(table[key])
    table = table.assign(at=at)
    for scenario in cloud_names(swept):
        mine = table[table["scenario"] == scenario].sort_values("at")
        colour = _colour(swept, scenario)
        ax.scatter(mine["at"], mine["value"], s=9, color=colour, alpha=0.55, linewidth=0)
        if len(mine) > 1:
            ax.plot(*running_mean(mine["at"].to_numpy(dtype=float), mine["value"].to_numpy()), color=colour)
    if names:
        ax.set_xticks(range(len(names)), names)
        ax.set_xlim(-0.4, len(names) - 0.6)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.tick_params(colors=GREY, labelcolor=INK)
