"""The rule for one citizen, its compiled twin, and the sources it meets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from spsim.config import Scenario, load, load_text
from spsim.model import opinion, opinion_rule, powers
from spsim.model.blocks import block_table
from spsim.model.channels import culture, investment, media
from spsim.model.outlets import budget_strength
from spsim.model.randomness import standard_normal
from spsim.model.start import build
from spsim.model.step import step
from spsim.model.world import climate, public_mean, voices

Floats = NDArray[np.float64]


def _scenario(**settings: object) -> Scenario:
    return load("baseline", {"citizens": 200, "elites": 4, "end": "2018-12", "start": "2016-01", **settings}).scenario


def _by_hand(
    x: float, pull: float, u: float, h: float, felt: float, shift: float, row: Floats, strength: Floats, reach: Floats,
    stance: Floats, gate: Floats, shock: float, rates: Floats, dt: float,
) -> Floats:
    """Return what each term adds to one citizen's affect, in the order of ``opinion.TERMS`` and the sources."""
    anchor_rate, social_rate, noise, gate_opinion, backlash = rates
    level, memory, projects, event_anchor, heritage_weight, threat, threat_jump, memory_jump, common = row
    anchors = [level + u - x, heritage_weight * h, -felt * threat, memory, projects, shift, event_anchor]
    terms = [social_rate * pull * dt, *(anchor_rate * dt * part for part in anchors)]
    terms += [-felt * threat_jump - memory_jump, noise * math.sqrt(dt) * shock, common]
    pulls = []
    for k in range(len(strength)):
        accept = (1 + backlash) * expit(gate[k] @ [1, h, felt] + gate_opinion * stance[k] * x) - backlash
        pulls.append(0.0 if np.isnan(stance[k]) else strength[k] * reach[k] * accept * (stance[k] - x) * dt)
    total = x + sum(terms) + sum(pulls)
    return np.array([*terms, np.float32(np.clip(total, -1, 1)) - total, *pulls])


@pytest.mark.parametrize("settings", [{}, {"noise": 2.0}, {"gate_opinion": 0.0, "backlash": 0.5}])
def test_everybody_moves_by_the_published_rule(settings: dict[str, float]) -> None:
    """Each citizen's own ties, traits, sources and draws, one by one in plain Python; and the account of the means."""
    world = build(_scenario(countries=["KZ", "KG"], confidence_bound=0.5, **{"initial_adaptation.CN": 0.4, **settings}))
    state, p, people, dt = world.state, world.parameters, world.people, 1 / 12
    now, slots = world.inputs.at(4), world.state.citizens.slots
    rng = np.random.default_rng(3)
    shared = rng.normal(0, 0.05, (2, 2, 9))  # everything that can be shared acts
    spoken, _, _ = voices(world, now)
    moved = opinion.step_citizens(state, people, shared, spoken, world.shocks, 4, dt, p)()
    rates = np.array([p.anchor_rate, p.social_rate, p.noise, p.gate_opinion, p.backlash])
    total = np.zeros((2, 2, 12 + spoken.strength.shape[0]))
    for i in range(people.country.size):
        c, own = people.country[i], people.audience[i]
        h = i if i < slots else int(people.home[i - slots])
        np.testing.assert_array_equal(people.traits[i], people.traits[h])
        for power in range(2):
            x = float(state.affect[i, power])
            distance = state.affect[state.network.of(h), power].astype(float) - x
            pull = np.where(np.abs(distance) <= p.confidence_bound, distance, 0).sum() / distance.size
            key = world.shocks[power]
            shock = standard_normal(key.first, key.second, np.uint64(4), people.identity[i])
            heritage, sensitivity, anchor = (float(people.traits[i, column]) for column in (0, 1, 2 + power))
            agent = i - slots if i >= slots else None
            terms = _by_hand(
                x, pull, anchor, heritage, sensitivity * (1.0 if agent is None else people.factors[agent, power]),
                0.0 if agent is None else people.shifts[agent, power], shared[c, power], spoken.strength[:, c],
                spoken.reach[:, c, own], spoken.stance[:, c, power], spoken.gate[:, c, power], shock, rates, dt,
            )
            assert moved.affect[i, power] == pytest.approx(x + terms.sum(), abs=1e-7)
            total[c, power] += state.weight[i] * terms
    heads = np.bincount(people.country, weights=state.weight)
    np.testing.assert_allclose(moved.terms, total / heads[:, None, None], atol=1e-8)
    assert (moved.terms[..., opinion.CLIPPING] != 0).all()
    if "noise" in settings:
        assert np.abs(moved.terms[..., opinion.CLIPPING]).max() > 1e-3, "some reach the ends of the scale"
    before = public_mean(state.affect, state.weight, people, 2)
    np.testing.assert_allclose(moved.mean, public_mean(moved.affect, state.weight, people, 2), atol=1e-15)
    np.testing.assert_allclose(moved.terms.sum(axis=-1), moved.mean - before, atol=1e-14)


