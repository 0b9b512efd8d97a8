"""Opinion where the answer is known: consensus, fixed points, mean field, stationary spread, clusters."""

from __future__ import annotations

import numpy as np
import pytest
import still
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.special import expit

from spsim.model import opinion
from spsim.model.start import build
from spsim.model.world import World, voices

FLOAT32_DRIFT = 2e-5
"""Affect is stored in float32 (steps of 6e-8); a few hundred roundings add up to less than this."""


@pytest.fixture(autouse=True)
def _no_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    still.stop_the_calendar(monkeypatch)


def _fixed_point(world: World, *, sources: bool) -> NDArray[np.float64]:
    """Return the Friedkin-Johnsen fixed point of all slots by a linear solve, [slots, P]."""
    p, slots = world.parameters, world.state.citizens.slots
    matrix = still.influence_matrix(world.state.network, slots)
    anchor = still.anchors(world)
    mu, towards = np.zeros_like(anchor), np.zeros_like(anchor)
    if sources:
        mu, towards = still.pulls(world, voices(world, world.inputs.at(0))[0])
    columns = [
        np.linalg.solve(
            np.diag(p.anchor_rate + p.social_rate + mu[:, i]) - p.social_rate * matrix,
            p.anchor_rate * anchor[:, i] + towards[:, i],
        )
        for i in range(anchor.shape[1])
    ]
    return np.stack(columns, axis=1)


def test_degroot_consensus_is_the_perron_weighted_mean_of_the_start() -> None:
    """L1: with influence alone everybody ends at the mean of the start, weighted by the left Perron vector."""
    world = build(still.scenario(anchor_rate=0.0, social_rate=6.0, countries=["KZ"], **still.NO_SOURCES))
    state, slots = world.state, world.state.citizens.slots
    start = np.random.default_rng(1).uniform(-0.9, 0.9, state.affect.shape).astype(np.float32)
    state.affect = start.copy()
    values, vectors = np.linalg.eig(still.influence_matrix(state.network, slots).T)
    assert (np.abs(values - 1) < 1e-9).sum() == 1, "the network has one closed group, so the limit is unique"
    perron = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    expected = perron @ start[:slots] / perron.sum()
    still.advance(world, 170)
    np.testing.assert_allclose(state.affect[:slots], np.broadcast_to(expected, (slots, 2)), atol=FLOAT32_DRIFT)
    assert np.abs(start[:slots].mean(axis=0) - expected).max() > 1e-3, "the plain mean would be wrong"


def test_friedkin_johnsen_fixed_point_without_sources() -> None:
    """L2: from anywhere, affect goes to the solution of ((a + s) I - s W) x = a b."""
    world = build(still.scenario(anchor_rate=1.5, social_rate=1.0, idiosyncratic_spread=0.15, **still.NO_SOURCES))
    state, slots = world.state, world.state.citizens.slots
    expected = _fixed_point(world, sources=False)
    assert np.abs(expected).max() < 1, "no citizen is clipped, so the problem is linear"
    np.testing.assert_allclose(state.affect[:slots], expected, atol=FLOAT32_DRIFT)
    state.affect = np.random.default_rng(2).uniform(-1, 1, state.affect.shape).astype(np.float32)
    still.advance(world, 150)
    np.testing.assert_allclose(state.affect[:slots], expected, atol=FLOAT32_DRIFT)


def test_friedkin_johnsen_fixed_point_with_sources_threat_and_memory() -> None:
    """L2: with acceptance that does not depend on opinion, sources enter the linear system as stubborn agents."""
    world = build(
        still.scenario(
            anchor_rate=1.0,
            social_rate=1.0,
            gate_opinion=0.0,
            media_strength=0.8,
            culture_strength=0.3,
            threat_decay=0.0,
            memory_decay=0.0,
            idiosyncratic_spread=0.15,
            **{"initial_adaptation.CN": 0.5},
        )
    )
    state, slots = world.state, world.state.citizens.slots
    state.politics.threat[:] = [[0.6, 0.0], [0.3, 0.0]]
    state.politics.memory[:] = [[0.0, -0.2], [0.05, -0.1]]
    expected = _fixed_point(world, sources=True)
    assert np.abs(expected).max() < 1
    still.advance(world, 170)
    np.testing.assert_allclose(state.affect[:slots], expected, atol=FLOAT32_DRIFT)
    assert np.abs(expected - _fixed_point(world, sources=False)).max() > 0.1, "the sources matter"


