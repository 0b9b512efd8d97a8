"""Workers may die; what is finished is kept and the rest is run again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import deeds
import numpy as np
import pytest

from spsim.config import ConfigError, Scenario, SetupError, load
from spsim.experiments import workers
from spsim.experiments.replicates import run_replicates
from spsim.experiments.workers import run_tasks

SMALL = {"citizens": 200, "elites": 4, "pipeline_agents": 2, "end": "2006-12", "replicates": 6}


def scenario() -> Scenario:
    return load("baseline", SMALL).scenario


def kill_a_worker() -> None:
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)


def done(work: Callable[[Any, int], Any], shared: object, count: int = 6, by: workers.Workers = 2) -> dict[int, Any]:
    found: dict[int, Any] = {}
    run_tasks(work, shared, range(count), found.__setitem__, by)
    return found


def test_a_killed_worker_loses_nothing() -> None:
    killed: list[int] = []

    def progress(done: int, total: int) -> None:
        if not killed:
            killed.append(done)
            kill_a_worker()

    survived = run_replicates(scenario(), 2, progress)
    alone = run_replicates(scenario(), 1)
    assert killed and len(survived) == len(alone) == 6
    for one, two in zip(survived, alone, strict=True):
        np.testing.assert_array_equal(one.opinion, two.opinion)


def test_small_work_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_start", lambda *_: pytest.fail("a process was started"))
    told: list[tuple[int, int]] = []
    records = run_replicates(scenario(), progress=lambda done, total: told.append((done, total)))
    assert len(records) == 6 and told == [(n, 6) for n in range(1, 7)]


def test_who_does_the_tasks_changes_nothing() -> None:
    alone = done(deeds.square, None, by=1)
    assert alone == {n: n * n for n in range(6)}
    assert done(deeds.square, None, by=2) == alone
    with ThreadPoolExecutor(2) as executor:
        assert done(deeds.square, None, by=executor) == alone


def test_a_task_that_kills_its_worker_once_is_done_again(tmp_path: Path) -> None:
    assert done(deeds.fatal_once, tmp_path, 3) == {0: 0, 1: 1, 2: 2}
    assert not multiprocessing.active_children()


def test_a_task_that_kills_its_worker_twice_is_told_after_all_others_are_done() -> None:
    found: dict[int, int] = {}
    with pytest.raises(SetupError, match="died twice over the same task; 5 of 6 tasks are done"):
        run_tasks(deeds.fatal_for, {2}, range(6), found.__setitem__, 2)
    assert sorted(found) == [0, 1, 3, 4, 5]


def test_workers_that_keep_dying_end_in_one_clear_message() -> None:
    with pytest.raises(SetupError, match="4 worker processes died one after the other"):
        done(deeds.fatal_for, set(range(100)), 100)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("kind", [OSError, ValueError, MemoryError])
def test_what_goes_wrong_in_a_task_arrives_as_it_was(kind: type[Exception]) -> None:
    with pytest.raises(kind, match="no such luck") as caught:
        done(deeds.fails, kind)
    assert "in a worker process" in "".join(caught.value.__notes__) and "in fails" in "".join(caught.value.__notes__)
    assert not multiprocessing.active_children()


def test_a_result_that_cannot_be_sent_is_told() -> None:
    with pytest.raises(TypeError, match="lock"):
        done(deeds.unsendable, None)


def test_a_refusal_arrives_as_one() -> None:
    with pytest.raises(SetupError, match="the disk is full"):
        done(deeds.refuses, None)


def test_what_goes_wrong_in_this_process_ends_the_workers() -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_tasks(deeds.square, None, range(6), interrupted, 2)
    assert not multiprocessing.active_children()


def test_work_begun_in_several_threads_at_once() -> None:
    main = sys.modules["__main__"]
    found: list[dict[int, Any]] = []
    threads = [threading.Thread(target=lambda: found.append(done(deeds.square, None))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{n: n * n for n in range(6)}] * 3
    assert sys.modules["__main__"] is main


@pytest.mark.skipif(os.name != "posix", reason="looks processes up by signal")
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, deeds.__file__, str(tmp_path)])
    until = time.monotonic() + 120
    while len(pids := [int(path.name) for path in tmp_path.iterdir()]) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(pids) == 2 and not any(map(alive, pids))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # one that has ended, but that nobody has asked for its end
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def test_other_code_on_a_machine_of_an_executor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    task = workers._Task(deeds.square, None, workers.code_digest())
    assert task(3) == 9
    monkeypatch.setattr(workers, "code_digest", lambda: "other")
    with pytest.raises(SetupError, match="another version of spsim"):
        task(3)


def test_an_executor_gets_a_window_of_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WINDOW", 3)
    waiting: list[int] = []
    with ThreadPoolExecutor(1) as executor:
        submit = executor.submit

        def counted(*args: Any) -> Any:
            future = submit(*args)
            waiting.append(1)
            return future

        executor.submit = counted  # type: ignore[method-assign]
        received: list[int] = []

        def receive(number: int, _: object) -> None:
            received.append(number)
            assert len(waiting) <= len(received) + 3

        run_tasks(deeds.square, None, range(20), receive, executor)
    assert sorted(received) == list(range(20))


class Lost(workers.Remote):
    """An executor that did one task before it was lost, and never ends the futures of the others."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if given == (0,):
            future.set_result(work(0))
        return future

    def reachable(self) -> bool:
        return False


