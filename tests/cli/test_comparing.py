"""`spsim compare`: what it prints, when it says that it does not know, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spsim.cli.app import app
from spsim.display import difference

SMALL = ["--workers", "1"]
for _setting in ("citizens=200", "elites=4", "start=2024-01", "end=2028-12", "parameters=defaults"):
    SMALL += ["--set", _setting]


@pytest.fixture(autouse=True, params=[80, 120])
def width(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def invoke(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output and "\x1b" not in result.output
    return result


def test_compare_prints_differences_by_country(width: int) -> None:
    result = invoke("compare", "baseline", "publish-contracts", *SMALL, "--replicates", "3", "--years", "2027-2028")
    lines = result.stdout.splitlines()
    assert "publish-contracts minus baseline, mean of 2027-2028" in lines
    assert all(len(line) <= width for line in lines)
    tajikistan = next(line for line in lines if line.startswith("Tajikistan"))
    assert "+" in tajikistan.split()[1], "published contracts raise approval of China"
    assert "under 0.01" in tajikistan, "and leave that of Russia alone"
    assert sum(line.startswith("Turkmenistan* ") for line in lines) == 1, "what nobody can check has a star"
    text = " ".join(result.stdout.split())
    assert "Turkmenistan*: no opinion data exist to set or check the model; illustration only." in text
    assert "95 % interval of the mean over 3 replicates" in text
    assert "Common draws save a factor of" in text
    assert lines[-1] == "Tables and figure are in runs/baseline-and-publish-contracts"


def test_compare_runs_until_it_is_sharp_enough() -> None:
    result = invoke("compare", "baseline", "publish-contracts", *SMALL, "--replicates", "2", "--half-width", "0.0001",
                    "--most", "5", "--outcome", "approval", "--country", "TJ")
    assert "over 5 replicates" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["baseline"], "compare: got 1 scenario; allowed: two or more"),
        (["baseline", "baseline"], "baseline stands twice"),
        (["baseline", "nothing-such"], "there is no scenario of this name"),
        (["baseline", "publish-contracts", "--outcome", "aproval"], "did you mean 'approval'?"),
        (["baseline", "heritage-to-2050"], "they would share no draws"),
        (["baseline", "publish-contracts", "--country", "XX"], "--country: got 'XX'"),
        (["baseline", "publish-contracts", "--years", "2060"], "years from 2004 to 2030"),
    ],
)
def test_compare_refuses(arguments: list[str], message: str) -> None:
    assert message in " ".join(invoke("compare", *arguments, code=2).stderr.split())
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ({"sign": "none", "difference": 0.0, "low": 0.0, "high": 0.0}, "none"),
        ({"sign": "up", "difference": 0.002, "low": 0.001, "high": 0.003}, "under 0.01"),
        ({"sign": "undetermined", "difference": 0.2, "low": -0.1, "high": 0.5}, "undetermined\n−0.10..+0.50"),
        ({"sign": "down", "difference": -2.0, "low": -3.0, "high": -1.0}, "−2.00\n−3.00..−1.00"),
    ],
)
def test_a_cell_says_what_is_known(cell: dict[str, Any], text: str) -> None:
    assert difference(cell) == text
