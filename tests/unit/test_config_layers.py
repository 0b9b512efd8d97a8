"""Layers of a scenario: what holds, who set it, what it overrides."""

import pickle
from pathlib import Path

import pytest

from spsim.config import ConfigError, RunSettings, load, load_text, parameter_table
from spsim.config.loading import shown
from spsim.ground.reading import parse_yaml

HEAD = "schema: 1\nname: {name}\ntitle: A test\n"


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a parent and its child, and return the child's file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parent.yaml").write_text(
        HEAD.format(name="parent") + "extends: baseline\n"
        "parameters:\n  anchor_rate: 0.5\n  base:\n    CN: {KZ: 0.10, KG: 0.11}\n"
        "levers:\n  - {lever: budget, power: CN, from: 2026-01, to: 2.0}\n"
        "run: {seed: 5, citizens: 500}\n"
    )
    child = tmp_path / "child.yaml"
    child.write_text(
        HEAD.format(name="child") + "extends: parent\n"
        "parameters:\n  base: {CN: {KZ: 0.12}}\n"
        "levers:\n  - {lever: budget, power: CN, from: 2028-01, to: 3.0}\n"
        "events:\n  - {name: ukraine-war, active: false}\n"
        "run: {seed: 6}\n"
    )
    return child


def origins(resolved, key):
    return [str(setting.place) for setting in resolved.history[key]]


def test_highest_layer_holds(family):
    scenario = load(family).scenario
    assert scenario.name == "child"
    assert scenario.lineage == ["baseline", "parent", "child"]
    assert scenario.parameters.base["CN"] == {**parameter_table()["base"][2]["CN"], "KZ": 0.12, "KG": 0.11}
    assert scenario.parameters.base["RU"] == parameter_table()["base"][2]["RU"]
    assert (scenario.parameters.anchor_rate, scenario.run.seed, scenario.run.citizens) == (0.5, 6, 500)
    assert scenario.run.elites == RunSettings().elites


def test_history_knows_file_and_line_of_every_setting(family):
    resolved = load(family, {"base.CN.KZ": 0.13})
    assert origins(resolved, "base.CN.KZ") == ["parent.yaml:8", "child.yaml:6", "--set base.CN.KZ"]
    assert [setting.value for setting in resolved.history["base.CN.KZ"]] == [0.10, 0.12, 0.13]
    assert origins(resolved, "base.CN.KG") == ["parent.yaml:8"]
    assert origins(resolved, "run.seed") == ["parent.yaml:11", "child.yaml:11"]
    assert "anchor_rate" in resolved.history and "gate_base" not in resolved.history
    assert resolved.origin == "child.yaml"


def test_levers_add_up_and_events_merge_by_name(family):
    resolved = load(family)
    assert [setting.to for setting in resolved.scenario.levers] == [2.0, 3.0]
    assert origins(resolved, "levers.budget") == ["parent.yaml:10", "child.yaml:8"]
    war = next(event for event in resolved.scenario.events if event.name == "ukraine-war")
    assert not war.active and war.weights == "war_memory" and war.kind == "memory"
    assert "ukraine-war" not in {event.name for event in resolved.scenario.acting_events}
    assert resolved.history["events.ukraine-war"][-1].value == {"name": "ukraine-war", "active": False}
    assert origins(resolved, "events.ukraine-war")[1] == "child.yaml:10"


def test_overrides_reach_every_kind_of_key():
    resolved = load(
        "baseline",
        {
            "anchor_rate": 0.6,
            "parameters.backlash": 0.1,
            "base": {"CN": {"UZ": 0.2}},
            "run.seed": 9,
            "citizens": 300,
            "scholarships.CN.KZ": 2,
            "levers.openness": {"UZ": 0.5},
            "opacity": 0.3,
            "events.ukraine-war.active": False,
        },
    )
    scenario = resolved.scenario
    assert (scenario.parameters.anchor_rate, scenario.parameters.backlash) == (0.6, 0.1)
    assert scenario.parameters.base["CN"]["UZ"] == 0.2
    assert (scenario.run.seed, scenario.run.citizens) == (9, 300)
    assert [(s.lever, s.power, s.countries, s.to) for s in scenario.levers] == [
        ("scholarships", "CN", ["KZ"], 2),
        ("openness", None, ["UZ"], 0.5),
        ("opacity", None, None, 0.3),
    ]
    assert scenario.forced == ["opacity"]
    assert "ukraine-war" not in {event.name for event in scenario.acting_events}


