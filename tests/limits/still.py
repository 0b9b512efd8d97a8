"""Worlds in which everything but one mechanism stands still, built by the code that a run uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spsim.config import Scenario, load_text
from spsim.model import opinion, population
from spsim.model.clock import Clock
from spsim.model.network import Network
from spsim.model.step import step
from spsim.model.world import World, voices

Floats = NDArray[np.float64]

QUIET: dict[str, Any] = {
    "run.parameters": "defaults",
    # no chance
    "noise": 0.0,
    "common_noise": 0.0,
    # nothing imposed, nothing built, nobody sent abroad
    "drift.RU.KZ": 0.0,
    "budget_trend.RU": 0.0,
    "realised_share": 0.0,
    "depreciation": 0.0,
    "initial_capital.CN": dict.fromkeys(("KZ", "KG", "TJ", "TM", "UZ"), 0.0),
    "demand_rate": {power: dict.fromkeys(("KZ", "KG", "TJ", "TM", "UZ"), 0.0) for power in ("CN", "RU")},
    "initial_students": {power: dict.fromkeys(("KZ", "KG", "TJ", "TM", "UZ"), 0.0) for power in ("CN", "RU")},
    # elites and states do not move
    "elite_rate": 0.0,
    "opacity_rate": 0.0,
    "localisation_drift": 0.0,
    "localisation_press": 0.0,
    # small and short, after the dated budgets have reached their final level
    "start": "2016-01",
    "end": "2030-12",
    "countries": ["KZ", "KG"],
    "citizens": 200,
    "elites": 10,
    "pipeline_agents": 1,
}
"""Settings under which no input changes in time, beside the age pyramid and the yearly series."""

NO_SOURCES = {"media_strength": 0.0, "culture_strength": 0.0}


def scenario(events: str = "", **settings: Any) -> Scenario:
    """Return a scenario without events and without anything that moves, with ``settings`` on top."""
    text = f"schema: 1\nname: still\ntitle: Nothing moves\n{events}"
    return load_text(text, overrides={**QUIET, **settings}).scenario


def stop_the_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every step fall into the first year: the pyramid and the yearly series stay as they are."""
    monkeypatch.setattr(Clock, "year", lambda self, step: self.first_month // 12)
    monkeypatch.setattr(Clock, "decimal_year", lambda self, step: self.first_month / 12)


def equal_cohorts(monkeypatch: pytest.MonkeyPatch, first: int, last: int, heads: float = 1000.0) -> None:
    """Give every age from ``first`` to ``last`` the same heads in every year and country, and other ages none."""
    pyramid = np.zeros(population.AGES)
    pyramid[first : last + 1] = heads
    monkeypatch.setattr(World, "heads", lambda self, year: np.tile(pyramid, (len(self.countries), 1)))


def advance(world: World, steps: int, first: int = 0) -> None:
    """Move a world by some steps."""
    for number in range(first, first + steps):
        step(world, number)


def influence_matrix(network: Network, slots: int) -> Floats:
    """Return the row-stochastic matrix of who listens to whom, [slots, slots]."""
    matrix = np.zeros((slots, slots))
    for i in range(slots):
        ties = network.of(i)
        np.add.at(matrix[i], ties, 1 / ties.size)
    return matrix


def complete(slots: int, countries: int = 1) -> Network:
    """Return the network in which everybody listens to everybody else in the country."""
    size = slots // countries
    alters = [c * size + np.delete(np.arange(size), i) for c in range(countries) for i in range(size)]
    first = np.arange(slots + 1) * (size - 1)
    return Network(first.astype(np.uint32), np.concatenate(alters).astype(np.uint32))


def anchors(world: World) -> Floats:
    """Return every slot's anchor from the published formula, [slots, P]."""
    p, people, state = world.parameters, world.state.citizens, world.state
    out = np.zeros((people.slots, len(world.powers)))
    for i, power in enumerate(world.powers):
        for c, country in enumerate(world.countries):
            here = people.country == c
            out[here, i] = (
                p.base[power][country]
                + people.idiosyncratic[here, i]
                + p.heritage_weight[power] * people.heritage[here]
                - p.threat_weight[power] * people.sensitivity[here] * state.politics.threat[c, i]
                + state.politics.memory[c, i]
            )
    return out


def mean_field(world: World) -> Callable[[float, Floats], Floats]:
    """Return the right-hand side of opinion in one country where everybody listens to all others: dx/dt of [slots, P].

    Everybody feels the mean of the others only; anchors and sources stand still, acceptance follows opinion.
    """
    p, citizens, people = world.parameters, world.state.citizens, world.people
    anchor, spoken = anchors(world), voices(world, world.inputs.at(0))[0]
    stance = spoken.stance[:, 0, None, :]
    speaks, said = ~np.isnan(stance), np.nan_to_num(stance)  # [K, 1, P]
    reach = spoken.reach[:, 0, people.audience[: citizens.slots], None]  # [K, slots, 1]
    rate = spoken.strength[:, 0, None, None] * reach * speaks
    gate = spoken.gate[:, 0, None]  # [K, 1, P, 3]
    trait = gate[..., 0] + gate[..., 1] * citizens.heritage[:, None] + gate[..., 2] * citizens.sensitivity[:, None]

    def slope(_: float, flat: Floats) -> Floats:
        x = flat.reshape(anchor.shape)
        others = (x.sum(axis=0) - x) / (citizens.slots - 1)
        accept = (1 + p.backlash) / (1 + np.exp(-trait - p.gate_opinion * said * x)) - p.backlash
        sources = (rate * accept * (said - x)).sum(axis=0)
        return np.ravel(p.anchor_rate * (anchor - x) + p.social_rate * (others - x) + sources)

    return slope


def pulls(world: World, spoken: opinion.Broadcast) -> tuple[Floats, Floats]:
    """Return mu and mu times stance of every slot, summed over sources, [slots, P]; acceptance without opinion."""
    p, people = world.parameters, world.state.citizens
    mu = np.zeros((people.slots, len(world.powers)))
    towards = np.zeros_like(mu)
    for i in range(people.slots):
        c = people.country[i]
        for k in range(spoken.strength.shape[0]):
            for power in range(len(world.powers)):
                stance = spoken.stance[k, c, power]
                if np.isnan(stance):
                    continue
                gate = spoken.gate[k, c, power]
                logit = gate[0] + gate[1] * people.heritage[i] + gate[2] * people.sensitivity[i]
                accept = (1 + p.backlash) / (1 + np.exp(-logit)) - p.backlash
                rate = spoken.strength[k, c] * spoken.reach[k, c, people.audience[i]] * accept
                mu[i, power] += rate
                towards[i, power] += rate * stance
    return mu, towards
