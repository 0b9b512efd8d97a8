"""What a run writes down at every date, as arrays; tables are made of them elsewhere.

Axes: D dates, C countries, R = C + 1 countries and the region, P powers, G groups (public, elite), B birth cohorts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.model import elites, observation, opinion, protest
from spsim.model.channels import investment
from spsim.model.population import COHORTS, country_and_cohort
from spsim.model.step import Report
from spsim.model.world import World

Floats = NDArray[np.float64]

GROUPS = ("public", "elite")
OPINION = ("affect", "affect_sd", "approval", "disapproval", "no_opinion")
COHORT = ("weight", "affect", "approval")
DIVERGENCE = ("divergence_affect", "divergence_points", "wasserstein")
COUNTRY = ("openness", "opacity", "press", "protest_share", "protest_events", "heritage", "adults")
COUNTRY_POWER = ("threat", "capital_usd_bn", "dependence", "foreign_labour_share", "students", "returnees", "employed",
                 "ceiling", "disappointed", "placement_rate", "job_belief")

_THREAT, _CAPITAL, _DEPENDENCE, _LABOUR, _STUDENTS, _PLACEMENT, _BELIEF = (
    COUNTRY_POWER.index(name) for name in (
        "threat", "capital_usd_bn", "dependence", "foreign_labour_share", "students", "placement_rate", "job_belief"
    )
)

NEWS = [opinion.THREAT, opinion.MEMORY, opinion.EVENT_ANCHOR, opinion.JUMP]
"""What comes as news: it concerns everybody."""

KIND_OF_TERM = {
    "social_influence": "social", "anchor_return": "anchor", "heritage": "heritage", "threat": "threat",
    "memory": "event", "investment": "investment", "education": "education", "event_anchor": "event",
    "event_jump": "event", "noise": "noise", "common_noise": "noise", "clipping": "numerical",
    "cohort_turnover": "demography",
}
KIND_OF_ELITE_TERM = {
    "investment": "investment", "listening": "social", "pressure": "protest", "hedging": "hedging",
    "diplomacy": "diplomacy", "orientation": "anchor", "alignment_return": "anchor", "clipping": "numerical",
    "member_turnover": "demography",
}


@dataclass
class Record:
    """The record of one replicate."""

    opinion: Floats  # [D, G, R, P, 5]
    cohorts: Floats  # [D, C, P, B, 3]
    divergence: Floats  # [D, R, P, 3]
    country: Floats  # [D, C, 7]
    country_power: Floats  # [D, C, P, 11]
    contributions: dict[str, Floats] = field(default_factory=dict)  # group -> [D, C, P, terms]
    reach: dict[str, Floats] = field(default_factory=dict)  # group -> [D, C, P, terms], nan = no notion of reach
    terms: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # group -> (kind, channel)
    protest_slope: Floats = field(default_factory=lambda: np.zeros(0))  # [D, C]
    upper_share: Floats = field(default_factory=lambda: np.zeros(0))  # [D, C]
    loop_gain: Floats = field(default_factory=lambda: np.zeros(0))  # [D, C]


class Recorder:
    """Fills a :class:`Record`, date by date; with ``events_only`` protest events and nothing else (the rest is nan)."""

    def __init__(self, world: World, *, events_only: bool = False) -> None:
        run, dates = world.scenario.run, world.clock.steps + 1
        c, p = len(run.countries), len(run.powers)
        self.world, self.events_only = world, events_only
        self.places: dict[str, dict[str, int]] = {}  # group -> term -> its place among the terms

        def room(*axes: int) -> Floats:
            return np.full((dates, *axes), np.nan if events_only else 0.0)

        self.record = Record(
            opinion=room(2, c + 1, p, 5), cohorts=room(c, p, len(COHORTS), 3), divergence=room(c + 1, p, 3),
            country=room(c, len(COUNTRY)), country_power=room(c, p, len(COUNTRY_POWER)), protest_slope=room(c),
            upper_share=room(c), loop_gain=room(c),
        )
        listed = world.parameters

        def answers(country: str) -> list[Floats]:
            return [observation.leadership_item(power, listed, country).probabilities().T for power in run.powers]

        # [C, P, BINS, 3] each; fear bends the answers of the public, not those ascribed to elites
        self.answers_public = np.array([answers(code) for code in run.countries])
        self.answers_elite = np.array([answers("") for _ in run.countries])
        self.no_capital = np.array([power in listed.trade_exposure for power in run.powers])  # [P]
        self.no_labour = np.array([power not in listed.initial_foreign_labour for power in run.powers])  # [P]

    def observe(self, step: int) -> None:
        """Write down the state at a date."""
        world, record = self.world, self.record
        state = world.state
        if self.events_only:
            record.country[step, :, COUNTRY.index("protest_events")] = state.politics.protest_events
            return
        adults = world.adults(world.clock.year(step))
        by_cohort, elite = self.public_distributions(step), self._elite_distributions(adults)
        distributions = observation.with_region(by_cohort, elite)  # [G, R, P, BINS]
        asked = observation.totals(by_cohort, self.answers_public)
        as_if_asked = observation.totals(elite, self.answers_elite)
        record.opinion[step] = observation.polled(observation.with_region(asked, as_if_asked))
        affect = record.opinion[step, ..., 0]
        affect[:, :-1] = state.public_mean, state.elite_mean  # exact, as the contributions add up to it
        affect[:, -1] = adults @ affect[:, :-1] / adults.sum()
        self._divergence(step, distributions)
        record.cohorts[step] = observation.cohorts(asked)
        self._country(step, adults, distributions[0, :-1])

    def moved(self, step: int, report: Report) -> None:
        """Write down what moved opinion on the way to date ``step``."""
        if self.events_only:
            return
        record = self.record
        if not record.terms:
            self._name_terms(report)
        for group, terms, turnover in (
            ("public", report.public_terms, report.turnover), ("elite", report.elite_terms, report.elite_turnover),
        ):
            record.contributions[group][step, ..., :-1] = terms
            record.contributions[group][step, ..., -1] = turnover
        self._write_reach(step, report)
        record.protest_slope[step] = report.unrest.slope
        record.upper_share[step] = report.unrest.upper_share
        record.loop_gain[step] = report.loop_gain

    def take_over(self, past: Record, step: int) -> None:
        """Copy what another record holds up to and with date ``step``, from which a run goes on."""
        rows = step + 1
        if past.terms:
            self._make_room({group: list(names) for group, names in past.terms.items()})
        for entry in fields(past):
            old, new = getattr(past, entry.name), getattr(self.record, entry.name)
            if entry.name in {"contributions", "reach"}:
                for group, array in old.items():
                    new[group][:rows] = array[:rows]
            elif entry.name != "terms":
                new[:rows] = old[:rows]

    def _name_terms(self, report: Report) -> None:
        public = [(KIND_OF_TERM[name], name) for name in opinion.TERMS]
        public += list(zip(report.voices.channels, report.voices.names, strict=True))
        public += [(name, name) for name in report.further_public]
        public.append((KIND_OF_TERM["cohort_turnover"], "cohort_turnover"))
        elite = [(KIND_OF_ELITE_TERM[name], name) for name in elites.TERMS]
        elite += [(name, name) for name in report.further_elite]
        elite.append((KIND_OF_ELITE_TERM["member_turnover"], "member_turnover"))
        self._make_room({"public": public, "elite": elite})

    def _make_room(self, terms: dict[str, list[tuple[str, str]]]) -> None:
        record, shape = self.record, self.record.country_power.shape[:3]
        record.terms = terms
        for group, names in terms.items():
            record.contributions[group] = np.zeros((*shape, len(names)))
            record.reach[group] = np.full((*shape, len(names)), np.nan)  # nan where the notion has no sense
            self.places[group] = {name: place for place, (_, name) in enumerate(names)}

    def _write_reach(self, step: int, report: Report) -> None:
        """Write the share of adults, and of elite members, whom each term concerns."""
        public, elite = self.record.reach["public"][step], self.record.reach["elite"][step]
        for signal in report.signals:
            if signal.reach_public is not None and signal.channel in self.places["public"]:
                public[..., self.places["public"][signal.channel]] = signal.reach_public
            if signal.reach_elite is not None and signal.channel in self.places["elite"]:
                elite[..., self.places["elite"][signal.channel]] = signal.reach_elite
        public[..., NEWS] = 1.0
        first, voices = len(opinion.TERMS), report.voices
        _write_reached(public[..., first : first + len(voices.names)], report.source_reach, voices.stance)

    def _elite_distributions(self, adults: Floats) -> Floats:
        """Return weights on the grid of alignment by country, [C, 1, P, BINS]; members share the adults."""
        alignment = self.world.state.elites.alignment
        countries, members, powers = alignment.shape
        spread = observation.distribution(
            alignment.reshape(-1, powers).astype(np.float32), np.repeat(adults / members, members),
            np.repeat(np.arange(countries, dtype=np.uint16), members), countries,
        )
        return spread[:, None]

    def public_distributions(self, step: int) -> Floats:
        """Return weights on the grid of affect by country and birth cohort, [C, B, P, BINS]."""
        world, state = self.world, self.world.state
        slots, countries, cohorts = state.citizens.slots, len(world.countries), len(COHORTS)
        group = country_and_cohort(state.citizens.country, state.citizens.birth_year)
        weights = observation.distribution(state.affect[:slots], state.weight[:slots], group, countries * cohorts)
        weights = weights.reshape(countries, cohorts, *weights.shape[1:])
        agents = observation.distribution(state.affect[slots:], state.weight[slots:],
                                          state.agents.country.astype(np.uint16), countries)
        shares = world.student_cohorts(world.clock.year(step))
        observation.add_members(weights, agents, shares)
        return weights

    def _divergence(self, step: int, distributions: Floats) -> None:
        public, elite = self.record.opinion[step]
        _write(
            self.record.divergence[step], elite[..., 0] - public[..., 0], 100 * (elite[..., 2] - public[..., 2]),
            observation.wasserstein(*distributions),
        )

    def _country(self, step: int, adults: Floats, public: Floats) -> None:
        world, record, state = self.world, self.record, self.world.state
        now, p, politics = world.now(step), world.parameters, state.politics
        pressing = protest.press(politics.pressure, now, p)
        _write(
            record.country[step], now.openness, politics.opacity, pressing, politics.protest_share,
            politics.protest_events, state.mean_heritage, adults,
        )
        projects, pipeline = state.projects, state.pipeline
        depend = investment.dependence(investment.exposure(projects, now), now.gdp, p)
        believed = observation.job_belief(public, investment.cycle(projects, p), p)
        _write_by_power(
            record.country_power[step], politics.threat, projects.capital, depend, projects.foreign_labour,
            pipeline.stocks, pipeline.entries, pipeline.placement, believed, self.no_capital, self.no_labour,
        )


@njit(cache=True)
def _write_by_power(
    row: Floats, threat: Floats, capital: Floats, depend: Floats, labour: Floats, stocks: Floats, entries: Floats,
    placement: Floats, believed: Floats, no_capital: NDArray[np.bool_], no_labour: NDArray[np.bool_],
) -> None:
    """Write the columns of ``COUNTRY_POWER``, [C, P, 11]; nan where the notion has no sense."""
    for c, p in np.ndindex(threat.shape):
        to, served = row[c, p], entries[c, p]
        to[_THREAT], to[_DEPENDENCE], to[_BELIEF] = threat[c, p], depend[c, p], believed[c, p]
        to[_CAPITAL] = np.nan if no_capital[p] else capital[c, p]
        to[_LABOUR] = np.nan if no_labour[p] else labour[c, p]
        for stage in range(stocks.shape[2]):
            to[_STUDENTS + stage] = stocks[c, p, stage]
            served += stocks[c, p, stage]
        to[_PLACEMENT] = placement[c, p] if served > 0 else np.nan  # where nobody ever studied there is no chance


@njit(cache=True)
def _write_reached(row: Floats, reached: Floats, stance: Floats) -> None:
    """Write the share of adults whom each source reaches with something about a power, [C, P, K]."""
    for k, c, p in np.ndindex(stance.shape):
        row[c, p, k] = 0.0 if np.isnan(stance[k, c, p]) else reached[k, c]


def _write(row: Floats, *columns: Floats) -> None:
    """Write columns [...] into a row of the record, [..., columns]."""
    for number, column in enumerate(columns):
        row[..., number] = column
