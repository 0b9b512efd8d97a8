"""Scores of forecasts: closed forms, relations that must hold, and small tables whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import binom, norm

from spsim.analysis import scoring
from spsim.analysis.scoring import crps, expected_inside, forecast_scores, score, summary

VALUES = st.lists(st.floats(-100, 100), min_size=2, max_size=30).map(np.array)


def normal_crps(mean: float, sd: float, polled: float) -> float:
    z = (polled - mean) / sd
    return float(sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / math.sqrt(math.pi)))


def observed(*rows: dict) -> pd.DataFrame:
    """Return a table of polled values; by default Gallup's approval of Russia with an error of a point."""
    made = []
    for number, row in enumerate(rows):
        full = {
            "row": number, "countries": "KZ", "first_year": 2014, "power": "RU", "item": "leadership",
            "answer": "approve", "kind": "share", "pollster": "Gallup World Poll", "value": 50.0, "se": 1.0, **row,
        }
        full = {"last_year": full["first_year"], **full}
        full["series"] = " ".join(str(full[name]) for name in ("countries", "power", "item", "answer"))
        full["label"] = f"{full['series']} {full['last_year']}"
        made.append(full)
    return pd.DataFrame(made)[list(scoring.OBSERVED)]


def drawn(*values: list[float]) -> pd.DataFrame:
    """Return draws, a list for each row."""
    return pd.DataFrame(
        [(row, draw, value) for row, given in enumerate(values) for draw, value in enumerate(given)],
        columns=["row", "draw", "value"],
    )


# CRPS ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("polled", [40.0, 50.0, 57.5, 80.0])
def test_crps_of_a_normal_sample_is_the_closed_form(polled: float) -> None:
    sample = np.random.default_rng(1).normal(50, 6, 40_000)
    assert crps(sample, polled) == pytest.approx(normal_crps(50, 6, polled), abs=0.1)
    quantiles = 50 + 6 * ndtri((np.arange(1000) + 0.5) / 1000)
    assert crps(quantiles, polled, fair=False) == pytest.approx(normal_crps(50, 6, polled), abs=0.01)


def test_fair_crps_does_not_depend_on_the_size_of_the_sample() -> None:
    rng = np.random.default_rng(2)
    small = np.mean([crps(rng.normal(0, 1, 3), 0.4) for _ in range(20_000)])
    assert small == pytest.approx(normal_crps(0, 1, 0.4), abs=0.015)
    biased = np.mean([crps(rng.normal(0, 1, 3), 0.4, fair=False) for _ in range(20_000)])
    assert biased > small + 0.1, "what fairness is for"


@given(VALUES, st.floats(-100, 100))
def test_crps_is_the_mean_distance_less_half_that_of_pairs(values: np.ndarray, polled: float) -> None:
    count = values.size
    pairs = np.abs(values[:, None] - values).sum() / (count * (count - 1))
    assert crps(values, polled) == pytest.approx(np.abs(values - polled).mean() - pairs / 2, abs=1e-9)


@given(VALUES, st.floats(-100, 100), st.floats(-50, 50))
def test_crps_moves_with_the_scale(values: np.ndarray, polled: float, shift: float) -> None:
    found = crps(values, polled)
    assert crps(values + shift, polled + shift) == pytest.approx(found, abs=1e-9)
    assert crps(3 * values, 3 * polled) == pytest.approx(3 * found, abs=1e-9)
    assert crps(-values, -polled) == pytest.approx(found, abs=1e-9)
    assert crps(values[::-1], polled) == pytest.approx(found, abs=1e-9)


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_a_point_forecast_scores_its_distance(point: float, polled: float) -> None:
    assert crps(np.array([point]), polled) == pytest.approx(abs(point - polled))
    assert crps(np.full(7, point), polled) == pytest.approx(abs(point - polled), abs=1e-9)
    assert crps(np.full(7, polled), polled) == pytest.approx(0, abs=1e-9)


@given(st.floats(0.5, 20), st.floats(1.1, 4))
def test_of_two_right_forecasts_the_sharper_one_is_better(sd: float, wider: float) -> None:
    shape = ndtri((np.arange(200) + 0.5) / 200)
    sharp, blunt = sd * shape, sd * wider * shape
    assert crps(sharp, 0.0) < crps(blunt, 0.0)
    far = 10 * sd * wider
    assert crps(sharp, far) > crps(blunt, far), "sharp and wrong is worse"


@given(VALUES, st.floats(-100, 100))
def test_the_score_of_a_whole_forecast_is_never_negative(values: np.ndarray, polled: float) -> None:
    assert crps(values, polled, fair=False) >= -1e-9


# intervals -----------------------------------------------------------------------------------------------------------


def test_a_row_is_scored_by_median_and_intervals() -> None:
    values = np.tile(np.arange(101.0), (4, 1))
    found = forecast_scores(values, np.array([50.0, 80.0, 95.0, 96.0]))
    assert found["median"].tolist() == [50.0] * 4
    assert found["error"].tolist() == [0.0, -30.0, -45.0, -46.0]
    assert found["absolute_error"].tolist() == [0.0, 30.0, 45.0, 46.0]
    assert found["inside_50"].tolist() == [True, False, False, False]
    assert found["inside_90"].tolist() == [True, True, True, False], "its ends belong to an interval"


