"""The dask engine with a real scheduler and real workers: one of them is killed, and the bytes stay the same."""

from __future__ import annotations

import operator
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import spsim
from spsim.cli.app import app
from spsim.config import ConfigError, SetupError
from spsim.experiments import workers
from spsim.experiments.cluster import dask_executor

DESIGN = """
schema: 1
name: clustered
title: Does memory matter?
scenarios: [baseline, publish-contracts]
method: grid
vary:
  threat_decay: {values: [0.4, 0.8, 99, 1.6]}
  openness: {values: [0.4, 0.6], from: 2018-06}
replicates: 3
outcomes: [approval, protest_events]
years: 2018
run: {start: 2018-01, citizens: 200, elites: 4, pipeline_agents: 2}
"""


def content(folder: Path) -> dict[str, bytes]:
    """Return every file but the log, whose lines stand in the order in which parts were finished."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix in {".parquet", ".json", ".yaml"}]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@contextmanager
def running(folder: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{command[0]}.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "dask", *command], cwd=folder, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path, count: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and workers on loopback; give its address and the processes, the scheduler's first."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    at = ("--host", "127.0.0.1", "--no-dashboard")
    with ExitStack() as stack:
        commands = [("scheduler", "--port", str(port), *at)]
        commands += [("worker", address, "--no-nanny", "--nthreads", "1", *at)] * count
        processes = [stack.enter_context(running(folder, *command)) for command in commands]
        wait_for_workers(address, count)
        yield address, processes


def wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    until = time.monotonic() + 90
    while True:
        try:
            with Client(address, timeout="2s", set_as_default=False) as client:
                if count:
                    client.wait_for_workers(count, timeout=60)
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@pytest.fixture
def design(tmp_path: Path) -> Path:
    path = tmp_path / "design.yaml"
    path.write_text(DESIGN)
    return path


def test_a_worker_killed_in_the_middle_of_a_sweep_changes_nothing(design: Path, tmp_path: Path) -> None:
    alone = spsim.sweep(design, out=tmp_path / "alone", workers=1)
    killed: list[int] = []
    with cluster(tmp_path) as (address, (_, *hands)), dask_executor(address) as executor:

        def kill_one(done: int, total: int) -> None:
            if done and not killed:
                hands[0].kill()
                killed.append(done)

        shared = spsim.sweep(design, out=tmp_path / "shared", workers=executor, progress=kill_one)
        assert hands[0].wait() != 0 and hands[1].poll() is None
    assert 0 < killed[0] < alone.manifest["done"]["runs"] == 48, "in the middle"
    assert not shared.missing
    assert content(tmp_path / "shared") == content(tmp_path / "alone")


def test_the_command_line_uses_a_cluster(design: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    spsim.sweep(design, out=tmp_path / "alone", workers=1)
    with cluster(tmp_path) as (address, _):
        result = CliRunner().invoke(app, ["sweep", "design.yaml", "--engine", "dask", "--scheduler", address])
        assert result.exit_code == 0, result.output
        compared = spsim_compare(["--engine", "dask", "--scheduler", address, "--out", "two"])
    assert content(tmp_path / "runs" / "clustered") == content(tmp_path / "alone")
    assert compared == spsim_compare(["--engine", "serial", "--out", "one"])


def spsim_compare(options: list[str]) -> str:
    small = ["start=2024-01", "end=2027-12", "citizens=200", "elites=4", "replicates=3"]
    command = ["compare", "baseline", "publish-contracts", *(word for each in small for word in ("--set", each))]
    result = CliRunner().invoke(app, [*command, *options])
    assert result.exit_code == 0, result.output
    return result.output.partition("Tables and figure")[0]


def test_nobody_there_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spsim.experiments.cluster.ANSWER_WITHIN", 1)
    with (
        pytest.raises(ConfigError, match=r"--scheduler: got 'tcp://127.0.0.1:9': no dask scheduler answers there"),
        dask_executor("tcp://127.0.0.1:9"),
    ):
        pass


def test_a_cluster_without_workers_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spsim.experiments.cluster.ANSWER_WITHIN", 1)
    with (
        cluster(tmp_path, 0) as (address, _),
        pytest.raises(SetupError, match=r"has no workers; start some: dask worker tcp://"),
        dask_executor(address),
    ):
        pass


def test_a_scheduler_that_goes_away_is_one_message(design: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(SetupError, match="went away; what was finished is kept"),
        cluster(tmp_path) as (address, processes),
        dask_executor(address) as executor,
    ):

        def gone(done: int, total: int) -> None:
            if done:
                processes[0].kill()

        spsim.sweep(design, out=tmp_path / "shared", workers=executor, progress=gone)


def test_a_scheduler_that_goes_away_with_the_last_result_is_one_message(
    tmp_path: Path, monkeypatch: Any, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The task is done, and what asks for its result gets no answer: distributed never ends such a future."""
    from distributed import Client

    ask = Client._gather_remote
    with (
        pytest.raises(SetupError, match="went away; what was finished is kept"),
        cluster(tmp_path, 1) as (address, (scheduler, _)),
        dask_executor(address) as executor,
    ):

        async def ask_in_vain(*given: Any) -> Any:
            scheduler.kill()
            scheduler.wait()
            return await ask(*given)

        monkeypatch.setattr(Client, "_gather_remote", ask_in_vain)
        workers.run_tasks(operator.mul, 2, [3], lambda *_: None, executor)
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_a_worker_with_other_code_is_refused(design: Path, tmp_path: Path, monkeypatch: Any) -> None:
    with cluster(tmp_path, 1) as (address, _), dask_executor(address) as executor:
        monkeypatch.setattr(workers, "code_digest", lambda: "another")
        with pytest.raises(SetupError, match="another version of spsim"):
            spsim.sweep(design, out=tmp_path / "out", workers=executor)
