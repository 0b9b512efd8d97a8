"""What moved sentiment: the standing contribution of each channel, beside what each channel reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from spsim.analysis.attribution import standing_contributions
from spsim.analysis.intervals import bands
from spsim.config import MEDIA_SOURCES
from spsim.data.places import star
from spsim.viz.context import REGION, Context
from spsim.viz.looks import listed
from spsim.viz.style import GREY, HEAD, INK, PALE, SMALL, TEXT, Sheet, legend_row, signed

TOTAL = "total change"
INERT = 0.2
"""Hundredths of affect below which a channel is drawn as inert: about a fifth of a point of approval."""

ROWS: dict[str, str] = {
    "threat": "felt threat",
    "memory": "memory of war",
    "event_jump": "shock of events",
    "event_anchor": "other events",
    "heritage": "Soviet heritage fading",
    "anchor_return": "anchor (imposed drift)",
    "investment": "investment",
    "education": "education abroad",
    **{name: title.removeprefix("the ") for name, (title, _) in MEDIA_SOURCES.items()},
    "culture": "culture offers",
    "social_influence": "talk among citizens",
    "cohort_turnover": "generations replaced",
    "noise": "chance",
    "clipping": "ends of the scale, start",
}
"""Channel -> its row, in the order drawn; a channel that is not listed gets a row of its own name."""
MERGED = {"common_noise": "noise", "start_imbalance": "clipping"}
LINES_AFTER = (TOTAL, ROWS["anchor_return"], ROWS["culture"])
DIVERGING = LinearSegmentedColormap.from_list("brown-green", ["#b98a4a", "#ffffff", "#5aa08c"])
REACH_FLOOR = 1e-4
ROW, LABELS = 0.205, 2.35
KEYS = ["replicate", "country", "power", "row"]


@dataclass(frozen=True)
class Moved:
    """What is drawn: one row for each combination of place, power and row, contributions in hundredths of affect."""

    rows: list[str]
    summary: pd.DataFrame  # index place, power, row: p05 .. p95
    reach: pd.Series[float]  # index place, power, row

    def of(self, place: str, power: str) -> pd.DataFrame:
        """Return the contributions to sentiment of one place towards one power, in the order of the rows.

        A channel that never has anything to do with the power, in no country, is nan: it is left blank.
        """
        quantiles = self.summary[self.summary.index.get_level_values("power") == power].droplevel("power")
        largest = quantiles[["p05", "p95"]].abs().max(axis="columns").groupby(level="row").max()
        own = quantiles[quantiles.index.get_level_values("country") == place].droplevel("country").reindex(self.rows)
        return own.where((largest > 0).reindex(self.rows), np.nan)


def what_moved_sentiment(context: Context) -> Sheet:
    """Draw contributions and reach for the countries together, and contributions country by country."""
    moved = collect(context)
    place = context.places[-1]
    several = len(context.countries) > 1
    width = 10.0 + 0.3 * max(len(context.countries) * len(context.powers) - 10, 0)
    first, last = (f"{date:%B %Y}" for date in (context.dates[0], context.dates[-1]))
    powers = listed([look.name for look in context.powers.values()])
    page = context.sheet(
        f"What moved public sentiment towards {powers}, and whom it reached",
        f"What each channel has added to mean affect between {first} and {last} and is still there; hundredths of the "
        f"affect scale (−1 to +1), roughly as many points of approval; {context.statistic()}",
        ROW * len(moved.rows) + 0.95,
        notes=_notes(),
        marks=False,
        width=width,
    )
    height = ROW * len(moved.rows)
    split = 5.0 if several else 6.9
    contribution = page.axes(LABELS, 0.45, split - LABELS, height)
    reach = page.axes(split + 0.2, 0.45, 1.25 if several else 2.75, height)
    for ax in (contribution, reach):
        _rows(ax, moved.rows, named=ax is contribution)
    _contributions(contribution, context, moved, place)
    _reach(reach, context, moved, place)
    whom = context.name(place).removesuffix("*")
    contribution.set_title(f"{whom}: contribution", loc="left", fontsize=HEAD, fontweight="bold", pad=5)
    reach.set_title("Reach", loc="left", fontsize=HEAD, fontweight="bold", pad=5)
    legend_row(page, contribution.get_legend_handles_labels()[0], length=0.8)
    if several:
        _matrix(page.axes(split + 1.65, 0.45, width - 0.2 - split - 1.65, height), context, moved)
    return page


def _notes() -> list[str]:
    return [
        "Contributions are not shares: they have a sign, and all rows together add up to the total change (their "
        "medians only nearly). A push fades as people return to their anchor; only what is left is counted.",
        f"Hollow: inert, below {INERT:g} hundredths. Blank: exactly nothing, as the channel does not speak of this "
        "power or is silent. Reach: share of adults, mean of the last year, log axis; no mark where reach has no "
        "sense; an arrow: below 0.01 %.",
    ]


def collect(context: Context) -> Moved:
    """Return contributions at the last date and reach over the last year, weighted by adults for the region."""
    channels = context.tables["channels"]
    channels = channels[(channels["group"] == "public").to_numpy()]
    rate, dt = context.scenario.parameters.anchor_rate, context.scenario.run.years_per_step
    standing = standing_contributions(channels, context.tables["opinion"], rate, dt)
    standing = standing[standing["date"] == context.dates[-1]]
    terms = _by_row(standing, "standing") * 100
    total = terms.groupby(level=["replicate", "country", "power"], observed=True).sum()
    total = total.to_frame("value").assign(row=TOTAL).set_index("row", append=True)["value"]
    terms = pd.concat([terms, total])
    last_year = channels[channels["date"] > context.dates[-1] - pd.DateOffset(years=1)]
    reach = _by_row(
        last_year.groupby(["replicate", "country", "power", "channel"], observed=True)["reach"].mean().reset_index(),
        "reach",
    )
    terms, reach = (_with_region(series, context) for series in (terms, reach))
    summary = bands(terms.rename("value").reset_index(), "value", ["country", "power", "row"], context.sets)
    present = set(summary["row"])
    rows = [TOTAL, *(row for row in ROWS.values() if row in present)]
    rows += sorted(present - set(rows))
    index = ["country", "power", "row"]
    medians = reach.groupby(level=index, observed=True).median()
    return Moved(rows, summary.set_index(index).sort_index(), medians)


def _by_row(table: pd.DataFrame, value: str) -> pd.Series[float]:
    """Return a column summed over the channels of one row; nan where no channel of the row has a value."""
    named = table["channel"].astype(str).replace(MERGED)
    named = named.where(~named.str.startswith("culture_"), "culture")
    text = {"country": table["country"].astype(str), "power": table["power"].astype(str)}
    rows = table.assign(row=named.map(lambda name: ROWS.get(name, name)), **text)
    return pd.Series(rows.groupby(KEYS)[value].sum(min_count=1))


def _with_region(values: pd.Series[float], context: Context) -> pd.Series[float]:
    """Append the mean over countries weighted by adults, where there are several countries."""
    if len(context.countries) == 1:
        return values
    country = context.tables["country"]
    adults = country[country["date"] == context.dates[-1]].groupby("country", observed=True)["adults"].mean()
    adults.index = adults.index.astype(str)
    wide = values.unstack("country")
    weight = adults.reindex(wide.columns).to_numpy()
    region = (wide * weight).sum(axis=1, min_count=len(weight)) / weight.sum()
    long = pd.concat(
        [values.rename("value").reset_index(), region.rename("value").reset_index().assign(country=REGION)]
    )
    joined: pd.Series[float] = long.set_index(KEYS)["value"]
    return joined


def _rows(ax: Axes, rows: list[str], *, named: bool) -> None:
    """Give the vertical axis a line for each row, with rules between the groups."""
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks(range(len(rows)), rows if named else [""] * len(rows), fontsize=TEXT)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    for position, row in enumerate(rows):
        if position % 2:
            ax.axhspan(position - 0.5, position + 0.5, color=PALE, alpha=0.6, linewidth=0, zorder=0)
        if row in LINES_AFTER:
            ax.axhline(position + 0.5, color=GREY, linewidth=0.6, zorder=1)
    if named:
        ax.get_yticklabels()[0].set_fontweight("bold")


def _shifts(context: Context) -> dict[str, float]:
    """Return how far above or below the middle of its row each power is drawn."""
    count = len(context.powers)
    return {power: (n - (count - 1) / 2) * 0.62 / max(count, 2) for n, power in enumerate(context.powers)}


def _contributions(ax: Axes, context: Context, moved: Moved, place: str) -> None:
    """Draw median and bars of each row and power."""
    ax.grid(visible=True, axis="x")
    ax.axvline(0, color=INK, linewidth=0.8)
    for power, shift in _shifts(context).items():
        look, own = context.powers[power], moved.of(place, power)
        y = np.arange(len(own)) + shift
        if context.bands:
            ax.hlines(y, own["p05"], own["p95"], color=look.colour, linewidth=0.9)
            ax.hlines(y, own["inner_low"], own["inner_high"], color=look.colour, linewidth=2.2)
        faces = np.where(own["median"].abs() < INERT, "white", look.colour)
        ax.scatter(own["median"], y, s=17, marker=look.marker, c=faces, edgecolor=look.colour, linewidth=0.8, zorder=3)
        ax.scatter([], [], s=20, marker=look.marker, color=look.colour, label=look.name)
    ax.set_xlabel("hundredths of affect", fontsize=TEXT)


def _reach(ax: Axes, context: Context, moved: Moved, place: str) -> None:
    """Draw the share of adults whom each channel reaches."""
    ax.set_xscale("log")
    ax.set_xlim(REACH_FLOOR, 1.6)
    ax.set_xticks([1e-4, 1e-3, 1e-2, 1e-1, 1], ["0.01", "0.1", "1", "10", "100"])
    ax.minorticks_off()
    ax.grid(visible=True, axis="x")
    for power, shift in _shifts(context).items():
        look = context.powers[power]
        own = moved.of(place, power)["median"].notna().to_numpy()
        share = moved.reach.xs((place, power), level=("country", "power")).reindex(moved.rows).to_numpy()
        y = np.arange(len(share)) + shift
        for chosen, marker in ((own & (share >= REACH_FLOOR), look.marker), (own & (share < REACH_FLOOR), "<")):
            ax.scatter(
                np.maximum(share[chosen], REACH_FLOOR),
                y[chosen],
                s=17,
                color=look.colour,
                marker=marker,
                clip_on=False,
                zorder=3,
            )
    ax.set_xlabel("% of adults", fontsize=TEXT)


def _matrix(ax: Axes, context: Context, moved: Moved) -> None:
    """Print the contributions country by country, shaded by sign and size."""
    ax.set_ylim(len(moved.rows) - 0.5, -0.5)
    columns = [(power, country) for power in context.powers for country in context.countries]
    ax.set_xlim(-0.5, len(columns) - 0.5)
    values = np.stack([moved.of(country, power)["median"].to_numpy() for power, country in columns], axis=1)
    largest = float(np.nanmax(np.abs(values))) or 1.0
    strength = np.sign(values) * np.sqrt(np.abs(values) / largest)  # the root brings out what is small
    edges = [np.arange(count + 1) - 0.5 for count in values.shape]
    ax.pcolormesh(
        edges[1],
        edges[0],
        np.ma.masked_invalid(strength),
        cmap=DIVERGING,
        vmin=-1,
        vmax=1,
        edgecolor="white",
        linewidth=1.2,
    )
    for y, x in np.argwhere(np.isfinite(values)):
        small = abs(values[y, x]) < INERT
        ax.text(
            x,
            y,
            _number(float(values[y, x])),
            ha="center",
            va="center",
            fontsize=SMALL,
            color=GREY if small else INK,
            fontweight="bold" if y == 0 else "normal",
        )
    ax.set_xticks(
        range(len(columns)), [country + star(country) for _, country in columns], fontsize=SMALL
    )
    ax.set_yticks([])
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    for n, look in enumerate(context.powers.values()):
        edge = n * len(context.countries) - 0.5
        ax.text(edge + 0.05, -0.72, look.name, color=look.colour, fontsize=HEAD, fontweight="bold", va="bottom")
        if n:
            ax.axvline(edge, color=INK, linewidth=0.8)
    for y, row in enumerate(moved.rows):
        if row in LINES_AFTER:
            ax.axhline(y + 0.5, color=GREY, linewidth=0.6)
    ax.set_xlabel("by country, hundredths of affect", fontsize=TEXT)


def _number(value: float) -> str:
    """Return a contribution in three characters and a sign at most."""
    text = signed(value, ".1f" if abs(value) < 9.95 else ".0f")
    return "0" if text == "0.0" else text
