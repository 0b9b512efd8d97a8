"""The start: a world in the first month of a scenario.

Affect starts where nothing would move without noise under the inputs of that month, with the spread that individual
noise would have left. Threat starts at rest, works and hopes where the commitments of the years before left them,
elites at an assumed alignment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import Scenario
from spsim.data import load_pack
from spsim.model import elites, inputs, network, pipeline_agents, population, threat
from spsim.model.channels import education, heritage, investment
from spsim.model.clock import Clock
from spsim.model.randomness import stream
from spsim.model.state import Pipeline, Politics, Projects, State
from spsim.model.world import World, add_spread, everybody, find_rest, public_mean, start_at_anchor, weights

Floats = NDArray[np.float64]
YEARS_BEFORE = 3


def build(scenario: Scenario, replicate: int = 0) -> World:
    """Return a world at the start of a scenario."""
    run, p = scenario.run, scenario.parameters
    countries, codes = tuple(run.countries), tuple(run.powers)
    clock = Clock.of(run)
    source = population.births(run.seed, replicate, codes, p)
    world = World(
        scenario=scenario, replicate=replicate, clock=clock, inputs=inputs.build(scenario, clock), births=source,
        education=education.terms(p, countries, codes),
        shocks=[stream(run.seed, replicate, f"affect/{power}") for power in codes],
        state=None, people=None,  # type: ignore[arg-type]  # filled in below, in this order
    )
    world.state = _initial_state(world)
    world.people = everybody(world)
    _settle(world)
    return world


def _initial_state(world: World) -> State:
    run, p, seed = world.scenario.run, world.parameters, world.scenario.run.seed
    year, shape = world.clock.year(0), (len(world.countries), len(world.powers))
    urban = load_pack().series["urban"].select(world.countries, [year])[0]
    citizens = population.create(world.births, world.countries, run.citizens, world.heads(year), urban, year)
    ties = network.create(seed, world.replicate, world.countries, citizens.audience, p.mean_ties, p.homophily)
    agents = pipeline_agents.create(world.countries, world.powers, run.pipeline_agents)
    pipeline_agents.choose_homes(
        agents, citizens, seed, world.replicate, year, world.countries, world.powers, everyone=True
    )
    total = citizens.slots + agents.count
    projects = _initial_projects(world, year)
    pipeline = Pipeline(
        stocks=np.zeros((*shape, pipeline_agents.STAGE_COUNT)), left=np.zeros(shape), entries=np.zeros(shape),
        expected_placement=np.ones(shape), placement=np.ones(shape),
    )
    pipeline.stocks[..., 0] = p.over("initial_students", world.powers, world.countries)
    state = State(
        citizens=citizens, network=ties, agents=agents, affect=np.zeros((total, shape[1]), dtype=np.float32),
        weight=np.zeros(total), projects=projects, pipeline=pipeline, politics=_initial_politics(world, projects),
        elites=elites.create(seed, world.replicate, world.countries, world.powers, run.elites, year, p),
        public_mean=np.zeros(shape), mean_heritage=np.zeros(shape[0]),
    )
    world.state = state
    state.weight = weights(world, pipeline, year)
    state.mean_heritage = heritage.mean_heritage(citizens, state.weight[: citizens.slots], shape[0])
    return state


def _initial_projects(world: World, year: int) -> Projects:
    """Return works and hopes as the commitments of the years before would have left them at rest."""
    p, now = world.parameters, world.now(0)
    before = range(max(year - YEARS_BEFORE, 2000), year) if year > 2000 else [2000]  # the first year on record
    flow = p.realised_share * inputs.recorded_commitments(world.scenario, before).mean(axis=0)
    labour = p.over("initial_foreign_labour", world.powers, world.countries)  # 0 for a power that sends no labour
    hopes = p.announcement_years * flow / now.gdp[:, None]
    return Projects(
        works=p.works_lag * flow, capital=p.over("initial_capital", world.powers, world.countries), hopes=hopes,
        letdown=p.disappointment_years * hopes * (1 - p.local_jobs * (1 - labour)),
        foreign_labour=investment.bound_labour(labour, now.hiring_floor, now.labour_pin),
    )


def _initial_politics(world: World, projects: Projects) -> Politics:
    """Return threat at rest under the first month's dependence, labour and opacity."""
    p, now = world.parameters, world.now(0)
    depend = investment.dependence(investment.exposure(projects, now), now.gdp, p)
    opacity = np.where(np.isnan(now.opacity_pin), world.over("opacity_base") * (1 - now.transparency), now.opacity_pin)
    presence = threat.pressure_of_presence(
        depend, projects.foreign_labour, opacity, world.over("threat_labour"), world.over("threat_opacity")
    )
    at_rest = presence / p.threat_decay if p.threat_decay > 0 else np.zeros_like(presence)
    still = np.zeros(len(world.countries))
    return Politics(
        threat=at_rest, memory=np.zeros_like(depend), security=np.zeros_like(depend), opacity=opacity,
        pressure=still.copy(), moratorium_until=still.copy(), protest_share=still.copy(), protest_events=still.copy(),
    )


def _settle(world: World) -> None:
    """Bring affect to rest under the first month's inputs, then add the spread that noise would have left."""
    state, now, countries = world.state, world.now(0), len(world.countries)
    for c in range(countries):  # one by one: it takes less memory
        start_at_anchor(world, now, np.flatnonzero(world.people.country == c))
    for _ in range(2):  # twice, as an adaptive power places its budget by what the public thinks
        state.public_mean = public_mean(state.affect, state.weight, world.people, countries)
        find_rest(world, now)
    for c in range(countries):
        add_spread(world, "start", np.flatnonzero(state.citizens.country == c))
    state.public_mean = public_mean(state.affect, state.weight, world.people, countries)
