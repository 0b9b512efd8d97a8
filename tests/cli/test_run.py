"""`spsim run` and `spsim doctor`, on the real model with few citizens and years."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from spsim import api
from spsim.cli.app import app
from spsim.cli.doctor import table_digests
from spsim.cli.running import PlainProgress, output_folder
from spsim.cli.summary import print_summary
from spsim.config import ConfigError, SetupError

SMALL = ["--set", "citizens=200", "--set", "elites=4", "--set", "end=2005-12", "--workers", "1", "--no-figures"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def invoke(*arguments: str, code: int = 0):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output and "\x1b" not in result.output
    return result


def left_behind() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_run_writes_tables_and_prints_the_answer():
    result = invoke("run", "baseline", "--replicates", "2", "--seed", "3", "--csv", *SMALL)
    folder = Path("runs/baseline")
    assert {path.stem for path in folder.glob("*.parquet")} >= {"opinion", "divergence", "country", "channels"}
    assert (folder / "opinion.csv").is_file() and (folder / "manifest.json").is_file()
    assert all(name in result.stdout for name in ("Kazakhstan", "Uzbekistan", "China", "Russia", "Protest", "2005"))
    assert result.stdout.rstrip().endswith(f"Tables are in {folder}")
    assert "replicate 2 of 2 (100 %)" in result.stderr
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_one_replicate_has_no_intervals_and_tells_its_years():
    result = invoke("run", "baseline", "--replicates", "1", *SMALL)
    assert "One replicate, hence no intervals." in result.stdout
    assert "interval)" not in result.stdout and ".." not in result.stdout
    assert [line for line in result.stderr.splitlines() if line.startswith("year")] == [
        "year 1 of 2 (50 %)", "year 2 of 2 (100 %)"
    ]


def test_second_run_gets_its_own_folder_and_the_same_bytes():
    for _ in range(2):
        invoke("run", "baseline", "--replicates", "1", *SMALL)
    first, second = table_digests(Path("runs/baseline")), table_digests(Path("runs/baseline-2"))
    assert first and first == second


def test_folder_given_must_be_new_or_empty():
    Path("full").mkdir()
    Path("full/file").write_text("")
    Path("empty").mkdir()
    assert "exists already" in invoke("run", "baseline", "--out", "full", code=2).stderr
    invoke("run", "baseline", "--replicates", "1", "--out", "empty", *SMALL)
    assert Path("empty/opinion.parquet").is_file()
    with pytest.raises(ConfigError):
        output_folder(Path("full/file"), "baseline")


def test_forced_states_are_noted():
    result = invoke("run", "baseline", "--replicates", "1", "--set", "opacity=0.3", *SMALL)
    assert "forced states: opacity" in result.stderr


def test_nothing_is_computed_where_nothing_can_be_written(monkeypatch):
    monkeypatch.setattr(api, "run", lambda *_, **__: pytest.fail("computed in vain"))
    Path("file").write_text("")
    assert "file/deep/out: cannot be made" in invoke("run", "baseline", "--out", "file/deep/out", code=1).stderr
    assert left_behind() == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_folder_without_permission():
    Path("closed").mkdir(mode=0o500)
    assert "Permission denied" in invoke("run", "baseline", "--out", "closed/out", code=1).stderr
    assert list(Path("closed").iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("nowhere.yaml", "there is no such file"),
        (".", "there is no scenario"),
        ("./", "this is a directory"),
    ],
)
def test_wrong_scenario(wrong, message):
    assert message in invoke("run", wrong, code=2).stderr
    assert left_behind() == []


def test_no_space_left_is_one_line(monkeypatch):
    def refuse(*_, **__):
        raise SetupError("runs/baseline: no space left on the device; nothing was written")

    monkeypatch.setattr(api.RunResult, "save", refuse)
    result = invoke("run", "baseline", "--replicates", "1", *SMALL, code=1)
    assert result.stderr.splitlines()[-1] == "runs/baseline: no space left on the device; nothing was written"
    assert not result.stdout


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (OSError(28, "No space left on device", "x"), 1, "x: No space left on device"),
        (KeyboardInterrupt(), 130, "stopped; nothing was written"),
        (RuntimeError("a bug"), 1, "internal error, please report it: RuntimeError: a bug (--debug shows where)"),
    ],
)
def test_errors_of_a_run(monkeypatch, error, code, message):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(api, "run", fail)
    assert invoke("run", "baseline", code=code).stderr.splitlines()[-1] == message
    assert left_behind() == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_leaves_nothing():
    command = [sys.executable, "-m", "spsim.cli", "run", "baseline", "--replicates", "200", "--no-figures"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("running: ")
    time.sleep(3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it, too
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert err.splitlines()[-1] == "stopped; nothing was written"
    assert "Traceback" not in err and not out
    assert left_behind() == []


def test_plain_progress_is_at_most_ten_lines(capsys):
    from spsim.cli.terminal import console

    report = PlainProgress(console(), "replicate")
    for done in range(1, 1001):
        report(done, 1000)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert (lines[0], lines[-1]) == ("replicate 100 of 1000 (10 %)", "replicate 1000 of 1000 (100 %)")


@pytest.mark.parametrize(("width", "tables"), [(80, 4), (120, 3)])
def test_summary_fits(monkeypatch, capsys, width, tables):
    monkeypatch.setenv("COLUMNS", str(width))
    wide = {"start": -0.25, "end": 0.5, "start_low": -0.3, "start_high": -0.2, "end_low": 0.4, "end_high": 0.6}
    rows = [
        {
            "country": country,
            "power": power,
            "measure": measure,
            **{key: value * scale for key, value in wide.items()},
            "start_years": "2004-08",
            "end_years": "2026-30",
        }
        for country in ("KZ", "TM", "CA5")
        for power, measure, scale in (
            ("CN", "approval", -1),
            ("RU", "approval", 1),
            ("CN", "elite_approval", 1),
            ("RU", "elite_approval", 1),
            ("CN", "divergence_points", 99),
            ("RU", "divergence_points", 50),
            ("", "protest_events", 9),
        )
    ]
    print_summary(pd.DataFrame(rows), "90 % interval over 4 replicates, so chance only")
    out = capsys.readouterr().out
    assert out.count("(90 % interval)") == tables
    assert all(len(line) <= width for line in out.splitlines())
    assert "\nTurkmenistan* " in out and "illustration" in out.split("Means of the years named")[1]
    assert "25 (30..20)" in out and "+50 (+40..+59)" in out and "4.5 (3.6..5.4)" in out and "Region" in out


def test_doctor_finds_this_machine_sound():
    out = invoke("doctor").stdout
    assert "spsim is ready" in out and "FAILED" not in out
    assert all(name in out for name in ("Python", "packages", "compiler cache", "data pack", "self-test"))


def test_doctor_fails_loudly(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no model")

    monkeypatch.setattr(api, "run", fail)
    result = invoke("doctor", code=1)
    assert "RuntimeError: no model" in result.stdout and "failed: self-test" in result.stdout
