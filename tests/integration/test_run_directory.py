"""A run's directory: complete, the same for the same seed, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import spsim
from spsim.analysis.tables import UNITS
from spsim.config import SetupError, load
from spsim.experiments import directory

TINY = {"citizens": 200, "elites": 5, "replicates": 2, "end": "2005-06", "pipeline_agents": 2}


@pytest.fixture(scope="module")
def result() -> spsim.RunResult:
    return spsim.run(load("baseline", TINY), workers=1)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def test_directory_holds_tables_manifest_and_scenario(result: spsim.RunResult, tmp_path: Path) -> None:
    out = result.save(tmp_path / "run", csv=True, figures=False)
    assert {path.stem for path in out.glob("*.parquet")} == set(UNITS) == {path.stem for path in out.glob("*.csv")}
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["seed"] == 1 and manifest["replicates"] == 2 and manifest["spsim"] == spsim.__version__
    assert manifest["imposed_events"] and all(row["licence"] for row in manifest["data"].values())
    opinion = pd.read_parquet(out / "opinion.parquet")
    assert list(opinion.columns) == [
        "replicate",
        "date",
        "country",
        "group",
        "power",
        "affect",
        "affect_sd",
        "approval",
        "disapproval",
        "no_opinion",
    ]
    assert (opinion["date"].dt.day == 1).all()
    csv = pd.read_csv(out / "opinion.csv", parse_dates=["date"])
    pd.testing.assert_series_equal(csv["affect"], opinion["affect"])
    assert list(tmp_path.iterdir()) == [out], "nothing temporary is left"


def test_resolved_scenario_runs_again_to_the_same_bytes(result: spsim.RunResult, tmp_path: Path) -> None:
    first = result.save(tmp_path / "first", figures=False)
    again = spsim.run(load(first / "scenario.yaml"), workers=1).save(tmp_path / "second", figures=False)
    assert files(first) == files(again) and files(first)


def test_two_workers_write_the_same_bytes_as_one(result: spsim.RunResult, tmp_path: Path) -> None:
    two = spsim.run(load("baseline", TINY), workers=2).save(tmp_path / "two", figures=False)
    assert files(two) == files(result.save(tmp_path / "one", figures=False))


def test_another_seed_gives_other_numbers(result: spsim.RunResult) -> None:
    other = spsim.run(load("baseline", TINY), seed=2, workers=1)
    assert not other.tables["opinion"]["affect"].equals(result.tables["opinion"]["affect"])


def test_an_existing_directory_is_not_touched(result: spsim.RunResult, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(SetupError, match="exists already"):
        result.save(tmp_path / "mine", figures=False)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_full_disk_leaves_nothing_and_says_so(
    result: spsim.RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(directory.pq, "write_table", full)
    with pytest.raises(SetupError, match="no space left"):
        result.save(tmp_path / "run", figures=False)
    assert list(tmp_path.iterdir()) == []


def test_interrupt_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "spsim.cli", "run", "baseline", "--replicates", "2000", "--workers", "2", "--out",
               str(tmp_path / "run"), "--no-figures", "--set", "citizens=200", "--set", "end=2005-12"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    lines = []
    while "replicate" not in (lines or [""])[-1]:  # until it is in the middle of its work
        lines.append(process.stderr.readline())
        assert lines[-1], "".join(lines)
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=60)[1]
    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert "nothing was written" in output
    assert list(tmp_path.iterdir()) == []
