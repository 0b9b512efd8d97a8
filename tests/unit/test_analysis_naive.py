"""Naive forecasts, wins and losses, and rolling origins, on small tables and on series whose law is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_analysis_scoring import drawn, normal_crps, observed

from spsim.analysis import duels, hindcast, naive
from spsim.analysis.hindcast import Origin, against_persistence, distinct, rolling_origins
from spsim.analysis.scoring import score

KAZAKHSTAN = ({"value": 72.0}, {"value": 55.0, "first_year": 2021}, {"value": 29.0, "first_year": 2022})


def made(known: pd.DataFrame, *asked: dict[str, Any]) -> pd.DataFrame:
    return naive.forecasts(known, observed(*asked)).set_index(["row", "forecast"])


# spread --------------------------------------------------------------------------------------------------------------


def test_spread_is_that_of_a_random_walk_with_sampling_error() -> None:
    rng = np.random.default_rng(5)
    rows = []
    for series in range(300):
        years = np.cumsum(rng.integers(1, 5, 6))
        walk = np.cumsum(rng.normal(0, 5 * np.sqrt(np.diff(years, prepend=0)))) + rng.normal(0, 2, 6)
        rows += [
            {"countries": f"C{series}", "first_year": int(year), "value": value, "se": 2.0}
            for year, value in zip(years, walk, strict=True)
        ]
    found = naive.spread(observed(*rows))
    assert found.changes == 1500
    assert found.per_year == pytest.approx(5, rel=0.05)


def test_spread_is_unknown_without_a_change_or_a_second_country() -> None:
    found = naive.spread(observed({"value": 72.0}))
    assert math.isnan(found.per_year) and math.isnan(found.between)
    assert (found.changes, found.groups) == (0, 0)


def test_sampling_error_alone_is_no_change_of_opinion() -> None:
    found = naive.spread(observed({"value": 50.0}, {"value": 51.0, "first_year": 2015}))
    assert (found.per_year, found.changes) == (0.0, 1)


def test_spread_between_countries_takes_years_that_are_near() -> None:
    known = observed(
        {"value": 60.0}, {"countries": "KG", "value": 80.0, "first_year": 2017},
        {"countries": "UZ", "value": 10.0, "first_year": 2018}, {"countries": "UZ+KZ", "value": 0.0},
    )
    found = naive.spread(known)
    assert (found.between, found.groups) == (pytest.approx(math.sqrt(200)), 1)


# forecasts -----------------------------------------------------------------------------------------------------------


def test_persistence_is_the_last_value_before_the_year() -> None:
    known = observed(*KAZAKHSTAN)
    found = made(known, {"first_year": 2022}, {"first_year": 2014}, {"first_year": 2030})
    assert found.loc[(0, "persistence"), "point"] == 55.0
    assert found.loc[(0, "persistence"), "basis"] == "55 in 2021"
    assert (1, "persistence") not in found.index, "nothing is known before 2014"
    assert found.loc[(2, "persistence"), "point"] == 29.0
    # (17² − 2) / 7 and (26² − 2) / 1, their mean the variance of a year; eight years and two polls' error of a point
    year = ((17**2 - 2) / 7 + 26**2 - 2) / 2
    assert found.loc[(2, "persistence"), "sd"] == pytest.approx(math.sqrt(8 * year + 2))


def test_the_spread_of_a_trend_is_that_of_its_errors() -> None:
    """Walks are drawn and sampled; what the trend misses them by has the standard deviation that it says."""
    rng = np.random.default_rng(6)
    years, asked = np.array([2006, 2009, 2010, 2014]), 2018
    steps = rng.normal(0, 4, (20_000, 13))
    walks = np.cumsum(steps, axis=1) - steps[:, :1]
    polled = walks[:, years - 2006] + rng.normal(0, 2, (20_000, 4))
    last = walks[:, asked - 2006] + rng.normal(0, 3, 20_000)
    lines = np.polyfit(years - 2006, polled.T, 1)
    missed = float((lines[0] * (asked - 2006) + lines[1] - last).std())
    points = naive._points(observed(*({"first_year": int(year), "value": 50.0, "se": 2.0} for year in years)))
    row = observed({"first_year": asked, "se": 3.0}).to_dict("records")[0]
    trend = naive._trend(points, row, naive.Spread(4.0, 9, math.nan, 0))
    assert trend is not None
    assert trend[1] == pytest.approx(missed, rel=0.03)


def test_a_trend_goes_through_two_values_and_stays_on_the_scale() -> None:
    found = made(observed(*KAZAKHSTAN), {"first_year": 2022}, {"first_year": 2040}, {"first_year": 2021})
    assert found.loc[(0, "trend"), "point"] == pytest.approx(55 - 17 / 7)
    assert found.loc[(1, "trend"), "point"] == 0.0
    assert (2, "trend") not in found.index, "one value is no trend"


def test_a_regional_mean_takes_the_same_question_in_other_countries() -> None:
    known = observed(
        {"countries": "KG", "value": 79.0}, {"countries": "UZ", "value": 62.0, "first_year": 2016},
        {"countries": "KZ", "value": 1.0}, {"countries": "TJ", "value": 1.0, "power": "CN"},
        {"countries": "TJ", "value": 1.0, "answer": "disapprove"}, {"countries": "TJ", "value": 1.0, "item": "country"},
        {"countries": "TJ", "value": 1.0, "first_year": 2010}, {"countries": "KG+UZ", "value": 1.0},
    )
    found = made(known, {"countries": "KZ"}, {"countries": "KZ+KG"}, {"countries": "KZ", "first_year": 2019})
    assert found.loc[(0, "regional mean"), "point"] == pytest.approx(70.5)
    assert found.loc[(0, "regional mean"), "basis"] == "mean of KG, UZ"
    assert (1, "regional mean") not in found.index
    assert found.loc[(2, "regional mean"), "point"] == 62.0


def test_a_change_is_forecast_as_none() -> None:
    known = observed({"kind": "change", "value": -15.0, "first_year": 2018, "se": 2.0})
    found = made(known, {"kind": "change", "first_year": 2020, "se": 1.0})
    assert found.index.tolist() == [(0, "persistence")]
    assert found["point"].tolist() == [0.0]
    assert found["sd"].tolist() == [pytest.approx(math.sqrt(15**2 - 4 + 1))]


def test_naive_forecasts_are_scored_as_normal_and_cut_at_the_ends() -> None:
    asked = observed({"value": 40.0}, {"value": 100.0})
    forecasts = pd.DataFrame({"row": [0, 1, 1], "forecast": "persistence", "point": [50.0, 99.0, 99.0],
                              "sd": [6.0, 20.0, math.nan], "basis": ""})
    found = naive.score_forecasts(forecasts, asked)
    assert found["crps"].iloc[0] == pytest.approx(normal_crps(50, 6, 40), abs=0.01)
    assert found["p95"].tolist()[:2] == [pytest.approx(50 + 1.645 * 6, abs=0.05), 100.0]
    unknown = found.iloc[2]
    assert unknown["absolute_error"] == 1.0
    assert pd.isna(unknown["crps"]) and pd.isna(unknown["inside_90"])


# wins and losses -----------------------------------------------------------------------------------------------------


def test_wins_and_losses_are_both_counted() -> None:
    known = observed(*KAZAKHSTAN, {"countries": "KG", "value": 80.0, "first_year": 2021})
    asked = observed(
        {"value": 50.0, "first_year": 2023}, {"value": 29.0, "first_year": 2024},
        {"countries": "UZ", "value": 60.0, "first_year": 2023}, {"countries": "UZ", "item": "relations"},
    )
    spread = np.linspace(-1, 1, 11)
    scored = score(asked, drawn(*((at + spread).tolist() for at in (50.0, 90.0, 60.0, 7.0))))
    fought = duels.duels(scored, naive.score_forecasts(naive.forecasts(known, asked), asked))
    persistence = fought[fought["forecast"] == "persistence"].set_index("row")
    assert persistence["by_crps"].to_dict() == {
        0: "win", 1: "loss", 2: duels.NO_COMPARISON, 3: duels.NO_COMPARISON
    }
    first = fought[fought["forecast"] == duels.FIRST].set_index("row")
    assert first["by_crps"].to_dict() == {0: "win", 1: "loss", 2: "win", 3: "no comparison possible"}
    assert first.loc[2, "basis"].startswith("regional mean: mean of")
    told = duels.tally(fought).set_index("forecast")
    assert told.index.tolist() == ["persistence", "trend", "regional mean", duels.FIRST]
    counts = ["rows", "compared", "wins", "losses"]
    assert told.loc[duels.FIRST, counts].tolist() == [4, 3, 2, 1]
    assert told.loc["persistence", counts].tolist() == [4, 2, 1, 1]
    assert told.loc["persistence", "better"] == "undetermined", "one series is not enough to say"
    series = duels.tally(fought, "series")
    assert series[series["forecast"] == duels.FIRST]["rows"].tolist() == [2, 1, 1]


def test_equal_scores_are_a_draw() -> None:
    fought = pd.DataFrame({"model_crps": [1.0], "naive_crps": [1.0], "model_absolute_error": [1.0],
                           "naive_absolute_error": [math.nan]})
    found = duels.judged(fought)
    assert found[["by_crps", "by_error"]].to_numpy().tolist() == [["draw", duels.NO_COMPARISON]]


@pytest.mark.parametrize(("gain", "better"), [(5.0, "model"), (-5.0, "naive"), (0.0, "undetermined")])
def test_who_is_better_is_said_only_where_series_agree(gain: float, better: str) -> None:
    noise = np.array([-1.0, 1.0, -0.5, 0.5, 0.0])
    fought = duels.judged(pd.DataFrame({
        "series": list("abcde"), "forecast": "persistence", "model_crps": 10.0, "naive_crps": 10.0 + gain + noise,
        "model_absolute_error": 1.0, "naive_absolute_error": 2.0,
    }))
    told = duels.tally(fought).iloc[0]
    assert told["better"] == better
    assert told["gain"] == pytest.approx(gain)
    assert told["wins_by_error"] == 5


def test_answers_of_one_poll_are_one_witness() -> None:
    """Approval, disapproval and no opinion of one question gain together, and so count once."""
    answers = ["KZ RU leadership: approval", "KZ RU leadership: disapproval", "KZ RU leadership: no_opinion"]
    fought = duels.judged(pd.DataFrame({
        "row": range(4), "series": [*answers, "UZ RU leadership: approval"], "forecast": "persistence",
        "model_crps": 1.0, "naive_crps": [5.0, 5.1, 5.2, 1.1], "model_absolute_error": 1.0, "naive_absolute_error": 2.0,
    }))
    one = duels.tally(fought[fought["series"].isin(answers)]).iloc[0]
    assert (one["better"], one["gain"]) == ("undetermined", pytest.approx(4.1))
    assert np.isnan(one["low"]) and one["wins"] == 3
    both = duels.tally(fought).iloc[0]
    assert both["gain"] == pytest.approx((4.1 + 0.1) / 2) and both["low"] < 0


def test_there_is_no_verdict_on_rows_that_were_all_fitted() -> None:
    fought = duels.judged(pd.DataFrame({
        "row": range(5), "series": list("abcde"), "forecast": "persistence", "model_crps": 1.0,
        "naive_crps": [9.0, 9.1, 9.2, 9.3, 9.4], "model_absolute_error": 1.0, "naive_absolute_error": 2.0,
    }))
    assert duels.tally(fought, fitted=range(5)).iloc[0]["better"] == "fitted to them, so no test"
    assert duels.tally(fought, fitted=range(4)).iloc[0]["better"] == "model"
    alone = duels.tally(fought, "series", fitted=[0]).set_index("series")["better"]
    assert alone.to_dict() == {"a": duels.FITTED, **dict.fromkeys("bcde", "undetermined")}


# rolling origins -----------------------------------------------------------------------------------------------------

POLLS = observed(
    *KAZAKHSTAN,
    {"countries": "KG", "value": 84.0, "first_year": 2010},
    {"countries": "KG", "value": 79.0},
    {"countries": "UZ", "value": 62.0},
    {"power": "CN", "kind": "change", "value": -15.0, "first_year": 2018},
    {"countries": "KZ+KG", "value": 78.0, "first_year": 2006, "last_year": 2018},
)


def test_origins_are_years_with_something_before_and_after() -> None:
    assert rolling_origins(POLLS) == [
        Origin(2010, (3,), (0, 1, 2, 4, 6)),
        Origin(2014, (0, 3, 4, 5), (1, 2, 6)),
        Origin(2018, (0, 3, 4, 5, 6, 7), (1, 2)),
        Origin(2021, (0, 1, 3, 4, 5, 6, 7), (2,)),
    ]


def test_nothing_later_than_the_origin_is_known() -> None:
    for origin in rolling_origins(POLLS):
        rows = POLLS.set_index("row")
        assert (rows.loc[list(origin.fit), "last_year"] <= origin.year).all()
        assert (rows.loc[list(origin.score), "first_year"] > origin.year).all()


def test_a_second_source_for_one_figure_is_neither_known_nor_scored_again() -> None:
    again = POLLS.iloc[[1]].assign(row=len(POLLS), label="KZ 2021, as another paper quotes it")
    other_year = again.assign(row=len(POLLS) + 1, first_year=2023, last_year=2023)
    assert rolling_origins(pd.concat([POLLS, again])) == rolling_origins(POLLS)
    assert len(POLLS) + 1 in rolling_origins(pd.concat([POLLS, again, other_year]))[-1].score


def test_a_hindcast_asks_for_each_origin_and_scores_beside_persistence() -> None:
    asked: list[Origin] = []

    def forecast(origin: Origin) -> pd.DataFrame:
        asked.append(origin)
        values = POLLS.set_index("row")["value"]
        return pd.DataFrame(
            [(row, draw, values[row] + draw - 1) for row in origin.score for draw in range(3)],
            columns=["row", "draw", "value"],
        )

    table = hindcast.hindcast(POLLS, forecast)
    assert asked == rolling_origins(POLLS)
    assert list(table.columns) == list(hindcast.COLUMNS)
    assert (table["error"] == 0).all()
    here = table.set_index(["origin", "row"])
    assert math.isnan(here.loc[(2010, 0), "persistence"]), "nothing was known of Kazakhstan"
    assert here.loc[(2010, 4), "persistence"] == 84.0
    assert math.isnan(here.loc[(2010, 4), "persistence_crps"]), "one value does not tell how fast polls move"
    assert here.loc[(2014, 2), "persistence"] == 72.0
    assert here.loc[(2021, 2), "persistence"] == 55.0
    told = against_persistence(table).iloc[0]
    assert (told["rows"], told["compared_by_error"], told["wins_by_error"], told["losses_by_error"]) == (11, 8, 8, 0)
    assert told["compared"] == told["wins"] == 6
    assert distinct(table) == (5, 5)
    by_origin = against_persistence(table, "origin")
    assert by_origin["rows"].tolist() == [5, 3, 2, 1]


def test_answers_of_one_poll_and_years_of_origin_are_not_counted_twice() -> None:
    table = pd.DataFrame({
        "row": [5, 6, 5, 7, 8], "year": [2021, 2021, 2021, 2022, 2021],
        "series": ["KZ RU leadership: approval", "KZ RU leadership: disapproval", "KZ RU leadership: approval",
                   "KZ RU leadership: approval", "KG RU leadership: approval"],
    })
    assert distinct(table) == (4, 3)


def test_without_series_there_is_no_hindcast() -> None:
    alone = observed({"value": 50.0}, {"countries": "KG", "value": 60.0})
    assert rolling_origins(alone) == []
    table = hindcast.hindcast(alone, lambda _: pytest.fail("nothing to forecast"))
    assert table.empty and list(table.columns) == list(hindcast.COLUMNS)
