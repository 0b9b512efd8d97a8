"""Threat, opacity, elites and protest where the answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import still
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from spsim.config import load
from spsim.model import elites, protest
from spsim.model.start import build
from spsim.model.step import step
from spsim.model.world import World


@pytest.fixture(autouse=True)
def _no_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    still.stop_the_calendar(monkeypatch)


CAPITAL: dict[str, Any] = {"initial_capital.CN.KZ": 40.0, "initial_capital.CN.KG": 2.0}


def _dependence(world: World) -> NDArray[np.float64]:
    gdp = world.inputs.at(0).gdp
    capital = world.state.projects.capital[:, 0]
    return capital / (capital + world.parameters.k_half * gdp)


def test_threat_goes_to_its_steady_state() -> None:
    """L7: under constant dependence, labour and opacity, T goes to d (labour f + opacity o) / decay."""
    world = build(still.scenario(opacity={"KZ": 0.7, "KG": 0.4}, **CAPITAL, **still.NO_SOURCES))
    p, state = world.parameters, world.state
    labour = np.array([p.initial_foreign_labour["CN"][code] for code in world.countries])
    pressure = p.threat_labour["CN"] * labour + p.threat_opacity["CN"] * np.array([0.7, 0.4])
    expected = _dependence(world) * pressure / p.threat_decay
    np.testing.assert_allclose(state.politics.threat[:, 0], expected, rtol=1e-12)  # the start is at rest
    state.politics.threat[:] = 0.0
    still.advance(world, 60)
    short_by = (1 - p.threat_decay / 12) ** 60
    np.testing.assert_allclose(state.politics.threat[:, 0], expected * (1 - short_by), rtol=1e-9)
    assert not state.politics.threat[:, 1].any(), "Russia has no such weights"


def test_threat_decays_exponentially() -> None:
    """L7: without presence threat falls by the factor 1 - decay dt a step; as the step goes to 0, to exp(-decay t)."""
    decay, years, error = 0.8, 3, {}
    for months in (4, 2, 1):
        world = build(still.scenario(threat_decay=decay, step_months=months, **still.NO_SOURCES))
        world.state.politics.threat[:, 0] = 1.0
        steps = 12 * years // months
        still.advance(world, steps)
        threat = world.state.politics.threat
        np.testing.assert_allclose(threat[:, 0], (1 - decay * months / 12) ** steps, rtol=1e-12)
        assert not threat[:, 1].any()
        error[months] = float(np.exp(-decay * years) - threat[0, 0])
    assert error[4] / error[2] == pytest.approx(2, rel=0.1)
    assert error[2] / error[1] == pytest.approx(2, rel=0.05)
    # (8 e1 - 6 e2 + e4) / 3 takes out the first two orders of the step; the third is left
    assert (8 * error[1] - 6 * error[2] + error[4]) / 3 == pytest.approx(0, abs=1e-4)


IMPULSES = """
events:
  - {name: shock, kind: threat, powers: [CN], countries: [KZ], size: 1.5, from: 2016-03, to: 2016-08}
  - {name: war, kind: memory, powers: [RU], countries: [KG], size: 0.3, from: 2016-04, to: 2016-05}
