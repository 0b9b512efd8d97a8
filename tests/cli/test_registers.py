"""What `spsim claims` says of a claim, and `spsim explain` of what is in tension in the papers."""

import pytest
from typer.testing import CliRunner

from spsim.cli.app import app
from spsim.config import LEVERS, MECHANISMS, parameter_table
from spsim.data import load_pack

CLAIMS = load_pack().claims_table()


@pytest.fixture(autouse=True, params=["80", "120"])
def width(request, monkeypatch):
    monkeypatch.setenv("COLUMNS", request.param)
    return int(request.param)


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def words(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


def test_list_says_where_a_claim_is_or_why_it_is_not():
    out = words(invoke("claims"))
    assert all(f"{row.id} " in out for row in CLAIMS.itertuples())
    assert "labour_share" in out and "Tea ceremony" in out


def test_list_ends_with_how_many_are_tested(width):
    lines = invoke("claims").splitlines()
    implemented = (CLAIMS["status"] == "implemented").sum()
    assert lines[-1] == f"{implemented} of {implemented} implemented claims have tests; `spsim claims ID` names them"
    assert all(len(line) <= width for line in lines)


def test_one_claim_leads_to_parameters_levers_code_tests_and_tensions(width):
    out = invoke("claims", "c31")
    rows = [line.split(maxsplit=1) for line in out.splitlines()]
    default = parameter_table()["initial_foreign_labour"][2]["CN"]["KZ"]
    assert rows[0] == ["C31:", "Chinese staff share considerable, often up to 50 %"]
    assert f"parameter initial_foreign_labour = CN: KZ {default:g}," in words(out)
    assert "(share; seed)" in words(out)
    assert "lever local_hiring_floor: Least share of local labour in a power's projects." in words(out)
    assert ["code", "spsim.model.channels.investment"] in rows
    assert ["test", "tests/cases/hiring-locals.yaml"] in rows
    assert "papers I7: The share of Chinese staff is said to reach 50 % often." in words(out)
    assert "-> 50 % is read as an upper bound" in words(out)
    assert ["testable", "in part"] in rows
    assert all(len(line) <= width for line in out.splitlines())


@pytest.mark.parametrize("claim", CLAIMS["id"])
def test_every_claim_can_be_shown(claim, width):
    if width == 120:
        row = CLAIMS.set_index("id").loc[claim]
        out = words(invoke("claims", claim))
        assert words(row["reason"]) in out
        assert all(token.strip() in out for token in row["test"].split(";"))
        assert all(token.strip().rpartition(":")[2] in out for token in row["code"].split(";"))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("initial_foreign_labour", ["papers I7: The share of Chinese staff"]),  # by its number
        ("initial_foreign_labour.CN.KZ", ["papers I7: The share of Chinese staff"]),
        ("levers.foreign_labour_share", ["papers I6: Investment is said", "papers I7: The share of Chinese"]),
        ("levers.demand_support", []),
        ("give_up", ["papers I10: Education is said"]),  # by its claims alone
        ("anchor_rate", []),
    ],
)
def test_explain_shows_what_is_in_tension_in_the_papers(key, expected):
    out = words(invoke("explain", "baseline", key))
    assert all(text in out for text in expected)
    assert out.count(" papers I") == len(expected)
    assert out.count("->") == len(expected)


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 2, result.output
    return result.stderr


def test_mechanisms_are_listed_with_what_they_set():
    out = words(invoke("parameters", "--mechanisms"))
    assert all(name in out for name in MECHANISMS)
    assert f"{len(MECHANISMS)} mechanisms; in a scenario file: `mechanisms: {{social_influence: off}}`" in out
    assert "1 mechanism; " in invoke("parameters", "--mechanisms", "contagion")
    assert "there is none with 'nonsense'" in refused("parameters", "--mechanisms", "nonsense")


def test_a_mechanism_is_explained_with_its_parameters():
    out = words(invoke("explain", "baseline", "mechanisms.heritage"))
    assert "off sets heritage_weight to 0, gate_heritage to 0" in out
    assert "value on: its parameters say how strong" in out
    off = words(invoke("explain", "baseline", "mechanisms.heritage", "--set", "mechanisms.heritage=off"))
    assert "heritage_weight CN 0, RU 0" in off
    assert "did you mean 'mechanisms.heritage'?" in refused("explain", "baseline", "mechanisms.heritag")


@pytest.mark.parametrize("columns", [80, 100, 110, 120, 130, 140, 160])
@pytest.mark.parametrize("listed", ["--levers", "--mechanisms"])
def test_no_name_is_broken_at_any_width(listed, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = invoke("parameters", listed)
    assert all(len(line) <= columns for line in out.splitlines()[:-2])
    if listed == "--levers":
        texts = [f"{lever.name} {lever.base} {lever.description} {lever.source}" for lever in LEVERS.values()]
    else:
        texts = [f"{name} {known.description} {known.source} {' '.join(known.choices)}"
                 for name, known in MECHANISMS.items()]
        texts += [name for known in MECHANISMS.values() for values in known.options.values() for name in values]
    words_out = {word.strip(",:;") for word in out.split()}
    assert {word.strip(",:;") for text in texts for word in text.split()} <= words_out
