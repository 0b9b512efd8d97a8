"""Tidy tables as labelled arrays, with units and names in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spsim.analysis.outcomes import OUTCOMES
from spsim.analysis.tables import UNITS

if TYPE_CHECKING:
    import xarray as xr

RUN_KEYS: dict[str, list[str]] = {
    "opinion": ["replicate", "date", "country", "group", "power"],
    "divergence": ["replicate", "date", "country", "power"],
    "generations": ["replicate", "date", "country", "power", "cohort"],
    "country": ["replicate", "date", "country"],
    "country_power": ["replicate", "date", "country", "power"],
    "channels": ["replicate", "date", "country", "group", "power", "channel"],
}
"""Table of a run -> the columns that become the dimensions of its dataset."""


def labelled(
    table: pd.DataFrame, keys: Sequence[str], units: Mapping[str, str], *, names: Mapping[str, str] | None = None,
    coords: Mapping[str, Sequence[Any]] | None = None, title: str = "",
) -> xr.Dataset:
    """Return a tidy table as a dataset: its keys become dimensions, in the order in which their values appear.

    Args:
        table: at most one row for each combination of the keys; what is not there is NaN, or an empty text.
        keys: columns that become dimensions; the others become variables.
        units: column -> unit.
        names: column -> name in words; the column's own if not given.
        coords: key -> all its values, where the table may lack some.
        title: of the dataset.
    """
    import xarray as xr

    axes = {key: pd.Index((coords or {}).get(key, table[key].unique()), name=key) for key in keys}
    at = tuple(axes[key].get_indexer(pd.Index(table[key])) for key in keys)
    shape = [len(axis) for axis in axes.values()]
    variables = {}
    for column in (name for name in table.columns if name not in keys):
        numeric = pd.api.types.is_numeric_dtype(table[column])
        array = np.full(shape, np.nan) if numeric else np.full(shape, "", dtype=object)
        array[at] = table[column].to_numpy()
        words = (names or {}).get(column, column.replace("_", " "))
        about = {"long_name": words} | ({"units": units[column]} if column in units else {})
        variables[column] = (list(keys), array, about)
    values = {key: _plain(axis) for key, axis in axes.items()}
    return xr.Dataset(variables, values, {"title": title} if title else {})


def _plain(axis: pd.Index[Any]) -> np.ndarray[Any, Any]:
    """Return the values of an axis as numbers, dates, or plain text rather than a categorical."""
    if pd.api.types.is_numeric_dtype(axis) or pd.api.types.is_datetime64_any_dtype(axis):
        return axis.to_numpy()
    return np.array([str(value) for value in axis])


def run_arrays(tables: Mapping[str, pd.DataFrame], name: str, title: str) -> xr.Dataset:
    """Return a table of a run as a dataset; the coordinate ``kind`` along ``channel`` says what a channel belongs to.

    Args:
        tables: the tables of the run by name.
        name: one of :data:`RUN_KEYS`.
        title: of the dataset.
    """
    table = tables[name]
    if "kind" not in table:
        return labelled(table, RUN_KEYS[name], UNITS[name], title=title)
    found = labelled(table.drop(columns="kind"), RUN_KEYS[name], UNITS[name], title=title)
    kinds = table.drop_duplicates("channel").astype({"channel": str, "kind": str}).set_index("channel")["kind"]
    return found.assign_coords(kind=("channel", kinds.loc[found["channel"].to_numpy()].to_numpy()))


def differences(table: pd.DataFrame, keys: Sequence[str], statistics: Sequence[str], title: str) -> xr.Dataset:
    """Return a table of differences by outcome as a dataset; the coordinates along ``outcome`` say names and units.

    Args:
        table: with a column ``outcome``.
        keys: columns that become dimensions.
        statistics: columns that are in the unit of the outcome.
        title: of the dataset.
    """
    in_unit = dict.fromkeys(statistics, "that of the outcome (coordinate unit)")
    found = labelled(table, keys, in_unit, title=title)
    known = [OUTCOMES[str(name)] for name in found["outcome"].to_numpy()]
    return found.assign_coords(
        unit=("outcome", [outcome.unit for outcome in known]), outcome_name=("outcome", [o.title for o in known])
    )


def sweep_arrays(
    runs: pd.DataFrame, points: pd.DataFrame, *, grid: bool, scenarios: Sequence[str], replicates: int, title: str
) -> xr.Dataset:
    """Return the runs of a sweep as a dataset, a variable for each outcome; what failed is NaN.

    Args:
        runs: columns scenario, point, replicate, outcome, power, country, value.
        points: columns point and the varied keys.
        grid: whether each varied key becomes a dimension; otherwise ``point`` is one, and the keys are its coordinates.
        scenarios: names of all scenarios.
        replicates: their number.
        title: of the dataset.
    """
    import xarray as xr

    varied = [key for key in points.columns if key != "point"]
    across = varied if grid else ["point"]
    coords: dict[str, Sequence[Any]] = {key: list(dict.fromkeys(points[key])) for key in across}
    coords |= {"scenario": list(scenarios), "replicate": list(range(replicates))}
    parts = []
    for outcome in dict.fromkeys(runs["outcome"]):
        known = OUTCOMES[outcome]
        here = runs[runs["outcome"] == outcome].merge(points, on="point", how="left")
        keys = ["scenario", *across, "replicate", *(["power"] if known.by_power else []), "country"]
        found = here[[*keys, "value"]].rename(columns={"value": outcome})
        parts.append(labelled(found, keys, {outcome: known.unit}, names={outcome: known.title}, coords=coords))
    whole = xr.merge(parts, join="outer", compat="no_conflicts") if parts else xr.Dataset()
    if not grid and parts:
        whole = whole.assign_coords({key: ("point", points[key].to_numpy()) for key in varied})
    whole.attrs = {"title": title}
    return whole
