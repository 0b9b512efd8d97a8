"""`spsim validate` and `spsim ablate`: what they print, where they write, how they are stopped and go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spsim.cli.app import app
from spsim.cli.validating import print_verdicts
from spsim.experiments.validation.patterns import patterns
from spsim.experiments.validation.verdicts import MEANINGS, table

SMALL = ["--workers", "1"]
for _setting in ("citizens=200", "elites=4", "start=2015-01", "end=2016-12"):
    SMALL += ["--set", _setting]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")


def invoke(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output and "\x1b" not in result.output
    return result


def test_ablate_says_what_a_mechanism_contributes() -> None:
    arguments = ["ablate", "baseline", *SMALL, "--replicates", "2", "--mechanism", "heritage", "--mechanism", "hedging"]
    result = invoke(*arguments)
    lines = result.stdout.splitlines()
    assert lines[0] == "What each mechanism contributes in the region, mean of 2015-2016"
    assert all(len(line) <= 120 for line in lines)
    hedging = next(line for line in lines if line.startswith("hedging"))
    assert hedging.split() == ["hedging"] + ["none"] * 5
    assert any(line.startswith("heritage") for line in lines)
    assert lines[-1] == "Tables and figure are in runs/baseline-ablation"
    assert (Path("runs/baseline-ablation/contributions.parquet")).is_file()
    again = invoke(*arguments, "--country", "KZ")
    assert "in Kazakhstan" in again.stdout
    assert "run 6 of 6 (100 %)" in again.stderr and "run 1 of 6" not in again.stderr, "nothing is run twice"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--mechanism", "heritge"], "did you mean 'heritage'?"),
        (["--outcome", "aproval"], "did you mean 'approval'?"),
        (["--years", "2015 to 2016"], "--years: got '2015 to 2016'; allowed: a year or two, such as 2015-2024"),
        (["--years", "2040"], "years from 2004 to 2030"),
        (["--country", "XX"], "--country: got 'XX'; allowed: KZ, KG, TJ, TM, UZ, CA5 (the region)"),
    ],
)
def test_ablate_refuses_what_it_does_not_know(options: list[str], message: str) -> None:
    result = invoke("ablate", "baseline", *options, code=2)
    assert message in result.stderr
    assert not list(Path().iterdir())


def test_a_folder_of_another_experiment_is_refused() -> None:
    arguments = ["ablate", "baseline", *SMALL, "--replicates", "1", "--mechanism", "rents", "--out", "here"]
    invoke(*arguments)
    result = invoke(*arguments, "--seed", "7", code=1)
    assert "holds another experiment" in result.stderr and "choose another --out" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_validate_is_stopped_and_keeps_what_was_finished() -> None:
    command = [sys.executable, "-m", "spsim.cli", "validate", "--quick", "--workers", "2", "--out", "kept"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    log, deadline = Path("kept/log.jsonl"), time.monotonic() + 120
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.splitlines()[-1] == (
        "stopped; what was finished is kept: the same `spsim validate` goes on from there"
    )
    assert "Traceback" not in err
    assert len(log.read_text().splitlines()) >= 2


def _verdicts() -> Any:
    import pandas as pd

    rows, tries = [], (80.0, 46.0, 0.01, -0.05, 0.5, 1.0, -15.0, -20.0, 100.0, -1.5, 3.0)
    for number, pattern in enumerate(patterns()):
        inside = next(value for value in tries if pattern.passes(value))
        for kind, good in (("base", number % 5 > 0), ("prior", number % 2 > 0), ("without", False)):
            if kind != "without" or pattern.without:
                value = inside if good else float("nan")
                rows.append((kind, "", 0, pattern.id, value, pattern.passes(value)))
    return table(pd.DataFrame(rows, columns=["kind", "without", "number", "pattern", "value", "passed"]))


@pytest.mark.parametrize("width", [80, 120])
def test_verdicts_fit_and_say_what_they_mean(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    verdicts = _verdicts()
    print_verdicts(verdicts)
    out = capsys.readouterr().out
    assert all(len(line) <= width for line in out.splitlines())
    for name in verdicts["verdict"].unique():
        assert f"{name.capitalize()} ({(verdicts['verdict'] == name).sum()}): {MEANINGS[name]}" in " ".join(out.split())
    for pattern in patterns():
        assert pattern.id in out
