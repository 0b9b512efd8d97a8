"""Scenarios and data in and out: the page gives what ``spsim run`` gives, to the last bit."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from small import small
from typer.testing import CliRunner

from spsim import api
from spsim.app import files, levers
from spsim.app.session import Session
from spsim.cli.app import app
from spsim.config import LEVERS, ConfigError, load_text, shipped_scenarios
from spsim.experiments.directory import scenario_text

BROKEN = Path(__file__).parents[1] / "broken"


@pytest.fixture(scope="module")
def edited() -> Session:
    """A session in which a visitor has pulled levers at several dates."""
    session = Session(small("levers: [{lever: local_hiring_floor, from: 2016-06, to: 0.9, ramp_years: 1}]\n"))
    session.step(4)
    session.pull("scholarships", "CN", 3.0)
    session.pull("media_budget", "RU", 0.2)
    session.year()
    session.pull("contract_transparency", "", 0.8)
    session.pull("scholarships", "CN", 1.0)
    session.step(7)
    session.pull("local_hiring_floor", "", 0.1)
    session.step(1000)
    assert session.view.message == ""
    return session


def test_the_downloaded_scenario_gives_the_numbers_of_the_page(edited: Session, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(files.scenario_file(edited.view.snapshot), encoding="utf-8")
    command = ["run", str(path), "--replicates", "1", "--workers", "1", "--csv", "--no-figures", "--out",
               str(tmp_path / "run")]
    assert CliRunner().invoke(app, command).exit_code == 0
    for table in files.TABLES:
        written = (tmp_path / "run" / f"{table}.csv").read_text(encoding="utf-8")
        assert files.data_file(edited.view.snapshot, table) == written, table


def test_the_data_so_far_are_the_first_rows_of_the_run() -> None:
    session = Session(small(end="2016-06"))
    session.step(5)
    now = session.view.snapshot
    whole = api.run(small(end="2016-06"), replicates=1, workers=1).tables
    for table in files.TABLES:
        rows = files.data_file(now, table).splitlines()[1:]
        full = whole[table][whole[table]["date"] <= "2015-06-01"]
        assert rows == full.to_csv(index=False, date_format="%Y-%m-%d").splitlines()[1:], table


@pytest.mark.parametrize("table", files.TABLES)
def test_there_are_data_before_the_first_step(table: str) -> None:
    head, *rows = files.data_file(Session(small()).view.snapshot, table).splitlines()
    assert "country" in head.split(",") and (not rows if table == "channels" else rows)


def test_what_was_downloaded_can_be_uploaded(edited: Session) -> None:
    text = files.scenario_file(edited.view.snapshot)
    again = files.uploaded(text.encode(), "mine.yaml").scenario
    assert scenario_text(again) == text
    assert [(s.lever, s.from_, s.to) for s in again.levers] == [
        ("local_hiring_floor", "2016-06", 0.9), ("scholarships", "2015-06", 3.0), ("media_budget", "2015-06", 0.2),
        ("contract_transparency", "2016-06", 0.8), ("scholarships", "2016-06", 1.0),
        ("local_hiring_floor", "2017-01", 0.1),
    ]


def extends_a_file(path: Path) -> bool:
    """Tell whether a broken file extends one that stands beside it, which an upload does not bring along."""
    found = re.search(r"^extends: (\S+)", path.read_bytes().decode("utf-8", "replace"), re.MULTILINE)
    return found is not None and found[1] not in shipped_scenarios()


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_broken_upload_gets_the_message_of_check(path: Path) -> None:
    with pytest.raises(ConfigError) as found:
        files.uploaded(path.read_bytes(), path.name)
    if extends_a_file(path):
        assert all(problem.place.origin == path.name or problem.allowed for problem in found.value.problems)
    else:
        assert str(found.value) == path.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("parent", ["/etc/passwd", "../secret.yaml", "here.yaml", "C:\\\\x.yaml"])
def test_an_upload_reads_no_file_of_the_server(parent: str) -> None:
    text = f"schema: 1\nname: mine\ntitle: Mine\nextends: '{parent}'\n"
    with pytest.raises(ConfigError, match="allowed: the name of a shipped scenario") as found:
        files.uploaded(text.encode(), "mine.yaml")
    assert found.value.problems[0].place.line == 4


def test_an_upload_names_no_data_file_of_the_server() -> None:
    text = "schema: 1\nname: mine\ntitle: Mine\nextends: ../other.yaml\ndata: /etc/passwd\n"
    with pytest.raises(ConfigError, match="a file that does not come along; allowed: the rows themselves") as found:
        files.uploaded(text.encode(), "mine.yaml")
    assert [(each.key, each.place.line) for each in found.value.problems] == [("extends", 4), ("data", 5)]


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(ConfigError, match="larger than 1,000,000 bytes"):
        files.uploaded(b"#" * 1_000_001, "big.yaml")


def test_levers_stand_where_the_scenario_has_them() -> None:
    scenario = small("levers: [{lever: local_hiring_floor, countries: [KZ], from: 2016-01, to: 0.5},"
                     " {lever: scholarships, power: CN, from: 2016-01, to: 6}]\n")
    values = levers.paths(scenario)
    early, late = ({row.key: row for row in levers.rows(scenario, values, step)} for step in (0, 11))
    assert early["scholarships.CN"].value == 1 and late["scholarships.CN"].value == 6 == late["scholarships.CN"].high
    assert late["scholarships.RU"].value == 1
    assert late["local_hiring_floor"].value == pytest.approx(0.1) and "mean" in late["local_hiring_floor"].about
    assert 0 < early["openness"].value < 0.5
    last = levers.rows(scenario, values, 35)
    assert all(row.low <= row.value <= row.high for row in last)


def test_every_lever_has_unit_badge_and_source() -> None:
    for row in levers.rows(small(), levers.paths(small()), 0):
        assert row.badge.startswith(("seed · ", "literature · ")) and row.source and row.about, row
        assert row.low == LEVERS[row.lever].low and row.high <= LEVERS[row.lever].high


def test_a_lever_at_its_base_changes_nothing() -> None:
    moved, still = Session(small(end="2016-06")), Session(small(end="2016-06"))
    for row in levers.rows(small(), levers.paths(small()), 0):
        if row.lever not in {"openness"}:  # there the countries differ, and the slider sets one value for all
            moved.pull(row.lever, row.power, row.value)
    moved.step(20)
    still.step(20)
    assert moved.view.message == ""
    one, other = (pd.DataFrame(s.view.snapshot.record.opinion.reshape(18, -1)) for s in (moved, still))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_the_edited_scenario_passes_check(edited: Session, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(files.scenario_file(edited.view.snapshot), encoding="utf-8")
    assert CliRunner().invoke(app, ["check", str(path)]).exit_code == 0
    assert load_text(path.read_text(encoding="utf-8")).scenario.name == "small-edited"
