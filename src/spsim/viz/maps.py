"""Map of the countries: whose leadership the public likes better at the end of the run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from spsim.analysis.intervals import bands
from spsim.data import COUNTRIES, COUNTRY_NAMES
from spsim.data.places import star, starred
from spsim.viz.context import INSTRUMENT, Context
from spsim.viz.geography import Polygons, geography
from spsim.viz.opinion import public
from spsim.viz.style import GREY, HEAD, INK, TEXT, Sheet, signed

LAND = "#e4e7eb"
LIMIT = 60.0
"""End of the scale in points: fixed, so that maps of different runs can be laid side by side."""


@dataclass(frozen=True)
class Shade:
    """What colour of a country means."""

    colours: Colormap
    scale: Normalize
    low: str
    high: str
    form: str


def difference_map(context: Context) -> Sheet:
    """Draw the map beside the numbers that it is made of."""
    table = public(context)
    last = context.dates[-1]
    table = table[table["date"] == last]
    wide = 100 * table.pivot(index=["replicate", "country"], columns="power", values="approval")
    wide.columns = wide.columns.astype(str)
    date = f"{last:%B %Y}"
    shade, value, title, reading = _subject(context, wide)
    rows = bands(value.rename("value").reset_index(), "value", ["country"]).set_index("country")
    page = context.sheet(
        title.format(date=date),
        reading,
        4.85,
        marks=False,
        notes=_notes(context, date),
    )
    ax = page.axes(0.25, 0.62, 6.35, 4.2)
    _land(ax)
    for country in context.countries:
        _country(ax, country, rows[rows.index == country].iloc[0], context, shade)
    _legend(page, shade)
    _dumbbells(page, context, wide)
    return page


def _subject(context: Context, wide: pd.DataFrame) -> tuple[Shade, pd.Series[float], str, str]:
    """Return what the map shows: the first two powers compared, China and Russia if they are among them."""
    order = [p for p in ("CN", "RU") if p in context.powers] + [p for p in context.powers if p not in ("CN", "RU")]
    looks = [context.powers[power] for power in order]
    if len(order) == 1:
        colours = LinearSegmentedColormap.from_list("approval", ["#ffffff", looks[0].colour])
        shade = Shade(colours, Normalize(0, 100), "nobody approves", "everybody approves", ".0f")
        title = f"Where the public approves of {looks[0].name}’s leadership, {{date}}"
        return shade, wide[order[0]], title, f"Approval in % of adults; right: {context.bars}; {INSTRUMENT}"
    one, two = looks[:2]
    colours = LinearSegmentedColormap.from_list("difference", [two.colour, "#f4f4f2", one.colour])
    shade = Shade(colours, Normalize(-LIMIT, LIMIT), f"{two.name} ahead", f"{one.name} ahead", "+.0f")
    title = f"Whose leadership the public prefers, {one.name}’s or {two.name}’s, {{date}}"
    return (
        shade,
        wide[order[0]] - wide[order[1]],
        title,
        (
            f"Map: approval of {one.name}’s minus approval of {two.name}’s leadership in points, median"
            f"{' (90 % of all runs)' if context.bands else ''}; right: {context.bars}; {INSTRUMENT}"
        ),
    )


def _notes(context: Context, date: str) -> list[str]:
    notes = []
    if context.years[-1] >= context.extrapolated_from:
        notes.append(
            f"{date} lies in years for which the model's inputs are extrapolated ({context.extrapolated_from} on)."
        )
    missing = [COUNTRY_NAMES[c] for c in COUNTRIES if c not in context.countries]
    if missing:
        notes.append(f"Not in this run (white): {', '.join(missing)}.")
    hatched = [starred(code) for code in context.countries if star(code)]
    notes.append(geography().note + (f" Hatched: {', '.join(hatched)}." if hatched else ""))
    return notes


def _shape(polygons: Polygons) -> Path:
    """Return polygons with their holes as one path."""
    return Path.make_compound_path(*(Path(ring, closed=True) for rings in polygons for ring in rings))


def _land(ax: Axes) -> None:
    """Draw what lies around, and set the window."""
    here = geography()
    ax.set_axis_off()
    ax.set_aspect("equal")
    left, right, low, high = here.window
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    for polygons in here.around.values():
        ax.add_patch(PathPatch(_shape(polygons), facecolor=LAND, edgecolor="white", linewidth=0.5))
    for name, place in here.around_at.values():
        ax.text(place[0], place[1], name, ha="center", fontsize=HEAD, color=GREY, gid="map-label")
    for polygons in here.shapes.values():
        ax.add_patch(PathPatch(_shape(polygons), facecolor="white", edgecolor="#9aa3ad", linewidth=0.5))


def _country(ax: Axes, country: str, row: pd.Series[float], context: Context, shade: Shade) -> None:
    """Colour a country and write its name and number."""
    here = geography()
    shape = _shape(here.shapes[country])
    ax.add_patch(PathPatch(shape, facecolor=shade.colours(shade.scale(row["median"])), edgecolor=INK, linewidth=0.7))
    if star(country):
        ax.add_patch(PathPatch(shape, facecolor="none", edgecolor="#6b7480", hatch="////", linewidth=0))
    x, y = here.names_at[country]
    text = f"{context.name(country)}\n{signed(row['median'], shade.form)}"
    if context.bands:
        text += f"\n({signed(row['p05'], shade.form)} to {signed(row['p95'], shade.form)})"
    # a halo keeps the words legible on any colour and over hatching
    halo = [patheffects.withStroke(linewidth=2.6, foreground="white")]
    # a label that stands in its country has its target in its own middle, hence no visible line
    target = tuple(here.lines_to.get(country, here.names_at[country]))
    line = {"arrowstyle": "-", "color": INK, "linewidth": 0.6, "relpos": (0, 0.5), "shrinkA": 0, "shrinkB": 0}
    ax.annotate(
        text,
        target,
        (x, y),
        ha="center",
        va="center",
        fontsize=TEXT,
        fontweight="bold",
        linespacing=1.25,
        path_effects=halo,
        gid="map-label",
        zorder=5,
        arrowprops=line if country in here.lines_to else None,
    )
    if country in here.lines_to:
        ax.plot(*target, color=INK, marker="o", markersize=2.2)


def _legend(page: Sheet, shade: Shade) -> None:
    """Draw the scale under the map."""
    ax = page.axes(1.75, 0.36, 3.3, 0.13)
    bar = page.figure.colorbar(ScalarMappable(shade.scale, shade.colours), cax=ax, orientation="horizontal")
    bar.outline.set_linewidth(0.4)
    bar.set_ticks(
        ticks := list(np.linspace(float(shade.scale.vmin or 0), float(shade.scale.vmax or 1), 5)),
        labels=[signed(tick, shade.form) for tick in ticks],
    )
    for x, side, words in ((-0.03, "right", shade.low), (1.03, "left", shade.high)):
        ax.text(x, 0.5, words, transform=ax.transAxes, ha=side, va="center", fontsize=TEXT)


def _dumbbells(page: Sheet, context: Context, wide: pd.DataFrame) -> None:
    """Draw approval of each power at the last date, a row a place."""
    places = context.places
    height = min(0.62 * len(places) + 0.3, 3.75)
    ax = page.axes(8.0, 4.37 - height, 1.75, height)
    long = wide.reset_index().melt(["replicate", "country"], var_name="power", value_name="value")
    rows = bands(long, "value", ["country", "power"], context.sets).set_index(["country", "power"])
    step = 0.22 if len(context.powers) < 3 else 0.6 / len(context.powers)
    for number, (power, look) in enumerate(context.powers.items()):
        y = np.arange(len(places)) + step * (number - (len(context.powers) - 1) / 2)
        own = rows.loc[[(place, power) for place in places]]
        if context.bands:
            ax.hlines(y, own["p05"], own["p95"], color=look.colour, linewidth=1.0)
            ax.hlines(y, own["inner_low"], own["inner_high"], color=look.colour, linewidth=2.6)
        ax.scatter(
            own["median"],
            y,
            color=look.colour,
            marker=look.marker,
            s=22,
            edgecolor="white",
            linewidth=0.5,
            zorder=3,
            label=look.name,
        )
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.set_yticks(range(len(places)), [_short(context, place) for place in places], fontsize=TEXT)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("approve, % of adults", fontsize=TEXT)
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(-0.05, 1.0),
        ncols=3,
        frameon=False,
        fontsize=TEXT,
        handletextpad=0.1,
        columnspacing=0.8,
        borderpad=0.2,
    )


def _short(context: Context, place: str) -> str:
    return context.name(place) if place in COUNTRY_NAMES else "All"
