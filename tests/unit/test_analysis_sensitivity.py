"""Sensitivity measures held against functions whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spsim.analysis.discovery import FEWEST, choose, discover
from spsim.analysis.sensitivity import doubts, morris, noise, sobol
from spsim.experiments.sweeps.points import Design, Floats, shares_of

NAMES = ["a", "b", "c"]


def shares(method: str, points: int, columns: int = 3, seed: int = 1) -> Floats:
    design = Design.model_validate(
        {"name": "known", "title": "Known", "scenarios": ["baseline"], "method": method, "points": points, "seed": seed,
         "vary": {"a": {}}, "outcomes": ["approval"], "years": 2004}
    )
    return shares_of(design, columns)


def ishigami(cube: Floats) -> Floats:
    x = np.pi * (2 * cube - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_finds_the_indices_of_the_ishigami_function() -> None:
    found = sobol(ishigami(shares("saltelli", 2048)), NAMES, seed=1).set_index("factor")
    np.testing.assert_allclose(found["S1"], [0.3139, 0.4424, 0.0], atol=0.03)
    np.testing.assert_allclose(found["ST"], [0.5576, 0.4424, 0.2437], atol=0.03)
    assert list(found["S1_verdict"]) == ["found", "found", "undetermined"], "c acts through a alone"
    assert list(found["ST_verdict"]) == ["found"] * 3
    for index, answer in (("S1", [0.3139, 0.4424, 0.0]), ("ST", [0.5576, 0.4424, 0.2437])):
        assert np.all(found[f"{index}_low"] <= answer) and np.all(answer <= found[f"{index}_high"])
    assert doubts(found) == []


def test_sobol_finds_the_indices_of_the_g_function() -> None:
    weights = np.array([0, 1, 9])
    cube = shares("saltelli", 2048, seed=3)
    values = np.prod((np.abs(4 * cube - 2) + weights) / (1 + weights), axis=1)
    parts = 1 / (3 * (1 + weights) ** 2)
    whole = np.prod(1 + parts) - 1
    total = np.array([parts[n] * np.prod(np.delete(1 + parts, n)) for n in range(3)]) / whole
    found = sobol(values, NAMES, seed=1)
    np.testing.assert_allclose(found["S1"], parts / whole, atol=0.03)
    np.testing.assert_allclose(found["ST"], total, atol=0.03)


def test_a_level_far_from_zero_changes_no_index() -> None:
    values = ishigami(shares("saltelli", 256))
    one, other = sobol(values, NAMES, 1), sobol(1e4 + 5 * values, NAMES, 1)
    np.testing.assert_allclose(one["S1"], other["S1"], atol=1e-9)


def test_a_linear_function_has_its_slopes_as_elementary_effects() -> None:
    cube = shares("morris", 5)
    found = morris(cube, 2 * cube[:, 0] - 3 * cube[:, 1] + 10, NAMES, seed=1).set_index("factor")
    np.testing.assert_allclose(found["mu"], [2, -3, 0], atol=1e-9)
    np.testing.assert_allclose(found["mu_star"], [2, 3, 0], atol=1e-9)
    np.testing.assert_allclose(found["sigma"], 0, atol=1e-9)
    assert list(found["direction"]) == ["up", "down", "none"]


def test_an_interaction_shows_as_sigma_and_as_both_directions() -> None:
    cube = shares("morris", 40)
    found = morris(cube, (cube[:, 0] - 0.5) * (cube[:, 1] - 0.5), NAMES, seed=1).set_index("factor")
    assert found.loc["a", "direction"] == "both" and found.loc["c", "direction"] == "none"
    assert found.loc["a", "sigma"] > found.loc["a", "mu_star"] > abs(found.loc["a", "mu"])


def test_what_chance_alone_gives_is_undetermined() -> None:
    rng = np.random.default_rng(1)
    cube = shares("morris", 30)
    noise_only = rng.normal(0, 1, len(cube))
    found = morris(cube, 20 * cube[:, 0] + noise_only, NAMES, seed=1, chance=1.0).set_index("factor")
    assert list(found["direction"]) == ["up", "undetermined", "undetermined"]
    assert found.loc["b", "mu_star"] == pytest.approx(found.loc["b", "by_chance"], rel=0.35)
    values = rng.normal(0, 1, len(shares("saltelli", 256)))
    assert set(sobol(values, NAMES, seed=1, chance=1.0)["ST_verdict"]) == {"undetermined"}


def test_an_outcome_that_does_not_move_has_no_index() -> None:
    constant = np.full(8 * 5, 3.5)
    found = sobol(constant, NAMES, seed=1)
    assert found["ST"].tolist() == [0, 0, 0] and set(found["ST_verdict"]) == {"none"}
    assert doubts(found) == ["does not move at all: no index"]
    cube = shares("morris", 4)
    assert set(morris(cube, np.full(len(cube), 3.5), NAMES, seed=1)["direction"]) == {"none"}


def test_points_that_failed_take_only_their_trajectory_or_base_point_with_them() -> None:
    cube = shares("morris", 5)
    values = 2 * cube[:, 0]
    values[6] = np.nan
    found = morris(cube, values, NAMES, seed=1)
    assert set(found["trajectories"]) == {4}
    np.testing.assert_allclose(found["mu"], [2, 0, 0], atol=1e-9)
    values = ishigami(shares("saltelli", 64))
    values[0] = np.nan
    assert set(sobol(values, NAMES, seed=1)["points"]) == {63}
    nothing = sobol(np.full(40, np.nan), NAMES, seed=1)
    assert nothing["ST"].isna().all() and set(nothing["ST_verdict"]) == {"undetermined"}
    assert doubts(nothing) == ["too few base points could be run for any index"]
    assert set(morris(cube, np.full(20, np.nan), NAMES, seed=1)["direction"]) == {"undetermined"}


def test_few_points_are_said_to_be_few() -> None:
    said = doubts(sobol(ishigami(shares("saltelli", 16)), NAMES, seed=1))
    assert len(said) >= 1 and "with 16 base points; for ±0.1 about" in said[-1]
    table = pd.DataFrame({"S1": [0.9, 0.8], "S1_low": [0.85, 0.75], "S1_high": [0.95, 0.85], "ST_low": [0.9, 0.8],
                          "ST_high": [1.0, 0.9], "ST_verdict": ["found"] * 2, "points": 512})
    assert doubts(table) == ["the first-order indices add up to 1.70, more than the whole: too few points"]


def test_intervals_are_keyed_by_the_seed() -> None:
    values = ishigami(shares("saltelli", 64))
    for seed in (0, 7):  # zero is a seed like any other
        pd.testing.assert_frame_equal(sobol(values, NAMES, seed), sobol(values, NAMES, seed))
    assert not sobol(values, NAMES, 1)["ST_low"].equals(sobol(values, NAMES, 2)["ST_low"])


# noise ----------------------------------------------------------------------------------------------------------------


def test_noise_is_split_into_what_is_common_and_what_is_not() -> None:
    rng = np.random.default_rng(1)
    points, replicates = 4000, 200
    signal, alike, own = 3.0, 2.0, 1.0
    values = (signal * rng.normal(size=(points, 1)) + alike * rng.normal(size=(1, replicates))
              + own * rng.normal(size=(points, replicates)))
    found = noise(values)
    assert found["chance"] == pytest.approx((4 + 1) / (9 + 4 + 1), rel=0.1)
    assert found["common"] == pytest.approx(4 / (9 + 4 + 1), rel=0.15)
    assert found["left"] == pytest.approx(1 / replicates / 9, rel=0.1)
    assert found["left_sd"] == pytest.approx(1 / np.sqrt(replicates), rel=0.05)


def test_what_a_replicate_does_to_all_points_alike_does_not_blur_a_comparison() -> None:
    values = np.arange(10.0)[:, None] + np.array([[0.0, 100.0]])
    found = noise(values)
    assert found["left"] == 0 and found["chance"] == found["common"] > 0.99


@pytest.mark.parametrize("values", [np.ones((5, 1)), np.ones((1, 5)), np.full((4, 3), np.nan)])
def test_noise_that_cannot_be_measured_is_not_invented(values: Floats) -> None:
    found = noise(values)
    assert np.isnan(found["chance"]) and np.isnan(found["left"])


def test_nothing_moves_and_nothing_is_noise() -> None:
    found = noise(np.ones((5, 3)))
    assert np.isnan(found["chance"]) and np.isnan(found["left"]) and found["left_sd"] == 0


# discovery ------------------------------------------------------------------------------------------------------------


def test_prim_finds_a_box_that_is_there() -> None:
    points = pd.DataFrame(shares("latin-hypercube", 400, 4), columns=list("abcd"))
    inside = ((points["a"] > 0.6) & (points["c"] < 0.5)).to_numpy()
    box = discover(points, inside)
    assert box.reason == "" and box.density > 0.95 and box.coverage > 0.95
    assert box.mass == pytest.approx(inside.mean(), abs=0.02)
    limits = box.limits.set_index("factor")
    assert set(limits.index) == {"a", "c"}
    assert limits.loc["a", "low"] == pytest.approx(0.6, abs=0.02) and np.isnan(limits.loc["a", "qp_high"])
    assert limits.loc["c", "high"] == pytest.approx(0.5, abs=0.02) and np.isnan(limits.loc["c", "qp_low"])
    assert limits.loc["a", "qp_low"] < 0.001 and limits.loc["c", "qp_high"] < 0.001


def test_too_few_cases_are_said_and_not_boxed() -> None:
    points = pd.DataFrame(shares("latin-hypercube", 100, 2), columns=["a", "b"])
    few = np.arange(100) < FEWEST - 1
    assert discover(points, few).reason == "only 9 of 100 points are of interest, fewer than 10"
    assert "nothing to set them apart from" in discover(points, ~few).reason
    assert discover(points, few).limits.empty and np.isnan(discover(points, few).density)


def test_the_rule_takes_coverage_where_boxes_are_dense_and_density_where_none_is() -> None:
    peeling = pd.DataFrame({"coverage": [1.0, 0.9, 0.7, 0.4], "density": [0.3, 0.8, 0.9, 1.0], "res_dim": [0, 1, 1, 2]})
    assert choose(peeling) == 1
    assert choose(peeling.assign(density=[0.3, 0.5, 0.6, 0.7])) == 2
    assert choose(peeling.assign(density=0.3)) == 0, "no gain: the box without limits"
