"""From affect to answers, and counts of events."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr

from spsim.config import Parameters, load
from spsim.model import observation
from spsim.model.protest import negative_binomial
from spsim.model.simulation import Simulation

RNG = np.random.default_rng(11)
AFFECT = np.clip(RNG.normal([0.1, 0.4], 0.4, (500, 2)), -1, 1).astype(np.float32)
WEIGHT = RNG.uniform(1, 5, 500)
GROUP = RNG.integers(0, 3, 500)


def _totals(spread: NDArray[np.float64], item: observation.Item) -> NDArray[np.float64]:
    """Return the totals over distributions [G, P, BINS], each group taken as a country: [G, P, 3 + answers]."""
    answers = np.tile(item.probabilities().T, (*spread.shape[:2], 1, 1))
    return observation.totals(spread[:, None], answers)[:, 0]


def test_distributions_keep_totals_and_means() -> None:
    """Weights by group add up to the persons, and means are exact."""
    spread = observation.distribution(AFFECT, WEIGHT, GROUP, 3)
    heads = np.bincount(GROUP, weights=WEIGHT)
    np.testing.assert_allclose(spread.sum(axis=-1), np.repeat(heads[:, None], 2, axis=1), rtol=1e-12)
    means, deviations = np.moveaxis(observation.polled(_totals(spread, ITEMS[0]))[..., :2], -1, 0)
    for p in range(2):
        mean = np.bincount(GROUP, weights=WEIGHT * AFFECT[:, p].astype(float)) / heads
        np.testing.assert_allclose(means[:, p], mean, atol=1e-12)
        for g in range(3):
            own = g == GROUP
            deviation = np.sqrt(np.average((AFFECT[own, p].astype(float) - mean[g]) ** 2, weights=WEIGHT[own]))
            assert deviations[g, p] == pytest.approx(deviation, abs=1e-5)


def test_the_ends_of_the_scale_are_inside_the_grid() -> None:
    """Affect of exactly -1 and 1 falls on the first and the last point."""
    spread = observation.distribution(
        np.array([[-1.0], [1.0]], dtype=np.float32), np.array([2.0, 3.0]), np.zeros(2, int), 1
    )
    assert spread[0, 0, 0] == pytest.approx(2)
    assert spread[0, 0, -1] == pytest.approx(3)
    assert spread.sum() == pytest.approx(5)


PARAMETERS = load("baseline").scenario.parameters.model_copy(update={"preference_falsification": {"RU": {"TM": 0.1}}})
ITEMS = [
    observation.leadership_item("CN", PARAMETERS),
    observation.leadership_item("RU", PARAMETERS, "TM"),
    observation.country_item("CN", PARAMETERS),
    observation.country_item("RU", PARAMETERS),
    observation.relations_item(PARAMETERS),
]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: f"{item.name} {item.offset:g}")
def test_answers_of_an_item_add_up_and_agree_with_the_citizens(item: observation.Item) -> None:
    """Shares from the grid equal those computed citizen by citizen with the normal distribution."""
    assert item.probabilities().sum(axis=0) == pytest.approx(np.ones(observation.BINS), abs=1e-12)
    assert len(item.answers) == len(item.cuts) + 1
    assert list(item.cuts) == sorted(item.cuts)
    spread = observation.distribution(AFFECT, WEIGHT, GROUP, 3)
    shares = item.shares(spread)
    assert shares.sum(axis=-1) == pytest.approx(np.ones((3, 2)), abs=1e-12)
    if len(item.answers) == 3:  # those that every month is recorded with
        totals = _totals(spread, item)
        np.testing.assert_allclose(shares, totals[..., 3:] / totals[..., :1], rtol=1e-12)
    below = ndtr((np.array(item.cuts) - item.offset - AFFECT[:, :, None].astype(float)) / item.noise)
    edges = np.concatenate([np.zeros((500, 2, 1)), below, np.ones((500, 2, 1))], axis=-1)
    for g in range(3):
        own = g == GROUP
        direct = np.average(np.diff(edges, axis=-1)[own], axis=0, weights=WEIGHT[own])
        np.testing.assert_allclose(shares[g], direct, atol=5e-6)


def test_cuts_and_offsets_are_those_of_the_items() -> None:
    """China's leadership item has the wider middle; who fears to speak approves more."""
    assert ITEMS[0].cuts == pytest.approx((-0.14 * 1.16, 0.14 * 1.16))
    assert ITEMS[1].cuts == pytest.approx((-0.14, 0.14))
    assert ITEMS[1].offset == 0.1
    assert ITEMS[2].cuts == pytest.approx((-0.30, -0.073, 0.073, 0.57))
    assert ITEMS[2].offset == 0.13
    assert ITEMS[4].cuts == pytest.approx((-0.15, 0.15))
    spread = observation.distribution(AFFECT, WEIGHT, GROUP, 3)
    free = observation.leadership_item("RU", PARAMETERS, "KZ").shares(spread)
    assert (ITEMS[1].shares(spread)[..., 2] > free[..., 2]).all()


def test_wasserstein_is_scipys() -> None:
    """The distance on the grid equals the one between the samples."""
    other = np.clip(AFFECT + RNG.normal(0.1, 0.2, AFFECT.shape), -1, 1).astype(np.float32)
    one = observation.distribution(AFFECT, WEIGHT, np.zeros(500, int), 1)
    two = observation.distribution(other, np.ones(500), np.zeros(500, int), 1)
    for p in range(2):
        expected = stats.wasserstein_distance(AFFECT[:, p], other[:, p], WEIGHT, np.ones(500))
        assert observation.wasserstein(one, two)[0, p] == pytest.approx(expected, abs=1e-4)
    assert observation.wasserstein(one, 7 * one).max() < 1e-12


