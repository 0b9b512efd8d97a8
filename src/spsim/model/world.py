"""A replicate of a scenario: its settings, inputs and keys, its state, and what is read off it at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters, Scenario
from spsim.data import load_pack
from spsim.model import channels, opinion, opinion_rule, pipeline_agents, population, powers
from spsim.model.blocks import block_table, weighted_means
from spsim.model.channels import culture, education, further, investment, media
from spsim.model.clock import Clock
from spsim.model.inputs import Inputs
from spsim.model.outlets import Outlets
from spsim.model.randomness import Stream, country_word, normals, normals_by_step, stream, uniforms_by_step
from spsim.model.state import Pipeline, State

Floats = NDArray[np.float64]
RELAXATIONS = 1000  # at most; with the default rates a few dozen are enough
SETTLED = 1e-6  # affect that a relaxation still moves when the start is at rest


@dataclass
class World:
    """Everything that one replicate of a scenario needs; only ``state`` and ``people`` change.

    What is asked for every month and never changes is worked out once and kept.
    """

    scenario: Scenario
    replicate: int
    clock: Clock
    inputs: Inputs
    births: population.Births
    education: education.Terms
    shocks: list[Stream]
    state: State
    people: opinion.Everybody
    _now: Inputs | None = field(default=None, init=False, repr=False)

    @property
    def parameters(self) -> Parameters:
        """The parameters of the scenario."""
        return self.scenario.parameters

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Codes in the order of every country axis."""
        return tuple(self.scenario.run.countries)

    @cached_property
    def powers(self) -> tuple[str, ...]:
        """Codes in the order of every power axis."""
        return tuple(self.scenario.run.powers)

    @cached_property
    def country_words(self) -> NDArray[np.uint64]:
        """What the draws of countries are keyed by, [C]."""
        return np.array([country_word(code) for code in self.countries], dtype=np.uint64)

    @cached_property
    def common_shocks(self) -> Floats:
        """The shock that all citizens of a country share in each step, [steps, C, P] affect."""
        keys = [self.key(f"common/{power}") for power in self.powers]
        draws = [normals_by_step(key, self.clock.steps, self.country_words) for key in keys]
        return np.asarray(self.parameters.common_noise * np.sqrt(self.clock.dt) * np.stack(draws, axis=-1))

    @cached_property
    def event_draws(self) -> Floats:
        """What decides in each step how many events a country counts, [steps, C] in (0, 1)."""
        return uniforms_by_step(self.key("protest/events"), self.clock.steps, self.country_words)

    @cached_property
    def concession_draws(self) -> Floats:
        """What decides in each step whether a government gives in, [steps, C] in (0, 1)."""
        return uniforms_by_step(self.key("protest/concession"), self.clock.steps, self.country_words)

    @cached_property
    def outlets(self) -> Outlets:
        """The sources of media and culture in all months."""
        given = self.inputs, self.parameters, self.countries, self.powers
        return Outlets(media.outlets(*given) + culture.outlets(*given), len(self.countries), len(self.powers))

    @cached_property
    def _by_axes(self) -> dict[str, Floats]:
        return {}

    def over(self, name: str) -> Floats:
        """Return a parameter that varies by power, country or both in the order of the axes: [P], [C] or [C, P]."""
        if name not in self._by_axes:  # asked for every month
            self._by_axes[name] = self.parameters.over(name, self.powers, self.countries)
            self._by_axes[name].setflags(write=False)
        return self._by_axes[name]

    def now(self, step: int) -> Inputs:
        """Return the inputs of a step; the last one that was asked for is at hand."""
        if self._now is None or self._now.step != step:
            self._now = self.inputs.at(step)
        return self._now

    def heads(self, year: int) -> Floats:
        """Return persons by single age, [C, AGES]; read-only."""
        return _heads(self.countries, year)

    def adults(self, year: int) -> Floats:
        """Return persons of eighteen and more, [C]."""
        return np.asarray(self.heads(year)[:, population.ADULT_AGE :].sum(axis=1))

    def student_cohorts(self, year: int) -> Floats:
        """Return how people of student age spread over birth cohorts, [C, B]; read-only."""
        return _student_cohorts(self.countries, year)

    def key(self, name: str) -> Stream:
        """Return the key of a stream of this replicate."""
        return stream(self.scenario.run.seed, self.replicate, name)

    def level_at(self, decimal_year: float) -> Floats:
        """Return the anchor of a citizen without traits: base plus the imposed drift, [C, P]."""
        p = self.parameters
        years = min(max(decimal_year - p.drift_start, 0.0), p.drift_years)
        return np.asarray(self.over("base") + years * self.over("drift"))


@cache
def _heads(countries: tuple[str, ...], year: int) -> Floats:
    heads = np.asarray(load_pack().population(countries, [year])[0])
    heads.setflags(write=False)
    return heads


@cache
def _student_cohorts(countries: tuple[str, ...], year: int) -> Floats:
    ages = np.arange(population.STUDENT_AGES[0], population.STUDENT_AGES[1] + 1)
    belongs = population.cohort_of(year - ages)[:, None] == np.arange(len(population.COHORTS))
    heads = _heads(countries, year)[:, ages] @ belongs
    shares = np.asarray(heads / heads.sum(axis=1, keepdims=True))
    shares.setflags(write=False)
    return shares


