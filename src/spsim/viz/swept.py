"""What a sweep found, as numbers that figures and reports draw: along one varied key, over two, point by point."""

# ruff: noqa: ANN401 - a varied value is a number or a word
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spsim.analysis.intervals import mean_interval, paired_difference, set_means
from spsim.config import LEVERS, parameter_table
from spsim.config.merging import words
from spsim.display import NEGLIGIBLE
from spsim.experiments.sweeps.store import SweepFolder
from spsim.viz.style import Floats

Pair = tuple[str, str]
"""An outcome and a power; the power is empty where the outcome has none."""

KEYS = 4
"""Most varied keys that one picture of clouds shows."""

MOST_WRITTEN = 64
"""Cells of a map up to which each has its number."""


@dataclass(frozen=True)
class Swept:
    """A sweep, as the figures look at it."""

    name: str
    title: str
    years: str
    method: str
    scenarios: Sequence[str]
    points: pd.DataFrame
    runs: pd.DataFrame
    sets: Sequence[int] = ()
    """The parameter set of each replicate; empty where they differ in chance only."""

    @classmethod
    def of(cls, left: SweepFolder) -> Swept:
        """Return what a sweep left in its folder."""
        said = left.manifest
        return cls(
            said["name"], said["title"], str(said["years"]), said["method"], list(said["scenarios"]), left.points,
            left.runs, said.get("sets_of_replicates", ()),
        )

    def sets_of(self, replicates: Iterable[int]) -> list[int]:
        """Return the parameter set of some replicates."""
        return [self.sets[number] for number in replicates] if len(set(self.sets)) > 1 else []

    @property
    def basis(self) -> str:
        """What an interval holds, in words."""
        count = len(set(self.sets))
        if count < 2:
            return "chance only, with every other value as the point says"
        return f"chance, and what the {count} parameter sets differ in beside what the point says"

    @property
    def varied(self) -> list[str]:
        """The keys that vary."""
        return [key for key in self.points.columns if key != "point"]

    @property
    def pairs(self) -> list[Pair]:
        """All outcomes with their powers, in the order of the design."""
        return list(self.runs[["outcome", "power"]].drop_duplicates().itertuples(index=False, name=None))

    @property
    def shape(self) -> str:
        """The picture that fits the design: lines, a map, or clouds."""
        if len(self.varied) == 1:
            return "lines"
        return "map" if self.method == "grid" and len(self.varied) == 2 else "clouds"

    def rows(self, pair: Pair, country: str) -> pd.DataFrame:
        """Return the runs of one outcome, power and country beside the varied values of their points."""
        runs = self.runs
        here = runs[(runs["outcome"] == pair[0]) & (runs["power"] == pair[1]) & (runs["country"] == country)]
        return here.merge(self.points, on="point")

    def mean(self, values: pd.Series[float]) -> tuple[float, float, float]:
        """Return the mean of values by replicate with its interval."""
        return mean_interval(set_means(np.asarray(values, dtype=np.float64), self.sets_of(values.index)))

    def difference(self, values: pd.Series[float]) -> dict[str, Any]:
        """Return the mean of paired differences by replicate, as :func:`spsim.analysis.intervals.paired_difference`."""
        return paired_difference(np.asarray(values, dtype=np.float64), self.sets_of(values.index))


def key_name(key: str) -> str:
    """Return a varied key in words: "threat weight (CN)"."""
    head, *rest = words(key)
    if head in ("mechanisms", "channels"):
        return f"{head.removesuffix('s')} {' '.join(rest)}".replace("_", " ")
    return head.replace("_", " ") + (f" ({' '.join(rest)})" if rest else "")


def key_label(key: str) -> str:
    """Return a varied key with its unit, as an axis names it."""
    head = words(key)[0]
    unit = parameter_table()[head][3].unit if head in parameter_table() else LEVERS[head].unit if head in LEVERS else ""
    return f"{key_name(key)}, {unit}" if unit else key_name(key)


def word(value: Any) -> str:
    """Return a varied value as it is written."""
    return value if isinstance(value, str) else f"{value:g}".replace("-", "−")


def positions(values: pd.Series[Any]) -> tuple[Floats, list[str]]:
    """Return where values stand on an axis: numbers as they are, words side by side with their names."""
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float), []
    names = list(dict.fromkeys(str(value) for value in values))
    return np.array([names.index(str(value)) for value in values], dtype=float), names


def along(swept: Swept, rows: pd.DataFrame, x: str) -> tuple[dict[str, Floats], list[str]]:
    """Return what each scenario gives along one varied key.

    Args:
        swept: the sweep.
        rows: of :meth:`Swept.rows`.
        x: the key.

    Returns:
        Scenario -> position on the axis, mean over replicates and the ends of its interval, [values, 4]; and the names
        of the positions where values are words.
    """
    at, names = positions(rows[x])
    rows, found = rows.assign(at=at), {}
    for scenario in swept.scenarios:
        # first over the other values, then over replicates, whose spread is chance
        means = rows[rows["scenario"] == scenario].groupby(["at", "replicate"])["value"].mean()
        where = sorted(means.index.get_level_values("at").unique())
        if where:
            found[scenario] = np.array([(value, *swept.mean(means.xs(value, level="at"))) for value in where])
    return found, names


