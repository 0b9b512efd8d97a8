"""Map of the five countries: whose leadership the public likes better at the end of the run."""

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
from spsim.data import COUNTRIES, COUNTRY_NAMES, load_pack
from spsim.viz.context import INSTRUMENT, Context
from spsim.viz.opinion import public
from spsim.viz.style import GREY, HEAD, INK, TEXT, Floats, Sheet, signed

LAND = "#e4e7eb"
LIMIT = 60.0
"""End of the scale in points: fixed, so that maps of different runs can be laid side by side."""

WINDOW = (45.5, 88.5, 33.6, 57.2)
LABELS: dict[str, tuple[float, float]] = {
    "KZ": (67.0, 48.6),
    "UZ": (60.4, 43.55),
    "TM": (58.9, 39.1),
    "KG": (83.6, 41.0),
    "TJ": (78.6, 35.3),
}
"""Where a country's name stands; Kyrgyzstan and Tajikistan are too small for theirs and get a leader line."""
TARGETS = {"KG": (75.6, 41.6), "TJ": (72.4, 38.3)}
NEIGHBOURS = {"RU": ("RUSSIA", (58.0, 55.2)), "CN": ("CHINA", (85.3, 44.3))}


@dataclass(frozen=True)
class Shade:
    """What colour of a country means."""

    colours: Colormap
    scale: Normalize
    low: str
    high: str
    form: str


def albers(points: Floats) -> Floats:
    """Project degrees onto an equal-area cone (Albers, standard parallels 38 and 52 N), in earth radii."""
    longitude, latitude = np.radians(points[..., 0]), np.radians(points[..., 1])
    first, second, centre, origin = np.radians([38.0, 52.0, 67.0, 45.0])
    n = (np.sin(first) + np.sin(second)) / 2
    c = np.cos(first) ** 2 + 2 * n * np.sin(first)
    rho, rho_0 = np.sqrt(c - 2 * n * np.sin(latitude)) / n, np.sqrt(c - 2 * n * np.sin(origin)) / n
    turn = n * (longitude - centre)
    return np.stack([rho * np.sin(turn), rho_0 - rho * np.cos(turn)], axis=-1)


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
    hatched = " Hatched: Turkmenistan*." if "TM" in context.countries else ""
    notes.append(
        f"Equal-area projection; outlines: Natural Earth, simplified; borders carry no legal opinion.{hatched}"
    )
    return notes


def _shape(polygons: list[list[Floats]]) -> Path:
    """Return polygons with their holes as one path."""
    return Path.make_compound_path(*(Path(albers(ring), closed=True) for rings in polygons for ring in rings))


def _land(ax: Axes) -> None:
    """Draw what lies around, and set the window."""
    pack = load_pack()
    ax.set_axis_off()
    ax.set_aspect("equal")
    west, east, south, north = WINDOW
    corner = albers(np.array([[67.0, south], [67.0, north], [west, 46.0], [east, 46.0]]))
    ax.set_xlim(corner[2, 0], corner[3, 0])
    ax.set_ylim(corner[0, 1], corner[1, 1])
    for code, polygons in pack.neighbour_outlines().items():
        near = [rings for rings in polygons if rings[0][:, 0].min() > 0]  # Russia's far end lies beyond 180 degrees
        ax.add_patch(PathPatch(_shape(near), facecolor=LAND, edgecolor="white", linewidth=0.5))
        name, place = NEIGHBOURS[code]
        x, y = albers(np.array(place))
        ax.text(x, y, name, ha="center", fontsize=HEAD, color=GREY, gid="map-label")
    for polygons in pack.outlines().values():
        ax.add_patch(PathPatch(_shape(polygons), facecolor="white", edgecolor="#9aa3ad", linewidth=0.5))


def _country(ax: Axes, country: str, row: pd.Series[float], context: Context, shade: Shade) -> None:
    """Colour a country and write its name and number."""
    shape = _shape(load_pack().outlines()[country])
    ax.add_patch(PathPatch(shape, facecolor=shade.colours(shade.scale(row["median"])), edgecolor=INK, linewidth=0.7))
    if country == "TM":
        ax.add_patch(PathPatch(shape, facecolor="none", edgecolor="#6b7480", hatch="////", linewidth=0))
    x, y = albers(np.array(LABELS[country]))
    text = f"{context.name(country)}\n{signed(row['median'], shade.form)}"
    if context.bands:
        text += f"\n({signed(row['p05'], shade.form)} to {signed(row['p95'], shade.form)})"
    # a halo keeps the words legible on any colour and over hatching
    halo = [patheffects.withStroke(linewidth=2.6, foreground="white")]
    # a label that stands in its country has its target in its own middle, hence no visible line
    target = tuple(albers(np.array(TARGETS.get(country, LABELS[country]))))
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
        arrowprops=line if country in TARGETS else None,
    )
    if country in TARGETS:
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
