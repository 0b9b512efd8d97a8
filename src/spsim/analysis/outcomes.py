"""The outcomes that experiments compare, each read off a record by country and for the region, year by year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spsim.config import Scenario
from spsim.display import POWER_NAMES
from spsim.model import record as rec
from spsim.model.clock import Clock
from spsim.model.record import Record

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """One outcome: what it is called, its unit, and where it stands in a record.

    ``read`` returns [dates, places] or [dates, places, powers]; places are the countries and, last, the region.
    """

    name: str
    title: str
    unit: str
    read: Callable[[Record], Floats]
    by_power: bool = True
    over_year: Literal["mean", "sum"] = "mean"

    def yearly(self, record: Record, scenario: Scenario, years: Sequence[int]) -> Floats:
        """Return the outcome by year, [years, places] or [years, places, powers]."""
        values, clock = self.read(record), Clock.of(scenario.run)
        year_of = np.array([clock.year(step) for step in range(clock.steps + 1)])
        gather = np.mean if self.over_year == "mean" else np.sum
        return np.stack([gather(values[year_of == year], axis=0) for year in years])


def _opinion(column: str, group: str, scale: float) -> Callable[[Record], Floats]:
    g, c = rec.GROUPS.index(group), rec.OPINION.index(column)
    return lambda record: scale * record.opinion[:, g, :, :, c]


def _divergence(column: str) -> Callable[[Record], Floats]:
    c = rec.DIVERGENCE.index(column)
    return lambda record: record.divergence[..., c]


def _adults(record: Record) -> Floats:
    return record.country[..., rec.COUNTRY.index("adults")]


def _with_region(values: Floats, adults: Floats, *, total: bool) -> Floats:
    """Append the region: the sum over countries, or their mean weighted by adults; [D, C, ...] -> [D, R, ...]."""
    heads = adults.reshape(*adults.shape, *(1,) * (values.ndim - 2))
    region = values.sum(axis=1) if total else (values * heads).sum(axis=1) / heads.sum(axis=1)
    return np.concatenate([values, region[:, None]], axis=1)


def _country(column: str, scale: float = 1.0, *, total: bool = False) -> Callable[[Record], Floats]:
    c = rec.COUNTRY.index(column)
    return lambda record: scale * _with_region(record.country[..., c], _adults(record), total=total)


def _country_power(column: str, scale: float = 1.0, *, total: bool = False) -> Callable[[Record], Floats]:
    c = rec.COUNTRY_POWER.index(column)
    return lambda record: scale * _with_region(record.country_power[..., c], _adults(record), total=total)


OUTCOMES: dict[str, Outcome] = {
    outcome.name: outcome
    for outcome in (
        Outcome("approval", "public approval", "points", _opinion("approval", "public", 100)),
        Outcome("affect", "public affect", "affect", _opinion("affect", "public", 1)),
        Outcome("affect_sd", "spread of public affect", "affect", _opinion("affect_sd", "public", 1)),
        Outcome("elite_approval", "elite approval as if polled", "points", _opinion("approval", "elite", 100)),
        Outcome("alignment", "elite alignment", "alignment", _opinion("affect", "elite", 1)),
        Outcome("divergence", "elite minus public approval", "points", _divergence("divergence_points")),
        Outcome("divergence_affect", "elite minus public affect", "affect", _divergence("divergence_affect")),
        Outcome("protest_events", "protest events", "events per year", _country("protest_events", total=True),
                by_power=False, over_year="sum"),
        Outcome("participation", "participation in protest", "% of adults", _country("protest_share", 100),
                by_power=False),
        Outcome("heritage", "mean heritage", "share", _country("heritage"), by_power=False),
        Outcome("opacity", "opacity", "share", _country("opacity"), by_power=False),
        Outcome("threat", "perceived threat", "index", _country_power("threat")),
        Outcome("dependence", "dependence", "share", _country_power("dependence")),
        Outcome("students", "students abroad", "persons", _country_power("students", total=True)),
        Outcome("disappointed", "disappointed graduates", "persons", _country_power("disappointed", total=True)),
        Outcome("placement_rate", "placement of graduates", "%", _country_power("placement_rate", 100)),
    )
}


def named(outcome: str, power: str) -> str:
    """Return an outcome and a power in words."""
    return f"{OUTCOMES[outcome].title}{f', {POWER_NAMES.get(power, power)}' if power else ''}"