def test_those_who_are_asked_to_move_move_as_all_would() -> None:
    """A part of the citizens, in any order of countries, gets the affect that a step of everybody gives them."""
    world = build(_scenario(countries=["KZ", "KG"]))
    state, p, people, dt = world.state, world.parameters, world.people, 1 / 12
    now = world.inputs.at(4)
    shared = climate(world, now, investment.cycle(state.projects, p), np.full((2, 2), 0.01), dt)
    spoken, _, _ = voices(world, now)
    everybody = opinion.step_citizens(state, people, shared, spoken, world.shocks, 4, dt, p)()
    who = np.flatnonzero(people.identity % np.uint64(3) == 0).astype(np.uint32)[::-1]
    some = opinion.step_citizens(state, people, shared, spoken, world.shocks, 4, dt, p, who=who)()
    np.testing.assert_array_equal(some.affect, everybody.affect[who])
    here = [people.country[who] == c for c in range(2)]
    mean = [np.average(some.affect[own], axis=0, weights=state.weight[who[own]]) for own in here]
    np.testing.assert_allclose(some.mean, mean, atol=1e-7)


@pytest.mark.parametrize("x", [-700.0, -30.0, -1.0, -1e-9, 0.0, 0.3, 1.0, 29.5, 700.0])
def test_the_exponential_is_the_exponential(x: float) -> None:
    """To a few units of the last place, over all that a gate can ask."""
    assert opinion_rule.exponential(x) == pytest.approx(math.exp(x), rel=3e-15)


def test_alumni_feel_less_threat_and_carry_their_stage() -> None:
    """Only members of the pipeline have shifts, towards the power of study; only graduates a scaled sensitivity."""
    world = build(_scenario(countries=["KZ"]))
    people, agents, slots = world.people, world.state.agents, world.state.citizens.slots
    p = world.parameters
    assert people.shifts.shape == people.factors.shape == (agents.count, 2)
    assert slots + agents.count == people.country.size
    stage = np.array([p.affect_student, 0.0, p.affect_employed, p.affect_ceiling, p.affect_disappointed])
    for i in range(agents.count):
        own, other = agents.power[i], 1 - agents.power[i]
        assert people.shifts[i, own] == stage[agents.stage[i]]
        assert people.shifts[i, other] == 0
        assert people.factors[i, own] == (p.alumni_threat_factor if agents.stage[i] > 0 else 1)
        assert people.factors[i, other] == 1


# sources --------------------------------------------------------------------------------------------------------------


def test_heritage_and_threat_close_the_gate_of_a_powers_own_sources_only() -> None:
    """The private press criticises China; who is wary does not reject it. A discount concerns state sources."""
    world = build(_scenario(state_source_discount=0.5, **{"initial_adaptation.CN": 0.5}))
    world.state.politics.threat[:, 0] = 0.4
    spoken, _, _ = voices(world, world.inputs.at(0))
    gates = dict(zip(spoken.names, spoken.gate, strict=True))
    np.testing.assert_allclose(gates["chinese_media_in_russian"][0, 0], [-0.5 + 0.8 * 0.5, -1.2, -1.5 * 0.4])
    np.testing.assert_allclose(gates["culture_cn"][0, 0], [-0.5 + 0.8 * 0.5, -1.2, -1.5 * 0.4])
    np.testing.assert_allclose(gates["russian_tv"][0, 1], [-0.5, 0.6, 0])
    np.testing.assert_allclose(gates["private_press"][0, 0], [0, 0, 0])
    np.testing.assert_allclose(gates["state_media"][0], [[-0.5, 0, 0], [-0.5, 0, 0]])
    stances = dict(zip(spoken.names, spoken.stance, strict=True))
    np.testing.assert_allclose(stances["state_media"], world.state.elite_mean)
    assert np.isnan(stances["private_press"][:, 1]).all()
    assert (stances["private_press"][:, 0] == -0.5).all()
    assert np.isnan(stances["russian_tv"][:, 0]).all()


def test_budgets_buy_falling_returns_and_the_full_index_full_strength() -> None:
    """(1 - e^-I) / (1 - e^-1)."""
    assert budget_strength(np.array([0.0, 1.0])) == pytest.approx([0, 1])
    assert budget_strength(np.array([2.0]))[0] == pytest.approx((1 - math.exp(-2)) / (1 - math.exp(-1)))


def test_no_source_reaches_more_than_everybody() -> None:
    """Also with a tenfold budget and the largest audience, reach is a share."""
    world = build(
        _scenario(reach_russian_tv_old=0.96, budget={"RU": 10.0, "CN": 10.0}, reach_culture_urban={"CN": 0.9})
    )
    spoken, _, _ = voices(world, world.inputs.at(0))
    assert spoken.reach.max() <= 1
    assert spoken.reach.min() >= 0
    assert opinion.source_reach(spoken, world.people, world.state.weight).max() <= 1


