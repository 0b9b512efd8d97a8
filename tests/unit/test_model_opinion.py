"""The rule for one citizen, its compiled twin, and the sources it meets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit

from spsim.config import Scenario, load, load_text
from spsim.model import opinion, powers
from spsim.model.channels import culture, investment, media
from spsim.model.randomness import standard_normal
from spsim.model.start import build
from spsim.model.step import step
from spsim.model.world import climate, public_mean, voices


def _scenario(**settings: object) -> Scenario:
    return load("baseline", {"citizens": 200, "elites": 4, "end": "2018-12", "start": "2016-01", **settings}).scenario


def test_the_compiled_rule_is_the_uncompiled_rule() -> None:
    """The same function with and without the compiler, on 300 random citizens; terms agree to rounding."""
    rng = np.random.default_rng(7)
    for _ in range(300):
        sources = rng.integers(0, 5)
        stance = rng.uniform(-1, 1, sources)
        stance[rng.random(sources) < 0.3] = np.nan
        arguments = (
            rng.uniform(-1, 1),
            rng.uniform(-1, 1),
            rng.normal(0, 0.3),
            rng.random(),
            rng.random(),
            rng.normal(0, 0.2),
            rng.random(),
            rng.normal(0, 0.5, 9),
            rng.random(sources),
            rng.random(sources) * (rng.random(sources) < 0.7),
            stance,
            rng.normal(0, 1, (sources, 3)),
            rng.normal(),
            np.array([rng.random(), rng.random(), rng.random(), 3 * rng.random(), 0.3 * rng.random()]),
            1 / 12,
        )
        compiled, plain = np.full(12 + sources, np.nan), np.full(12 + sources, np.nan)
        fast = opinion.citizen_step(*arguments, compiled)
        slow = opinion.citizen_step.py_func(*arguments, plain)
        assert fast == pytest.approx(slow, abs=1e-7)
        np.testing.assert_allclose(compiled, plain, atol=2e-7)
        assert plain.sum() == pytest.approx(float(slow) - arguments[0], abs=1e-12), "terms add up to the change"


def test_the_rule_is_the_published_equation() -> None:
    """One citizen by hand: influence, anchor, threat, jump, noise, and one source."""
    climate_row = np.array([0.1, -0.05, 0.02, 0.01, 0.5, 0.3, 0.04, 0.03, 0.015])
    rates, dt = np.array([0.7, 0.35, 0.22, 1.5, 0.15]), 1 / 12
    x, pull, u, h, s, shift, factor = 0.2, -0.3, 0.1, 0.6, 0.5, -0.1, 0.6
    terms = np.zeros(13)
    after = opinion.citizen_step(
        x,
        pull,
        u,
        h,
        s,
        shift,
        factor,
        climate_row,
        np.array([0.35]),
        np.array([0.4]),
        np.array([0.7]),
        np.array([[0.2, -1.2, -0.9]]),
        1.3,
        rates,
        dt,
        terms,
    )
    felt = s * factor
    anchor = 0.1 + u + 0.5 * h - felt * 0.3 - 0.05 + 0.02 + shift + 0.01
    accept = 1.15 * expit(0.2 + 1.5 * 0.7 * x - 1.2 * h - 0.9 * felt) - 0.15
    expected = x + dt * (0.35 * pull + 0.7 * (anchor - x) + 0.35 * 0.4 * accept * (0.7 - x))
    expected += 0.22 * math.sqrt(dt) * 1.3 + 0.015 - felt * 0.04 - 0.03
    assert after == pytest.approx(expected, abs=1e-7)


def test_affect_is_clipped_and_the_clipping_is_reported() -> None:
    """A push beyond the scale ends at its end, and the term says by how much."""
    terms = np.zeros(12)
    none, row = np.zeros(0), np.zeros(9)
    row[8] = 5.0
    after = opinion.citizen_step(
        0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, row, none, none, none, np.zeros((0, 3)), 0.0, np.zeros(5), 1 / 12, terms
    )
    assert after == 1.0
    assert terms[opinion.CLIPPING] == pytest.approx(-4.5)


def test_everybody_moves_by_the_rule_for_one() -> None:
    """The loop over all citizens hands each of them their own ties, traits, sources and draws."""
    world = build(_scenario(countries=["KZ", "KG"], confidence_bound=0.5, **{"initial_adaptation.CN": 0.4}))
    state, p, people, dt = world.state, world.parameters, world.people, 1 / 12
    now = world.inputs.at(4)
    shared = climate(world, now, investment.cycle(state.projects, p), np.full((2, 2), 0.01), dt)
    spoken, _, _ = voices(world, now)
    after, moved = opinion.step_citizens(state, people, shared, spoken, world.shocks, 4, dt, p)
    rates, packed = np.array([p.anchor_rate, p.social_rate, p.noise, p.gate_opinion, p.backlash]), shared.packed()
    total = np.zeros((2, 2, 12 + spoken.strength.shape[0]))
    for i in range(people.home.size):
        c, h, own = people.country[i], people.home[i], people.audience[i]
        for power in range(2):
            distance = state.affect[state.network.of(int(h)), power].astype(float) - float(state.affect[i, power])
            pull = np.where(np.abs(distance) <= p.confidence_bound, distance, 0).sum() / distance.size
            key = world.shocks[power]
            shock = standard_normal(key.first, key.second, np.uint64(4), people.identity[i])
            terms = np.zeros(total.shape[-1])
            alone = opinion.citizen_step(
                float(state.affect[i, power]),
                pull,
                float(people.traits[h, 2 + power]),
                float(people.traits[h, 0]),
                float(people.traits[h, 1]),
                people.shifts[i, power],
                people.factors[i, power],
                packed[c, power],
                spoken.strength[:, c],
                spoken.reach[:, c, own],
                spoken.stance[:, c, power],
                spoken.gate[:, c, power],
                shock,
                rates,
                dt,
                terms,
            )
            assert after[i, power] == pytest.approx(alone, abs=1e-7)
            total[c, power] += state.weight[i] * terms
    heads = np.bincount(people.country, weights=state.weight)
    np.testing.assert_allclose(moved, total / heads[:, None, None], atol=1e-7)
    change = public_mean(after, state.weight, people, 2) - public_mean(state.affect, state.weight, people, 2)
    np.testing.assert_allclose(moved.sum(axis=-1), change, atol=1e-9)


def test_alumni_feel_less_threat_and_carry_their_stage() -> None:
    """Only members of the pipeline have shifts, towards the power of study; only graduates a scaled sensitivity."""
    world = build(_scenario(countries=["KZ"]))
    people, agents, slots = world.people, world.state.agents, world.state.citizens.slots
    p = world.parameters
    assert not people.shifts[:slots].any()
    assert (people.factors[:slots] == 1).all()
    stage = np.array([p.affect_student, 0.0, p.affect_employed, p.affect_ceiling, p.affect_disappointed])
    for i in range(agents.count):
        own, other = agents.power[i], 1 - agents.power[i]
        assert people.shifts[slots + i, own] == stage[agents.stage[i]]
        assert people.shifts[slots + i, other] == 0
        assert people.factors[slots + i, own] == (p.alumni_threat_factor if agents.stage[i] > 0 else 1)
        assert people.factors[slots + i, other] == 1


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
    assert media.budget_strength(np.array([0.0, 1.0])) == pytest.approx([0, 1])
    assert media.budget_strength(np.array([2.0]))[0] == pytest.approx((1 - math.exp(-2)) / (1 - math.exp(-1)))


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
    signal = culture.signal(world.inputs.at(0), np.ones((5, 2)), world.parameters, world.countries, world.powers)
    chinese, russian = (source.reach[0] for source in signal.sources)
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
