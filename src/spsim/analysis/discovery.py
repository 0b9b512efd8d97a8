"""Scenario discovery: under which conditions does something happen? PRIM, the patient rule induction method."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import library

FEWEST = 10
"""Points of interest, and points without interest, below which no box is looked for."""

DENSE, COVERED = 0.8, 0.5
PEEL = 0.05
"""Share of the points of a box that one step of the peeling takes away."""

SURE = 0.05
"""Quasi-p value from which on a limit of a box may be chance."""

RULE = (
    f"of the boxes with a density of at least {DENSE} the one with the highest coverage; if there is none, of those "
    f"with a coverage of at least {COVERED} the one with the highest density"
)
"""How a box is chosen from the peeling trajectory."""


@dataclass(frozen=True)
class Box:
    """Conditions under which points of interest are frequent."""

    points: int
    """Points looked at."""
    interesting: int
    """Points of interest among them."""
    reason: str = ""
    """Why no box was found; empty if one was."""
    density: float = np.nan
    """Share of the points in the box that are of interest."""
    coverage: float = np.nan
    """Share of the points of interest that are in the box."""
    mass: float = np.nan
    """Share of all points that are in the box."""
    limits: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            columns=["factor", "low", "high", "least", "most", "qp_low", "qp_high"], dtype=np.float64
        )
    )
    """A row for each restricted factor: its limits, the span of all points, and for each limit the quasi-p value: how
    probable so many points of interest would be without this limit. NaN where a side is not limited."""
    peeling: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["coverage", "density", "mass", "res_dim"], dtype=np.float64)
    )
    """The peeling trajectory: coverage, density, mass and number of restricted factors, box by box."""


def discover(points: pd.DataFrame, interesting: NDArray[np.bool_]) -> Box:
    """Return the box in which points of interest are frequent.

    Args:
        points: a column of values for each factor, a row for each point.
        interesting: which points are of interest.
    """
    count, hits = len(points), int(interesting.sum())
    if hits < FEWEST:
        return Box(count, hits, f"only {hits} of {count} points are of interest, fewer than {FEWEST}")
    if count - hits < FEWEST:
        return Box(count, hits, f"{hits} of {count} points are of interest: there is nothing to set them apart from")
    prim = library("ema_workbench.analysis.prim", "sensitivity")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about pandas, and of no concern to a user
        # version 2 wants a threshold, which only tells interest from none here; version 3 (Python 3.12 on) has none
        more = {"threshold": 0.01} if "threshold" in inspect.signature(prim.Prim).parameters else {}
        found = prim.Prim(
            points.astype(np.float64), interesting.astype(np.int64), peel_alpha=PEEL, paste_alpha=PEEL, **more
        ).find_box()
    peeling = found.peeling_trajectory[["coverage", "density", "mass", "res_dim"]].astype(np.float64)
    chosen = choose(peeling)
    density, coverage, mass, restricted = (float(value) for value in peeling.loc[chosen, ["density", "coverage", "mass",
                                                                                          "res_dim"]])
    if restricted == 0:
        said = f"no conditions under which the share of points of interest rises above {hits / count:.0%}"
        return Box(count, hits, said.replace("%", " %"), peeling=peeling)
    limits = _limits(found.box_lims[chosen], found.box_lims[0], (found.qp if more else found.p_values)[chosen])
    return Box(count, hits, "", density, coverage, mass, limits, peeling)


def choose(peeling: pd.DataFrame) -> int:
    """Return the number of the box that :data:`RULE` takes from a peeling trajectory."""
    dense = peeling[peeling["density"] >= DENSE]
    if len(dense):
        best = dense.sort_values(["coverage", "density", "res_dim"], ascending=[False, False, True], kind="stable")
    else:
        covered = peeling[peeling["coverage"] >= COVERED]
        best = covered.sort_values(["density", "coverage", "res_dim"], ascending=[False, False, True], kind="stable")
    return int(best.index[0])


def _limits(box: pd.DataFrame, whole: pd.DataFrame, quasi: dict[str, list[float]]) -> pd.DataFrame:
    """Return the limits of the restricted factors, the surest first."""
    rows = []
    for factor, values in quasi.items():
        qp = [value if value >= 0 else np.nan for value in values]
        rows.append(
            {"factor": factor, "low": float(box[factor].iloc[0]), "high": float(box[factor].iloc[1]),
             "least": float(whole[factor].iloc[0]), "most": float(whole[factor].iloc[1]),
             "qp_low": qp[0], "qp_high": qp[1]}
        )
    rows.sort(key=lambda row: (np.nanmin([row["qp_low"], row["qp_high"]]), row["factor"]))
    return pd.DataFrame(rows)
