"""Threat, opacity, elites and protest where the answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import still
from numpy.typing import NDArray
from scipy.stats import norm

from spsim.config import Scenario
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
    """L7: without presence threat falls by the factor 1 - decay dt a step, close to exp(-decay t)."""
    world = build(still.scenario(**still.NO_SOURCES))
    world.state.politics.threat[:, 0] = 1.0
    still.advance(world, 36)
    decay = world.parameters.threat_decay
    np.testing.assert_allclose(world.state.politics.threat[:, 0], (1 - decay / 12) ** 36, rtol=1e-12)
    np.testing.assert_allclose(world.state.politics.threat[:, 0], np.exp(-3 * decay), rtol=0.1)


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
    """L10: an outside rise of the gap by D ends as D / (1 - gain), with the gain that the model prints."""
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
    measured = 1 - lift / (gaps[1] - gaps[0])
    np.testing.assert_allclose(measured, printed, rtol=0.01)
    assert (printed > 0.01).all()


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
    np.testing.assert_allclose(state.elite_mean, expected, atol=1e-6)


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


def _crowd(thresholds: NDArray[np.float64], contagion: float) -> protest.Unrest:
    """Return protest in one country among citizens without grievance, with thresholds given in units of grievance."""
    scenario: Scenario = still.scenario(
        threshold_base=0.0,
        threshold_closed=0.0,
        threshold_spread=1.0,
        contagion=contagion,
        countries=["KZ"],
        background_protest=0.0,
    )
    now, size = build(scenario).inputs.at(0), thresholds.size
    return protest.step(
        np.zeros((size, 2)),
        np.ones(size),
        np.zeros(size),
        thresholds,
        np.zeros((1, 2)),
        now,
        np.array([1e6]),
        np.array([0.5]),
        1 / 12,
        scenario.parameters,
        ("CN", "RU"),
    )


def test_granovetters_hundred() -> None:
    """L8: with thresholds 0, 1 .. 99 all hundred join; replace the 1 by a 2 and one is left alone."""
    persons = np.arange(100.0)
    contagion = 5.0  # the lift of all hundred; half a person is taken off so that rounding does not decide
    all_join = _crowd((persons - 0.5) * contagion / 100, contagion)
    assert all_join.share[0] * 100 == pytest.approx(100)
    persons[1] = 2
    alone = _crowd((persons - 0.5) * contagion / 100, contagion)
    assert alone.share[0] * 100 == pytest.approx(1)
    assert alone.slope[0] > 1
    assert alone.upper_share[0] * 100 == pytest.approx(100), "the other equilibrium is reported"


def test_least_and_greatest_fixed_point_solve_the_threshold_map() -> None:
    """L8: both reported shares reproduce themselves, and nothing below the least or above the greatest does."""
    rng = np.random.default_rng(5)
    margin, weight = rng.normal(0.5, 0.2, 500), rng.uniform(0.5, 2, 500)
    for contagion in (0.2, 0.6, 1.2):
        least = protest.fixed_point(margin, weight, contagion, 0.0)
        greatest = protest.fixed_point(margin, weight, contagion, 1.0)

        def after(share: float, contagion: float = contagion) -> float:
            return float(weight[margin <= contagion * share].sum() / weight.sum())

        assert after(least) == pytest.approx(least, abs=1e-12)
        assert after(greatest) == pytest.approx(greatest, abs=1e-12)
        grid = np.linspace(0, 1, 2001)
        excess = np.array([after(share) - share for share in grid])
        assert (excess[grid < least - 1e-9] > 0).all()
        assert (excess[grid > greatest + 1e-9] < 0).all()
        assert least <= greatest


@pytest.mark.parametrize("contagion", [0.3, 1.0])
def test_the_slope_is_the_steepest_rise_of_the_threshold_map(contagion: float) -> None:
    """L8: contagion / (sqrt(2 pi) sd) is the largest derivative of the map for normal thresholds; below 1, one end."""
    spread = 0.35
    thresholds = 0.5 + spread * norm.ppf((np.arange(2000) + 0.5) / 2000)
    unrest = _crowd(thresholds, contagion)
    grid = np.linspace(-2, 3, 5001)
    steepest = np.gradient(norm.cdf((contagion * grid - 0.5) / spread), grid).max()
    assert unrest.slope[0] == pytest.approx(steepest, rel=0.01)
    if steepest < 1:
        assert unrest.share[0] == pytest.approx(
            protest.fixed_point(thresholds, np.ones(2000), contagion, 1.0), abs=2e-3
        )
    else:
        assert unrest.upper_share[0] > unrest.share[0] + 0.3


def test_equal_citizens_without_contagion_have_a_flat_map() -> None:
    """Without contagion the slope is zero, also where all margins are equal (no 0/0)."""
    unrest = _crowd(np.ones(50), 0.0)
    assert unrest.slope[0] == 0.0
    assert unrest.share[0] == 0.0
    assert np.isinf(_crowd(np.ones(50), 0.1).slope[0])
