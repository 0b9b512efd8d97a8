"""Tidy tables from the records of all replicates: one row an observation, names in words, shares in [0, 1]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import Scenario
from spsim.data import load_pack
from spsim.data.region import region
from spsim.model import record as rec
from spsim.model.clock import Clock
from spsim.model.population import COHORTS
from spsim.model.record import Record

Axis = tuple[str, Sequence[Any] | pd.DatetimeIndex]
"""The name of a column and the values that it runs through."""

REGION = region().code
"""The row for the region: publics weighted by adults, elites by the adults of their country."""

UNITS = {
    "opinion": {
        "affect": "[-1, 1]",
        "affect_sd": "affect",
        "approval": "share",
        "disapproval": "share",
        "no_opinion": "share",
    },
    "generations": {"weight": "persons", "affect": "[-1, 1]", "approval": "share"},
    "divergence": {
        "divergence_affect": "affect, elite minus public",
        "divergence_points": "points of approval, elite minus public",
        "wasserstein": "affect",
    },
    "country": {
        "openness": "Freedom House total / 100",
        "opacity": "share",
        "press": "share",
        "protest_share": "share of adults",
        "protest_events": "events in the step before the date",
        "heritage": "share",
        "adults": "persons",
    },
    "country_power": {
        "threat": "index",
        "capital_usd_bn": "bn USD of 2015; empty where no series exists",
        "dependence": "share",
        "foreign_labour_share": "share; empty where not modelled",
        "students": "persons",
        "returnees": "persons",
        "employed": "persons",
        "ceiling": "persons",
        "disappointed": "persons",
        "placement_rate": "share",
        "job_belief": "share",
    },
    "channels": {
        "reach": "share of the group; empty where the notion has no sense",
        "contribution": "change of the group's mean affect in the step before the date",
    },
    "inputs": {"value": "as in the column unit"},
}


class Tabulator:
    """Lays the records of all replicates of a scenario out as tables."""

    def __init__(self, scenario: Scenario, records: Sequence[Record]) -> None:
        self.records = records
        self.numbers = range(len(records))
        clock = Clock.of(scenario.run)
        self.dates = pd.to_datetime([clock.text(step) for step in range(clock.steps + 1)])
        self.years = sorted({clock.year(step) for step in range(clock.steps + 1)})
        self.countries, self.powers = list(scenario.run.countries), list(scenario.run.powers)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table of a run by name."""
        return {name: self.table(name) for name in UNITS}

    def table(self, name: str) -> pd.DataFrame:
        """Return one table of a run.

        Raises:
            KeyError: there is no such table.
        """
        dates: Axis = ("date", self.dates)
        countries: Axis = ("country", self.countries)
        places: Axis = ("country", [*self.countries, REGION])
        powers: Axis = ("power", self.powers)
        match name:
            case "opinion":
                axes = [dates, ("group", rec.GROUPS), places, powers]
                order = ["replicate", "date", "country", "group", "power"]
                return self._table("opinion", axes, rec.OPINION, order)
            case "generations":
                return self._table("cohorts", [dates, countries, powers, ("cohort", COHORTS)], rec.COHORT)
            case "divergence":
                return self._table("divergence", [dates, places, powers], rec.DIVERGENCE)
            case "country":
                return self._table("country", [dates, countries], rec.COUNTRY)
            case "country_power":
                return self._table("country_power", [dates, countries, powers], rec.COUNTRY_POWER)
            case "channels":
                return self._channels()
            case "inputs":
                return self._inputs()
        raise KeyError(name)

    def _table(self, field: str, axes: list[Axis], columns: Sequence[str],
               order: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a table of one field of the records; its axes become the first columns."""
        stacked = np.stack([getattr(record, field) for record in self.records])
        axes = [("replicate", self.numbers), *axes]
        table = _index(axes)
        for position, column in enumerate(columns):
            table[column] = stacked[..., position].ravel()
        keys = list(order or [name for name, _ in axes])
        return table[[*keys, *columns]]

    def _channels(self) -> pd.DataFrame:
        """Return contributions and reach; the first date has none, as nothing has moved yet."""
        names = {group: self.records[0].terms[group] for group in rec.GROUPS}
        kinds = list(dict.fromkeys(kind for terms in names.values() for kind, _ in terms))
        channels = list(dict.fromkeys(channel for terms in names.values() for _, channel in terms))
        parts = []
        for group, terms in names.items():
            axes: list[Axis] = [("replicate", self.numbers), ("date", self.dates[1:]), ("country", self.countries),
                                ("power", self.powers), ("term", range(len(terms)))]
            table = _index(axes)
            term = table["term"].to_numpy()
            table["group"] = _named(list(rec.GROUPS), np.full(len(table), rec.GROUPS.index(group)))
            table["kind"] = _named(kinds, np.array([kinds.index(kind) for kind, _ in terms])[term])
            table["channel"] = _named(channels, np.array([channels.index(channel) for _, channel in terms])[term])
            table["reach"] = np.stack([record.reach[group][1:] for record in self.records]).ravel()
            table["contribution"] = np.stack([record.contributions[group][1:] for record in self.records]).ravel()
            parts.append(table)
        keys = ["replicate", "date", "country", "group", "power", "kind", "channel", "reach", "contribution"]
        return pd.concat(parts, ignore_index=True)[keys]

    def _inputs(self) -> pd.DataFrame:
        """Return the data series behind the run, with what was filled and by which rule."""
        frames = [series.to_frame() for series in load_pack().series.values()]
        table = pd.concat(frames, ignore_index=True)
        chosen = table["country"].isin(self.countries) & table["year"].isin(self.years)
        return table[chosen].reset_index(drop=True)


def diagnostics(records: Sequence[Record]) -> dict[str, float]:
    """Return what a reader should know of the run as a whole: the loop gain and how near protest is to tipping."""
    slope = max(float(record.protest_slope.max()) for record in records)
    share = rec.COUNTRY.index("protest_share")
    gap = max(float((record.upper_share - record.country[..., share]).max()) for record in records)
    gain = float(np.mean([record.loop_gain[1:].mean() for record in records]))
    return {"protest_slope_max": slope, "protest_second_equilibrium_gap_max": gap, "opacity_loop_gain_mean": gain,
            "opacity_loop_gain_max": max(float(record.loop_gain.max()) for record in records)}


def _index(axes: list[Axis]) -> pd.DataFrame:
    """Return a frame with one row for each combination of the axes, the last one running fastest."""
    shape = [len(values) for _, values in axes]
    positions = np.indices(shape).reshape(len(axes), -1)
    columns: dict[str, Any] = {}
    for (name, values), at in zip(axes, positions, strict=True):
        text = isinstance(values[0], str)
        columns[name] = _named([str(v) for v in values], at) if text else np.asarray(values)[at]
    return pd.DataFrame(columns)


def _named(names: list[str], positions: NDArray[np.int64]) -> pd.Categorical[str]:
    """Return names by position as a categorical, which keeps large tables small; the names differ from each other."""
    return pd.Categorical.from_codes(positions, categories=pd.Index(names))


