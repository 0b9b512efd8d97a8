"""Opinion where the answer is known: consensus, fixed points, mean field, stationary spread, clusters."""

from __future__ import annotations

import numpy as np
import pytest
import still
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar
from scipy.special import expit

from spsim.model.channels import media
from spsim.model.inputs import Inputs
from spsim.model.outlets import Outlet
from spsim.model.population import AUDIENCES
from spsim.model.start import build
from spsim.model.world import World, everybody, voices

ROUNDING = 5e-7
"""Affect is stored in float32, in steps of up to 6e-8; it comes to rest half such a step over the share of the way that
a month goes (a sixth to a quarter here) away from the exact answer: about 2e-7."""


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
    np.testing.assert_allclose(state.affect[:slots], np.broadcast_to(expected, (slots, 2)), atol=ROUNDING)
    assert np.abs(start[:slots].mean(axis=0) - expected).max() > 1e-3, "the plain mean would be wrong"


def test_friedkin_johnsen_fixed_point_without_sources() -> None:
    """L2: from anywhere, affect goes to the solution of ((a + s) I - s W) x = a b."""
    world = build(still.scenario(anchor_rate=1.5, social_rate=1.0, idiosyncratic_spread=0.15, **still.NO_SOURCES))
    state, slots = world.state, world.state.citizens.slots
    expected = _fixed_point(world, sources=False)
    assert np.abs(expected).max() < 1, "no citizen is clipped, so the problem is linear"
    np.testing.assert_allclose(state.affect[:slots], expected, atol=ROUNDING)
    state.affect = np.random.default_rng(2).uniform(-1, 1, state.affect.shape).astype(np.float32)
    still.advance(world, 150)
    np.testing.assert_allclose(state.affect[:slots], expected, atol=ROUNDING)


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
    np.testing.assert_allclose(state.affect[:slots], expected, atol=ROUNDING)
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
    np.testing.assert_allclose(state.affect[: state.citizens.slots], _fixed_point(world, sources=True), atol=ROUNDING)
    before = state.affect[: state.citizens.slots].copy()
    still.advance(world, 120)
    assert not state.politics.threat.any()
    np.testing.assert_allclose(state.affect[: state.citizens.slots], before, atol=ROUNDING)
    world = build(still.scenario(gate_opinion=0.0, budget={"CN": 0.0, "RU": 0.0}, **{"initial_capital.CN.KZ": 50.0}))
    assert world.state.politics.threat[0, 0] > 0.1, "with capital there would be a threat"


MEAN_FIELD = {
    "social_rate": 0.3,
    "idiosyncratic_spread": 0.2,
    "gate_opinion": 3.0,
    "backlash": 0.15,
    "media_strength": 0.25,
    "culture_strength": 0.2,
    "demonstration_strength.CN": 0.4,
    "countries": ["KZ"],
}


@pytest.mark.parametrize("anchor_rate", [0.2, 0.4])
def test_citizens_who_all_listen_to_each_other_follow_the_mean_field_equation(anchor_rate: float) -> None:
    """L3: on a complete network every citizen follows the mean-field ODE; steps of 4, 2, 1 months converge to it.

    All sources speak and acceptance follows opinion, so the equation is not linear. Euler's error is halved with the
    step (0.8 to 1.2 hundredths of affect at one month). Extrapolated to a step of zero, the three runs leave an error
    of third order, about 4e-5.
    """
    years, found = (2, 4), {}
    for months in (4, 2, 1):
        world = build(still.scenario(step_months=months, anchor_rate=anchor_rate, **MEAN_FIELD))
        state, slots = world.state, world.state.citizens.slots
        state.network = still.complete(slots)
        state.affect = np.random.default_rng(3).uniform(-0.8, 0.8, state.affect.shape).astype(np.float32)
        if months == 4:
            start = state.affect[:slots].astype(np.float64).ravel()
            path = solve_ivp(still.mean_field(world), (0, 4), start, t_eval=years, rtol=1e-10, atol=1e-10).y
            exact = path.T.reshape(len(years), slots, -1)
        half = 24 // months
        seen = []
        for part in range(len(years)):
            still.advance(world, half, first=part * half)
            seen.append(state.affect[:slots].astype(np.float64))
        found[months] = np.array(seen)
    assert np.abs(exact).max() < 0.9, "nobody is clipped"
    error = {months: np.abs(affect - exact).max(axis=(1, 2)) for months, affect in found.items()}
    np.testing.assert_allclose([error[4] / error[2], error[2] / error[1]], 2, rtol=0.06)
    at_zero = (8 * found[1] - 6 * found[2] + found[4]) / 3
    np.testing.assert_allclose(at_zero, exact, atol=1e-4)


