"""The accepted ensemble: parameter sets that agree with survey data, and the member that each replicate runs with.

Two replicates that follow each other share a set. What these two differ by is chance, what sets differ by is what
nobody knows of the parameters: so the two can be told apart. Which set it is depends on the seed and the number of the
replicate and on nothing else, so a longer run begins with the replicates of a shorter one, and scenarios that are
compared meet the same sets.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

from spsim.config.errors import ConfigError, Place, Problem, listed
from spsim.config.parameters import Parameters, leaves, parameter_table
from spsim.data import read_table
from spsim.data.pack import table_file
from spsim.data.region import region
from spsim.ground.tables import read_cells

PER_SET = 2
"""Replicates in a row that share a parameter set."""

ENSEMBLE: Final = "ensemble"
DEFAULTS: Final = "defaults"
"""Where the calibrated numbers of a run come from, as ``run.parameters`` says it."""


def is_there() -> bool:
    """Tell whether the region has an ensemble: one is calibrated to the polls of its own countries."""
    return table_file(ENSEMBLE).is_file()


@cache
def members() -> pd.DataFrame:
    """Return the ensemble: a row for each parameter set, a column for each number, dotted as after ``--set``.

    Raises:
        ConfigError: it holds numbers that the region does not have, as one that was copied from another region, or
            that are outside the bounds of their parameters.
    """
    if not is_there():
        return pd.DataFrame()
    found = read_table(ENSEMBLE).set_index("member")
    known = {".".join((name, *path)) for name, value in Parameters().model_dump().items() for path, _ in leaves(value)}
    if strange := [key for key in found.columns if key not in known]:
        place = Place(str(table_file(ENSEMBLE)), 1)
        raise ConfigError([Problem(place, listed(strange), f"there is no such number in {region().name}")])
    if problems := list(_outside(found)):
        raise ConfigError(problems)
    return found


def _outside(found: pd.DataFrame) -> Iterator[Problem]:
    """Yield, for each number, the first member in which it is outside the bounds of its parameter."""
    for key in found.columns:
        known = parameter_table()[key.partition(".")[0]][3]
        values = found[key].to_numpy()
        wrong = np.flatnonzero(~((known.low <= values) & (values <= known.high)))
        if wrong.size:
            first = int(wrong[0])
            place = Place(str(table_file(ENSEMBLE)), read_cells(table_file(ENSEMBLE)).lines[first])
            yield Problem(place, key, f"got {values[first]:g}", known.bounds_text())


@cache
def about() -> dict[str, Any]:
    """Return the manifest of the ensemble, and as ``digest`` a fingerprint of its rows."""
    table = table_file(ENSEMBLE)
    found: dict[str, Any] = json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))
    return {**found, "digest": hashlib.sha256(table.read_bytes()).hexdigest()[:16]}


@cache
def calibrated() -> tuple[str, ...]:
    """Return the dotted keys of the numbers that the ensemble holds."""
    return tuple(members().columns)


@lru_cache(maxsize=64)
def _order(seed: int, turn: int) -> tuple[int, ...]:
    """Return all members in the order in which a seed takes them in one turn through the ensemble."""

    def key(member: int) -> bytes:
        return hashlib.blake2b(f"spsim/ensemble/{seed}/{turn}/{member}".encode(), digest_size=8).digest()

    return tuple(sorted((int(member) for member in members().index), key=key))


def member_of(seed: int, replicate: int) -> int:
    """Return the member that a replicate runs with; no member comes twice before each has come once."""
    turn, place = divmod(replicate // PER_SET, len(members()))
    return _order(seed, turn)[place]


def spread(key: str) -> tuple[float, float, float]:
    """Return the 5 % quantile, the median and the 95 % quantile of a number over the ensemble."""
    low, middle, high = members()[key].quantile([0.05, 0.5, 0.95]).tolist()
    return low, middle, high


def spread_text(key: str) -> str:
    """Return what the ensemble says of a number, in words."""
    low, middle, high = (f"{value:.3g}" for value in spread(key))
    return f"ensemble (median {middle}, 90 % from {low} to {high} over {len(members())} parameter sets)"
