"""What stands beside spsim in the benchmarks computes what it is said to compute."""

from __future__ import annotations

import numpy as np
import pytest

import spsim
from measuring import machine, peers
from measuring.peers import InNumpy, Public
from measuring.sweeps import design

CITIZENS = 1_000


@pytest.fixture(scope="module")
def public() -> Public:
    return Public.of(peers.reference(CITIZENS))


@pytest.fixture(scope="module")
def expected(public: Public) -> np.ndarray:
    """Affect after a month without noise of one's own, by the plain Mesa reference."""
    model = peers.reference(CITIZENS)
    rows = []
    for country in model.countries:
        for citizen in country.citizens:
            rows.append([
                citizen.affect[power] + citizen.drift(power) * model.dt - citizen.jump(power)
                + country.common_shock[power] for power in model.powers
            ])
    return np.clip(rows, -1, 1)


def test_numpy_moves_opinion_as_the_reference_does(public: Public, expected: np.ndarray) -> None:
    model = InNumpy(public)
    model.step(noise=False)
    np.testing.assert_allclose(model.affect, expected, rtol=0, atol=1e-12)
    model.step()
    assert model.affect.std() > expected.std() / 2 and not np.allclose(model.affect, expected)


def test_agentpy_moves_opinion_as_the_reference_does(public: Public, expected: np.ndarray) -> None:
    pytest.importorskip("agentpy")
    model = peers.in_agentpy(public, noise=False)
    model.sim_step()
    np.testing.assert_allclose([citizen.affect for citizen in model.citizens], expected, rtol=0, atol=1e-12)


def test_every_citizen_hears_something_and_has_ties(public: Public) -> None:
    assert len(public.ties) == CITIZENS and min(map(len, public.ties)) >= 1
    assert (public.reached.sum(axis=1) > 0).all() and np.isfinite(public.stance).any()


def test_the_score_rises_with_the_clock_and_is_finite() -> None:
    ticks = iter([0.0, 0.5])  # what the clock says before and after
    assert machine.score(lambda: next(ticks)) == machine.SCORED / 1e6 / 0.5
    assert machine.description()["cores"] >= 1


def test_the_sweep_has_as_many_runs_as_are_asked_for() -> None:
    settings = design(24)
    assert len(settings["vary"]["threat_decay"]["values"]) * settings["replicates"] == 24
    assert spsim.load("baseline", settings["run"]).scenario.run.citizens == 1000
