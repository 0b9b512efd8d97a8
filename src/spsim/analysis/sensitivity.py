"""Which factors move an outcome: Morris screening, Sobol indices, and how much of what is seen is chance.

Everything here takes points and values and knows nothing of the model, so that it can be held against functions whose
answer is known. Values are means over the replicates of a point; NaN is a point that could not be run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import library

Floats = NDArray[np.float64]

RESAMPLES = 1000
"""Bootstrap samples behind an interval."""

STEP = 2 / 3
"""How far a factor moves in one step of a Morris trajectory of four levels, as a share of its range."""

WIDE = 0.1
"""Half-width of the interval of an index from which on more points are advised."""


def morris(shares: Floats, values: Floats, names: Sequence[str], seed: int, chance: float = 0.0) -> pd.DataFrame:
    """Return the Morris measures of every factor.

    Args:
        shares: points in the unit cube, trajectory after trajectory, [trajectories * (factors + 1), factors].
        values: the outcome at each point; a trajectory with a NaN is left out whole.
        names: the factors.
        seed: root of the bootstrap.
        chance: standard deviation of what chance does to the value of one point and not to the others.

    Returns:
        A row for each factor: ``mu_star`` (mean size of the change of the outcome while the factor goes through its
        whole range), ``mu_star_low`` and ``mu_star_high`` (95 % bootstrap interval over trajectories), ``mu`` (mean
        with signs), ``sigma`` (how much the change depends on the other factors and on chance), ``by_chance`` (the
        ``mu_star`` of a factor that does nothing but draw other chances), ``trajectories``, and ``direction``: "up" or
        "down" if it is so in every trajectory, "both", "none" (never moves it), or "undetermined" (the interval of
        ``mu_star`` reaches down to zero or to what chance gives).
    """
    wide = len(names) + 1
    whole = ~np.isnan(values.reshape(-1, wide)).any(axis=1)
    count = int(whole.sum())
    found = {name: np.full(len(names), np.nan) for name in ("mu_star", "mu_star_conf", "mu", "sigma")}
    if count >= 2:
        cube = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
        kept = np.repeat(whole, wide)
        made = library("SALib.analyze.morris", "sensitivity").analyze(
            cube, shares[kept], values[kept], num_resamples=RESAMPLES, seed=np.random.default_rng(seed)
        )
        found = {name: np.asarray(made[name], dtype=np.float64) for name in found}
    table = pd.DataFrame({"factor": list(names), "mu_star": found["mu_star"]})
    # an effect below the precision of the arithmetic is none
    table.loc[table["mu_star"] < 1e-12 * max(1.0, float(np.nanmax(np.abs(values), initial=0))), "mu_star"] = 0.0
    table["mu_star_low"] = np.maximum(table["mu_star"] - found["mu_star_conf"], 0)
    table["mu_star_high"] = table["mu_star"] + found["mu_star_conf"]
    table["mu"], table["sigma"] = found["mu"], found["sigma"]
    # the mean size of the difference of two normal means, per unit of a factor's range
    table["by_chance"] = chance * np.sqrt(2) * np.sqrt(2 / np.pi) / STEP
    table["trajectories"] = count
    sure = table["mu_star_low"] > table["by_chance"]
    table["direction"] = [_direction(*row) for row in zip(table["mu_star"], table["mu"], sure, strict=True)]
    return table


def _direction(mu_star: float, mu: float, sure: bool) -> str:
    if mu_star == 0:
        return "none"
    if not sure:
        return "undetermined"
    if np.isclose(abs(mu), mu_star, rtol=1e-9):
        return "up" if mu > 0 else "down"
    return "both"


def sobol(values: Floats, names: Sequence[str], seed: int, chance: float = 0.0) -> pd.DataFrame:
    """Return the Sobol indices of every factor.

    Args:
        values: the outcome at the points of method ``saltelli``, [base points * (factors + 2)]; a base point with a
            NaN is left out with all its points.
        names: the factors.
        seed: root of the bootstrap.
        chance: share of the variance of ``values`` that is chance and differs from point to point. It counts as an
            interaction of every factor, so that a factor that does nothing but draw other chances has this ``ST``.

    Returns:
        A row for each factor: ``S1`` (share of the variance that the factor moves by itself) and ``ST`` (with
        everything in which it takes part), their 95 % bootstrap intervals ``S1_low`` to ``ST_high``, base ``points``,
        and ``S1_verdict`` and ``ST_verdict``: "found", "undetermined" (the interval holds zero or, for ``ST``, what
        chance gives), or "none" (the factor never moves the outcome, or nothing does).
    """
    rows = values.reshape(-1, len(names) + 2)
    rows = rows[~np.isnan(rows).any(axis=1)]
    table = pd.DataFrame({"factor": list(names)})
    moves = len(rows) > 1 and np.ptp(rows) > 0
    made = {name: np.full(len(names), 0.0 if len(rows) > 1 else np.nan) for name in ("S1", "S1_conf", "ST", "ST_conf")}
    if moves:
        cube = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
        found = library("SALib.analyze.sobol", "sensitivity").analyze(
            cube, rows.ravel(), calc_second_order=False, num_resamples=RESAMPLES, seed=np.random.default_rng(seed)
        )
        made = {name: np.asarray(found[name], dtype=np.float64) for name in made}
    still = np.array([not np.any(rows[:, n + 1] != rows[:, 0]) for n in range(len(names))])
    for index in ("S1", "ST"):
        table[index] = made[index]
        table[f"{index}_low"] = made[index] - made[f"{index}_conf"]
        table[f"{index}_high"] = made[index] + made[f"{index}_conf"]
    table["points"] = len(rows)
    for index in ("S1", "ST"):
        sure = table[f"{index}_low"] > (chance if index == "ST" else 0.0)
        table[f"{index}_verdict"] = np.where(sure, "found", "undetermined")
        if len(rows) > 1:
            table.loc[still, f"{index}_verdict"] = "none"
    return table


def doubts(indices: pd.DataFrame) -> list[str]:
    """Return what a reader must know before using the Sobol indices of one outcome."""
    count = int(indices["points"].iloc[0])
    if count < 2:
        return ["too few base points could be run for any index"]
    if (indices["ST_verdict"] == "none").all():
        return ["does not move at all: no index"]
    found = []
    total = float(indices["S1"].sum())
    halves = (indices["S1_high"] - indices["S1_low"]) / 2
    if total > 1 + float(np.sqrt((halves**2).sum())):
        found.append(f"the first-order indices add up to {total:.2f}, more than the whole: too few points")
    width = float(max(halves.max(), (indices["ST_high"] - indices["ST_low"]).max() / 2))
    if width > WIDE:
        needed = 1 << int(np.ceil(np.log2(count * (width / WIDE) ** 2)))
        found.append(
            f"intervals of up to ±{width:.2f} with {count} base points; for ±{WIDE} about {needed} would be needed"
        )
    return found


def noise(values: Floats) -> dict[str, float]:
    """Return how much of what is seen is chance.

    All points share the draws of a replicate, so chance has two parts: what a replicate does to all points alike,
    which cancels wherever points are compared, and what it does to each point differently, which does not.

    Args:
        values: the outcome at each point in each replicate, [points, replicates]; rows with a NaN are left out.

    Returns:
        ``points``, ``replicates``; ``chance``: share of the variance of single runs that is chance; ``common``: the
        part of it that is alike at all points; ``left``: the share of the rest in the variance of the means over
        replicates, and ``left_sd`` its standard deviation. NaN where it cannot be said: one replicate, one point, or
        no variance.
    """
    kept = values[~np.isnan(values).any(axis=1)]
    points, replicates = kept.shape
    found = {"points": points, "replicates": replicates, "chance": np.nan, "common": np.nan, "left": np.nan,
             "left_sd": np.nan}
    if points < 2 or replicates < 2:
        return found
    means = kept.mean(axis=1)
    own = kept - means[:, None] - kept.mean(axis=0) + kept.mean()
    own_variance = float((own**2).sum() / ((points - 1) * (replicates - 1)))
    alike = max(float(kept.mean(axis=0).var(ddof=1)) - own_variance / points, 0.0)
    between = float(means.var(ddof=1))
    found["left_sd"] = float(np.sqrt(own_variance / replicates))
    moved = max(between - own_variance / replicates, 0.0)
    everything = moved + alike + own_variance
    if everything > 0:
        found["chance"], found["common"] = (alike + own_variance) / everything, alike / everything
        found["left"] = min(own_variance / replicates / between, 1.0) if between > 0 else np.nan
    return found