"""


def test_an_impulse_adds_its_integral_and_moves_affect_at_once() -> None:
    """Threat rises by rate times length; affect falls by weight times sensitivity times that, and by the memory."""
    world = build(
        still.scenario(
            IMPULSES,
            threat_decay=0.0,
            memory_decay=0.0,
            anchor_rate=0.0,
            social_rate=0.0,
            **still.NO_SOURCES,
        )
    )
    state = world.state
    citizens = state.citizens
    state.affect[:] = 0.8
    still.advance(world, 10)
    np.testing.assert_allclose(state.politics.threat, [[0.75, 0], [0, 0]], atol=1e-12)
    np.testing.assert_allclose(state.politics.memory, [[0, 0], [0, -0.3]], atol=1e-12)
    kz, kg = citizens.country == 0, citizens.country == 1
    slots = state.affect[: citizens.slots]
    np.testing.assert_allclose(slots[kz, 0], 0.8 - 0.45 * 0.75 * citizens.sensitivity[kz], atol=1e-6)
    np.testing.assert_allclose(slots[kg, 1], 0.5, atol=1e-6)
    np.testing.assert_allclose(slots[kg, 0], 0.8, atol=1e-6)
    np.testing.assert_allclose(slots[kz, 1], 0.8, atol=1e-6)


def test_the_loop_gain_is_what_the_loop_does() -> None:
    """L10: an outside rise of the gap by D ends as D / (1 - gain), with the closed form of the gain.

    gain = opacity_gap (1 - openness / opacity_openness) threat_opacity d / threat_decay * threat_weight * sensitivity,
    which the model prints. The measure is as exact as affect in float32 is: some 1e-7 of affect in a lift of .4.
    """
    settings = {
        **CAPITAL,
        **still.NO_SOURCES,
        "opacity_rate": 6.0,
        "threat_decay": 1.0,
        "anchor_rate": 3.0,
        "social_rate": 1.0,
        "threat_sensitivity_spread": 0.0,
        "opacity_gap": 0.8,
        "concession_weight": 0.0,
        "countries": ["KZ", "KG"],
        "openness": 0.1,
        "threat_opacity.CN": 1.2,
        "base.CN": {"KZ": 0.1, "KG": 0.1},
        "heritage_weight": {"CN": 0.0, "RU": 0.55},
        "idiosyncratic_spread": 0.1,
        "opacity_base": {"KZ": 0.2, "KG": 0.2},
    }
    gaps, lift = [], 0.4
    for extra in (0.0, lift):
        world = build(still.scenario(**settings))
        world.state.elites.alignment[:, :, 0] = 0.4 + extra
        still.advance(world, 170)
        gaps.append((world.state.elite_mean - world.state.public_mean)[:, 0])
        printed = step(world, 170).loop_gain
    p = world.parameters
    closed = p.opacity_gap * (1 - 0.1 / p.opacity_openness) * p.threat_opacity["CN"] * _dependence(world)
    closed *= p.threat_weight["CN"] * p.threat_sensitivity_mean / p.threat_decay
    np.testing.assert_allclose(printed, closed, rtol=1e-12)
    np.testing.assert_allclose(1 - lift / (gaps[1] - gaps[0]), closed, rtol=3e-5)
    assert (closed > 0.1).all()


def test_elites_go_to_the_linear_solution() -> None:
    """L9: while no target is clipped, the mean alignment is y* + (y0 - y*) (1 - rate dt)^n."""
    world = build(
        still.scenario(
            elite_rate=0.9,
            elite_turnover=0.0,
            orientation_spread=0.05,
            rent_spread=0.2,
            hedge=0.5,
            hedge_above=0.2,
            elites=200,
            **CAPITAL,
            **still.NO_SOURCES,
            **{"threat_weight.CN": 0.0, "non_interference.CN": 0.03},
            membership_security=0.1,
            press_rate=0.0,
            rent_weight=0.6,
        )
    )
    p, state, now = world.parameters, world.state, world.inputs.at(0)
    depend = np.stack([_dependence(world), now.trade[:, 1] / (now.trade[:, 1] + p.k_half)], axis=1)
    target = (
        p.rent_weight * depend * state.elites.rent.mean(axis=1)[:, None]
        + p.listen * now.openness[:, None] * state.public_mean
        - p.hedge * np.maximum(0, depend - p.hedge_above)
        + p.membership_security * now.membership
        + [0.03, 0.0]
        + state.elites.orientation.mean(axis=1)
    )
    start = state.elite_mean
    # a pressure that does not change, as its rate is zero
    state.politics.pressure[:] = 0.2
    freedom = np.minimum(now.openness / p.openness_full, 1)
    target[:, 0] -= p.bow["CN"] * freedom * 0.2
    still.advance(world, 60)
    expected = target + (start - target) * (1 - p.elite_rate / 12) ** 60
    # elites are kept in float64; the public that they listen to stays where it is to some 1e-7, the rounding of float32
    np.testing.assert_allclose(state.elite_mean, expected, atol=5e-8)


def test_elite_contributions_add_up_where_targets_are_clipped() -> None:
    """The clipping of targets is a term of its own, so that the terms add up to the change."""
    world = build(still.scenario(elite_rate=0.9, rent_weight=5.0, **CAPITAL))
    before = world.state.elite_mean
    report = step(world, 0)
    clipped = report.elite_terms[..., elites.TERMS.index("clipping")]
    assert np.abs(clipped).max() > 1e-3
    np.testing.assert_allclose(
        report.elite_terms.sum(axis=-1) + report.elite_turnover, world.state.elite_mean - before, atol=1e-12
    )


# thresholds -----------------------------------------------------------------------------------------------------------


def _crowd(
    monkeypatch: pytest.MonkeyPatch, thresholds: NDArray[np.float64], contagion: float, **settings: Any
) -> protest.Unrest:
    """Return the first month's protest of a country whose citizens feel no grievance and weigh equally.

    Thresholds are in units of grievance: one for each of the citizens, or, for fewer persons, each for as many slots.
    """
    still.equal_cohorts(monkeypatch, 18, 67)
    slots = max(200, thresholds.size)
    world = build(
        still.scenario(
            threshold_base=0.0,
            threshold_closed=0.0,
            threshold_spread=1.0,
            contagion=contagion,
            countries=["KZ"],
            citizens=slots,
            **{"dislike_weight.CN": 0.0},
            **settings,
        )
    )
    assert np.ptp(world.state.weight[:slots]) < 1e-9
    shuffled = np.random.default_rng(4).permutation(np.repeat(thresholds, slots // thresholds.size))
    world.state.citizens.threshold = shuffled.astype(np.float32)
    unrest = step(world, 0).unrest
    np.testing.assert_array_equal(world.state.politics.protest_share, unrest.share)
    return unrest


def test_granovetters_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    """L8: with thresholds 0, 1 .. 99 all hundred join; replace the 1 by a 2 and one is left alone."""
    persons = np.arange(100.0)
    contagion = 5.0  # the lift of all hundred; half a person is taken off so that rounding does not decide
    all_join = _crowd(monkeypatch, (persons - 0.5) * contagion / 100, contagion)
    assert all_join.share[0] * 100 == pytest.approx(100, rel=1e-12)
    persons[1] = 2
    alone = _crowd(monkeypatch, (persons - 0.5) * contagion / 100, contagion)
    assert alone.share[0] * 100 == pytest.approx(1, rel=1e-12)
    assert alone.slope[0] > 1
    assert alone.upper_share[0] * 100 == pytest.approx(100, rel=1e-12), "the other equilibrium is reported"


def _ends(margin: NDArray[np.float64], weight: NDArray[np.float64], contagion: float) -> tuple[float, float]:
    """Return the least and the greatest share that reproduces itself, found among all shares that can occur.

    For a rising map the least fixed point is the least share that the map does not raise, the greatest the greatest
    that it does not lower (Tarski).
    """
    order = np.argsort(margin)
    reached = np.concatenate([[0.0], np.cumsum(weight[order])]) / weight.sum()
    after = reached[np.searchsorted(margin[order], contagion * reached, side="right")]
    return float(reached[after <= reached + 1e-12].min()), float(reached[after >= reached - 1e-12].max())


@pytest.mark.parametrize("contagion", [0.0, 0.3, 1.5])
def test_protest_in_a_run_is_the_least_equilibrium_of_its_thresholds(
    monkeypatch: pytest.MonkeyPatch, contagion: float
) -> None:
    """L8: in every month of a run, with real weights and grievances, both ends are those that a search finds."""
    monkeypatch.undo()  # here the calendar runs
    size = {"citizens": 400, "elites": 4, "pipeline_agents": 1, "countries": ["KZ", "KG"]}
    world = build(load("baseline", {**size, "start": "2016-01", "end": "2019-12", "contagion": contagion}).scenario)
    p, two_ends, most = world.parameters, 0, 0.0
    for number in range(world.clock.steps):
        state, now = world.state, world.inputs.at(number)
        citizens, threat, affect = state.citizens, state.politics.threat[:, 0], state.affect.astype(np.float64)
        grievance = citizens.sensitivity * threat[citizens.country]
        grievance += p.dislike_weight["CN"] * np.maximum(0, -affect[: citizens.slots, 0])
        closed = 1 - np.minimum(now.openness / p.openness_full, 1)
        mean = p.threshold_base + p.threshold_closed * closed
        margin = mean[citizens.country] + p.threshold_spread * citizens.threshold.astype(np.float64) - grievance
        weight = state.weight.copy()
        unrest = step(world, number).unrest
        for c in range(2):
            here = np.flatnonzero(citizens.country == c)
            least, greatest = _ends(margin[here], weight[here], contagion)
            assert unrest.share[c] == pytest.approx(least, abs=1e-12)
            if unrest.slope[c] > 1:
                assert unrest.upper_share[c] == pytest.approx(greatest, abs=1e-12)
                two_ends += greatest > least + 0.05
            most = max(most, least)
    assert most > 0.1
    assert (two_ends > 0) == (contagion > 1)


@pytest.mark.parametrize("contagion", [0.3, 0.6, 1.0])
def test_normal_thresholds_have_the_analytic_equilibria(monkeypatch: pytest.MonkeyPatch, contagion: float) -> None:
    """L8: shares solve A = Phi((contagion A - mean) / sd); contagion / (sqrt(2 pi) sd) is that map's steepest slope.

    2,000 citizens stand at the quantiles of the normal distribution, so a share is exact to one of them, which
    contagion lifts to 1 / (1 - slope at the equilibrium).
    """
    mean, spread, slots = 0.5, 0.35, 2000
    unrest = _crowd(monkeypatch, mean + spread * norm.ppf((np.arange(slots) + 0.5) / slots), contagion)
    steepest = contagion * norm.pdf(0) / spread
    assert unrest.slope[0] == pytest.approx(steepest, rel=5e-4), "the quantiles' spread lacks the outermost tails"

    def excess(share: float) -> float:
        return float(norm.cdf((contagion * share - mean) / spread) - share)

    least = brentq(excess, 0, 0.45 if steepest > 1 else 1)
    there = contagion * norm.pdf((contagion * least - mean) / spread) / spread
    assert unrest.share[0] == pytest.approx(least, abs=1 / slots / (1 - there))
    if steepest > 1:  # with a mean of half the contagion, the map is its own mirror image around one half
        assert unrest.upper_share[0] == pytest.approx(1 - least, abs=1 / slots / (1 - there))
        assert unrest.upper_share[0] > unrest.share[0] + 0.3
    else:
        assert unrest.upper_share[0] == unrest.share[0]


def test_equal_citizens_without_contagion_have_a_flat_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """L8: without contagion the slope is zero, also where all margins are equal (no 0/0)."""
    unrest = _crowd(monkeypatch, np.ones(200), 0.0)
    assert unrest.slope[0] == 0.0
    assert unrest.share[0] == 0.0
    assert np.isinf(_crowd(monkeypatch, np.ones(200), 0.1).slope[0])
