"""Every command that does not run the model."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spsim import __version__
from spsim.cli import main
from spsim.cli.app import app
from spsim.config import LEVERS, load, parameter_table, shipped_scenarios
from spsim.data import load_pack


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")


def invoke(*arguments: str, code: int = 0):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output and "\x1b" not in result.output
    return result


def test_version():
    assert invoke("--version").stdout == f"spsim {__version__}\n"


def test_main_returns_the_exit_code():
    assert main(["--version"]) == 0
    assert main(["check", "baseline"]) == 0
    assert main(["check", "basline"]) == 2
    assert main(["nonsense"]) == 2


def test_scenarios_lists_all_with_titles():
    out = invoke("scenarios").stdout
    assert all(name in out for name in shipped_scenarios())
    assert f"{len(shipped_scenarios())} scenarios" in out


@pytest.mark.parametrize("name", shipped_scenarios())
def test_check_accepts_every_shipped_scenario(name):
    out = invoke("check", name).stdout
    assert "The scenario is sound." in out


def test_check_says_lineage_difference_and_forced_states():
    Path("mine.yaml").write_text(
        "schema: 1\nname: mine\ntitle: Mine\nextends: baseline\nparameters: {anchor_rate: 0.5}\n"
        "levers:\n  - {lever: opacity, from: 2026-01, to: 0.2, hold: true}\n"
    )
    out = invoke("check", "mine.yaml", "--set", "base.CN.KZ=0.1").stdout
    assert "mine <- baseline" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["anchor_rate", "0.5", "0.7", "mine.yaml:5"] in rows
    assert ["base.CN.KZ", "0.1", "0.25", "--set", "base.CN.KZ"] in rows
    assert ["forced", "opacity"] in rows
    assert "land-protests, " in out and "events.land-protests" not in out


@pytest.mark.parametrize("setting", ["abc", "=1", "seed=", "seed=[1"])
def test_setting_that_is_none(setting):
    assert f"--set {setting}" in invoke("check", "baseline", "--set", setting, code=2).stderr


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("0.5", 0.5),
        ("no", "no"),
        ("false", False),
        ("[KZ, UZ]", ["KZ", "UZ"]),
        ("{CN: 1}", {"CN": 1}),
        ("2026-01", "2026-01"),
        ("a=b", "a=b"),
    ],
)
def test_values_are_yaml(text, value):
    from spsim.cli.terminal import parse_settings

    assert parse_settings([f"key={text}"]) == {"key": value}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("anchor_rate", ["anchor_rate", "per year", "U(0.2, 1.5)", "assumption", "the defaults"]),
        ("parameters.anchor_rate", ["anchor_rate"]),
        (
            "base.CN.KZ",
            ["0.13", "--set base.CN.KZ", "0.12 of mine.yaml:5", "0.25 of the defaults", "default ± 0.2", "data"],
        ),
        ("base.CN", ["KZ: --set base.CN.KZ"]),
        ("base.TR.KZ", ["0 (not listed: the neutral value)"]),
        ("run.citizens", ["4000", "the defaults", "a whole number from 200 to 30,000,000"]),
        ("citizens", ["run.citizens"]),
        ("levers.budget", ["to 2 for CN from 2026-01, set by mine.yaml:7", "C26"]),
        ("levers.opacity", ["no: it stays at its base", "labelled as forced"]),
        (
            "events.ukraine-war",
            ["mine.yaml:9: active no", "spsim/scenarios/baseline.yaml:", "imposed", "parameter war_memory"],
        ),
        ("data.gdp", ["2025-2050 grows by 3", "World Bank", "licence"]),
        ("data.gdp.KZ", ["recorded"]),
        ("data.gdp.KZ.2014", ["bn USD (2015)", "recorded    yes", "licence"]),
        ("data.gdp.KZ.2040", ["no, filled by a rule", "grows by"]),
        ("data.population.UZ.2030", ["no, a projection", "CC BY 3.0 IGO"]),
        ("data.budget_index.CN.media", ["assumption"]),
    ],
)
def test_explain_follows_a_value_to_its_source(key, expected):
    Path("mine.yaml").write_text(
        "schema: 1\nname: mine\ntitle: Mine\nextends: baseline\nparameters: {base: {CN: {KZ: 0.12}}}\n"
        "levers:\n  - {lever: budget, power: CN, from: 2026-01, to: 2}\n"
        "events:\n  - {name: ukraine-war, active: false}\n"
    )
    out = invoke("explain", "mine.yaml", key, "--set", "base.CN.KZ=0.13").stdout
    assert all(text in out for text in expected), out


@pytest.mark.parametrize("name", parameter_table())
def test_every_parameter_can_be_explained(name):
    known = parameter_table()[name][3]
    out = " ".join(invoke("explain", "baseline", name).stdout.split())
    assert known.evidence in out and " ".join(known.source.split()) in out


@pytest.mark.parametrize("name", load_pack().series)
def test_every_series_can_be_explained(name):
    assert "licence" in invoke("explain", "baseline", f"data.{name}").stdout


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("anchor_rat", "did you mean 'anchor_rate'?"),
        ("base.CN.XX", "there is no such key"),
        ("run.seeds", "run.seed"),
        ("anchor_rate.KZ", "there is no such key"),
        ("levers.scholarship", "levers.scholarships"),
        ("events.ukrain-war", "events.ukraine-war"),
        ("data.gpd", "allowed: gdp"),
        ("data.gdp.AF", "allowed: KZ"),
        ("data.gdp.KZ.1800", "allowed: 2000 to 2050"),
        ("data", "there is no such key"),
        ("", ""),
    ],
)
def test_explain_of_an_unknown_key(key, expected):
    if key:
        assert expected in invoke("explain", "baseline", key, code=2).stderr


def test_who_sets_a_value_vouches_for_it():
    """The badge of a number is that of its default: it says nothing of a value that a user has set."""
    own = invoke("explain", "baseline", "base.CN.KZ", "--set", "base.CN.KZ=0.5").stdout
    assert "badge of the default" in own and "source of the default" in own
    assert "of the default " not in invoke("explain", "baseline", "base.CN.KZ").stdout
    assert "of the default " not in invoke("explain", "baseline", "anchor_rate").stdout


def test_explain_without_key_lists_what_differs():
    out = invoke("explain", "double-scholarships", "--set", "seed=7").stdout
    assert "levers.scholarships" in out and "events.xinjiang" in out
    assert ["run.seed", "7", "1", "--set", "seed"] in [line.split() for line in out.splitlines()]


@pytest.mark.parametrize("parent", ["baseline", "double-scholarships"])
def test_new_writes_a_scenario_that_passes_check(parent):
    invoke("new", "my-idea", "--extends", parent)
    resolved = load("my-idea.yaml")
    assert resolved.scenario.lineage[-2:] == [parent, "my-idea"]
    assert "my-idea" in invoke("check", "my-idea.yaml").stdout


def test_new_never_overwrites_and_wants_a_proper_name():
    invoke("new", "mine")
    before = Path("mine.yaml").read_bytes()
    assert "exists already" in invoke("new", "mine", code=2).stderr
    assert Path("mine.yaml").read_bytes() == before
    assert "small letters" in invoke("new", "My Idea", code=2).stderr
    assert "shipped with spsim" in invoke("new", "baseline", code=2).stderr
    assert not Path("baseline.yaml").exists()
    assert "did you mean 'mine.yaml'" in invoke("check", "mine", code=2).stderr
    assert "did you mean 'baseline'" in invoke("new", "other", "--extends", "basline", code=2).stderr
    assert not Path("other.yaml").exists()


def test_new_in_another_folder_finds_its_parent_file():
    invoke("new", "parent")
    invoke("new", "child", "--extends", "./parent.yaml", "--out", "deep/er/child.yaml")
    assert load("deep/er/child.yaml").scenario.lineage == ["baseline", "parent", "child"]


def test_parameters_and_levers():
    out = invoke("parameters").stdout
    assert all(name in out for name in parameter_table())
    share = sum(row[3].evidence == "assumption" for row in parameter_table().values()) / len(parameter_table())
    assert f"share of assumptions {share:.0%}".replace("%", " %") in out
    assert "anchor_rate" not in invoke("parameters", "threat").stdout
    assert "there is none with 'phlogiston'" in invoke("parameters", "phlogiston", code=2).stderr
    assert all(name in invoke("parameters", "--levers").stdout for name in LEVERS)


def test_claims():
    claims = load_pack().claims_table()
    out = invoke("claims").stdout
    assert f"{len(claims)} claims: " in out and "implemented" in out
    first = claims.iloc[0]
    assert first["id"] in invoke("claims", first["id"].lower()).stdout
    assert "there is none with" in invoke("claims", "Z99", code=2).stderr


def test_sources_and_inconsistencies():
    pack = load_pack()
    assert all(identity in invoke("sources").stdout for identity in pack.sources_table()["id"])
    assert "CC BY 3.0 IGO" in invoke("sources", "wpp2024").stdout
    assert "I1" in invoke("sources", "--inconsistencies").stdout
    assert "did you mean 'wpp2024'" in invoke("sources", "wpp2023", code=2).stderr


def test_schema_is_json():
    assert json.loads(invoke("schema").stdout)["title"] == "spsim scenario"
    invoke("schema", "--out", "schema.json")
    assert json.loads(Path("schema.json").read_text(encoding="utf-8"))["title"] == "spsim scenario"


def test_folder_that_cannot_be_written_exits_1():
    Path("file").write_text("")
    for arguments in (["new", "mine", "--out", "file/mine.yaml"], ["schema", "--out", "file/schema.json"]):
        assert "cannot be written" in invoke(*arguments, code=1).stderr


def test_debug_shows_the_traceback():
    result = CliRunner().invoke(app, ["check", "nowhere.yaml", "--debug"])
    assert result.exit_code == 2
    assert "Traceback" in result.stderr and result.stderr.endswith("nowhere.yaml: there is no such file\n")