def test_lever_of_the_command_line_acts_from_the_start_whatever_the_order():
    for overrides in ({"start": "2010-01", "budget.CN": 2}, {"budget.CN": 2, "start": "2010-01"}):
        assert load("baseline", overrides).scenario.levers[0].from_ == "2010-01"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "basee",
            1,
            "--set basee: basee: there is no such key; allowed: a parameter, lever, mechanism or run setting; "
            "did you mean 'base'?",
        ),
        ("base.CN.KZ", 9, "--set base.CN.KZ: base.CN.KZ: got 9; allowed: a number from -1 to 1"),
        ("citizens", 3, "--set citizens: run.citizens: got 3; allowed: at least 200"),
        (
            "scholarships",
            2,
            "--set scholarships: levers.scholarships.power: whose lever? the power is missing; allowed: CN, RU",
        ),
        (
            "events.ukrain-war.active",
            False,
            "--set events.ukrain-war.active: events.ukrain-war.active: there is no such key; "
            "allowed: a parameter, lever, mechanism or run setting; did you mean 'events.ukraine-war'?",
        ),
    ],
)
def test_wrong_override_is_one_problem(key, value, message):
    with pytest.raises(ConfigError) as caught:
        load("baseline", {key: value})
    assert str(caught.value) == message


def test_unknown_key_of_an_event_lists_the_keys_of_events():
    with pytest.raises(ConfigError, match=r"allowed: name, title, kind, powers"):
        load("baseline", {"events.ukraine-war.colour": "red"})


def test_problems_of_all_layers_come_at_once(family):
    family.write_text(family.read_text() + "colour: red\n")
    with pytest.raises(ConfigError) as caught:
        load(family, {"citizens": 3, "anchor_rate": "fast"})
    first, *rest = (str(problem.place) for problem in caught.value.problems)
    assert (first, set(rest)) == ("child.yaml:12", {"--set citizens", "--set anchor_rate"})


def test_problems_do_not_depend_on_the_hash_seed():
    text = (
        HEAD.format(name="x") + "extends: baseline\nrun: {countries: [KZ]}\nlevers:\n"
        "  - {lever: openness, countries: [UZ, TM, TJ, KG], from: 2026-01, to: 0.5}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    assert [problem.message[:2] for problem in caught.value.problems] == ["UZ", "TM", "TJ", "KG"]


def test_merge_keys_and_anchors_are_read():
    text = (
        HEAD.format(name="x") + "extends: baseline\nparameters:\n  base:\n    CN: &half {KZ: 0.1, KG: 0.1}\n"
        "    RU:\n      <<: *half\n      KZ: 0.2\n"
    )
    scenario = load_text(text).scenario
    assert (scenario.parameters.base["RU"]["KZ"], scenario.parameters.base["RU"]["KG"]) == (0.2, 0.1)


def test_words_of_yaml_1_1_stay_words_and_years_become_months():
    text = HEAD.format(name="x") + "extends: baseline\nquestion: no\nrun: {start: 2010, end: 2020-06}\n"
    scenario = load_text(text).scenario
    assert (scenario.question, scenario.run.start, scenario.run.end) == ("no", "2010-01", "2020-06")


def test_byte_order_mark_is_harmless(tmp_path):
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD.format(name="x") + "extends: baseline\r\n").encode())
    assert load(path).scenario.name == "x"


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match="this is a directory"):
        load(f"{tmp_path}/")


def test_paths_are_shown_the_same_on_every_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a" / ".." / "b.yaml") == "b.yaml"
    assert origins(load("baseline"), "events.kabul")[0].startswith("spsim/scenarios/baseline.yaml:")


def test_an_error_survives_the_way_from_a_worker() -> None:
    """Exceptions travel between processes by pickle."""
    with pytest.raises(ConfigError) as caught:
        load("baseline", {"anchor_rate": 99.0, "citizens": 3})
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.problems == caught.value.problems


def test_a_mapping_that_is_all_merged_is_read() -> None:
    assert parse_yaml("a: &x {b: 1}\nc:\n  <<: *x\n", "mine").content == {"a": {"b": 1}, "c": {"b": 1}}


def test_values_nested_without_end_are_refused() -> None:
    with pytest.raises(ConfigError, match="mine: the values are nested too deeply"):
        parse_yaml(f"a: {'[' * 3000}", "mine")
