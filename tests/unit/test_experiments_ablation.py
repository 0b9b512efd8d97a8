"""What a mechanism contributes: the difference that it makes, run by run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import spsim
from spsim.analysis.intervals import paired_difference
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import ConfigError, load, switched, without_event
from spsim.experiments.ablation import contributions, removable, study, without
from spsim.model.simulation import Simulation

SMALL: dict[str, Any] = {"citizens": 200, "elites": 4, "pipeline_agents": 1, "countries": ["KZ", "KG"],
                         "start": "2015-01", "end": "2019-12", "replicates": 3, "run.parameters": "defaults"}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    removals = ["heritage", "event:xinjiang", "hedging", "social_influence=bounded_confidence"]
    chosen = study(load("baseline", SMALL).scenario, removals, ["approval", "protest_events", "students"], (2018, 2018))
    return contributions(chosen, tmp_path_factory.mktemp("ablation") / "log.jsonl", 1)


def test_a_contribution_is_as_it_is_minus_without(table: pd.DataFrame) -> None:
    scenario = load("baseline", {**SMALL, "end": "2018-12"}).scenario
    found = {}
    for name, other in (("full", scenario), ("without", switched(scenario, "heritage"))):
        runs = [OUTCOMES["approval"].yearly(Simulation(other, n).run(), other, [2018])[0, 1, 1] for n in range(3)]
        found[name] = np.array(runs)
    row = table[(table["without"] == "heritage") & (table["outcome"] == "approval") & (table["power"] == "RU")
                & (table["country"] == "KG")].iloc[0]
    assert row["contribution"] == pytest.approx((found["full"] - found["without"]).mean())
    assert row["level"] == pytest.approx(found["full"].mean())
    assert row["low"] < row["contribution"] < row["high"]
    assert (row["sign"], row["replicates"]) == ("up", 3)


def test_what_is_silent_contributes_nothing_and_events_only_to_their_power(table: pd.DataFrame) -> None:
    signs = table.set_index(["without", "outcome", "power", "country"])["sign"]
    assert set(signs.loc["hedging"]) == {"none"}
    assert signs["event:xinjiang", "approval", "CN", "KZ"] == "down"
    size = table.set_index(["without", "outcome", "power", "country"])["contribution"].abs()
    assert size["event:xinjiang", "approval", "RU", "KZ"] < 0.05 * size["event:xinjiang", "approval", "CN", "KZ"]


def test_the_table_is_complete(table: pd.DataFrame) -> None:
    assert len(table) == 4 * 3 * (2 + 2 + 1)  # removals, places, powers of two outcomes and one without powers
    assert set(table["country"]) == {"KZ", "KG", "CA5"}
    assert set(table.loc[table["outcome"] == "protest_events", "power"]) == {""}
    of_sets = ["agreement", "sets_low", "sets_high"]  # told only where there are some
    assert not table.drop(columns=["power", *of_sets]).isna().any(axis=None)


@pytest.mark.parametrize(
    ("pairs", "sign"),
    [([1.0, 2.0, 1.5], "up"), ([-1.0, -2.0, -1.5], "down"), ([1.0, -2.0, 0.5], "undetermined"), ([0.0, 0.0], "none"),
     ([3.0], "undetermined"), ([2.0, 2.0], "up")],
)
def test_signs(pairs: list[float], sign: str) -> None:
    assert paired_difference(np.array(pairs))["sign"] == sign


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    hits = [found["low"] < 0.3 < found["high"]
            for found in (paired_difference(rng.normal(0.3, 1, 8)) for _ in range(2000))]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.015)


def test_everything_that_acts_can_be_taken_out() -> None:
    scenario = load("baseline", SMALL).scenario
    names = removable(scenario)
    acting = {"heritage", "gate", "social_influence", "social_influence=bounded_confidence", "event:xinjiang"}
    assert acting <= set(names)
    assert not {"hedging", "demonstration", "event:visa-waivers"} & set(names), "what is silent is left out"
    assert "heritage" not in removable(switched(scenario, "heritage"))
    assert "hedging" in removable(load("baseline", {"hedge": 0.5}).scenario)


def test_several_things_are_taken_out_together() -> None:
    scenario = load("baseline", SMALL).scenario
    both = without(scenario, "heritage; event:xinjiang")
    assert both == without_event(switched(scenario, "heritage"), "xinjiang")
    assert without(scenario, "nothing") == scenario


def test_mistakes_are_told_together() -> None:
    scenario = load("baseline", SMALL).scenario
    with pytest.raises(ConfigError) as error:
        study(scenario, ["heritge", "event:visa-waivers"], ["aproval"], (2019, 2018))
    text = str(error.value)
    assert "did you mean 'heritage'?" in text and "did you mean 'approval'?" in text
    assert "event:visa-waivers" in text and "years from 2015 to 2019" in text


def test_years_are_the_last_ten_on_record() -> None:
    scenario = load("baseline").scenario
    assert study(scenario, ["heritage"], ["approval"], None).years == tuple(range(2015, 2025))
    assert study(scenario, ["heritage"], ["approval"], None).scenario.run.end == "2024-12"
    late = load("baseline", {"start": "2026-01"}).scenario
    assert study(late, ["heritage"], ["approval"], None).years == (2026,)


def test_an_interrupted_ablation_goes_on(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"mechanisms": ["rents"], "outcomes": ["approval"], "years": (2015, 2015), "workers": 1}

    class PowerCutError(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done == 3:
            raise PowerCutError

    scenario = load("baseline", {**SMALL, "end": "2015-12"})
    with pytest.raises(PowerCutError):
        spsim.ablate(scenario, out=tmp_path / "one", progress=cut, **arguments)
    resumed = spsim.ablate(scenario, out=tmp_path / "one", **arguments)
    whole = spsim.ablate(scenario, out=tmp_path / "two", **arguments)
    pd.testing.assert_frame_equal(resumed.table, whole.table, check_exact=True)
    assert {path.name for path in whole.folder.iterdir()} == {
        "log.jsonl", "manifest.json", "contributions.parquet", "ablation-CA5.png", "ablation-CA5.svg", "scenarios"
    }