def test_closed_borders_and_closed_institutes_stop_culture() -> None:
    """Culture reaches nobody behind closed borders; media do not need an open border."""
    world = build(_scenario(border_open=0.0))
    spoken, _, _ = voices(world, world.inputs.at(0))
    reach = dict(zip(spoken.names, spoken.reach, strict=True))
    assert not reach["culture_cn"].any()
    assert not reach["culture_ru"].any()
    assert reach["russian_tv"].any()
    world = build(_scenario(institutes_open={"CN": 0.0}))
    spoken, _, _ = voices(world, world.inputs.at(0))
    reach = dict(zip(spoken.names, opinion.source_reach(spoken, world.people, world.state.weight), strict=True))
    assert not reach["culture_cn"].any()
    assert reach["culture_ru"].any()


def test_a_demonstration_source_is_off_by_default() -> None:
    """The image of economic success appears when its strength is set."""
    world = build(_scenario())
    spoken, _, _ = voices(world, world.inputs.at(0))
    assert not [name for name in spoken.names if name.startswith("demonstration")]
    world = build(_scenario(**{"demonstration_strength.CN": 0.05}))
    spoken, _, _ = voices(world, world.inputs.at(0))
    assert "demonstration_cn" in spoken.names
    step(world, 0)


def test_culture_of_russia_needs_russian_and_that_of_china_does_not() -> None:
    """Language is a condition for the one and not for the other."""
    world = build(_scenario())
    outlets = culture.outlets(world.inputs, world.parameters, world.countries, world.powers)
    chinese, russian = (outlet.reach[0, 0] for outlet in outlets)
    assert (russian[~media.SPEAKS[1]] == 0).all()
    assert (russian[media.SPEAKS[1]] > 0).all()
    assert (chinese > 0).all()


def test_adaptive_allocation_keeps_the_total_and_follows_need() -> None:
    """What one country gets more, the others get less; education is not moved."""
    world = build(_scenario(adaptive_allocation={"CN": 1.0}))
    now = world.inputs.at(0)
    mean = np.array([[0.3, 0.1], [-0.4, 0.2], [0.1, 0.3], [0.0, 0.0], [0.2, 0.5]])
    moved = powers.allocate(now, mean, world.parameters)
    for name, column in (("media", 0), ("culture", 1)):
        np.testing.assert_allclose(moved[name].sum(axis=0), now.budget[..., column].sum(axis=0), rtol=1e-12)
        assert moved[name][:, 0].argmax() == 1
        assert moved[name][:, 0].argmin() == 0
        np.testing.assert_allclose(moved[name][:, 1], now.budget[:, 1, column], rtol=1e-12)
    np.testing.assert_array_equal(moved["education"], now.budget[..., 2])


def test_adaptive_allocation_moves_money_between_the_countries_it_is_pulled_in() -> None:
    """The lever pulled in KG and TJ deals out their money again and leaves that of the others alone."""
    text = (
        "schema: 1\nname: some\ntitle: Allocation in two countries\nextends: baseline\nlevers:\n"
        "  - {lever: adaptive_allocation, power: CN, countries: [KG, TJ], to: 0.5, from: 2016-01}\n"
    )
    world = build(load_text(text, overrides={"start": "2016-01", "end": "2016-12", "citizens": 200}).scenario)
    now = world.inputs.at(0)
    mean = np.array([[0.3, 0.1], [-0.4, 0.2], [0.1, 0.3], [0.0, 0.0], [0.2, 0.5]])
    moved, before = powers.allocate(now, mean, world.parameters)["media"][:, 0], now.budget[:, 0, 0]
    np.testing.assert_array_equal(moved[[0, 3, 4]], before[[0, 3, 4]])
    assert moved[1] > before[1] and moved[2] < before[2]
    np.testing.assert_allclose(moved.sum(), before.sum(), rtol=1e-12)
    assert moved[2] > 0.5 * before[2], "half of the budget stays where it was"


@pytest.mark.parametrize("who", ["all", "some"])
def test_those_with_few_ties_are_asked_first_and_everybody_once(who: str) -> None:
    """In each block the order is one of all its persons, by their ties; pipeline agents have those of their home."""
    rng = np.random.default_rng(7)
    slots, agents = 600, 30
    ties = rng.integers(0, 90, slots)  # some have more than are told apart
    first = np.concatenate([[0], np.cumsum(ties)]).astype(np.uint32)
    home = rng.integers(0, slots, agents).astype(np.uint32)
    total = slots + agents
    rows = opinion_rule.EVERYBODY if who == "all" else np.flatnonzero(rng.random(total) < 0.3).astype(np.uint32)
    count = total if who == "all" else rows.size
    blocks = block_table(np.sort(rng.integers(0, 3, count)).astype(np.uint8), np.zeros(count, dtype=bool))
    turns = opinion_rule.in_turn(blocks, rows, home, first)
    asked = np.arange(total) if who == "all" else rows
    known = np.minimum(np.concatenate([ties, ties[home]])[asked], 63)
    assert turns.size == count
    for _, begin, end, *_ in blocks:
        order = turns[begin:end].astype(int)
        assert sorted(order) == list(range(end - begin))
        assert (np.diff(known[begin:end][order]) >= 0).all()