def test_the_stationary_variance_is_that_of_the_discrete_process() -> None:
    """L4: without influence the spread is sigma^2 dt / (1 - (1 - l dt)^2); the continuous formula is 12 % off."""
    sigma, rate, dt = 0.2, 3.0, 1 / 12
    world = build(
        still.scenario(
            noise=sigma,
            anchor_rate=rate,
            social_rate=0.0,
            idiosyncratic_spread=0.0,
            citizens=4000,
            countries=["KZ"],
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
    # 96,000 values, which have forgotten 97 % of the year before: a standard error of 0.46 %; three of them
    assert np.mean(seen) == pytest.approx(expected, rel=0.014)
    assert abs(sigma**2 / (2 * rate) / expected - 1) > 0.1


def _clusters(
    bound: float, citizens: int = 400, **settings: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
    """Return positions and sizes of the clusters that evenly spread citizens end in, and the width of the widest."""
    world = build(
        still.scenario(
            anchor_rate=0.0,
            social_rate=6.0,
            confidence_bound=bound,
            countries=["KZ"],
            citizens=citizens,
            end="2050-12",
            **still.NO_SOURCES,
            **settings,
        )
    )
    state, slots = world.state, world.state.citizens.slots
    state.network = still.complete(slots)
    state.affect[:slots, 0] = np.linspace(-1, 1, slots)
    still.advance(world, world.clock.steps)
    ordered = np.sort(state.affect[:slots, 0].astype(np.float64))
    groups = np.split(ordered, np.flatnonzero(np.diff(ordered) > bound / 2) + 1)
    width = max(float(np.ptp(group)) for group in groups)
    return np.array([group.mean() for group in groups]), np.array([group.size for group in groups]), width


@pytest.mark.parametrize("clusters", [1, 2, 3, 4, 5])
def test_bounded_confidence_leaves_one_cluster_for_twice_the_bound(clusters: int) -> None:
    """L14: on a complete network there are as many clusters as the whole part of 1 / (2 eps) says.

    eps is the bound on a scale of length one. Affect has a scale of length 2, so eps is half of ``confidence_bound``.
    The bound is put half-way between those at which the rule says one more or one less.
    """
    eps = 1 / (2 * (clusters + 0.5))
    positions, sizes, width = _clusters(2 * eps)
    assert positions.size == clusters == int(1 / (2 * eps)), f"clusters of {sizes}"
    assert width < 1e-5, "everybody has arrived"
    assert (np.diff(positions) > 2 * eps).all(), "clusters that do not listen to each other"
    np.testing.assert_allclose(positions, -positions[::-1], atol=1e-5)


def test_the_number_of_clusters_is_within_one_of_the_rule_at_any_bound() -> None:
    """L14: also where the rule changes from one number to the next, it is off by less than one, up to six clusters."""
    for rule in np.linspace(1.0, 6.0, 11):
        positions, sizes, _ = _clusters(1 / rule, citizens=200, step_months=2)
        assert abs(positions.size - rule) <= 1, f"1 / (2 eps) = {rule}: clusters of {sizes}"
        assert (np.diff(positions) > 1 / rule).all()


# Zaller -----------------------------------------------------------------------------------------------------------


AWARENESS = np.arange(AUDIENCES) / (AUDIENCES - 1)
MESSAGE = 0.7


def _moved_by_a_message(monkeypatch: pytest.MonkeyPatch, years: int, **settings: float) -> NDArray[np.float64]:
    """Return how far one message of China's moves citizens of each degree of awareness, [32], from an affect of zero.

    Each audience class is one degree: it is reached in proportion to its awareness. Heritage, which closes the gate of
    China's own sources, stands for what the aware know to hold against a message.
    """

    def message(inputs: Inputs, *_: object) -> list[Outlet]:
        reach = np.broadcast_to(AWARENESS, (inputs.step.size, 1, AUDIENCES))
        return [Outlet("message", "media", 0.3, reach, np.array([[MESSAGE, np.nan]]), owner=0)]

    monkeypatch.setattr(media, "outlets", message)
    world = build(still.scenario(anchor_rate=0.0, social_rate=0.0, culture_strength=0.0, countries=["KZ"], **settings))
    state, slots = world.state, world.state.citizens.slots
    state.citizens.audience = (np.arange(slots) % AUDIENCES).astype(np.uint8)
    state.citizens.heritage = AWARENESS[state.citizens.audience].astype(np.float32)
    world.people = everybody(world)
    state.affect[:] = 0.0
    still.advance(world, 12 * years)
    by_class = [state.affect[:slots, 0][state.citizens.audience == degree] for degree in range(AUDIENCES)]
    assert max(float(np.ptp(affect)) for affect in by_class) == 0, "who is equally aware is equally moved"
    assert not state.affect[:slots, 1].any(), "nothing is said about Russia"
    return np.array([affect[0] for affect in by_class], dtype=np.float64)


@pytest.mark.parametrize("years", [1, 4])
@pytest.mark.parametrize(("constant", "resistance", "backlash"), [(2.0, 6.0, 0.0), (1.0, 4.0, 0.0), (1.5, 4.0, 0.15)])
def test_receive_times_accept_peaks_inside(
    monkeypatch: pytest.MonkeyPatch, years: int, constant: float, resistance: float, backlash: float
) -> None:
    """L15: where awareness raises reception and lowers acceptance, those in the middle are moved most (Zaller)."""
    moved = _moved_by_a_message(
        monkeypatch,
        years,
        gate_base=constant,
        gate_opinion=0.0,
        backlash=backlash,
        **{"gate_heritage.CN": -resistance},
    )

    def exposed(awareness: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return awareness * ((1 + backlash) * expit(constant - resistance * awareness) - backlash)

    # a constant pull brings everybody nearer to the message by the same factor each month; up to rounding to float32
    expected = MESSAGE * (1 - (1 - 0.3 / 12 * exposed(AWARENESS)) ** (12 * years))
    np.testing.assert_allclose(moved, expected, atol=ROUNDING)
    found = minimize_scalar(lambda awareness: -exposed(awareness), bounds=(0, 1), method="bounded")
    peak = int(np.argmax(moved))
    assert abs(AWARENESS[peak] - found.x) <= 0.5 / (AUDIENCES - 1), "the class nearest to the analytic peak"
    assert 0.2 < found.x < 0.8
    assert (np.diff(moved[: peak + 1]) > 0).all()
    assert (np.diff(moved[peak:]) < 0).all()


def test_without_resistance_the_most_aware_are_moved_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """L15: the peak inside comes from acceptance: where awareness does not lower it, the most aware move most."""
    moved = _moved_by_a_message(monkeypatch, 1, gate_opinion=1.5, **{"gate_heritage.CN": 0.0})
    assert (np.diff(moved) > 0).all()


# events and newcomers -------------------------------------------------------------------------------------------------


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