def test_intervals_of_a_right_forecast_cover_what_they_say() -> None:
    rng = np.random.default_rng(3)
    centre = rng.normal(50, 5, 4000)
    values = centre[:, None] + rng.normal(0, 4, (4000, 200))
    found = forecast_scores(values, centre + rng.normal(0, 4, 4000))
    assert found["inside_50"].mean() == pytest.approx(0.5, abs=0.03)
    assert found["inside_90"].mean() == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(("rows", "level"), [(1, 0.9), (10, 0.5), (14, 0.9), (40, 0.9), (200, 0.5)])
def test_expected_counts_are_those_of_the_binomial(rows: int, level: float) -> None:
    low, high = expected_inside(rows, level)
    assert (low, high) == (binom.ppf(0.025, rows, level), binom.ppf(0.975, rows, level))


def test_a_row_without_draws_is_told() -> None:
    rows = observed({"value": 50.0}, {"value": 60.0})
    with pytest.raises(ValueError, match=r"\[1\]"):
        score(rows, drawn([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"\[1\]"):
        score(rows, drawn([1.0, 2.0], [1.0]))


# order and direction -------------------------------------------------------------------------------------------------


def test_order_of_countries_counts_pairs() -> None:
    rows = observed(
        {"countries": "KG", "value": 79.0}, {"countries": "KZ", "value": 72.0}, {"countries": "UZ", "value": 62.0},
        {"countries": "UZ", "value": 62.0, "first_year": 2015}, {"countries": "UZ+KZ", "value": 10.0},
    )
    found = scoring.order_of_countries(rows, drawn([80.0] * 4, [70.0] * 4, [75, 75, 75, 60], [0] * 4, [0] * 4))
    assert found["what"].tolist() == ["KG against KZ", "KG against UZ", "KZ against UZ"]
    assert found["polled"].tolist() == [7.0, 17.0, 10.0]
    assert found["probability"].tolist() == [1.0, 1.0, 0.25]
    assert found["right"].tolist() == [True, True, False]
    assert found["year"].tolist() == ["2014"] * 3
    assert found["clear"].all(), "7 points are more than 1.96 times the root of two"


def test_countries_that_polled_alike_have_no_order() -> None:
    rows = observed({"countries": "KG", "value": 70.0}, {"countries": "KZ", "value": 70.0})
    found = scoring.order_of_countries(rows, drawn([1.0, 2.0], [3.0, 4.0]))
    assert found.empty and {"probability", "right"} <= set(found.columns)


def test_changes_go_from_one_poll_to_the_next() -> None:
    rows = observed(
        {"value": 29.0, "first_year": 2022}, {"value": 72.0, "first_year": 2014}, {"value": 54.0, "first_year": 2021},
        {"value": 56.0, "first_year": 2021}, {"value": 60.0, "first_year": 2006, "last_year": 2018},
    )
    found = scoring.changes(rows, drawn([30.0, 60], [70.0, 70], [60.0, 50], [60.0, 50], [0.0, 0]))
    # the range of years holds 2014, so that there is no step from it
    assert found["what"].tolist() == ["2014 to 2021", "2021 to 2022"]
    assert found["polled"].tolist() == [-17.0, -26.0]
    assert found["probability"].tolist() == [1.0, 0.5]
    assert found["right"].tolist() == [True, False]


def test_a_printed_change_counts_as_one() -> None:
    rows = observed({"kind": "change", "value": -15.0, "first_year": 2018, "power": "CN"})
    found = scoring.changes(rows, drawn([-10.0, -20.0, 4.0]))
    assert found["polled"].tolist() == [-15.0]
    assert found["probability"].tolist() == [pytest.approx(2 / 3)]
    assert found["right"].tolist() == [True]


def test_two_polls_of_one_year_count_once_at_their_mean() -> None:
    rows = observed({"value": 54.0}, {"value": 56.0, "se": 2.0})
    (point,) = scoring.points_of(rows, np.array([[1.0, 2.0], [3.0, 6.0]]))
    assert point.value == 55.0 and point.draws.tolist() == [2.0, 4.0]
    assert point.error == pytest.approx(math.sqrt(5) / 2)


def test_a_summary_counts_by_series() -> None:
    rows = observed(
        {"value": 50.0}, {"value": 40.0, "first_year": 2015}, {"countries": "UZ", "value": 99.0},
    )
    draws = drawn(list(range(101)), list(range(101)), list(range(101)))
    found = summary(score(rows, draws), scoring.changes(rows, draws)).set_index("series")
    here = found.loc["KZ RU leadership approve"]
    assert (here["rows"], here["inside_50"], here["inside_90"]) == (2, 2, 2)
    assert (here["error"], here["absolute_error"]) == (5.0, 5.0)
    assert (here["changes"], here["changes_right"]) == (1, 0)
    other = found.loc["UZ RU leadership approve"]
    assert (other["inside_90"], other["changes"], other["error"]) == (0, 0, -49.0)
