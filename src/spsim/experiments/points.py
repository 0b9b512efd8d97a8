"""What a design says, and its points: grid, list, Latin hypercube or Sobol sequence, keyed by design and number."""

# ruff: noqa: ANN401 - a default is a number or a mapping of numbers
from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from spsim.config import parameter_table as table
from spsim.config.merging import words
from spsim.config.provenance import Prior
from spsim.config.scenario import NAME_PATTERN, Frozen, Month

Floats = NDArray[np.float64]


class Varied(Frozen):
    """The values that one parameter or lever takes."""

    values: list[float | str] | None = Field(None, min_length=1, description="For grid and list: each value.")
    low: float | None = Field(None, description="For latin-hypercube and sobol: the least value.")
    high: float | None = Field(None, description="The largest value.")
    prior: Literal[True] | None = Field(None, description="Take the parameter's own prior instead of low and high.")
    from_: Month | None = Field(None, alias="from", description="First month of a lever; the start if left out.")


class Design(Frozen):
    """What a design file says."""

    schema_: Literal[1] = Field(1, alias="schema", description="Version of this format.")
    name: str = Field(pattern=NAME_PATTERN.pattern, description="Short name in small letters and hyphens.")
    title: str = Field(min_length=3, description="The question in one line.")
    scenarios: list[str] = Field(min_length=1, description="Names, or paths seen from the design file.")
    method: Literal["grid", "list", "latin-hypercube", "sobol"] = Field(description="How points are chosen.")
    points: int | None = Field(None, ge=1, le=1_000_000, description="For latin-hypercube and sobol: how many.")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="Root of the draws of points; run.seed is that of the runs.")
    vary: dict[str, Any] = Field(min_length=1, description="Keys as after --set, each with its values.")
    replicates: int = Field(1, ge=1, le=1_000_000, description="Runs of each point that differ in chance only.")
    outcomes: list[str] = Field(min_length=1, description="Names of outcomes.")
    years: int | str = Field(description="Years over which outcomes are averaged, such as 2015-2024.")
    run: dict[str, Any] = Field(default_factory=dict, description="Run settings on top of the scenarios.")


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