@pytest.mark.parametrize(
    "rates",
    [
        {},
        {"anchor_rate": 0.2, "social_rate": 0.1, "media_strength": 0.8},
        {"anchor_rate": 0.2, "social_rate": 1.0, "media_strength": 0.8},
    ],
)
def test_the_start_is_at_rest_all_over_the_priors(rates: dict[str, float]) -> None:
    """The start moves by less than the rounding of affect, also where sources pull harder than anchor and ties."""
    world = build(still.scenario(**rates))
    slots = world.state.citizens.slots
    before = world.state.affect[:slots].copy()
    still.advance(world, 1)
    moved = float(np.abs(world.state.affect[:slots] - before).max())
    assert moved < 2e-6


def test_without_drivers_affect_stays_at_the_fixed_point() -> None:
    """L12: zero budgets, no events, no noise, no births or deaths, no capital, no threat: nothing moves for years."""
    world = build(
        still.scenario(
            budget={"CN": 0.0, "RU": 0.0},
            gate_opinion=0.0,
            idiosyncratic_spread=0.15,
            **{
                "trade_exposure.RU": {"KZ": 0.0, "KG": 0.0},
            },
        )
    )
    state = world.state
    assert not state.politics.threat.any()
    np.testing.assert_allclose(
        state.affect[: state.citizens.slots], _fixed_point(world, sources=True), atol=FLOAT32_DRIFT
    )
    before = state.affect[: state.citizens.slots].copy()
    still.advance(world, 120)
    assert not state.politics.threat.any()
    np.testing.assert_allclose(state.affect[: state.citizens.slots], before, atol=FLOAT32_DRIFT)
    world = build(still.scenario(gate_opinion=0.0, budget={"CN": 0.0, "RU": 0.0}, **{"initial_capital.CN.KZ": 50.0}))
    assert world.state.politics.threat[0, 0] > 0.1, "with capital there would be a threat"


