"""Numbered tasks, in this process or in several; what is done does not depend on who does it, or in which order.

The parent holds the results: a worker that dies loses its unfinished task and nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from spsim.config import SetupError

ATTEMPTS = 2
"""Pools that are tried before the work is given up because workers die."""

Shared = TypeVar("Shared")
Result = TypeVar("Result")


def run_tasks(
    work: Callable[[Shared, int], Result],
    shared: Shared,
    numbers: Sequence[int],
    receive: Callable[[int, Result], None],
    workers: int | None = None,
) -> None:
    """Do numbered tasks and hand over each result as soon as it is there.

    Args:
        work: a function at the top of a module, called with ``shared`` and a number.
        shared: what all tasks need; it is sent to each worker once.
        numbers: the tasks.
        receive: called in this process with a number and its result, in the order in which tasks end.
        workers: processes; the number of processors if not given. With one, everything runs in this process.

    Raises:
        SetupError: workers died twice.
    """
    workers = min(workers or available_processors(), len(numbers))
    if workers <= 1:
        for number in numbers:
            receive(number, work(shared, number))
        return
    done: set[int] = set()

    def note(number: int, result: Result) -> None:
        done.add(number)
        receive(number, result)

    for attempt in range(ATTEMPTS):
        missing = [number for number in numbers if number not in done]
        # after a death one worker goes on alone: it needs less memory, and what kills it is known
        _one_pool(work, shared, missing, note, 1 if attempt else workers)
        if len(done) == len(numbers):
            return
    raise SetupError(
        f"a worker process died twice after {len(done)} of {len(numbers)} tasks (often: not enough memory); "
        "try fewer --workers or fewer citizens"
    )


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _one_pool(
    work: Callable[[Shared, int], Result],
    shared: Shared,
    numbers: Sequence[int],
    note: Callable[[int, Result], None],
    workers: int,
) -> None:
    """Do tasks in one pool; returns early when a worker dies."""
    # an explicit context: importing mesa changes the default one, and forked threads of numba would hang
    context = multiprocessing.get_context("spawn")
    # what is shared goes to each worker once: with it in every task, tasks would fill the pipe and block a stop
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare, initargs=(work, shared))
    finished = False
    try:
        with _clean_start():  # the workers start here
            futures: dict[Future[Result], int] = {pool.submit(_do, n): n for n in numbers}
        for future in as_completed(futures):
            note(futures.pop(future), future.result())  # popped: a result that is handed over is not kept here
        finished = True
    except BrokenProcessPool:
        return
    finally:
        if not finished:
            _abandon(pool)
        pool.shutdown(cancel_futures=True)


def _abandon(pool: ProcessPoolExecutor) -> None:
    """Stop the workers at once: an unfinished task is worth nothing.

    A worker may die half-way through handing over a result; closing this side's end of the pipe tells the pool's
    thread that the other half will never come, where it would wait for ever.
    """
    for process in list((pool._processes or {}).values()):
        process.terminate()
        process.join()
    with suppress(OSError, AttributeError):
        pool._result_queue._writer.close()  # type: ignore[attr-defined]


_task: tuple[Callable[[Any, int], Any], Any] | None = None
"""The work of a worker process, and what it shares with the others."""


def _prepare(work: Callable[[Any, int], Any], shared: object) -> None:
    """Keep the work in a worker process."""
    global _task  # noqa: PLW0603 - a worker has no other place to keep it between tasks
    _task = work, shared
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """End this worker when its parent is killed: it would wait for tasks for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(number: int) -> Any:  # noqa: ANN401 - whatever the work returns
    """Do one task of this worker's work."""
    assert _task is not None
    work, shared = _task
    return work(shared, number)


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
