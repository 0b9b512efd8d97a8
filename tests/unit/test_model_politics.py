"""Protest, elites and the start: grievances, counts, rents, turnover of seats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from spsim.config import Scenario, load, load_text
from spsim.data import load_pack
from spsim.model import elites, protest
from spsim.model.channels import diplomacy
from spsim.model.population import normals
from spsim.model.simulation import Simulation
from spsim.model.start import build
from spsim.model.step import step


def _scenario(**settings: object) -> Scenario:
    quick = {"citizens": 200, "elites": 10, "pipeline_agents": 1, "end": "2006-12"}
    return load("baseline", {**quick, **settings}).scenario


def test_grievance_is_felt_threat_and_dislike_and_closed_countries_raise_the_threshold() -> None:
    """g = s T + dislike max(0, -x); the mean threshold is base + closed (1 - min(open / full, 1))."""
    scenario = _scenario(countries=["KG"], contagion=0.0, background_protest=0.0, openness=1.0,
                         **{"dislike_weight.CN": 0.35, "dislike_weight.RU": 0.0})
    now, p = build(scenario).inputs.at(0), scenario.parameters
    affect = np.array([[0.5, -1.0], [-0.4, 0.9], [0.0, 0.0]], dtype=np.float32)
    grievance = np.array([0.3, 0.6 + 0.35 * 0.4, 0.0])
    for i in range(3):  # a citizen protests if and only if the threshold does not exceed the grievance
        for beside, active in ((-1e-6, 1 / 3), (1e-6, 0.0)):
            threshold = np.full(3, 1e6)
            threshold[i] = (grievance[i] + beside - protest.mean_threshold(now, p)[0]) / p.threshold_spread
            unrest = protest.step(
                affect, np.ones(3), np.array([0.5, 1.0, 0.0], dtype=np.float32), threshold.astype(np.float32),
                np.array([[0.6, 0.0]]), now, np.array([4e6]), np.array([0.5]), 1 / 12, p,
                *(p.over(name, ("CN", "RU")) for name in ("threat_weight", "dislike_weight")),
            )
            assert unrest.share[0] == pytest.approx(active), (i, beside)
    world = build(_scenario(openness={"KZ": 0.5, "TM": 0.05}))
    centre = protest.mean_threshold(world.inputs.at(0), world.parameters)
    assert centre[0] == pytest.approx(1.0)
    assert centre[3] == pytest.approx(1.0 + 0.6 * 0.8)
    pressing = protest.press(np.full(5, 0.5), world.inputs.at(0), world.parameters)
    assert pressing[0] == pytest.approx(0.5)
    assert pressing[3] == pytest.approx(0.1)


@pytest.mark.parametrize("dt", [1 / 12, 1 / 4])
def test_events_are_counted_with_the_published_mean_and_shape(dt: float) -> None:
    """NB2 with mean nu (adults in millions)^eta (A + background open) dt and a shape that adds up over months."""
    scenario = _scenario(countries=["KG"], background_protest=0.01, openness=0.5, contagion=0.0)
    now, p = build(scenario).inputs.at(0), scenario.parameters
    threshold = np.where(np.arange(100) < 20, -50.0, 50.0)  # a fifth protests whatever happens
    mean = 58 * 4**0.4 * (0.2 + 0.01 * 0.5) * dt
    shape = p.event_shape * dt * 12
    for draw in (0.01, 0.3, 0.7, 0.99):
        unrest = protest.step(
            np.zeros((100, 2), dtype=np.float32),
            np.ones(100),
            np.zeros(100, dtype=np.float32),
            threshold.astype(np.float32),
            np.zeros((1, 2)),
            now,
            np.array([4e6]),
            np.array([draw]),
            dt,
            p,
            *(p.over(name, ("CN", "RU")) for name in ("threat_weight", "dislike_weight")),
        )
        assert unrest.share[0] == pytest.approx(0.2)
        assert unrest.events[0] == stats.nbinom.ppf(draw, shape, shape / (shape + mean))


def test_rents_are_lognormal_with_mean_one() -> None:
    """Rent shares differ between members and are one on average, whatever their spread."""
    p = _scenario(rent_spread=0.6).parameters
    made = elites.create(1, 0, ("KZ", "KG"), ("CN", "RU"), 10_000, 2004, p)
    assert made.rent.mean() == pytest.approx(1.0, abs=0.015)
    assert np.log(made.rent).std() == pytest.approx(0.6, abs=0.015)
    assert made.orientation.std() == pytest.approx(p.orientation_spread, abs=0.003)
    assert (made.birth_year >= 2004 - 60).all()
    assert (made.birth_year <= 2004 - 35).all()


def test_elites_listen_as_far_as_the_country_is_open() -> None:
    """A change of public affect moves the target by listen times openness, and the mean by the rate times that."""
    world = build(_scenario())
    state, p, now = world.state, world.parameters, world.inputs.at(0)
    none = np.zeros((5, 2))
    spoke = diplomacy.signal(now, none, p, world.over("non_interference")).elite
    assert spoke is not None
    moved = [
        elites.step(state.elites, none, public, np.zeros(5), spoke, none, now, 1 / 12, p, world.over("bow"))[0]
        for public in (none, none + 0.1)
    ]
    lift = (moved[1] - moved[0]).mean(axis=1)
    np.testing.assert_allclose(lift, np.outer(p.elite_rate / 12 * p.listen * 0.1 * now.openness, [1, 1]), rtol=1e-9)


def test_seats_change_hands_and_alumni_lean_towards_where_they_studied() -> None:
    """With full turnover and certain recruitment every newcomer has a degree of one power and leans towards it."""
    p = _scenario(
        elite_turnover=1.0, alumni_recruitment=1000.0, orientation_spread=0.0, alumni_orientation=0.2
    ).parameters
    members = elites.create(1, 0, ("KZ",), ("CN", "RU"), 400, 2004, p)
    rents, before = members.rent.copy(), members.alignment.copy()
    elites.replace_members(members, np.array([[0.01, 0.01]]), 1, 0, ("KZ",), ("CN", "RU"), 2010, p)
    assert (members.generation == 1).all()
    assert (members.rent != rents).all()
    assert (members.birth_year == 2010 - 35).all()
    assert set(np.unique(members.alma_mater)) == {0, 1}
    for power in (0, 1):
        own = members.alma_mater[0] == power
        assert 0.4 < own.mean() < 0.6
        np.testing.assert_allclose(members.orientation[0, own, power], 0.2)
        np.testing.assert_allclose(members.orientation[0, own, 1 - power], 0)
    np.testing.assert_array_equal(members.alignment, before)
    unmoved = members.generation.copy()
    few = _scenario(elite_turnover=0.0).parameters
    elites.replace_members(members, np.array([[0.01, 0.01]]), 1, 0, ("KZ",), ("CN", "RU"), 2011, few)
    np.testing.assert_array_equal(members.generation, unmoved)


def test_memberships_and_security_speak_to_elites() -> None:
    """The diplomacy lever scales memberships and the lift by a security event."""
    world = build(_scenario(start="2016-01", end="2016-12", diplomacy={"RU": 2.0}))
    now, p = world.inputs.at(0), world.parameters
    security = np.full((5, 2), 0.07)
    expected = (0.1 * now.membership + 0.07) * [1.0, 2.0]
    said = diplomacy.signal(now, security, p, world.over("non_interference"))
    np.testing.assert_allclose(said.elite, expected, rtol=1e-12)


def test_the_start_has_the_spread_that_noise_would_have_left() -> None:
    """Affect at the start is the point of rest plus noise / sqrt(2 (anchor + social)) times a keyed draw."""
    calm, noisy = build(_scenario(noise=0.0)), build(_scenario(noise=0.2))
    slots, p = calm.state.citizens.slots, noisy.parameters
    for i, power in enumerate(noisy.powers):
        draw = normals(noisy.key(f"start/{power}"), 0, noisy.state.citizens.identity)
        spread = p.noise / np.sqrt(2 * (p.anchor_rate + p.social_rate))
        expected = np.clip(calm.state.affect[:slots, i] + spread * draw, -1, 1)
        np.testing.assert_allclose(noisy.state.affect[:slots, i], expected, atol=2e-6)


def test_projects_start_where_the_years_before_would_have_left_them() -> None:
    """Works and hopes are at rest under the mean of the commitments recorded in the three years before."""
    world = build(_scenario(start="2016-01", end="2016-12"))
    p, projects, gdp = world.parameters, world.state.projects, world.inputs.at(0).gdp
    record = load_pack().series["commitments"].select(world.countries, [2013, 2014, 2015]).mean(axis=0)
    np.testing.assert_allclose(projects.works[:, 0], p.works_lag * p.realised_share * record, rtol=1e-12)
    np.testing.assert_allclose(projects.hopes[:, 0], p.announcement_years * p.realised_share * record / gdp, rtol=1e-12)
    assert not projects.works[:, 1].any()


def test_commitments_after_the_record_have_a_factor_of_their_own() -> None:
    """Up to 2021 the record counts; what is projected from 2022 is scaled by its uncertainty."""
    plain, scaled = (build(_scenario(end="2024-12", commitments_after_record=f)).inputs for f in (1.0, 1.4))
    recorded = plain.decimal_year < 2022
    np.testing.assert_array_equal(scaled.commitments[recorded], plain.commitments[recorded])
    np.testing.assert_allclose(scaled.commitments[~recorded], 1.4 * plain.commitments[~recorded])
    assert plain.commitments[~recorded].sum() > 0


def test_the_common_shock_is_one_draw_for_a_country_and_power() -> None:
    """All citizens of a country get the same push; its size over many months is common_noise sqrt(dt)."""
    world = build(_scenario(noise=0.0, common_noise=0.1, end="2016-12"))
    pushes = np.array([step(world, number).public_terms[..., 10] for number in range(150)])
    assert pushes.std() == pytest.approx(0.1 * np.sqrt(1 / 12), rel=0.06)
    assert abs(np.corrcoef(pushes[:, 0, 0], pushes[:, 1, 0])[0, 1]) < 0.25
    assert abs(np.corrcoef(pushes[:, 0, 0], pushes[:, 0, 1])[0, 1]) < 0.25


def test_newcomers_start_where_anchor_and_ties_hold_them() -> None:
    """Those who turn eighteen do not inherit the affect of the person whose slot they take."""
    world = build(_scenario(noise=0.0, common_noise=0.0))
    for number in range(11):
        step(world, number)
    before = world.state.affect.copy()
    identity = world.state.citizens.identity.copy()
    step(world, 11)
    slots = world.state.citizens.slots
    new = np.flatnonzero(identity != world.state.citizens.identity)
    moved = np.abs(world.state.affect[:slots] - before[:slots])
    assert new.size > 5
    assert np.median(moved[new]) > 0.1
    stayed = np.setdiff1d(np.arange(slots), new)
    assert np.median(moved[stayed]) < 0.01


def test_a_threat_from_a_power_that_nobody_fears_brings_nobody_into_the_street() -> None:
    """A threat impulse of a power with threat_weight 0 moves neither affect nor protest."""
    event = """
events:
  - {name: scare, kind: threat, powers: [RU], size: 3.0, from: 2008-03, to: 2008-08}
"""
    text = "schema: 1\nname: scare\ntitle: A scare about Russia\n"
    small = {"citizens": 200, "elites": 5, "end": "2009-12"}
    calm, scared = (Simulation(load_text(text + extra, overrides=small).scenario).run() for extra in ("", event))
    assert scared.country_power[-12, 0, 1, 0] > 0.1, "the threat itself is there"
    np.testing.assert_array_equal(calm.country[..., 3:5], scared.country[..., 3:5])
