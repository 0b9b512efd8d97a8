"""What a pattern is read from: the record of one run, and a few looks at its citizens on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spsim.analysis.outcomes import OUTCOMES
from spsim.config import Scenario, month_index
from spsim.data import REGION
from spsim.model import opinion
from spsim.model import record as rec
from spsim.model.clock import Clock
from spsim.model.record import Record
from spsim.model.simulation import Simulation

Floats = NDArray[np.float64]

LOOKS = ("2010-07", "2018-07", "2018-10", "2018-12", "2020-10", "2022-10")
"""Dates at which citizens are looked at: acceptance and alumni, and the three pooled waves of the Barometer."""


@dataclass(frozen=True)
class Look:
    """Citizens at one date; C countries, P powers."""

    distributions: Floats  # [C, P, BINS] weights of the public on the grid of affect
    acceptance: Mapping[str, Floats]  # source -> [C, P] how far those reached accept it
    alumni_gap: Floats  # [C, P] affect of alumni minus that of their matched peers, towards the power of study
    alumni_threat: Floats  # [C, P] threat felt by alumni over that felt by their matched peers


@dataclass(frozen=True)
class Reading:
    """One run as patterns read it: by name, country and year."""

    scenario: Scenario
    record: Record
    looks: Mapping[str, Look] = field(default_factory=dict)

    @cached_property
    def clock(self) -> Clock:
        """The clock of the run."""
        return Clock.of(self.scenario.run)

    def step(self, month: str) -> int:
        """Return the number of the date at a month."""
        return (month_index(month) - self.clock.first_month) // self.clock.step_months

    def places(self, countries: Sequence[str]) -> list[int]:
        """Return the positions of countries and, by its code, of the region."""
        run = self.scenario.run
        return [len(run.countries) if code == REGION else run.countries.index(code) for code in countries]

    def yearly(self, outcome: str, power: str, countries: Sequence[str], years: Sequence[int]) -> Floats:
        """Return an outcome by year, [years, countries]; ``power`` is "" for what concerns no power."""
        values = OUTCOMES[outcome].yearly(self.record, self.scenario, years)[:, self.places(countries)]
        return values[..., self.scenario.run.powers.index(power)] if power else values

    def mean(self, outcome: str, power: str, countries: Sequence[str], years: Sequence[int]) -> Floats:
        """Return the mean of an outcome over years, [countries]."""
        return np.asarray(self.yearly(outcome, power, countries, years).mean(axis=0))

    def poll(self, power: str, countries: Sequence[str], years: Sequence[int]) -> Floats:
        """Return approval in July, when polls are taken, in points, [years, countries]."""
        dates = [self.step(f"{year}-07") for year in years]
        values = OUTCOMES["approval"].read(self.record)[np.ix_(dates, self.places(countries))]
        return values[..., self.scenario.run.powers.index(power)]

    def events(self, countries: Sequence[str], first: str, last: str) -> Floats:
        """Return the protest events of each country from the first to the last month, both included."""
        dates = slice(self.step(first) + 1, self.step(last) + 2)  # a date holds the events of the month before it
        column = self.record.country[dates, :, rec.COUNTRY.index("protest_events")]
        return np.asarray(column.sum(axis=0)[self.places(countries)])

    def at(self, column: str, power: str, country: str, month: str) -> float:
        """Return a column of ``country_power`` at a month."""
        place = self.places([country])[0], self.scenario.run.powers.index(power)
        return float(self.record.country_power[self.step(month)][place][rec.COUNTRY_POWER.index(column)])

    def effect_per_participant(self, channel: str, power: str, country: str, years: Sequence[int]) -> float:
        """Return what a channel does in a year to the affect of those whom it reaches."""
        terms = [name for _, name in self.record.terms["public"]]
        where = np.s_[:, self.places([country])[0], self.scenario.run.powers.index(power), terms.index(channel)]
        moved, reach = self.record.contributions["public"][where], self.record.reach["public"][where]
        dates = [n for n in range(1, self.clock.steps + 1) if self.clock.year(n - 1) in years]
        per_year = 12 / self.clock.step_months
        return float(np.mean(moved[dates] / np.where(reach[dates] > 0, reach[dates], np.nan)) * per_year)


def read(scenario: Scenario, replicate: int, *, look: bool) -> Reading:
    """Run one replicate and return its reading, with the looks at citizens where asked."""
    simulation, looks = Simulation(scenario, replicate), {}
    while not simulation.finished:
        report = simulation.advance()
        if look and simulation.date in LOOKS:
            looks[simulation.date] = _look(simulation, report.voices)
    return Reading(simulation.world.scenario, simulation.record, looks)


def _look(simulation: Simulation, voices: opinion.Broadcast) -> Look:
    world, state = simulation.world, simulation.world.state
    accepted = opinion.mean_acceptance(voices, state, world.people, world.parameters)
    slots, agents = state.citizens.slots, state.agents
    shape = len(world.countries), len(world.powers)
    own = np.arange(slots, slots + agents.count)
    weight = np.where(agents.stage > 0, state.weight[own], 0.0)  # graduates, not students
    cell = agents.country * shape[1] + agents.power
    sensitivity = world.people.traits[own, 1].astype(np.float64)

    def summed(values: Floats) -> Floats:
        return np.asarray(np.bincount(cell, weight * values, shape[0] * shape[1]), dtype=np.float64).reshape(shape)

    gap = state.affect[own, agents.power].astype(np.float64) - state.affect[agents.home, agents.power]
    heads, peers = summed(np.ones(own.size)), summed(sensitivity)
    felt = summed(sensitivity * world.people.factors[np.arange(agents.count), agents.power])
    empty = np.full(shape, np.nan)
    return Look(
        distributions=simulation.recorder.public_distributions(simulation.step_number).sum(axis=1),
        acceptance=dict(zip(voices.names, accepted, strict=True)),
        alumni_gap=np.divide(summed(gap), heads, out=empty.copy(), where=heads > 0),
        alumni_threat=np.divide(felt, peers, out=empty.copy(), where=peers > 0),
    )