@dataclass(frozen=True)
class Cells:
    """Two varied keys against each other, all [values of y, values of x]; NaN where no run has ended."""

    wide: Sequence[Any]
    """The values along the horizontal axis."""
    high: Sequence[Any]
    values: Floats
    low: Floats
    up: Floats
    """The ends of the 95 % interval of each mean, or mean difference."""
    unsure: Sequence[tuple[int, int]]
    """The cells whose difference has an undetermined sign."""

    @property
    def two_sided(self) -> bool:
        """Whether there are values on both sides of zero."""
        return bool(np.nanmin(self.values) < 0 < np.nanmax(self.values))


def crossed(swept: Swept, rows: pd.DataFrame, base: pd.DataFrame | None, x: str, y: str) -> Cells:
    """Return the means of one scenario over two varied keys; with ``base``, of the paired differences to it."""
    wide, high = (list(dict.fromkeys(rows[key])) for key in (x, y))
    values, low, up = np.full((3, len(high), len(wide)), np.nan)
    unsure = []
    for (left, above), cell in rows.groupby([x, y], sort=False):
        at = high.index(above), wide.index(left)
        if base is None:
            of = cell.groupby("replicate")["value"].mean()
            _, low[at], up[at] = swept.mean(of)
            values[at] = cell["value"].mean()
            continue
        both = cell.merge(base[["point", "replicate", "value"]], on=["point", "replicate"], suffixes=("", "_base"))
        pairs = (both["value"] - both["value_base"]).groupby(both["replicate"]).mean()
        if pairs.size:
            found = swept.difference(pairs)
            values[at], low[at], up[at] = found["difference"], found["low"], found["high"]
            unsure += [at] if found["sign"] == "undetermined" else []
    return Cells(wide, high, values, low, up, unsure)


def point_means(swept: Swept, pair: Pair, country: str) -> pd.DataFrame:
    """Return the mean over replicates of each scenario and point, beside the varied values of the point."""
    rows = swept.rows(pair, country)
    return rows.groupby(["scenario", "point"], sort=False)["value"].mean().reset_index().merge(swept.points, on="point")


def cloud(swept: Swept, pair: Pair, country: str) -> pd.DataFrame:
    """Return the dots of a cloud, as :func:`point_means`; of several scenarios what they differ by from the first.

    Scenarios share their draws at each point: what one changes is lost in a picture of levels, and stands out here.
    """
    first, *others = swept.scenarios
    if not others:
        return point_means(swept, pair, country)
    rows, same = swept.rows(pair, country), ["point", "replicate"]  # a run that failed leaves its pair out
    base = rows.loc[rows["scenario"] == first, [*same, "value"]]
    both = rows[rows["scenario"] != first].merge(base, on=same, suffixes=("", "_base"))
    apart = (both["value"] - both["value_base"]).groupby([both["scenario"], both["point"]], sort=False).mean()
    return apart.rename("value").reset_index().merge(swept.points, on="point")


def cloud_reach(swept: Swept, dots: pd.DataFrame) -> tuple[float, float]:
    """Return the lowest and highest value that a cloud has room for; differences that are no news stay near zero."""
    low, high = float(dots["value"].min()), float(dots["value"].max())
    return (min(low, -10 * NEGLIGIBLE), max(high, 10 * NEGLIGIBLE)) if len(swept.scenarios) > 1 else (low, high)


def cloud_names(swept: Swept) -> dict[str, str]:
    """Return the scenarios that clouds show, with what stands in their legend."""
    first, *others = swept.scenarios
    return {other: f"{other} minus {first}" for other in others} or {first: first}


def strongest(keys: Sequence[str], means: Sequence[pd.DataFrame]) -> list[str]:
    """Return the keys that fit into a picture, those whose ranks go most with some outcome."""
    if len(keys) <= KEYS:
        return list(keys)

    def strength(key: str) -> float:
        found = [
            abs(pd.Series(positions(table[key])[0]).corr(table["value"], method="spearman")) for table in means
        ]
        return max([value for value in found if np.isfinite(value)], default=0.0)

    kept = sorted(keys, key=strength, reverse=True)[:KEYS]
    return [key for key in keys if key in kept]


def running_mean(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the mean of the nearest fifth of the points (at least five) at each value of ``x`` [n], sorted."""
    near = min(len(x), max(5, len(x) // 5))
    where = np.unique(x)
    gaps = np.abs(x[None, :] - where[:, None])
    # all points that are as near as the last of the nearest: a grid has many at one value
    reach = np.sort(gaps, axis=1)[:, near - 1 : near] if len(where) > near else np.zeros((len(where), 1))
    within = gaps <= reach + 1e-12
    return where, np.asarray((within * y).sum(axis=1) / within.sum(axis=1))
