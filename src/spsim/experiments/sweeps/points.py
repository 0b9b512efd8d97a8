"""What a design says, and its points: lists, samples, and the designs of sensitivity analysis, keyed by design."""

# ruff: noqa: ANN401 - a default is a number or a mapping of numbers
from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from spsim.config import library
from spsim.config import parameter_table as table
from spsim.config.merging import words
from spsim.config.provenance import Prior
from spsim.config.scenario import NAME_PATTERN, Frozen, Month
from spsim.experiments.priors import at_share

Floats = NDArray[np.float64]

METHODS = ("grid", "list", "latin-hypercube", "sobol", "one-at-a-time", "morris", "saltelli")
DRAWN = METHODS[2:]
"""The methods that choose values themselves, between low and high or out of a prior."""

COUNTED = ("latin-hypercube", "sobol", "morris", "saltelli")
"""The methods that are told how many points, or for ``morris`` how many trajectories."""

MIDDLE = (0.05, 0.95)
"""The part of a prior that ``one-at-a-time`` and ``morris`` go through: they stand on its ends, and the very ends of
what is believed possible say little."""

LEVELS = 4
"""Values that ``morris`` gives to each key."""


class Varied(Frozen):
    """The values that one parameter or lever takes."""

    values: list[float | str] | None = Field(None, min_length=1, description="For grid and list: each value.")
    low: float | None = Field(None, description="For the other methods: the least value.")
    high: float | None = Field(None, description="The largest value.")
    prior: Literal[True] | None = Field(None, description="Take the parameter's own prior instead of low and high.")
    from_: Month | None = Field(None, alias="from", description="First month of a lever; the start if left out.")


class Design(Frozen):
    """What a design file says."""

    schema_: Literal[1] = Field(1, alias="schema", description="Version of this format.")
    name: str = Field(pattern=NAME_PATTERN.pattern, description="Short name in small letters and hyphens.")
    title: str = Field(min_length=3, description="The question in one line.")
    scenarios: list[str] = Field(min_length=1, description="Names, or paths seen from the design file.")
    method: Literal["grid", "list", "latin-hypercube", "sobol", "one-at-a-time", "morris", "saltelli"] = Field(
        description="How points are chosen."
    )
    points: int | None = Field(
        None, ge=1, le=1_000_000,
        description="For latin-hypercube and sobol: how many; for morris: trajectories, each with a point more than "
        "there are keys; for saltelli: base points, each with two more than there are keys.",
    )
    seed: int = Field(1, ge=0, le=2**63 - 1, description="Root of the draws of points; run.seed is that of the runs.")
    vary: dict[str, Any] = Field(min_length=1, description="Keys as after --set, each with its values.")
    replicates: int = Field(
        1, ge=1, le=1_000_000,
        description="Runs of each point; they differ in chance and, by pairs, in the parameter set.",
    )
    outcomes: list[str] = Field(min_length=1, description="Names of outcomes.")
    years: int | str = Field(description="Years over which outcomes are averaged, such as 2015-2024.")
    run: dict[str, Any] = Field(default_factory=dict, description="Run settings on top of the scenarios.")


def leaf(value: Any, path: list[str]) -> Any:
    """Return what stands at a path of nested mappings, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def points_of(design: Design, varied: Mapping[str, Varied]) -> pd.DataFrame:
    """Return the points of a design: a column ``point`` with their number, and one for each varied key.

    A key that is left as the scenario has it is NaN; a key that names a table holds the place in its prior, 0 to 1.
    """
    lists = [item.values or [] for item in varied.values()]
    if design.method == "grid":
        rows = list(itertools.product(*lists))  # the last key varies fastest
        columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    elif design.method == "list":
        columns = [list(column) for column in lists]
    else:
        shares = shares_of(design, len(varied))
        columns = [
            [_quantile(key, item, float(share), design.method) for share in shares[:, n]]
            for n, (key, item) in enumerate(varied.items())
        ]
    frame: dict[str, Any] = {"point": np.arange(len(columns[0]), dtype=np.int32)}
    for key, column in zip(varied, columns, strict=True):
        mixed = any(isinstance(value, str) for value in column)
        frame[key] = np.array([str(value) for value in column], dtype=object) if mixed else np.array(column, np.float64)
    return pd.DataFrame(frame)


def shares_of(design: Design, columns: int) -> Floats:
    """Return the points of a design in the unit cube, [points, columns]; NaN: left as the scenario has it.

    Raises:
        SetupError: the library that makes the design is not installed.
    """
    from scipy.stats import qmc

    count, rng = design.points or 0, np.random.default_rng(design.seed)
    cube = {"num_vars": columns, "names": [str(n) for n in range(columns)], "bounds": [[0.0, 1.0]] * columns}
    match design.method:
        case "one-at-a-time":
            shares = np.full((2 * columns + 1, columns), np.nan)  # the first point: nothing moves
            for n in range(columns):
                shares[2 * n + 1 : 2 * n + 3, n] = 0, 1
        case "morris":
            morris = library("SALib.sample.morris", "sensitivity")
            shares = morris.sample(cube, count, num_levels=LEVELS, seed=rng)
        case "saltelli":
            saltelli = library("SALib.sample.sobol", "sensitivity")
            shares = saltelli.sample(cube, count, calc_second_order=False, seed=rng)
        case "sobol":
            shares = qmc.Sobol(columns, seed=rng).random_base2(count.bit_length() - 1)
        case _:
            shares = qmc.LatinHypercube(columns, seed=rng).random(count)
    return np.asarray(shares, dtype=np.float64)


def _quantile(key: str, item: Varied, share: float, method: str) -> float:
    """Return the value below which a share of a value's range or prior lies; for a table that share."""
    if np.isnan(share):
        return share
    if item.low is not None and item.high is not None:
        return Prior("uniform", item.low, item.high).quantile(share, 0.0)
    if method in ("one-at-a-time", "morris"):
        share = MIDDLE[0] + share * (MIDDLE[1] - MIDDLE[0])
    head, *rest = words(key)
    value = at_share(head, rest, share)
    return share if isinstance(value, dict) else float(value)


def value_at(key: str, number: float | str) -> Any:
    """Return what a scenario is given for a number in the table of points; a place in its prior for a table."""
    head, *rest = words(key)
    if isinstance(number, str) or head not in table() or not isinstance(leaf(table()[head][2], rest), dict):
        return number if isinstance(number, str) else float(number)
    return at_share(head, rest, float(number))
