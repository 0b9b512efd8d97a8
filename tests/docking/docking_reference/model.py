"""The model: who acts in which order."""

from __future__ import annotations

import math
from types import SimpleNamespace

import mesa

from docking_reference.country import Country
from docking_reference.demography import turn_of_year
from docking_reference.outside import Chance, Pyramids, month_of, single
from docking_reference.people import Citizen, EliteMember, PipelineMember
from spsim.config import Scenario
from spsim.model import inputs
from spsim.model.clock import Clock
from spsim.model.randomness import country_word

CLOSE = 1e-5
"""What comes out one way or the other by less than this may come out differently in the compiled model."""


class ReferenceModel(mesa.Model):
    """Publics and elites of some countries and their views of some powers, month by month."""

    def __init__(self, scenario: Scenario, replicate: int = 0, number: int = 0) -> None:
        super().__init__()
        run = scenario.run
        self.powers = tuple(run.powers)
        self.clock = Clock.of(run)
        self.dt = self.clock.dt
        self.number = number  # of the step that comes next
        self.year = self.clock.year(number)
        self.inputs = inputs.build(scenario, self.clock)
        self.pyramids = Pyramids(run.countries)
        self.chance = Chance(run.seed, replicate)
        self.countries = [Country(code, self.powers, scenario.parameters) for code in run.countries]
        self.close_calls: list[tuple[int, str, str]] = []  # step, what, country

    def months(self, number: int) -> dict[str, SimpleNamespace]:
        """Return what acts on each country from outside in the month in which a step begins."""
        return {
            country.code: month_of(self.inputs, number, row, self.powers)
            for row, country in enumerate(self.countries)
        }

    def step(self) -> None:
        """Move everybody and everything by one step; all look at the state at its beginning."""
        self.take_stock(self.months(self.number))
        self.deal_shocks()
        self.agents_by_type[Citizen].do("decide")
        self.agents_by_type[PipelineMember].do("decide")
        self.agents_by_type[EliteMember].do("decide")
        for country in self.countries:
            who = int(country_word(country.code))
            draws = {
                kind: self.chance.uniform(f"protest/{kind}", self.number, who) for kind in ("events", "concession")
            }
            adults = self.pyramids.adults(country.code, self.year)
            country.decide(
                self.dt, adults, draws, lambda what, by, code=country.code: self.close(what, code, by)
            )
        self.agents_by_type[Citizen].do("change")
        self.agents_by_type[PipelineMember].do("change")
        self.agents_by_type[EliteMember].do("change")
        for country in self.countries:
            country.change()
            country.welcome_into_stages()
        self.demography()
        self.number += 1

    def take_stock(self, months: dict[str, SimpleNamespace]) -> None:
        """Work out what follows from the present state: dependence, budgets, sources."""
        for country in self.countries:
            country.take_stock(months[country.code])
        self.allocate_budgets()
        for country in self.countries:
            country.listen()

    def allocate_budgets(self) -> None:
        """Give each country its budgets; an adaptive power moves some to where it is liked less (off by default).

        Media and culture move, education follows applicants. The sum over countries stays.
        """
        for country in self.countries:
            country.budget = {power: dict(country.month.budget[power]) for power in self.powers}
        for power in self.powers:
            for channel in ("media", "culture"):
                pool, needs = 0.0, []
                for country in self.countries:
                    movable = country.month.adaptive[power] * country.budget[power][channel]
                    pool += movable
                    dislike = math.exp(-country.rules.allocation_response * country.public_mean[power])
                    needs.append(movable * dislike)
                    country.budget[power][channel] -= movable
                for country, need in zip(self.countries, needs, strict=True):
                    country.budget[power][channel] += pool * need / sum(needs) if need > 0 else 0.0

    def deal_shocks(self) -> None:
        """Deal this step's chance to everybody: a shock of one's own, and one that a country shares."""
        for country in self.countries:
            people = country.people()
            identities = [person.identity for person in people]
            for power in self.powers:
                shared = self.chance.normal(f"common/{power}", self.number, int(country_word(country.code)))
                country.common_shock[power] = country.rules.common_noise * math.sqrt(self.dt) * shared
                own = self.chance.normals(f"affect/{power}", self.number, identities)
                for person, shock in zip(people, own, strict=True):
                    person.shock[power] = shock

    def demography(self) -> None:
        """Bring persons and their weights to the end of the step."""
        for country in self.countries:
            for citizen in country.citizens:
                citizen.heritage = single(citizen.heritage * math.exp(-country.month.heritage_fade * self.dt))
        if self.clock.opens_year(self.number + 1):
            turn_of_year(self, self.clock.year(self.number + 1))
        for country in self.countries:
            country.weigh(self.pyramids.heads(country.code, self.year))
            country.take_means()

    def close(self, what: str, country: str, by: float) -> None:
        """Note that something came out one way and not the other by very little."""
        if abs(by) < CLOSE:
            self.close_calls.append((self.number, what, country))