def test_job_belief_rises_with_hopes_and_falls_with_letdowns() -> None:
    """It is a share, answered from affect and the project cycle."""
    spread = observation.distribution(AFFECT, WEIGHT, np.zeros(500, int), 1)
    low, neutral, high = (observation.job_belief(spread, np.full((1, 2), c), PARAMETERS) for c in (-0.05, 0.0, 0.05))
    assert (low < neutral).all()
    assert (neutral < high).all()
    direct = np.average(ndtr(AFFECT.astype(float) / PARAMETERS.survey_noise), axis=0, weights=WEIGHT)
    np.testing.assert_allclose(neutral[0], direct, atol=5e-6)


@pytest.mark.parametrize(("noise", "exact_to"), [(0.01, 2e-5), (0.1, 1e-8), (0.3, 1e-10), (1.0, 1e-10)])
def test_job_belief_is_that_of_the_normal_distribution(noise: float, exact_to: float) -> None:
    """What is read off a table of chances is what the normal distribution gives, at every single point of the grid."""
    everywhere = np.eye(observation.BINS)[:, None, :]  # a country for each point
    p = PARAMETERS.model_copy(update={"survey_noise": noise, "job_belief_cycle": 0.9})
    for cycle in (0.0, 0.3, -0.0137, 1.9, -2.4, 1e-9):
        believed = observation.job_belief(everywhere, np.full((observation.BINS, 1), cycle), p)[:, 0]
        np.testing.assert_allclose(believed, ndtr((observation.GRID + 0.9 * cycle) / noise), atol=exact_to)


@pytest.mark.parametrize(("mean", "shape"), [(0.05, 1.5), (1.0, 1.5), (7.3, 1.5), (120.0, 0.5), (3.0, 50.0)])
def test_counts_are_quantiles_of_the_negative_binomial(mean: float, shape: float) -> None:
    """The same counts as scipy's quantile function for the NB2 with this mean and shape."""
    for draw in np.concatenate([np.linspace(0.005, 0.995, 67), [1e-9, 0.99999]]):
        expected = stats.nbinom.ppf(draw, shape, shape / (shape + mean))
        assert negative_binomial(draw, mean, shape) == expected
    assert negative_binomial(0.999, 0.0, shape) == 0


def test_record_rows_are_the_citizens_answers() -> None:
    """Approval, its spread and the region's row in the record equal a computation on the single citizens."""
    simulation = Simulation(load("baseline", {"citizens": 200, "end": "2005-03", "elites": 10}).scenario)
    simulation.run()
    state, world = simulation.world.state, simulation.world
    row = simulation.record.opinion[-1]
    people = world.people
    affect = state.affect.astype(float)
    cuts = (0.14 * 1.16, 0.14)
    for p in range(2):
        approve = 1 - ndtr((cuts[p] - affect[:, p]) / 0.3)
        for c in range(5):
            own = people.country == c
            assert row[0, c, p, 2] == pytest.approx(np.average(approve[own], weights=state.weight[own]), abs=5e-6)
            mean = np.average(affect[own, p], weights=state.weight[own])
            assert row[0, c, p, 0] == pytest.approx(mean, abs=1e-9)
            spread = np.sqrt(np.average((affect[own, p] - mean) ** 2, weights=state.weight[own]))
            assert row[0, c, p, 1] == pytest.approx(spread, abs=1e-5)
            elite = 1 - ndtr((cuts[p] - state.elites.alignment[c, :, p]) / 0.3)
            assert row[1, c, p, 2] == pytest.approx(elite.mean(), abs=5e-6)
        assert row[0, 5, p, 2] == pytest.approx(np.average(approve, weights=state.weight), abs=5e-6)


def test_an_instrument_adds_house_wording_and_sample_but_nothing_without_them() -> None:
    """Shares sum to one; the house effect stays between waves, a new mode is a new house; a huge sample is exact."""
    p = Parameters()
    weights = np.exp(-((observation.GRID - 0.1) ** 2) / 0.1)
    gallup = observation.instruments("CN", p)["gallup"]
    share = gallup.poll(weights, "CN", 2018, seed=1, replicate=0, p=p)
    assert share.sum() == pytest.approx(1)
    assert (gallup.poll(weights, "CN", 2018, 1, 0, p) == share).all(), "keyed"
    silent = p.model_copy(update={"house_effect_spread": 0.0, "item_offset_spread": 0.0})
    huge = dataclasses.replace(gallup, sample=1_000_000, design_effect=1.0)
    np.testing.assert_allclose(huge.poll(weights, "CN", 1, 1, 0, silent), gallup.item.shares(weights), atol=0.003)
    waves = [huge.poll(weights, "CN", wave, 1, 0, p)[2] for wave in range(4)]
    assert np.ptp(waves) < 0.005 < abs(np.mean(waves) - gallup.item.shares(weights)[2]), "one house in all waves"
    phone = dataclasses.replace(huge, mode="telephone")
    assert abs(phone.poll(weights, "CN", 0, 1, 0, p)[2] - waves[0]) > 0.005
