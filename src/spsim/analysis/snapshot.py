"""A run as it stands at a date: what charts and pages read while the run goes on.

A record is written row by row and a row never changes again, so a snapshot shares the rows with the record and copies
nothing. Axes are those of :mod:`spsim.model.record`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spsim.analysis.attribution import START, standing_flows
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import Scenario, month_index
from spsim.data import REGION, load_pack
from spsim.model import record as rec
from spsim.model.clock import Clock
from spsim.model.population import COHORTS
from spsim.model.record import Record

Floats = NDArray[np.float64]

STAGES = ("students", "returnees", "employed", "ceiling", "disappointed")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One replicate of a scenario up to and with the date ``step``; nothing in it can be written."""

    scenario: Scenario
    record: Record
    step: int

    @classmethod
    def of(cls, scenario: Scenario, record: Record, step: int) -> Snapshot:
        """Return a snapshot of a record that may grow beyond ``step``."""
        return cls(scenario, _until(record, step), step)

    @cached_property
    def clock(self) -> Clock:
        """The clock of the run."""
        return Clock.of(self.scenario.run)

    @property
    def date(self) -> str:
        """The date as ``YYYY-MM``."""
        return self.clock.text(self.step)

    @property
    def finished(self) -> bool:
        """Whether this is the last date of the run."""
        return self.step >= self.clock.steps

    @cached_property
    def years(self) -> Floats:
        """The dates so far as decimal years, [D]."""
        return np.array([self.clock.decimal_year(step) for step in range(self.step + 1)])

    @property
    def period(self) -> tuple[float, float]:
        """First and last date of the whole run as decimal years."""
        return self.clock.decimal_year(0), self.clock.decimal_year(self.clock.steps)

    @property
    def countries(self) -> list[str]:
        """Codes of the countries."""
        return list(self.scenario.run.countries)

    @property
    def powers(self) -> list[str]:
        """Codes of the powers."""
        return list(self.scenario.run.powers)

    def place(self, code: str) -> int:
        """Return where a country stands on the axis of places; the region stands last."""
        return len(self.countries) if code == REGION else self.countries.index(code)

    def outcome(self, name: str, place: str, power: str = "") -> Floats:
        """Return one of :data:`spsim.analysis.outcomes.OUTCOMES` in a country or the region, [D], in its unit."""
        values = self._outcome(name)[:, self.place(place)]
        return values[:, self.powers.index(power)] if power else values

    def _outcome(self, name: str) -> Floats:
        """Return an outcome everywhere, read once."""
        if name not in self._read:
            self._read[name] = OUTCOMES[name].read(self.record)
        return self._read[name]

    @cached_property
    def _read(self) -> dict[str, Floats]:
        return {}

    def stages(self, place: str, power: str) -> dict[str, Floats]:
        """Return persons in each stage of education in a power, by name of the stage, each [D]."""
        rows = self.record.country_power[:, self.adults(place) > 0, self.powers.index(power)].sum(axis=1)
        return {name: rows[:, rec.COUNTRY_POWER.index(name)] for name in STAGES}

    def generation(self, place: str, power: str, cohort: str) -> Floats:
        """Return approval in per cent of those born in one political generation, [D]; nan before it is adult."""
        rows = self.record.cohorts[:, self.adults(place) > 0, self.powers.index(power), COHORTS.index(cohort)]
        persons, approval = np.nan_to_num(rows[..., 0]), np.nan_to_num(rows[..., 2])
        total = persons.sum(axis=1)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(total > 0, 100 * (persons * approval).sum(axis=1) / total, np.nan))

    def adults(self, place: str) -> Floats:
        """Return how many adults each country counts in a place: 1 and 0 for a country, persons for the region, [C]."""
        if place == REGION:
            return np.asarray(self.record.country[-1, :, rec.COUNTRY.index("adults")])
        return np.asarray(np.eye(len(self.countries))[self.countries.index(place)])

    def moved(self, place: str) -> tuple[list[tuple[str, str]], Floats, Floats]:
        """Return what has moved the public since the start, and whom it reaches.

        Returns:
            (kind, channel) of each term; what it still contributes to mean affect, [P, terms]; the share of adults whom
            it reached, mean over the last year, nan where reach has no sense, [P, terms]. No terms before the first
            step.
        """
        if self.step == 0:
            nothing = np.zeros((len(self.powers), 0))
            return [], nothing, nothing
        names, run = self.record.terms["public"], self.scenario.run
        level = self.record.opinion[None, :, 0, :-1, :, 0]
        fading = self.scenario.parameters.anchor_rate * run.years_per_step
        kept, start = standing_flows(self.record.contributions["public"][None, 1:], level, names, fading)
        weight = self.adults(place) / self.adults(place).sum()
        standing = np.concatenate([kept[0, -1], start[0, -1]], axis=-1)
        a_year = self.record.reach["public"][1:][-max(1, 12 // run.step_months) :]
        reached = np.concatenate([a_year.mean(axis=0), np.full((*a_year.shape[1:3], 1), np.nan)], axis=-1)
        return [*names, START], _weighted(standing, weight), _weighted(reached, weight)

    @cached_property
    def extrapolated_from(self) -> int:
        """First year whose economic or political inputs are extrapolated."""
        return first_extrapolated_year()


def first_extrapolated_year() -> int:
    """Return the first year for which neither GDP nor openness is recorded anywhere."""
    known = [load_pack().series[name] for name in ("gdp", "openness")]
    return 1 + max(int(series.years[~series.filled.all(axis=1)].max()) for series in known)


def decimal_year(month: str) -> float:
    """Return a month ``YYYY-MM`` as a decimal year."""
    return month_index(month) / 12


def _weighted(values: Floats, weight: Floats) -> Floats:
    """Return the mean over countries, [C, P, terms] -> [P, terms]; a country without weight counts for nothing."""
    return np.asarray(np.tensordot(weight[weight > 0], values[weight > 0], axes=1))


def _until(record: Record, step: int) -> Record:
    """Return the rows up to and with a date; they can be read and not written."""

    def rows(array: Floats) -> Floats:
        part = array[: step + 1]
        part.flags.writeable = False
        return part

    found: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in {"contributions", "reach"}:
            found[field.name] = {group: rows(array) for group, array in value.items()}
        else:
            found[field.name] = value if field.name == "terms" else rows(value)
    return Record(**found)
