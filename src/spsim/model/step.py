"""One step of the model, in the published order.

Every function below reads the state at t and returns what is new at t + dt; nothing is overwritten before the end,
so that without noise the order of the middle lines changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spsim.model import elites, opinion, pipeline_agents, population, protest, threat
from spsim.model.channels import Signal, diplomacy, education, further, heritage, investment
from spsim.model.inputs import Inputs
from spsim.model.opinion import Broadcast
from spsim.model.state import Politics
from spsim.model.world import (
    World,
    add_spread,
    climate,
    everybody,
    find_rest,
    public_mean,
    start_at_anchor,
    voices,
    weights,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Report:
    """What a step did, for the record; C countries, P powers."""

    public_terms: Floats  # [C, P, 12 + K] what moved the public's mean, in the order of opinion.TERMS and the sources
    turnover: Floats  # [C, P] what the change of persons and weights did to the public's mean
    elite_terms: Floats  # [C, P, 8]
    elite_turnover: Floats  # [C, P]
    voices: Broadcast
    source_reach: Floats  # [K, C]
    signals: tuple[Signal, ...]
    unrest: protest.Unrest
    loop_gain: Floats  # [C]
    further_public: tuple[str, ...] = ()  # further channels that shift anchors: the last of the public's terms
    further_elite: tuple[str, ...] = ()  # those that shift alignment: the last of the elites' terms


def step(world: World, number: int, meanwhile: Callable[[], None] = lambda: None) -> Report:
    """Move the world from date ``number`` to the next; return what moved it.

    Args:
        world: is moved.
        number: number of the step.
        meanwhile: called while citizens move; may look at the state at t.
    """
    state, p, dt = world.state, world.parameters, world.clock.dt
    now = world.now(number)

    # what powers say and offer, and what weighs with elites
    spoken, budgets, others = voices(world, now)
    pressing = protest.press(state.politics.pressure, now, p)
    weight_in_economy = investment.exposure(state.projects, now)
    depend = investment.dependence(weight_in_economy, now.gdp, p)
    invested = investment.signal(state.projects, depend, p)
    spoke = diplomacy.signal(now, state.politics.security, p, world.over("non_interference"))
    anchors, lifts = further.added(others, "anchor"), further.added(others, "elite")
    assert invested.anchor is not None and invested.elite is not None and spoke.elite is not None

    # what citizens come to think; other threads, if there are any, move them while the rest is worked out
    shared = climate(world, now, invested.anchor, world.common_shocks[number], dt, others)
    moving = opinion.step_citizens(state, world.people, shared, spoken, world.shocks, number, dt, p)

    # what elites come to think
    alignment, elite_terms = elites.step(
        state.elites, depend, state.public_mean, pressing, sum(lifts.values(), spoke.elite), invested.elite, now, dt, p,
        world.over("bow"),
    )
    elite_terms = further.apart(elite_terms, elites.DIPLOMACY, lifts, p.elite_rate * dt)

    # what is feared, hidden, protested and conceded
    politics, unrest = _politics(world, now, number, depend, pressing)

    # what is built, who studies and who finds a post
    projects = investment.step(state.projects, state.politics, now, pressing, dt, p, world.over("localisation"))
    new_students = education.entries(state.pipeline, now, budgets["education"], state.public_mean, p, world.education)
    jobs = education.posts(weight_in_economy, state.projects.foreign_labour, now, world.education)
    pipeline, inflows = education.step(state.pipeline, new_students, jobs, dt, p, world.education)

    # the report of what moved whom, before persons change
    adults = world.adults(world.clock.year(number))
    signals = (*others, education.signal(state.pipeline, adults, *depend.shape), invested, spoke,
               heritage.signal(world.powers, world.countries))
    reach = opinion.source_reach(spoken, world.people, state.weight)
    gain = threat.loop_gain(depend, now, p, world.over("threat_weight"), world.over("threat_opacity"))
    meanwhile()
    moved = moving()
    del moving  # and with it the affect, weights and traits that it has read
    public_terms = further.apart(moved.terms, opinion.EVENT_ANCHOR, anchors, p.anchor_rate * dt)

    # the new state: stocks, persons, weights
    pipeline_agents.mix_in_newcomers(state.agents, moved.affect, state.citizens.slots, pipeline.stocks, inflows)
    state.affect, state.elites.alignment = moved.affect, alignment
    state.projects, state.pipeline, state.politics = projects, pipeline, politics
    elite_before = state.elite_mean
    _demography(world, now, number)
    return Report(
        public_terms=public_terms, turnover=state.public_mean - moved.mean, elite_terms=elite_terms,
        elite_turnover=state.elite_mean - elite_before, voices=spoken, source_reach=reach, signals=signals,
        unrest=unrest, loop_gain=gain, further_public=tuple(anchors), further_elite=tuple(lifts),
    )


def _politics(
    world: World, now: Inputs, number: int, depend: Floats, pressing: Floats
) -> tuple[Politics, protest.Unrest]:
    """Return threat, opacity, protest and concessions after the step."""
    state, p, dt = world.state, world.parameters, world.clock.dt
    old, citizens = state.politics, state.citizens
    threat_weight = world.over("threat_weight")
    unrest = protest.step(
        state.affect[: citizens.slots], state.weight[: citizens.slots], citizens.sensitivity, citizens.threshold,
        old.threat, now, world.adults(world.clock.year(number)), world.event_draws[number], dt, p, threat_weight,
        world.over("dislike_weight"),
    )
    threatened, memory, security, opacity = threat.step(
        old, depend, state.projects.foreign_labour, state.elite_mean, state.public_mean, pressing,
        world.over("opacity_base"), now, dt, p, threat_weight, world.over("threat_labour"),
        world.over("threat_opacity"),
    )
    new = Politics(
        threat=threatened, memory=memory, security=security, opacity=opacity,
        pressure=protest.step_pressure(old.pressure, unrest.share, dt, p),
        moratorium_until=protest.step_moratorium(
            old.moratorium_until, pressing, now, world.concession_draws[number], dt, p
        ),
        protest_share=unrest.share, protest_events=unrest.events,
    )
    return new, unrest


def _demography(world: World, now: Inputs, number: int) -> None:
    """Bring persons and weights to the next date; at the turn of a year generations change."""
    state, p, clock = world.state, world.parameters, world.clock
    citizens, countries = state.citizens, len(world.countries)
    fading = bool((now.heritage_fade > 0).any())
    if fading:
        citizens.heritage = heritage.faded(citizens, now, clock.dt)
    year = clock.year(number + 1)
    if clock.opens_year(number + 1):
        seed, coming = world.scenario.run.seed, world.now(number + 1)
        freed = population.replace_generations(
            citizens, world.births, world.heads(year), state.mean_heritage, coming.transmission,
            world.over("heritage_level"), year,
        )
        pipeline_agents.choose_homes(
            state.agents, citizens, seed, world.replicate, year, world.countries, world.powers, everyone=False
        )
        alumni = state.pipeline.stocks[..., 1:].sum(axis=-1) / world.adults(year)[:, None]
        elites.replace_members(state.elites, alumni, seed, world.replicate, world.countries, world.powers, year, p)
        world.people = everybody(world)
        start_at_anchor(world, coming, freed)
        find_rest(world, coming, freed, within=1e-3)  # newcomers think what anchor, ties and media make them think
        add_spread(world, f"newcomers/{year}", freed)
    elif fading:
        world.people = everybody(world)
    state.weight = weights(world, state.pipeline, year)
    state.public_mean = public_mean(state.affect, state.weight, world.people, countries)
    state.mean_heritage = heritage.mean_heritage(citizens, state.weight[: citizens.slots], countries)
