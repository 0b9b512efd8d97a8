"""`spsim sweep` and `spsim merge`: what they print and refuse, and that `kill -9` changes nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spsim.cli.app import app
from spsim.cli.running import Pace
from spsim.cli.sweeping import ranges

DESIGN = """\
schema: 1
name: memory
title: How long does memory last?
scenarios: [baseline]
method: list
vary:
  threat_decay: {values: [0.4, 99, 1.6]}
replicates: 8
outcomes: [approval]
years: 2018
run: {citizens: 200, elites: 4, pipeline_agents: 1, start: 2018-01}
"""
COMMAND = [sys.executable, "-m", "spsim.cli", "sweep", "design.yaml"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    Path("design.yaml").write_text(DESIGN)


def invoke(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output and "\x1b" not in result.output
    return result


def content(folder: str) -> dict[str, Any]:
    """Return the bytes of all files; of the log its lines, whose order is that in which parts were finished."""
    found: dict[str, Any] = {
        str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()
    }
    return {**found, "log.jsonl": sorted(found["log.jsonl"].splitlines())}


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, *options], stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for_parts(folder: str, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(list(Path(folder).glob("parts/part-*"))) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def test_sweep_says_what_it_does_and_what_failed() -> None:
    result = invoke("sweep", "design.yaml", "--workers", "1")
    assert result.stdout.splitlines() == [
        "24 runs at 3 points, 8 failed", "Design, points, parts and a first picture are in runs/memory"
    ]
    lines = result.stderr.splitlines()
    assert lines[0] == "running: How long does memory last?"
    assert "a second, " in lines[2] and lines[2].endswith(" left")
    assert lines[-1] == "note: 8 failed, first at point 1: threat_decay: got 99.0; allowed: a number from 0 to 6"
    again = invoke("sweep", "design.yaml")
    assert "run 24 of 24 (100 %)" in again.stderr and "run 1 of" not in again.stderr, "nothing is run twice"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_kill_9_at_any_moment_changes_nothing() -> None:
    invoke("sweep", "design.yaml", "--workers", "1", "--out", "whole")
    chance = random.Random(1)
    for workers, parts in (("2", 0), ("2", 3), ("1", 9)):
        process = start("--out", "killed", "--workers", workers)
        wait_for_parts("killed", parts)
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        process.communicate(timeout=60)  # returns when the workers have let go of the pipe, too
    invoke("sweep", "design.yaml", "--workers", "2", "--out", "killed")
    assert content("killed") == content("whole")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_keeps_what_was_finished() -> None:
    process = start("--workers", "2", "--out", "kept")
    wait_for_parts("kept", 2)  # the first one is in the log then
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.splitlines()[-1] == "stopped; what was finished is kept: the same `spsim sweep` goes on from there"
    assert "Traceback" not in err
    assert len(Path("kept/log.jsonl").read_text().splitlines()) >= 2


def test_shards_are_merged() -> None:
    for number in "12":
        result = invoke("sweep", "design.yaml", "--workers", "1", "--shard", f"{number}/2")
        assert f"runs/memory-shard-{number}-of-2" in result.stdout and "12 of 24 runs" in result.stdout
        assert f"This is shard {number} of 2" in result.stdout
    folders = [f"runs/memory-shard-{number}-of-2" for number in "12"]
    partly = invoke("merge", folders[0], "--out", "all", code=1)
    assert "missing: 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 of 24 parts" in partly.stderr
    assert "`spsim sweep DESIGN --out all` runs them" in partly.stderr
    result = invoke("merge", *folders, "--out", "all")
    assert result.stdout.splitlines()[0] == "24 runs at 3 points, 8 failed"
    invoke("sweep", "design.yaml", "--workers", "1", "--out", "whole")
    assert content("all") == content("whole")
    assert "holds no sweep" in invoke("merge", "runs", "--out", "other", code=2).stderr


def test_every_mistake_of_a_design_is_said_with_its_line() -> None:
    text = DESIGN.replace("threat_decay", "threat_dekay").replace("[approval]", "[aproval]") + "repeats: 3\n"
    Path("broken.yaml").write_text(text.replace("[baseline]", "[baselin]\npoints: 3"))
    lines = invoke("sweep", "broken.yaml", code=2).stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"broken.yaml:{n}" for n in (4, 10, 13)]
    Path("broken.yaml").write_text(text)
    lines = invoke("sweep", "broken.yaml", code=2).stderr.splitlines()
    assert lines[0].startswith("broken.yaml:7: vary.threat_dekay: there is no such key")
    assert lines[0].endswith("did you mean 'threat_decay'?")
    assert [line.split(": ")[0] for line in lines] == [f"broken.yaml:{n}" for n in (7, 9, 12)]
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.yaml"], "nothing.yaml: there is no such file"),
        (["design.yaml", "--shard", "3/2"], "--shard: got '3/2'; allowed: i/n with i from 1 to n, such as 2/8"),
        (["design.yaml", "--shard", "half"], "--shard: got 'half'"),
    ],
)
def test_sweep_refuses(arguments: list[str], message: str) -> None:
    assert message in invoke("sweep", *arguments, code=2).stderr


@pytest.mark.parametrize(
    ("seconds", "done", "text"),
    [
        (10, 30, "2.0 a second, 35 s left"),
        (100, 30, "12.0 a minute, 6 min left"),
        (10_000, 11, "0.0 a minute, 247.2 h left"),
        (10, 100, "9.0 a second"),
        (10, 10, ""),
    ],
)
def test_the_pace_leaves_out_what_was_done_before(
    seconds: float, done: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [5.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    pace = Pace()
    assert pace.note(10, 100) == ""
    now[0] += seconds
    assert pace.note(done, 100) == text


def test_numbers_are_shown_as_ranges() -> None:
    assert ranges((3, 7, 8, 9)) == "3, 7-9"
    assert ranges(()) == ""
