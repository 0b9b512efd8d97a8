"""Channels by hand: who is reached by what, who applies for a place, what fades."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spsim.config import Scenario, load
from spsim.data import load_pack
from spsim.model.channels import education, heritage
from spsim.model.population import CHINESE, OLD, RUSSIAN, TITULAR, URBAN
from spsim.model.start import build
from spsim.model.step import step
from spsim.model.world import voices


def _scenario(**settings: object) -> Scenario:
    quick = {"citizens": 200, "elites": 4, "pipeline_agents": 1, "start": "2016-01", "end": "2018-12"}
    return load("baseline", {**quick, **settings}).scenario


def test_reach_by_language_age_place_internet_and_openness() -> None:
    """The table of reaches, class by class, for KZ and TJ in 2016; China's media budget is full, Russia's .98^12."""
    world = build(_scenario())
    spoken, _, _ = voices(world, world.inputs.at(0))
    reach = dict(zip(spoken.names, spoken.reach, strict=True))
    net = load_pack().series["internet"].select(["KZ"], [2015, 2016]).mean()  # on 1 January, between two mid-years
    openness = load_pack().series["openness"].select(["KZ", "TJ"], [2016])[0]
    russia = (1 - np.exp(-(0.98**12))) / (1 - np.exp(-1))
    kz, tj = 0, 2
    assert reach["chinese_language_tv"][kz, CHINESE] == pytest.approx(0.30)
    assert reach["chinese_language_tv"][kz, RUSSIAN | TITULAR | URBAN] == 0
    assert reach["chinese_media_in_russian"][kz, RUSSIAN] == pytest.approx(0.08)
    assert reach["chinese_media_in_russian"][kz, TITULAR] == 0
    assert reach["chinese_media_in_titular"][kz, TITULAR] == pytest.approx(0.03)
    assert reach["chinese_media_in_titular"][tj, TITULAR] == 0
    assert reach["russian_tv"][kz, RUSSIAN] == pytest.approx(0.35 * (1 - 0.4 * net))
    assert reach["russian_tv"][kz, RUSSIAN | OLD] == pytest.approx(0.60)
    assert reach["russian_tv"][kz, TITULAR | OLD] == pytest.approx(0.03)
    assert reach["state_media"][kz, TITULAR] == pytest.approx(0.55 * (1 - 0.5 * net))
    assert reach["state_media"][kz, RUSSIAN | OLD] == pytest.approx(0.55)
    for index, c in enumerate((kz, tj)):
        free = min(openness[index] / 0.4, 1)
        assert reach["private_press"][c, TITULAR | OLD] == pytest.approx(0.20 * free)
        assert reach["private_press"][c, RUSSIAN | OLD] == 0
    assert reach["culture_cn"][kz, TITULAR | URBAN] == pytest.approx(0.02)
    assert reach["culture_cn"][kz, TITULAR] == pytest.approx(0.005)
    assert reach["culture_ru"][kz, RUSSIAN] == pytest.approx(0.05)
    strengths = {name: row[kz] for name, row in zip(spoken.names, spoken.strength, strict=True)}
    assert strengths["private_press"] == 0.35
    assert strengths["russian_tv"] == pytest.approx(0.35 * russia)
    assert strengths["culture_cn"] == pytest.approx(0.08)


def test_applicants_follow_youth_hopes_and_mood_up_to_the_seats() -> None:
    """demand = rate youth budget (floor + (1 - floor) placement) (1 + a x) support funded, at most the seats."""
    world = build(_scenario())
    state, p, terms = world.state, world.parameters, world.education
    now = world.inputs.at(0)
    mood = np.array([[0.2, 0.1], [-0.3, 0.4], [0.0, 0.0], [0.1, 0.1], [0.5, -0.5]])
    state.pipeline.expected_placement[:] = 0.4
    budget = np.full((5, 2), 0.5)
    now = dataclasses.replace(now, scholarships=np.full((5, 2), 3.0), demand_support=np.full((5, 2), 1.2))
    entering = education.entries(state.pipeline, now, budget, mood, p, terms)
    youth = load_pack().youth(world.countries, [2016])[0]
    rates = np.array([[p.demand_rate[power][code] for power in world.powers] for code in world.countries])
    hopes = p.demand_floor + (1 - p.demand_floor) * 0.4
    demand = rates * youth[:, None] * 0.5 * hopes * (1 + p.demand_affect * mood) * 1.2 * (1 + 2 * p.scholarship_share)
    np.testing.assert_allclose(entering, demand, rtol=1e-12)
    tight = dataclasses.replace(now, seats=np.full((5, 2), 0.001), closure=np.full((5, 2), 0.25))
    seats = np.array([[p.seat_ceiling[power][code] for power in world.powers] for code in world.countries])
    limited = education.entries(state.pipeline, tight, budget, mood, p, terms)
    np.testing.assert_allclose(limited, np.minimum(seats * (1 + 2 * p.scholarship_share), demand) * 0.75, rtol=1e-12)
    closed = dataclasses.replace(now, border_open=np.zeros(5))
    assert not education.entries(state.pipeline, closed, budget, mood, p, terms).any()


def test_posts_are_exposure_times_the_local_share() -> None:
    """J = posts per bn times capital (or trade) times (1 - f), and the lever for jobs scales it."""
    world = build(_scenario(graduate_posts={"CN": 2.0}))
    amount, labour = np.full((5, 2), 3.0), np.full((5, 2), 0.2)
    posts = education.posts(amount, labour, world.inputs.at(0), world.education)
    np.testing.assert_allclose(posts, np.tile([350 * 2 * 3 * 0.8, 3500 * 3 * 0.8], (5, 1)))


def test_expected_placement_learns() -> None:
    """Hopes follow the placement that is seen at their own rate."""
    world = build(_scenario())
    pipeline, p = world.state.pipeline, world.parameters
    pipeline.stocks[:] = 0.0
    pipeline.stocks[..., 1] = 1000.0
    pipeline.expected_placement[:] = 0.2
    after, inflows = education.step(pipeline, np.zeros((5, 2)), np.zeros((5, 2)), 1 / 12, p, world.education)
    assert not after.placement.any(), "no post, no placement"
    parts = education.STEPS_PER_YEAR // 12
    short = 1 / education.STEPS_PER_YEAR
    np.testing.assert_allclose(after.expected_placement, 0.2 * (1 - p.placement_learning * short) ** parts)
    np.testing.assert_allclose(inflows[..., 4], 1000 * (1 - (1 - p.give_up * short) ** parts))
    np.testing.assert_allclose(after.stocks.sum(axis=-1) + after.left, 1000, rtol=1e-12)


def test_heritage_fades_for_everybody_at_the_levers_rate() -> None:
    """After a year the heritage of those who stayed is exp(-rate) of what it was; without the lever it is the same."""
    for rate in (0.0, 0.2):
        world = build(_scenario(heritage_fade=rate))
        before, identity = world.state.citizens.heritage.copy(), world.state.citizens.identity.copy()
        for number in range(12):
            step(world, number)
        stayed = identity == world.state.citizens.identity
        assert 0.9 < stayed.mean() < 1
        np.testing.assert_allclose(world.state.citizens.heritage[stayed], before[stayed] * np.exp(-rate), rtol=1e-5)
        mean = heritage.mean_heritage(world.state.citizens, world.state.weight[: stayed.size], 5)
        np.testing.assert_allclose(world.state.mean_heritage, mean)


def test_mean_heritage_falls_every_year() -> None:
    """Those socialised in the Soviet Union leave, and the young take a part of the mean only."""
    world = build(_scenario(start="2004-01", end="2012-12", citizens=400))
    yearly = [world.state.mean_heritage.copy()]
    for number in range(96):
        step(world, number)
        if number % 12 == 11:
            yearly.append(world.state.mean_heritage.copy())
    assert (np.diff(yearly, axis=0) < 0).all()
