"""The points of a sweep: by grid, list, Latin hypercube or Sobol sequence, keyed by the design and their number."""

# ruff: noqa: ANN401 - a default is a number or a mapping of numbers
from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import parameter_table as table
from spsim.config.provenance import Prior

if TYPE_CHECKING:
    from spsim.experiments.sweep import Design, Varied

Floats = NDArray[np.float64]


def words(key: str) -> list[str]:
    """Return the words of a dotted key, as ``--set`` reads it."""
    return key.removeprefix("parameters.").removeprefix("run.").removeprefix("levers.").split(".")


def leaf(value: Any, path: list[str]) -> Any:
    """Return what stands at a path of nested mappings, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def points_of(design: Design, varied: Mapping[str, Varied]) -> pd.DataFrame:
    """Return the points of a design: a column ``point`` with their number, and one for each varied key."""
    lists = [item.values or [] for item in varied.values()]
    if design.method == "grid":
        rows: Iterator[Any] = itertools.product(*lists)  # the last key varies fastest
        frame = pd.DataFrame(list(rows), columns=list(varied))
    elif design.method == "list":
        frame = pd.DataFrame(dict(zip(varied, lists, strict=True)))
    else:
        shares = _shares(design, len(varied))
        frame = pd.DataFrame(
            {key: [_quantile(key, item, float(share)) for share in shares[:, n]]
             for n, (key, item) in enumerate(varied.items())}
        )
    for key in varied:
        mixed = any(isinstance(value, str) for value in frame[key])
        frame[key] = frame[key].map(str).astype(object) if mixed else frame[key].astype(np.float64)
    frame.insert(0, "point", np.arange(len(frame), dtype=np.int32))
    return frame


def _shares(design: Design, columns: int) -> Floats:
    """Return the points in the unit cube, [points, columns]."""
    from scipy.stats import qmc

    count, rng = design.points or 0, np.random.default_rng(design.seed)
    if design.method == "sobol":
        return np.asarray(qmc.Sobol(columns, seed=rng).random_base2(count.bit_length() - 1), dtype=np.float64)
    return np.asarray(qmc.LatinHypercube(columns, seed=rng).random(count), dtype=np.float64)


def _quantile(key: str, item: Varied, share: float) -> float:
    """Return the value below which a share of a value's range or prior lies."""
    if item.low is not None and item.high is not None:
        return Prior("uniform", item.low, item.high).quantile(share, 0.0)
    head, *rest = words(key)
    _, _, default, facts = table()[head]
    value = facts.prior_of(*rest).quantile(share, leaf(default, rest))
    return float(min(max(value, facts.low), facts.high))
