"""Records out of the tables that a run left: the way back from :mod:`spsim.analysis.tables`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import Scenario
from spsim.model import record as rec
from spsim.model.population import COHORTS
from spsim.model.record import Record

Floats = NDArray[np.float64]

NEEDED = ("opinion", "generations", "divergence", "country", "country_power", "channels")
"""The tables that a record is made of."""


def records_of(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> list[Record]:
    """Return the record of each replicate.

    What tables do not hold (slope of the protest map, loop gain, upper equilibrium) stays empty.

    Args:
        scenario: what was run.
        tables: those of ``NEEDED``, in the order in which a run writes them.
    """
    countries, powers = len(scenario.run.countries), len(scenario.run.powers)
    places, dates = countries + 1, int(tables["opinion"]["date"].nunique())
    opinion = _values(tables["opinion"], rec.OPINION, (dates, len(rec.GROUPS), places, powers))
    cohorts = _values(tables["generations"], rec.COHORT, (dates, countries, powers, len(COHORTS)))
    divergence = _values(tables["divergence"], rec.DIVERGENCE, (dates, places, powers))
    country = _values(tables["country"], rec.COUNTRY, (dates, countries))
    country_power = _values(tables["country_power"], rec.COUNTRY_POWER, (dates, countries, powers))
    terms = {group: _terms(tables["channels"], group) for group in rec.GROUPS}
    moved = {
        group: _values(
            tables["channels"][(tables["channels"]["group"] == group).to_numpy()], ("contribution", "reach"),
            (dates - 1, countries, powers, len(terms[group])),
        )
        for group in rec.GROUPS
    }
    return [
        Record(
            opinion[n], cohorts[n], divergence[n], country[n], country_power[n],
            {group: _from_the_start(values[n, ..., 0], 0.0) for group, values in moved.items()},
            {group: _from_the_start(values[n, ..., 1], np.nan) for group, values in moved.items()},
            terms,
        )
        for n in range(len(opinion))
    ]


def _values(table: pd.DataFrame, columns: Sequence[str], shape: tuple[int, ...]) -> Floats:
    """Return columns of a table as an array, [replicates, *shape, columns]."""
    return np.asarray(table[list(columns)].to_numpy(dtype=np.float64).reshape(-1, *shape, len(columns)))


def _terms(channels: pd.DataFrame, group: str) -> list[tuple[str, str]]:
    """Return (kind, channel) of the terms of a group, in the order of the table."""
    here = channels.loc[(channels["group"] == group).to_numpy(), ["kind", "channel"]].drop_duplicates()
    return [(str(kind), str(channel)) for kind, channel in here.itertuples(index=False)]


def _from_the_start(values: Floats, first: float) -> Floats:
    """Put the first date, at which nothing has moved yet, before the others."""
    return np.concatenate([np.full((1, *values.shape[1:]), first), values])