def everybody(world: World) -> opinion.Everybody:
    """Return slots and pipeline agents side by side, as the opinion kernel reads them."""
    state, p = world.state, world.parameters
    citizens, agents = state.citizens, state.agents
    slots, total = citizens.slots, citizens.slots + agents.count
    shifts, factors = np.zeros((agents.count, len(world.powers))), np.ones((agents.count, len(world.powers)))
    rows = np.arange(agents.count)
    shifts[rows, agents.power] = education.stage_shifts(p)[agents.stage]
    factors[rows, agents.power] = np.where(agents.stage > 0, p.alumni_threat_factor, 1.0)  # students are no alumni yet
    traits = np.empty((total, 2 + len(world.powers)), dtype=np.float32)
    traits[:slots, 0], traits[:slots, 1], traits[:slots, 2:] = (
        citizens.heritage, citizens.sensitivity, citizens.idiosyncratic
    )
    traits[slots:] = traits[agents.home]
    home = agents.home.astype(np.uint32)
    if world.people is None:  # at the start
        country = np.concatenate([citizens.country, agents.country]).astype(np.uint8)
        blocks = block_table(country, np.arange(total) >= slots)
    else:  # nobody ever moves
        country, blocks = world.people.country, world.people.blocks
    return opinion.Everybody(
        country=country,
        audience=np.concatenate([citizens.audience, pipeline_agents.audience(agents, citizens, world.powers)]),
        identity=np.concatenate([citizens.identity, agents.identity]), traits=traits,
        home=home, shifts=shifts, factors=factors, blocks=blocks,
        turns=opinion_rule.in_turn(blocks, opinion_rule.EVERYBODY, home, state.network.first),
    )


def weights(world: World, pipeline: Pipeline, year: int) -> Floats:
    """Return the persons whom each slot and each pipeline agent stands for; they sum to the adults."""
    state, heads = world.state, world.heads(year)
    members = population.pipeline_heads(pipeline.stocks.sum(axis=(1, 2)), heads)
    slots = population.slot_weights(state.citizens, heads, members)
    return np.concatenate([slots, pipeline_agents.weights(state.agents, pipeline.stocks)])


def public_mean(affect: NDArray[np.float32], weight: Floats, people: opinion.Everybody, countries: int) -> Floats:
    """Return the weighted mean affect, [C, P]."""
    return weighted_means(affect, weight, people.blocks, countries)


def climate(
    world: World, now: Inputs, project_cycle: Floats, common: Floats, dt: float,
    others: Sequence[channels.Signal] = (),
) -> Floats:
    """Return what all citizens of a country share in a step; anchors of further channels stand with those of events."""
    politics = world.state.politics
    return opinion.climate(
        world.level_at(float(now.decimal_year)), politics.memory, project_cycle,
        sum(further.added(others, "anchor").values(), now.event_anchor), world.over("heritage_weight"),
        world.over("threat_weight"), politics.threat, now.threat_impulse, now.memory_impulse, common,
        world.parameters.jump_share, dt,
    )


def voices(world: World, now: Inputs) -> tuple[opinion.Broadcast, dict[str, Floats], list[channels.Signal]]:
    """Return what is broadcast in a step, the budgets behind it, and the signals of further channels."""
    state, p = world.state, world.parameters
    budgets = powers.allocate(now, state.public_mean, p)
    others = further.signals(world.scenario, further.Moment(now, state, p, world.countries, world.powers))
    spoken = world.outlets.at(int(now.step), budgets, state.elite_mean)
    spoken = spoken.joined_by([source for signal in others for source in signal.sources])
    gates = world.over("gate_heritage"), world.over("gate_threat")
    return opinion.broadcast(spoken, state.politics.threat, now.adaptation, p, *gates), budgets, others


def find_rest(world: World, now: Inputs, who: NDArray[np.int64] | None = None, within: float = SETTLED) -> None:
    """Move affect to where it would stay without noise while everything else stands still.

    Args:
        world: its affect is changed.
        now: inputs of the moment.
        who: those who move; everybody if not given.
        within: largest movement, in affect, that still counts as rest.
    """
    state, p = world.state, world.parameters
    rate = p.anchor_rate + p.social_rate
    if p.anchor_rate == 0:  # without anchors only consensus is at rest, and nobody starts there
        return
    spoken, _, others = voices(world, now)
    still = climate(world, now, investment.cycle(state.projects, p), np.zeros_like(state.public_mean), 0.0, others)
    still[..., (opinion_rule.THREAT_JUMP, opinion_rule.MEMORY_JUMP)] = 0.0  # felt in a step, not in a search for rest
    pull = (spoken.strength[:, :, None] * spoken.reach).sum(axis=0).max(axis=1)  # [C]; a longer step overshoots
    opinion.settle(
        state, world.people, still, spoken, world.shocks, 1 / (rate + pull), p,
        who=None if who is None else who.astype(np.uint32), within=within, most=RELAXATIONS,
    )


def start_at_anchor(world: World, now: Inputs, who: NDArray[np.int64]) -> None:
    """Put affect where citizens' own anchors are, without threat or heritage; a start for :func:`find_rest`."""
    level = world.level_at(float(now.decimal_year))[world.people.country[who]]
    own = world.people.traits[who, 2:]
    world.state.affect[who] = np.clip(level + own, -1, 1)


def add_spread(world: World, name: str, who: NDArray[np.int64]) -> None:
    """Add the spread that years of individual noise would have left; ``name`` keys the draws."""
    state, p = world.state, world.parameters
    rate = p.anchor_rate + p.social_rate
    if p.noise == 0 or rate == 0:
        return
    for i, power in enumerate(world.powers):
        draw = normals(world.key(f"{name}/{power}"), 0, state.citizens.identity[who])
        state.affect[who, i] = np.clip(state.affect[who, i] + p.noise / np.sqrt(2 * rate) * draw, -1, 1)