def test_homogeneous_citizens_follow_the_mean_field_equation() -> None:
    """L3: equal citizens on a complete network follow dx/dt = a (b - x) + mu(x) (m - x), up to the Euler step."""
    settings = {
        "idiosyncratic_spread": 0.0,
        "heritage_weight": {"CN": 0.0, "RU": 0.0},
        "anchor_rate": 0.5,
        "social_rate": 1.0,
        "demonstration_strength.CN": 0.8,
        "countries": ["KZ"],
        "gate_opinion": 3.0,
        "backlash": 0.15,
        **still.NO_SOURCES,
    }
    world = build(still.scenario(**settings))
    state, p = world.state, world.parameters
    state.network = still.complete(state.citizens.slots)
    state.affect[:] = -0.6
    stance = p.demonstration_stance

    def slope(_: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
        accept = (1 + p.backlash) * expit(p.gate_opinion * stance * x) - p.backlash
        return p.anchor_rate * (p.base["CN"]["KZ"] - x) + p.demonstration_strength["CN"] * accept * (stance - x)

    exact = solve_ivp(slope, (0, 5), [-0.6], t_eval=[1, 2, 5], rtol=1e-10, atol=1e-10).y[0]
    for number, (steps, value) in enumerate(zip((12, 12, 36), exact, strict=True)):
        still.advance(world, steps, first=(0, 12, 24)[number])
        slots = state.affect[: state.citizens.slots, 0]
        assert slots.max() - slots.min() < 1e-6
        assert slots.mean() == pytest.approx(value, abs=0.015), "the Euler error of monthly steps is about 0.01"


def test_the_stationary_variance_is_that_of_the_discrete_process() -> None:
    """L4: without influence the spread is sigma^2 dt / (1 - (1 - l dt)^2); the continuous formula is 12 % off."""
    sigma, rate, dt = 0.2, 3.0, 1 / 12
    world = build(
        still.scenario(
            noise=sigma,
            anchor_rate=rate,
            social_rate=0.0,
            idiosyncratic_spread=0.0,
            citizens=600,
            heritage_weight={"CN": 0.0, "RU": 0.0},
            **still.NO_SOURCES,
        )
    )
    slots, seen = world.state.citizens.slots, []
    still.advance(world, 24)
    for year in range(12):
        still.advance(world, 12, first=24 + 12 * year)
        affect = world.state.affect[:slots].astype(np.float64)
        seen.append((affect - still.anchors(world)) ** 2)
    expected = sigma**2 * dt / (1 - (1 - rate * dt) ** 2)
    # 28,800 nearly independent values: a standard error of 0.8 %
    assert np.mean(seen) == pytest.approx(expected, rel=0.035)
    assert abs(sigma**2 / (2 * rate) / expected - 1) > 0.1


@pytest.mark.parametrize(("bound", "allowed"), [(0.8, {1, 2}), (0.4, {2, 3}), (0.2, {4, 5, 6})])
def test_bounded_confidence_leaves_about_one_cluster_for_twice_the_bound(bound: float, allowed: set[int]) -> None:
    """L14: on a complete network the number of clusters is about the range over twice the bound."""
    world = build(
        still.scenario(
            anchor_rate=0.0,
            social_rate=6.0,
            confidence_bound=bound,
            countries=["KZ"],
            **still.NO_SOURCES,
        )
    )
    state, slots = world.state, world.state.citizens.slots
    state.network = still.complete(slots)
    state.affect[:slots, 0] = np.linspace(-1, 1, slots)
    still.advance(world, 170)
    ordered = np.sort(state.affect[:slots, 0])
    edges = np.flatnonzero(np.diff(ordered) > bound / 2)
    sizes = np.diff([0, *(edges + 1), slots])
    assert (sizes > slots / 50).sum() in allowed, f"clusters of {sizes}"


def test_receive_times_accept_peaks_inside() -> None:
    """L15: where awareness raises reception and lowers acceptance, those in the middle are moved most (Zaller)."""
    awareness = np.linspace(0, 1, 41)
    moved = []
    for level in awareness:
        terms = np.zeros(opinion.SOURCES_FROM + 1)
        opinion.citizen_step(
            0.0,
            0.0,
            0.0,
            level,
            0.6,
            0.0,
            1.0,
            np.zeros(9),
            np.array([0.35]),
            np.array([level]),
            np.array([0.7]),
            np.array([[2.0, -6.0, 0.0]]),
            0.0,
            np.array([0.7, 0.35, 0.0, 0.0, 0.0]),
            1 / 12,
            terms,
        )
        moved.append(terms[-1])
    peak = int(np.argmax(moved))
    # the maximum of r / (1 + exp(6 r - 2)) solves 1 + exp(6 r - 2) = 6 r exp(6 r - 2): r = 0.3406
    assert awareness[peak] == pytest.approx(0.34, abs=0.03)
    assert np.all(np.diff(moved[: peak + 1]) > 0)
    assert np.all(np.diff(moved[peak:]) < 0)


WAR = "events:\n  - {name: war, kind: memory, powers: [RU], size: 0.3, from: 2016-%s, to: 2016-%s}\n"


def test_an_event_in_the_first_month_does_not_act_before_it_happens() -> None:
    """The start is at rest without the event, whatever happens in the first month."""
    quiet = build(still.scenario())
    war = build(still.scenario(WAR % ("01", "01")))
    np.testing.assert_array_equal(quiet.state.affect, war.state.affect)


def test_newcomers_after_a_shock_stand_where_others_of_their_age_stand() -> None:
    """A fall of affect in December reaches January's newcomers no more than one in November does."""
    gaps = []
    for month in ("11", "12"):
        world = build(still.scenario(WAR % (month, month), citizens=2000, countries=["KZ"]))
        still.advance(world, 12)
        age = world.state.citizens.age_index
        slots = world.state.affect[: age.size, 1]
        gaps.append(float(slots[age == 18].mean() - slots[(age > 18) & (age < 22)].mean()))
    assert abs(gaps[0] - gaps[1]) < 0.1
