"""Scenarios are edited into other ones, and never change themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import spsim
from spsim.cli.app import app
from spsim.config import ConfigError, LeverSetting, Place, Resolved, load_text, month_text

BASELINE = spsim.load("baseline")
FILE = "schema: 1\nname: mine\ntitle: A title\nextends: baseline\nparameters: {threat_decay: 0.5}\n"

EDITS: dict[str, st.SearchStrategy[Any]] = {
    "threat_decay": st.floats(0.1, 2),
    "anchor_rate": st.floats(0.2, 1.5),
    "investment": st.fixed_dictionaries({"CN": st.floats(0, 3)}),
    "investment.RU": st.floats(0, 3),
    "local_hiring_floor": st.floats(0, 1),
    "citizens": st.integers(200, 500),
    "start": st.integers(2004 * 12, 2015 * 12).map(month_text),
    "events.xinjiang.active": st.booleans(),
    "mechanisms": st.fixed_dictionaries({"diplomacy": st.sampled_from(["on", "off"])}),
}


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    keys = draw(st.lists(st.sampled_from(sorted(EDITS)), min_size=2, max_size=4, unique=True))
    return {key: draw(EDITS[key]) for key in keys}


@given(edits())
def test_an_edit_leaves_the_original_alone(values: dict[str, Any]) -> None:
    before, history = BASELINE.scenario.model_dump_json(), {key: list(v) for key, v in BASELINE.history.items()}
    edited = BASELINE.with_(values)
    assert edited is not BASELINE
    assert BASELINE.scenario.model_dump_json() == before
    assert dict(BASELINE.history) == history and BASELINE.edits == ()


@given(edits(), st.randoms(use_true_random=False))
def test_the_order_of_independent_edits_does_not_matter(values: dict[str, Any], random: Any) -> None:
    keys = list(values)
    random.shuffle(keys)
    one = other = BASELINE
    for key, value in values.items():
        one = one.with_({key: value})
    for key in keys:
        other = other.with_({key: values[key]})
    assert one.scenario == other.scenario == BASELINE.with_(values).scenario


def test_the_last_of_two_edits_of_one_value_holds_and_both_are_remembered() -> None:
    found = BASELINE.with_(threat_decay=0.4).with_(threat_decay=1.2, citizens=300)
    assert (found.scenario.parameters.threat_decay, found.scenario.run.citizens) == (1.2, 300)
    assert [setting.value for setting in found.history["threat_decay"]][-2:] == [0.4, 1.2]
    assert found.history["threat_decay"][-1].place == Place("with_(threat_decay)")
    assert found.history["run.citizens"][-1].place == Place("with_(citizens)")


def test_levers_are_pulled_from_a_month() -> None:
    found = BASELINE.with_(investment={"CN": 2.0}, from_="2026-01", until=2030, ramp_years=2)
    assert found.scenario.levers[len(BASELINE.scenario.levers) :] == [
        LeverSetting(lever="investment", power="CN", to=2.0, from_="2026-01", until="2030-01", ramp_years=2.0)
    ]
    assert BASELINE.with_(investment={"CN": 2.0}).scenario.levers[-1].from_ == BASELINE.scenario.run.start


def test_the_start_of_a_later_edit_holds_for_the_levers_of_an_earlier_one() -> None:
    found = BASELINE.with_(local_hiring_floor=0.5).with_(start="2018-01")
    assert found.scenario.levers[-1].from_ == "2018-01"


def test_a_scenario_gets_another_name_and_remembers_where_it_comes_from() -> None:
    found = BASELINE.with_(name="mine", title="My question")
    assert (found.scenario.name, found.scenario.title) == ("mine", "My question")
    assert found.scenario.lineage == ["baseline", "mine"]
    assert BASELINE.with_(title="Other words").scenario.lineage == ["baseline"]


@pytest.mark.parametrize("source", [BASELINE, load_text(FILE), spsim.load("local-hiring-90", citizens=300)])
def test_files_texts_and_settings_can_be_edited(source: Resolved) -> None:
    found = source.with_({"heritage_weight.RU": 0.3}, mechanisms={"diplomacy": "off"})
    assert found.scenario.parameters.heritage_weight["RU"] == 0.3
    assert found.scenario.mechanisms["diplomacy"] == "off"
    assert found.scenario.run == source.scenario.run
    assert found.scenario.parameters.threat_decay == source.scenario.parameters.threat_decay


def test_mistakes_are_those_of_a_file_and_come_together() -> None:
    with pytest.raises(ConfigError) as error:
        BASELINE.with_(threat_decai=0.4, anchor_rate=99, investment={"CN": 99}, name="No Name")
    said = [str(problem) for problem in error.value.problems]
    assert len(said) == 4
    assert any("did you mean 'threat_decay'" in line for line in said)
    assert any(line.startswith("with_(anchor_rate)") and "99" in line for line in said)
    assert any("small letters" in line for line in said)


def test_keys_may_say_where_they_belong() -> None:
    found = BASELINE.with_({"run.citizens": 300, "parameters.threat_decay": 0.4, "levers.openness": 0.5})
    assert found.scenario == BASELINE.with_(citizens=300, threat_decay=0.4, openness=0.5).scenario


def test_a_month_without_a_lever_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="only a lever is pulled from a month"):
        BASELINE.with_(threat_decay=0.4, from_="2026-01")


def test_what_the_user_does_with_the_values_later_changes_nothing() -> None:
    values = {"investment": {"CN": 2.0}}
    found = BASELINE.with_(values)
    values["investment"]["CN"] = 9.0
    assert found.with_(citizens=300).scenario.levers[-1].to == 2.0


OWN = """\
schema: 1
name: mine
title: Own data and a channel
extends: baseline
run: {powers: [CN, RU, TR]}
data:
  - {power: TR, variable: membership, country: KZ, year: 2010, value: 1, source: a treaty}
  - {power: TR, variable: membership, country: KZ, year: 2015, value: 0.5, source: a treaty}
  - {power: TR, variable: budget_culture, year: 2004, value: 0.5, source: assumption}
