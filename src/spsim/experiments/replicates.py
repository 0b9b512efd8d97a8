"""Replicates of one scenario, in this process or in several; the result is the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress

from spsim.config import Scenario, SetupError
from spsim.model.record import Record
from spsim.model.simulation import Simulation

ATTEMPTS = 2
"""Pools that are tried before a run is given up because its workers die."""

Progress = Callable[[int, int], None]
"""Called with the number of replicates done and the number of all."""


def run_one(scenario: Scenario, replicate: int) -> Record:
    """Run one replicate and return its record."""
    return Simulation(scenario, replicate).run()


def run_replicates(scenario: Scenario, workers: int | None = None, progress: Progress | None = None) -> list[Record]:
    """Run all replicates of a scenario.

    Args:
        scenario: resolved; its run settings say how many replicates.
        workers: processes; the number of processors if not given. With one, everything runs in this process.
        progress: told after each replicate.

    Returns:
        Records in the order of the replicates, whatever the order of the work.

    Raises:
        SetupError: a worker process died.
    """
    total = scenario.run.replicates
    workers = min(workers or available_processors(), total)
    if workers <= 1:
        records = []
        for replicate in range(total):
            records.append(run_one(scenario, replicate))
            if progress:
                progress(replicate + 1, total)
        return records
    return _in_processes(scenario, total, workers, progress)


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_processes(scenario: Scenario, total: int, workers: int, progress: Progress | None) -> list[Record]:
    records: dict[int, Record] = {}
    for attempt in range(ATTEMPTS):
        missing = [number for number in range(total) if number not in records]
        # after a death one worker goes on alone: it needs less memory, and what kills it is known
        _one_pool(scenario, missing, 1 if attempt else workers, records, total, progress)
        if len(records) == total:
            return [records[number] for number in range(total)]
    raise SetupError(
        f"a worker process died twice after {len(records)} of {total} replicates (often: not enough memory); "
        "try fewer --workers or fewer citizens"
    )


def _one_pool(
    scenario: Scenario,
    numbers: list[int],
    workers: int,
    records: dict[int, Record],
    total: int,
    progress: Progress | None,
) -> None:
    """Run replicates in one pool and add their records; returns early when a worker dies."""
    # an explicit context: importing mesa changes the default one, and forked threads of numba would hang
    context = multiprocessing.get_context("spawn")
    # the scenario goes to each worker once: with it in every task, tasks would fill the pipe and block a stop
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_receive, initargs=(scenario,))
    finished = False
    try:
        with _clean_start():  # the workers start here
            futures: dict[Future[Record], int] = {pool.submit(_run_number, n): n for n in numbers}
        for future in as_completed(futures):
            records[futures[future]] = future.result()
            if progress:
                progress(len(records), total)
        finished = True
    except BrokenProcessPool:
        return
    finally:
        if not finished:
            _abandon(pool)
        pool.shutdown(cancel_futures=True)


def _abandon(pool: ProcessPoolExecutor) -> None:
    """Stop the workers at once: an unfinished replicate is worth nothing.

    A worker may die half-way through handing over a record; closing this side's end of the pipe tells the pool's
    thread that the other half will never come, where it would wait for ever.
    """
    for process in list((pool._processes or {}).values()):
        process.terminate()
        process.join()
    with suppress(OSError, AttributeError):
        pool._result_queue._writer.close()  # type: ignore[attr-defined]


_scenario: Scenario | None = None
"""The scenario of a worker process."""


def _receive(scenario: Scenario) -> None:
    """Keep the scenario in a worker process."""
    global _scenario  # noqa: PLW0603 - a worker has no other place to keep it between tasks
    _scenario = scenario


def _run_number(replicate: int) -> Record:
    """Run one replicate of the worker's scenario."""
    assert _scenario is not None
    return run_one(_scenario, replicate)


@contextmanager
def _clean_start() -> Iterator[None]:
    """Start processes that ignore Ctrl-C, which the parent handles for them, and that do not run the user's script.

    A spawned process imports the main script again, which fails in a script without ``if __name__ == "__main__"``;
    a worker needs nothing from it.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    # signals can be set in the main thread only
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if _in_main_thread() else None
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if _in_main_thread():
            signal.signal(signal.SIGINT, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
