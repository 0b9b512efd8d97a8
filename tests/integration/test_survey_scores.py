"""`spsim validate --surveys` from a small file to its tables, figure and words."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import spsim
from spsim.analysis.scoring import OBSERVED
from spsim.cli.app import app
from spsim.cli.scoring import print_scores
from spsim.config import ConfigError, load
from spsim.config.surveys import read_surveys
from spsim.data import load_pack
from spsim.experiments.survey_scores import Scores, Sizes, cautions, imposed_since, observed_table, score_table
from spsim.experiments.surveys import questions, second_sources
from spsim.viz import write_survey_scores

HEADER = "country,year,wave,group,power,measure,value,unit,survey,n,source_url,confidence,note"
POLLS = [
    ("KZ", 2006, "CN", "approve leadership", 41), ("KG", 2006, "CN", "approve leadership", 37),
    ("KZ", 2008, "CN", "approve leadership", 46), ("KG", 2014, "RU", "approve leadership", 79),
    ("KZ", 2015, "RU", "approve leadership", 70), ("KZ", 1999, "RU", "approve leadership", 72),
    ("UZ", 2008, "CN", "named main economic threat", 20),
]
TINY = Sizes(citizens=200, replicates=4)


def written(path: Path, polls: list[tuple[Any, ...]] = POLLS) -> Path:
    rows = [
        f"{country},{year},,all,{power},{measure},{value},%,Gallup World Poll,1000,https://example.org/{n},exact,"
        for n, (country, year, power, measure, value) in enumerate(polls)
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Scores:
    table = read_surveys(written(tmp_path_factory.mktemp("polls") / "kept.csv"))
    return score_table(table, "kept.csv", TINY, seed=3, workers=1)


def test_every_row_is_scored_or_told(scores: Scores) -> None:
    assert scores.rows["row"].tolist() == [0, 1, 2, 3, 4]
    assert set(OBSERVED) < set(scores.rows.columns)
    assert scores.rows["value"].tolist() == [41.0, 37.0, 46.0, 79.0, 70.0]
    assert (scores.rows["p05"] < scores.rows["p95"]).all()
    assert dict(zip(scores.uncovered["row"], scores.uncovered["reason"], strict=True)) == {
        5: "the model goes from 2004-01 to 2050-12", 6: "no instrument asks this",
    }


def test_calibration_rows_are_marked_and_left_out_of_the_second_total(scores: Scores) -> None:
    assert scores.rows["in_calibration"].tolist() == [False, False, False, True, False]
    overall = scores.overall.set_index("which")
    assert overall["rows"].to_dict() == {"all rows": 5, "rows not fitted to": 4}
    new = scores.rows[~scores.rows["in_calibration"]]
    assert overall.loc["rows not fitted to", "crps"] == pytest.approx(new["crps"].mean())
    assert overall["changes"].to_dict() == {"all rows": 1, "rows not fitted to": 1}
    told = cautions(scores.rows, scores.duels, scores.uncovered)
    assert "were set or fitted to: 1 of 5; on them the scores are no test" in told[0]


def test_naive_forecasts_rest_on_calibration_rows_only(scores: Scores) -> None:
    duels = scores.duels.set_index(["row", "forecast"])
    assert duels.loc[(4, "persistence"), "naive_median"] == 72.0
    assert duels.loc[(4, "persistence"), "basis"] == "72 in 2014"
    assert duels.loc[(3, "trend"), "by_crps"] == "no comparison possible"
    assert duels.loc[(2, "persistence"), "by_crps"] == "no comparison possible", "2006 of the same file is not known"
    first = scores.tally.set_index("forecast").loc["first possible"]
    assert first["wins"] + first["losses"] == first["compared"] == 2


def test_order_of_countries_is_that_of_one_question_and_year(scores: Scores) -> None:
    assert scores.order[["year", "power", "what", "polled"]].to_numpy().tolist() == [
        ["2006", "CN", "KG against KZ", -4.0]
    ]


def test_same_seed_same_scores(scores: Scores, tmp_path: Path) -> None:
    table = read_surveys(written(tmp_path / "kept.csv"))
    again = score_table(table, "kept.csv", TINY, seed=3, workers=2)
    for name, found in again.tables.items():
        pd.testing.assert_frame_equal(found, scores.tables[name], check_exact=True)


def test_a_figure_with_two_sources_is_scored_once(tmp_path: Path) -> None:
    """Kazakhstan on Russia in 2021 stands twice among the shipped rows, and a file may do the same."""
    shipped = questions(load_pack().surveys_table())[0]
    told = [(one.row, one.reason) for one in second_sources(shipped)]
    assert told == [(51, "a second source for the figure of row 5")]
    file = written(tmp_path / "twice.csv", [POLLS[3], POLLS[3], ("KG", 2014, "RU", "approve leadership", 78)])
    first, *rows = file.read_text(encoding="utf-8").splitlines()
    rows = [row.replace("2014,,", f"2014,as paper {n} says,") for n, row in enumerate(rows)]
    file.write_text("\n".join([first, *rows]), encoding="utf-8")
    found = score_table(read_surveys(file), "twice.csv", Sizes(citizens=200, replicates=2), seed=3, workers=1)
    assert found.rows["row"].tolist() == [0, 2], "another figure is another source"
    assert found.uncovered.to_numpy().tolist() == [
        [1, "KG 2014, RU: approval (Gallup)", "a second source for the figure of row 0"]
    ]
    compared = found.tally[found.tally["compared"] > 0]
    assert len(compared) and set(compared["better"]) == {"fitted to them, so no test"}


def test_an_imposed_event_between_two_polls_is_named() -> None:
    asked = {question.row: question for question in questions(load_pack().surveys_table())[0]}
    baseline, known = load("baseline").scenario, list(asked.values())
    named = {row: imposed_since(baseline, question, known) for row, question in asked.items()}
    assert named[7] == "ukraine-war", "Kazakhstan on Russia, 2021 to 2022"
    assert named[4] == "xinjiang", "a change in Kazakhstan's view of China, 2017 to 2018"
    assert named[5] == "", "from 2014 to 2021 it is a drift, which is a parameter"
    assert named[3] == "", "no earlier value"


def test_the_standard_error_is_that_of_sampling_alone() -> None:
    scenario = load("baseline").scenario
    asked = questions(load_pack().surveys_table())[0]
    table = observed_table(asked, scenario.parameters).set_index("row")
    # a design effect of 1.5, and 1000 interviews assumed
    assert table.loc[2, "se"] == pytest.approx(100 * (0.72 * 0.28 * 1.5 / 1000) ** 0.5)
    assert (table.loc[4, "first_year"], table.loc[4, "last_year"]) == (2018, 2018)
    exact = observed_table([dataclasses.replace(asked[0], standard_error=2.5)], scenario.parameters)
    assert exact["se"].tolist() == [pytest.approx(2.5)]


def test_a_file_that_no_instrument_covers_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "other.csv", POLLS[5:])
    with pytest.raises(ConfigError, match=r"none of its 2 rows can be scored: .*no instrument asks this \(1\)"):
        spsim.validate_surveys(file, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_prints_and_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    file = written(tmp_path / "kept.csv", POLLS[:3])
    result = CliRunner().invoke(
        app, ["validate", "--surveys", str(file), "--quick", "--replicates", "2", "--workers", "1"]
    )
    assert result.exit_code == 0, result.output
    assert "The model against 3 polled values of kept.csv" in result.stdout
    assert "KZ CN leadership: approval" in result.stdout
    assert "A quick look" in result.stdout
    folder = Path("runs/kept-scores")
    rows = pd.read_csv(folder / "rows.csv")
    assert rows["value"].tolist() == [41, 37, 46]
    assert (folder / "scores.png").stat().st_size > 10_000 and (folder / "scores.svg").exists()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["sizes"] == {"citizens": 300, "replicates": 2} and manifest["survey_file"] == "kept.csv"


def test_draws_from_priors_do_not_go_with_a_file(tmp_path: Path) -> None:
    file = written(tmp_path / "kept.csv")
    result = CliRunner().invoke(app, ["validate", "--surveys", str(file), "--draws", "3"])
    assert result.exit_code == 2
    assert "--draws: got '3'; allowed: only without --surveys" in result.stderr


@pytest.mark.parametrize("width", [80, 120])
def test_what_is_printed_fits(
    width: int, scores: Scores, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    print_scores(scores)
    out = capsys.readouterr().out
    assert all(len(line) <= width for line in out.splitlines())
    text = " ".join(out.split())
    for word in ("persistence", "regional mean", "wins", "losses", "undetermined", "no comparison possible"):
        assert word in text
    assert "Not scored (2 rows)" in text


def test_the_figure_keeps_its_bytes_and_draws_one_power(scores: Scores, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_survey_scores(scores, "kept.csv", tmp_path / name)
    assert (tmp_path / "a/scores.svg").read_bytes() == (tmp_path / "b/scores.svg").read_bytes()
    result = spsim.SurveyScores("kept.csv", scores, tmp_path)
    texts = [text.get_text() for ax in result.plot(power="CN").axes for text in ax.texts]
    assert "China" in texts and "Russia" not in texts
    with pytest.raises(ConfigError, match="power"):
        result.plot(power="TR")
    assert "4 replicates of 200 citizens" in repr(result)
    assert "no comparison possible" not in repr(result) and "KZ CN leadership" in result._repr_html_()
