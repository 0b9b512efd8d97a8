"""Replicates of one scenario, in this process or in several; the result is the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from spsim.config import Scenario, SetupError
from spsim.model.record import Record
from spsim.model.simulation import Simulation

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
    # an explicit context: importing mesa changes the default one, and forked threads of numba would hang
    context = multiprocessing.get_context("spawn")
    records: dict[int, Record] = {}
    pool = ProcessPoolExecutor(workers, mp_context=context)
    try:
        with _interrupts_ignored():  # the workers start here and inherit it
            futures: dict[Future[Record], int] = {pool.submit(run_one, scenario, n): n for n in range(total)}
        for future in as_completed(futures):
            records[futures[future]] = future.result()
            if progress:
                progress(len(records), total)
    except BrokenProcessPool:
        raise SetupError(
            f"a worker process died after {len(records)} of {total} replicates (often: not enough memory); "
            "try fewer --workers or fewer citizens"
        ) from None
    finally:
        for process in list((pool._processes or {}).values()) if len(records) < total else []:
            process.terminate()  # an unfinished replicate is worth nothing: do not wait for it
        pool.shutdown(cancel_futures=True)
    return [records[number] for number in range(total)]


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C for a moment, so that processes started in it never see one: the parent stops them itself."""
    if threading.current_thread() is not threading.main_thread():  # signals cannot be set elsewhere
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
