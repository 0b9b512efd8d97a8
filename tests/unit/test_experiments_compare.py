"""Scenarios beside each other: paired, sharp where asked, and told apart from chance."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import spsim
from spsim.analysis.comparison import MOST, one_difference, over_years, replicates_needed
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import ConfigError, LeverSetting, Scenario, load
from spsim.experiments.compare import comparison, last_years, measure, run, sharp_enough, tables
from spsim.model.simulation import Simulation

SMALL: dict[str, Any] = {"citizens": 200, "elites": 4, "pipeline_agents": 1, "countries": ["KZ", "KG"],
                         "start": "2018-01", "end": "2020-12", "replicates": 3}


def scenarios(**more: Any) -> list[Scenario]:
    base = load("baseline", {**SMALL, **more}).scenario
    pulled = load("baseline", {**SMALL, **more, "opacity": 0.1}).scenario
    return [base, pulled.model_copy(update={"name": "open-books"})]


# numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half_width", [0.1, 0.5, 3.0])
def test_the_replicates_needed_are_the_fewest_that_are_sharp_enough(half_width: float) -> None:
    pairs = np.random.default_rng(1).normal(0.2, 1.3, 30)
    needed = replicates_needed(pairs, half_width)

    def width(n: int) -> float:
        return float(stats.t.ppf(0.975, n - 1) * pairs.std(ddof=1) / math.sqrt(n))

    assert width(needed) <= half_width
    assert needed == 2 or width(needed - 1) > half_width


def test_no_spread_needs_two_and_one_replicate_tells_nothing() -> None:
    assert replicates_needed(np.array([0.3, 0.3, 0.3]), 0.1) == 2
    assert replicates_needed(np.array([0.3]), 0.1) == MOST


def test_common_draws_save_replicates_where_runs_share_their_chance() -> None:
    rng = np.random.default_rng(2)
    chance = rng.normal(0, 3, 400)
    one, other = chance + rng.normal(0, 0.3, 400), 1 + chance + rng.normal(0, 0.3, 400)
    found = one_difference(one, other, 0.5)
    assert found["variance_reduction"] == pytest.approx(2 * (9 + 0.09) / (2 * 0.09), rel=0.2)
    assert found["sign"] == "up" and found["sign_probability"] > 0.999
    apart = one_difference(one, rng.permutation(other), 0.5)
    assert apart["variance_reduction"] == pytest.approx(1, abs=0.2)


def test_the_probability_of_the_sign_is_that_of_the_mean() -> None:
    pairs = np.array([0.5, -0.2, 0.4, 0.1])
    found = one_difference(np.zeros(4), pairs, 0.5)
    expected = stats.t.cdf(pairs.mean() / stats.sem(pairs), 3)
    assert found["sign_probability"] == pytest.approx(expected)
    assert found["sign"] == "undetermined"
    assert math.isnan(one_difference(np.ones(4), np.ones(4), 0.5)["sign_probability"])
    assert one_difference(np.zeros(3), np.ones(3), 0.5)["sign_probability"] == 1


# runs -----------------------------------------------------------------------------------------------------------------


def test_differences_are_those_of_runs_with_the_same_draws(tmp_path: Path) -> None:
    pair = scenarios()
    compared = comparison(pair, ["approval", "protest_events"])
    runs = run(compared, tmp_path / "log.jsonl", 3, workers=1)
    every, summary = tables(compared, runs, [2019, 2020], 0.5)
    opinion = [spsim.run(scenario, workers=1).tables["opinion"] for scenario in pair]
    means = [
        table[(table["group"] == "public") & (table["country"] == "KG") & (table["power"] == "CN")
              & (table["date"].dt.year == 2020)].groupby("replicate")["approval"].mean().to_numpy() * 100
        for table in opinion
    ]
    row = every[(every["outcome"] == "approval") & (every["country"] == "KG") & (every["power"] == "CN")
                & (every["year"] == 2020)].iloc[0]
    of_sets = [np.array([mean[:2].mean(), mean[2]]) for mean in means]  # the third replicate has a set of its own
    assert row["difference"] == pytest.approx((of_sets[1] - of_sets[0]).mean())
    assert row["reference"] == pytest.approx(of_sets[0].mean())
    assert (row["replicates"], row["sets"]) == (3, 2)
    assert row["variance_reduction"] > 10
    two = every[(every["outcome"] == "approval") & (every["country"] == "KG") & (every["power"] == "CN")]
    both = two[two["year"].isin([2019, 2020])]["difference"].mean()
    told = summary[(summary["outcome"] == "approval") & (summary["country"] == "KG") & (summary["power"] == "CN")]
    assert told["difference"].iloc[0] == pytest.approx(both)
    assert set(told["years"]) == {"2019-2020"}
    assert len(every) == 3 * 3 * (2 + 1) and set(every["country"]) == {"KZ", "KG", "CA5"}


def test_a_shared_past_is_run_once_and_changes_nothing() -> None:
    """Scenarios that part late, early, and from the start give what each of them gives alone."""
    base = scenarios()[0]

    def pulled(name: str, month: str) -> Scenario:
        setting = LeverSetting.model_validate({"lever": "openness", "to": 0.7, "from": month})
        return base.model_copy(update={"name": name, "levers": [setting]})

    other = base.with_parameters({"anchor_rate": 0.6}).model_copy(update={"name": "other"})
    chosen = [base, pulled("late", "2020-03"), other, pulled("early", "2018-06"), pulled("first", "2018-01")]
    compared = comparison(chosen, ["approval", "protest_events"])
    assert compared.family.parting(0)[1:] == [25, -1, 4, -1]
    together = measure(compared, 1)
    for scenario in chosen:
        record = Simulation(scenario, 1).run()
        for outcome in ("approval", "protest_events"):
            alone = OUTCOMES[outcome].yearly(record, scenario, compared.years)
            np.testing.assert_array_equal(together[scenario.name][outcome], alone)


def test_more_replicates_are_run_until_it_is_sharp_enough(tmp_path: Path) -> None:
    compared = comparison(scenarios(end="2018-06"), ["approval"])
    first = run(compared, tmp_path / "log.jsonl", 3, workers=1)
    spread = (first["open-books"]["approval"] - first["baseline"]["approval"])[:, 0, 0, 0].std(ddof=1)
    wanted = 1.2 * float(stats.t.ppf(0.975, 5)) * spread / math.sqrt(6)
    rule = sharp_enough(compared, "approval", "KZ", [2018], wanted)
    more = run(compared, tmp_path / "log.jsonl", 3, rule, 40, workers=1)
    count = more["baseline"]["approval"].shape[0]
    assert 3 < count <= 40
    assert rule(more) <= count
    np.testing.assert_array_equal(more["baseline"]["approval"][:3], first["baseline"]["approval"])
    assert run(compared, tmp_path / "log.jsonl", 3, lambda _: 1000, 5, workers=1)["baseline"]["approval"].shape[0] == 5


def test_the_mean_over_years_is_taken_before_pairs_are_compared() -> None:
    runs = {"a": {"approval": np.arange(24.0).reshape(2, 3, 2, 2)}}
    mean = over_years(runs, [2018, 2019, 2020], [2019, 2020])["a"]["approval"]
    np.testing.assert_array_equal(mean[:, 0], runs["a"]["approval"][:, 1:].mean(axis=1))


@pytest.mark.parametrize(
    ("given", "outcomes", "message"),
    [
        (scenarios()[:1], ["approval"], "got 1 scenario; allowed: two or more"),
        ([scenarios()[0]] * 2, ["approval"], "baseline stands twice"),
        (scenarios(), ["aproval"], "did you mean 'approval'"),
        ([scenarios()[0], scenarios(seed=5)[1]], ["approval"], r"run.seed: 5 in open-books, 1 in baseline"),
        ([scenarios()[0], scenarios(end="2021-12")[1]], ["approval"], r"run.end: 2021-12 in open-books"),
        ([scenarios()[0], scenarios(citizens=300)[1]], ["approval"], r"--set citizens="),
    ],
)
def test_what_cannot_be_compared_is_refused(given: list[Scenario], outcomes: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        comparison(given, outcomes)


def test_years_are_those_asked_for_or_the_last_five() -> None:
    compared = comparison(scenarios(), ["approval"])
    assert last_years(compared, None) == [2018, 2019, 2020]
    assert last_years(compared, (2019, 2019)) == [2019]
    with pytest.raises(ConfigError, match="years from 2018 to 2020"):
        last_years(compared, (2020, 2024))


def test_a_comparison_is_written_and_goes_on(tmp_path: Path) -> None:
    pair = scenarios(end="2018-12")
    result = spsim.compare(*pair, outcomes=["approval"], out=tmp_path, workers=1)
    assert {path.name for path in tmp_path.iterdir()} == {
        "log.jsonl", "manifest.json", "scenarios", "differences.parquet", "summary.parquet", "comparison-CA5.png",
        "comparison-CA5.svg",
    }
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "differences.parquet"), result.table)
    told: list[int] = []
    more = spsim.compare(*pair, outcomes=["approval"], out=tmp_path, workers=1, replicates=4, country="KG",
                         progress=lambda done, _: told.append(done))
    assert told == [3, 4], "three are there already"
    assert set(more.summary["replicates"]) == {4}
