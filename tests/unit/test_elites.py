"""Elites beside UN votes: correlations with known answers, what is refused, and the command from end to end."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from typer.testing import CliRunner

import spsim
from spsim.analysis.elites import EVERY, WINDOWS, YARDSTICKS, Beside, by_year, changes, order, votes
from spsim.cli.app import app
from spsim.config import ConfigError, load
from spsim.data import COUNTRIES, load_pack
from spsim.experiments.elites import study

YEARS = tuple(range(2009, 2024))
POWERS = ("CN", "RU")
SMALL = {"citizens": 200, "elites": 4, "start": "2010-01"}


def recorded(years: tuple[int, ...] = YEARS) -> dict[str, Any]:
    return votes(load_pack().votes_table(), years, COUNTRIES, POWERS)


def beside(alignment: Any) -> Beside:
    return Beside(YEARS, COUNTRIES, POWERS, np.asarray(alignment, dtype=np.float64), recorded())


def test_votes_are_those_of_the_table() -> None:
    table = load_pack().votes_table().set_index(["country", "power", "year"])
    found = recorded()
    assert set(found) == set(YARDSTICKS)
    assert found["agreement"][3, 1, 0] == table.loc[("KG", "CN", 2012), "agreement"]
    assert found["ideal_points"][-1, 4, 1] == -table.loc[("UZ", "RU", 2023), "ideal_distance"]


def test_elites_that_stand_and_move_as_their_countries_vote_are_found() -> None:
    """The exact share of an order of five that fits perfectly, either way, is 2 of 120; of 14 rotations it is one."""
    found = beside([recorded()["agreement"]] * 3)
    ordered = order(found)
    perfect = ordered[ordered["yardstick"] == "agreement"]
    assert np.allclose(perfect["correlation"], 1) and np.allclose(perfect["p"], 2 / 120)
    assert list(dict.fromkeys(ordered["years"])) == [*(f"{a}-{b}" for a, b in WINDOWS), "2009-2023"]
    moved = changes(found)
    perfect = moved[moved["yardstick"] == "agreement"]
    assert np.allclose(perfect["correlation"], 1) and np.allclose(perfect["p"], 1 / 14)
    assert set(perfect["direction"]) == {"same"}
    assert set(changes(beside(-found.alignment)).query("yardstick == 'agreement'")["direction"]) == {"opposite"}


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_correlations_and_p_are_those_of_scipy_and_of_counting(seed: int) -> None:
    alignment = np.random.default_rng(seed).normal(size=(1, len(YEARS), 5, 2))
    rows = order(beside(alignment)).set_index(["power", "years", "yardstick"])
    row = rows.loc[("RU", "2009-2013", "ideal_points")]
    one = alignment[0, :5, :, 1].mean(axis=0)
    other = recorded()["ideal_points"][:5, :, 1].mean(axis=0)
    assert row["correlation"] == pytest.approx(spearmanr(one, other).statistic)
    every = [spearmanr(one, each).statistic for each in permutations(other)]
    assert row["p"] == pytest.approx(np.mean(np.abs(every) >= abs(row["correlation"]) - 1e-9))


def test_chance_passes_as_often_as_p_says() -> None:
    """Elites that have nothing to do with votes: p is at most .1 in at most about a tenth of the cases."""
    rng = np.random.default_rng(3)
    found = pd.concat([order(beside(rng.normal(size=(1, len(YEARS), 5, 2)))) for _ in range(50)])
    windows = found[(found["yardstick"] == "agreement") & (found["years"] != "2009-2023")]
    assert len(windows) == 300 and 0.03 < (windows["p"] <= 0.1).mean() < 0.13


def test_elites_that_stand_still_have_no_correlation_and_one_replicate_no_direction() -> None:
    still = changes(beside(np.full((1, len(YEARS), 5, 2), 0.4)))
    assert still["correlation"].isna().all() and still["p"].isna().all()
    alone = changes(beside(np.random.default_rng(1).normal(size=(1, len(YEARS), 5, 2))))
    assert set(alone["direction"]) == {"undetermined"}


def test_all_countries_together_are_their_mean() -> None:
    found = changes(beside(np.random.default_rng(2).normal(size=(1, len(YEARS), 5, 2))))
    here = found.query("power == 'CN' and yardstick == 'agreement'").set_index("country")
    assert here.loc[EVERY, "correlation"] == pytest.approx(here.loc[list(COUNTRIES), "correlation"].mean())
    assert here.loc[EVERY, "changes"] == 70 and here.loc["KZ", "changes"] == 14


def test_the_table_by_year_holds_alignment_and_votes() -> None:
    alignment = np.random.default_rng(4).normal(size=(5, len(YEARS), 5, 2))
    table = by_year(beside(alignment))
    assert list(table.columns) == [
        "country", "power", "year", "alignment_median", "p05", "p95", "un_agreement", "un_ideal_points"
    ]
    row = table[(table["country"] == "TJ") & (table["power"] == "RU") & (table["year"] == 2011)].iloc[0]
    assert row["alignment_median"] == pytest.approx(np.median(alignment[:, 2, 2, 1]))
    assert row["p05"] < row["alignment_median"] < row["p95"]
    assert row["un_agreement"] == recorded()["agreement"][2, 2, 1]


def test_years_start_when_elites_have_left_their_start_and_end_with_the_votes() -> None:
    asked = study(load("baseline").scenario)
    assert (asked.years[0], asked.years[-1]) == (2009, 2023) and asked.scenario.run.end == "2023-12"
    assert asked.countries == COUNTRIES and asked.powers == POWERS


def test_too_little_to_compare_is_refused_with_all_reasons() -> None:
    scenario = load("baseline", {"countries": ["KZ", "KG"], "start": "2015-01", "end": "2020-12"}).scenario
    with pytest.raises(ConfigError) as raised:
        study(scenario)
    said = str(raised.value)
    assert "2015-01 to 2020-12 has 1 year with votes" in said and "2 with votes; allowed: 3 or more of KG" in said


def test_the_command_prints_and_writes_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    arguments = ["elites", "--workers", "1", "--replicates", "2"]
    for name, value in SMALL.items():
        arguments += ["--set", f"{name}={value}"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert all(len(line) <= 120 for line in lines)
    assert "Do the countries stand in the same order?" in lines and "120 orders" in result.stdout
    assert any(line.split()[:2] == ["China", "Kazakhstan"] for line in lines)
    assert lines[-1] == "Tables and figure are in runs/baseline-elites"
    folder = Path("runs/baseline-elites")
    for name in ("elites", "order", "changes"):
        pd.testing.assert_frame_equal(
            pd.read_csv(folder / f"{name}.csv"), pd.read_parquet(folder / f"{name}.parquet"), check_dtype=False
        )
    assert (folder / "elites.png").is_file() and (folder / "elites.svg").is_file()
    again = spsim.elites(load("baseline", SMALL), replicates=2, out=folder, workers=1)
    assert "Elites beside UN votes" in repr(again) and "Kyrgyzstan" in again._repr_html_()
    assert again.plot().axes
    assert again.basis == "2 replicates, so chance only" and again.basis in result.stdout
    shares = spsim.elites(load("baseline", SMALL), replicates=4, out=folder, workers=1)
    assert shares.basis == "2 parameter sets of the ensemble in 4 replicates, so chance and parameters"
    assert shares.basis in " ".join(text.get_text() for text in shares.plot().texts)
    assert len(Path(folder / "log.jsonl").read_text().splitlines()) == 5, "nothing is run twice"
    other = CliRunner().invoke(app, [*arguments, "--parameters", "defaults", "--out", "defaults"])
    assert other.exit_code == 0, other.output
    first = pd.read_csv(folder / "elites.csv")["alignment_median"]
    assert not first.equals(pd.read_csv("defaults/elites.csv")["alignment_median"]), "another set of parameters"