channels:
  remittances: {shift: {RU: 0.4}}
"""


def test_own_data_and_channels_are_among_the_differences() -> None:
    grids = {grid.caption: [list(row) for row in grid.rows] for grid in load_text(OWN, "mine.yaml").grids()}
    assert grids["Own channels, where baseline has another value"] == [
        ["remittances", "mine.yaml:11", "off", "on"], ["remittances.shift.RU", "mine.yaml:11", "–", "0.4"],
    ]
    assert grids["Own data, which the shipped tables lack"] == [
        ["TR", "membership", "KZ", "mine.yaml:8", "a treaty", "2010: 1, 2015: 0.5"],
        ["TR", "budget_culture", "all", "mine.yaml:9", "assumption", "2004: 0.5"],
    ]


def test_settings_of_an_own_channel_are_reached_by_their_key() -> None:
    mine = load_text(OWN, "mine.yaml", {"channels.remittances.shift.RU": 0.7})
    assert mine.scenario.channels == {"remittances": {"shift": {"RU": 0.7}}}
    assert str(mine.history["channels.remittances.shift.RU"][-1].place) == "--set channels.remittances.shift.RU"
    more = mine.with_(channels={"remittances": {"elite_part": 0.5}})
    assert more.scenario.channels == {"remittances": {"shift": {"RU": 0.7}, "elite_part": 0.5}}
    assert mine.scenario.channels == {"remittances": {"shift": {"RU": 0.7}}}


@pytest.mark.parametrize(("key", "value", "said"), [
    ("channels.remitances.shift.RU", 1, "no such channel; allowed: remittances; did you mean 'remittances'"),
    ("channels.remittances", 1, "names no setting of a channel; allowed: a key such as channels.remittances.SETTING"),
])
def test_mistakes_about_own_channels(key: str, value: float, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_text(OWN, "mine.yaml", {key: value})
    with pytest.raises(ConfigError, match="switches on no such channel; allowed: a channel that stands under"):
        BASELINE.with_({"channels.remittances.shift.RU": 1.0})


def test_check_shows_own_data_and_channels(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN, encoding="utf-8")
    found = CliRunner().invoke(app, ["check", str(path), "--set", "channels.remittances.elite_part=0.3"],
                               env={"COLUMNS": "160"})
    said = " ".join(found.output.split())
    assert found.exit_code == 0
    assert "3 recorded numbers about TR" in said and "own channels remittances" in said
    assert "data.TR.membership.KZ" in said and "2010: 1, 2015: 0.5" in said
    assert "channels.remittances.elite_part" in said and "channels.remittances.shift.RU" in said


@pytest.mark.parametrize(("key", "said"), [
    ("data.TR.membership.KZ", "2010 1 (a treaty), set by"), ("channels.remittances.shift.RU", "value 0.4"),
])
def test_explain_knows_own_data_and_channels(key: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN, encoding="utf-8")
    found = CliRunner().invoke(app, ["explain", str(path), key], env={"COLUMNS": "160"})
    assert found.exit_code == 0 and said in " ".join(found.output.split())