def test_an_executor_that_is_lost_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LOOK_AFTER", 0.01)
    received: dict[int, int] = {}
    with pytest.raises(CancelledError):
        run_tasks(deeds.square, None, range(3), received.__setitem__, Lost())
    assert received == {0: 0}, "what was finished is kept"


def test_wrong_numbers_are_told_like_mistakes_in_a_file() -> None:
    import spsim

    with pytest.raises(ConfigError, match="replicates"):
        spsim.run("baseline", replicates=0)


def test_a_worker_that_dies_while_it_starts_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its work is more than a pipe holds: nobody may wait for it to be read."""
    start, begun = workers._start, []

    def dying(number: int, may_use: int) -> workers._Worker:
        worker = start(number, may_use)
        begun.append(worker)
        if len(begun) == 1:
            worker.process.kill()
            worker.process.join()
        return worker

    monkeypatch.setattr(workers, "_start", dying)
    assert done(deeds.size, b"x" * 1_000_000, 4) == {n: 1_000_000 + n for n in range(4)}
    assert len(begun) >= 3


def test_work_that_a_worker_cannot_read_is_told() -> None:
    with pytest.raises(ValueError, match="not a number"):
        done(deeds.square, deeds.Unreadable())


def _ready(helper: workers.Helper) -> workers.Helper:
    helper._getting_ready.join(60)
    return helper


def test_a_helper_does_a_part_of_the_tasks_and_each_is_done_once(tmp_path: Path) -> None:
    """What is shared is shared, whoever does it, and the caller hears of what it begins itself."""
    begun: list[int] = []
    with workers.Helper(deeds.nothing) as helper:
        _ready(helper).share(deeds.leave_mark, tmp_path, range(20), begun.append)
        helper.share(deeds.leave_mark, tmp_path, range(20, 24))
    did = {int(mark.name): mark.read_text(encoding="utf-8").split() for mark in tmp_path.iterdir()}
    assert sorted(did) == list(range(24))
    assert all(len(by) == 1 for by in did.values())
    here = [number for number in range(20) if did[number] == [str(os.getpid())]]
    assert here == begun
    assert 0 < len(here) < 20


@pytest.mark.parametrize("prepare", [deeds.die, deeds.fail])
def test_without_a_helper_that_gets_ready_everything_is_done_here(prepare: Callable[[], None], tmp_path: Path) -> None:
    """It is a help and no condition."""
    with workers.Helper(prepare) as helper:
        _ready(helper).share(deeds.leave_mark, tmp_path, range(4))
    assert [(tmp_path / f"{n}").read_text(encoding="utf-8") for n in range(4)] == [f"{os.getpid()}\n"] * 4


def test_what_a_helper_that_dies_had_begun_is_done_again(tmp_path: Path) -> None:
    """Nothing is lost with it."""
    with workers.Helper(deeds.nothing) as helper:
        _ready(helper).share(deeds.leave_mark_or_die, (tmp_path, os.getpid()), range(6))
    assert sorted(int(mark.name) for mark in tmp_path.iterdir()) == list(range(6))


def test_a_task_of_a_helper_that_dies_at_the_end_is_not_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its death may be noticed when this process has nothing left to do."""
    answer = workers._answer

    def late(worker: Any) -> Any:
        found = answer(worker)
        time.sleep(0.5)  # longer than all that is done here
        return found

    with workers.Helper(deeds.nothing) as helper:
        _ready(helper)
        monkeypatch.setattr(workers, "_answer", late)
        helper.share(deeds.leave_mark_or_die, (tmp_path, os.getpid()), range(3))
    assert sorted(int(mark.name) for mark in tmp_path.iterdir()) == [0, 1, 2]


def test_what_goes_wrong_in_a_helper_is_raised() -> None:
    """As if it had gone wrong here."""
    with workers.Helper(deeds.nothing) as helper, pytest.raises(SetupError, match="the disk is full"):
        _ready(helper).share(deeds.fail_elsewhere, os.getpid(), range(10))


def test_a_helper_that_is_not_ready_is_not_waited_for(tmp_path: Path) -> None:
    """Nor when it is sent away."""
    with workers.Helper(deeds.nothing) as helper:
        helper.share(deeds.leave_mark, tmp_path, range(1))
    assert (tmp_path / "0").read_text(encoding="utf-8") == f"{os.getpid()}\n"
