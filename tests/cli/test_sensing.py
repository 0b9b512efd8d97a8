"""`spsim sensitivity`: what it prints and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spsim.cli.app import app

SMALL = ["baseline", "--workers", "1", "--years", "2005-2006", "--trajectories", "2", "--top", "2", "--base", "2",
         "--discovery-points", "30", "--outcome", "approval", "--power", "CN", "--discover", "approval>=45",
         "--vary", "heritage_level", "--vary", "threat_decay", "--vary", "demonstration_stance"]
for _setting in ("citizens=200", "elites=4", "pipeline_agents=1", "countries=[KZ, KG]", "start=2005-01", "end=2007-12"):
    SMALL += ["--set", _setting]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def invoke(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["sensitivity", *arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output and "\x1b" not in result.output
    return result


def test_it_says_what_moves_what_and_when_something_happens() -> None:
    result = invoke(*SMALL)
    said, lines = result.stdout, result.stdout.splitlines()
    assert result.stderr.splitlines()[0] == "3 factors, 106 runs of 200 citizens a country"
    assert "left" in result.stderr, "the rate, and the time that is left"
    assert lines[0] == "What moves outcomes in the region, mean of 2005-2006"
    assert all(len(line) <= 100 for line in lines[:-1])
    row = next(line for line in lines if line.startswith("heritage_level"))
    assert "data" in row and "−" in row, "a higher heritage lowers approval of China"
    assert "approval CN: chance makes" in said and "base points; for ±0.1 about" in said
    assert "When is approval.CN>=45?" in said and "of 30 points" in said
    assert "density" in said or "Nothing found" in said
    assert lines[-1] == "Tables and figures are in runs/baseline-sensitivity"
    again = invoke(*SMALL)
    assert again.stdout == said and "run 1 of" not in again.stderr, "nothing is run twice"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--vary", "threat_dekay"], "did you mean 'threat_decay'?"),
        (["--vary", "threat_decay=high"], "allowed: KEY, KEY=LOW..HIGH, or all"),
        (["--outcome", "aproval"], "did you mean 'approval'?"),
        (["--years", "2015 to 2016"], "--years: got '2015 to 2016'"),
        (["--country", "XX"], "--country: got 'XX'"),
        (["--power", "XX"], "power: got 'XX'; allowed: CN, RU"),
        (["--base", "48"], "base: got 48; allowed: a power of two, such as 32 or 64"),
        (["--discover", "approval"], "discover: got 'approval'"),
    ],
)
def test_it_refuses_what_it_does_not_know(options: list[str], message: str) -> None:
    assert message in invoke("baseline", "--vary", "threat_decay", *options, code=2).stderr
    assert not list(Path().iterdir())


def test_every_mistake_is_said_at_once() -> None:
    result = invoke("baseline", "--outcome", "aproval", "--power", "XX", "--base", "48", "--vary", "a-b", code=2)
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["outcome", "power", "base", "vary"]
