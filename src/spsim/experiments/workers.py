"""Numbered tasks: in this process, in several, or in whatever has the interface of ``concurrent.futures.Executor``.

What is done does not depend on who does it, or in which order. The parent holds the results: a worker that dies loses
its unfinished task and nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
import types
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection
from multiprocessing.reduction import ForkingPickler
from pickle import PicklingError
from typing import Any, Generic, TypeAlias, TypeVar, cast

from spsim.config import SetupError
from spsim.config.fingerprint import code_digest
from spsim.model import threads

Workers: TypeAlias = int | Executor | None
"""Who does the tasks: so many processes (one for each processor if None), or an executor, such as that of a cluster."""

SURRENDER = 4
"""Workers that die one after the other, with nothing finished in between, before the work is given up."""

WINDOW = 1000
"""Tasks that are handed to an executor at a time: enough for a large cluster, and few enough for this process."""

LOOK_AFTER = 1.0
"""Seconds without a result after which a remote executor is asked whether there can be one."""

Shared = TypeVar("Shared")
Result = TypeVar("Result")


def run_tasks(
    work: Callable[[Shared, int], Result],
    shared: Shared,
    numbers: Sequence[int],
    receive: Callable[[int, Result], None],
    workers: Workers = None,
) -> None:
    """Do numbered tasks and hand over each result as soon as it is there.

    Args:
        work: a function at the top of a module, called with ``shared`` and a number.
        shared: what all tasks need; a process gets it once, an executor with each task.
        numbers: the tasks.
        receive: called in this process with a number and its result, in the order in which tasks end.
        workers: processes, or an executor. With one process, everything runs in this one.

    Raises:
        SetupError: the worker of one task died twice, or workers die without doing anything.
        CancelledError: an executor cannot give what is missing any more.
    """
    if isinstance(workers, Executor):
        _in_executor(workers, _Task(work, shared, code_digest()), numbers, receive)
        return
    workers = min(workers or threads.processors(), len(numbers))
    if workers <= 1 or multiprocessing.current_process().daemon:  # a daemon may not have processes of its own
        for number in numbers:
            receive(number, work(shared, number))
        return
    unfinished = _in_processes(work, shared, numbers, receive, workers)
    # once more, one at a time: that takes less memory, and what a task met then was not another's doing
    unfinished = _in_processes(work, shared, unfinished, receive, 1)
    if unfinished:
        raise SetupError(
            f"a worker process died twice over the same task; {len(numbers) - len(unfinished)} of {len(numbers)} tasks "
            "are done (often: not enough memory); try fewer citizens"
        )


# executors ------------------------------------------------------------------------------------------------------------


class Remote(Executor):
    """An executor that can be lost, and then may leave some futures pending for ever."""

    @abstractmethod
    def reachable(self) -> bool:
        """Tell whether what was submitted can still be answered."""


@dataclass(frozen=True)
class _Task(Generic[Shared, Result]):
    """A task as an executor gets it, which may run it on another machine."""

    work: Callable[[Shared, int], Result]
    shared: Shared
    code: str

    def __call__(self, number: int) -> Result:
        if code_digest() != self.code:
            raise SetupError("a worker has another version of spsim, which gives other results; install the same one")
        return self.work(self.shared, number)


def _in_executor(
    executor: Executor,
    task: Callable[[int], Result],
    numbers: Sequence[int],
    receive: Callable[[int, Result], None],
) -> None:
    """Do tasks in an executor, a window of them at a time."""
    coming = iter(numbers)
    futures: dict[Future[Result], int] = {executor.submit(task, n): n for n in islice(coming, WINDOW)}
    try:
        while futures:
            done, _ = wait(futures, LOOK_AFTER, FIRST_COMPLETED)
            if not done and isinstance(executor, Remote) and not executor.reachable():
                futures.clear()  # there is nobody to take them back from
                raise CancelledError
            for future in done:
                receive(futures.pop(future), future.result())  # popped: a result that is handed over is not kept here
            futures |= {executor.submit(task, n): n for n in islice(coming, len(done))}
    finally:
        for future in futures:
            future.cancel()


# processes ------------------------------------------------------------------------------------------------------------


@dataclass
class _Worker:
    """A process, this side's end of its pipe, and the task that it does."""

    process: multiprocessing.process.BaseProcess
    pipe: connection.Connection
    number: int

    def stop(self) -> None:
        """End the process at once: an unfinished task is worth nothing, and an idle worker holds nothing."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _in_processes(
    work: Callable[[Shared, int], Result],
    shared: Shared,
    numbers: Sequence[int],
    receive: Callable[[int, Result], None],
    count: int,
) -> list[int]:
    """Do tasks in processes, each with a pipe of its own, so that a death harms no other; return what died."""
    coming, died, in_a_row = iter(numbers), [], 0
    workers: dict[connection.Connection, _Worker] = {}

    def employ(numbers: list[int]) -> None:
        each = max(1, threads.number() // count)  # large runs side by side share the processors
        started = [_start(number, each) for number in numbers]  # all of them, before the first one has to read its work
        workers.update({worker.pipe: worker for worker in started})
        for worker in started:
            with suppress(OSError):  # it has died already: the next look at its pipe tells
                worker.pipe.send((work, shared))
                worker.pipe.send(worker.number)

    try:
        employ(list(islice(coming, count)))
        while workers:
            for ready in connection.wait(list(workers)):
                pipe = cast(connection.Connection, ready)
                worker = workers.pop(pipe)
                answer = _answer(worker)
                if answer is None:
                    died.append(worker.number)
                    in_a_row += 1
                    if in_a_row == SURRENDER:
                        raise SetupError(
                            f"{SURRENDER} worker processes died one after the other (often: not enough memory); "
                            "try fewer --workers or fewer citizens"
                        )
                    employ(list(islice(coming, 1)))
                    continue
                in_a_row = 0
                finished, given = worker.number, answer
                if (following := next(coming, None)) is None:
                    worker.stop()
                else:
                    worker.number = following
                    workers[pipe] = worker
                    with suppress(OSError):  # it has died since: the next look at its pipe tells
                        pipe.send(following)
                receive(finished, given[0])
    finally:
        for worker in workers.values():
            worker.stop()
    return died


def _answer(worker: _Worker) -> tuple[Any] | None:
    """Return what a worker gives, in a tuple; None if it died. What went wrong in its task is raised here."""
    try:
        result, error, trace = worker.pipe.recv()
    except (EOFError, OSError):
        worker.stop()
        return None
    if error is None:
        return (result,)
    worker.stop()
    error.add_note(f"in a worker process:\n{trace}")
    raise error


def _start(number: int, may_use: int) -> _Worker:
    """Start a worker process for a task, whose runs may use so many threads.

    It gets its work through its own pipe afterwards: what is handed to a starting process goes through a pipe whose
    other end this process holds, too, so that it would wait for ever if the process died before reading.
    """
    # an explicit context: importing mesa changes the default one, and forked threads of numba would hang
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, may_use), daemon=True)
    with _clean_start():
        process.start()
    there.close()  # so that this end tells when the process dies
    return _Worker(process, here, number)


def _serve(pipe: connection.Connection, may_use: int) -> None:
    """Do tasks in a worker process until the parent is gone or ends it.

    What comes in is work, with what all its tasks need, or the number of a task.
    """
    threads.allow(may_use)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    answer: tuple[Any, Exception | None, str]
    with suppress(EOFError, OSError):
        while True:
            try:
                came = pipe.recv()
            except (EOFError, OSError):
                raise
            except Exception as error:  # it cannot be read here
                pipe.send((None, error, traceback.format_exc()))
                continue
            if isinstance(came, tuple):
                work, shared = came
                continue
            try:
                answer = work(shared, came), None, ""
            except Exception as error:
                answer = None, error, traceback.format_exc()
            try:
                pipe.send(answer)
            except (AttributeError, TypeError, PicklingError) as error:  # it cannot be sent; so say at least that
                pipe.send((None, TypeError(f"{error}: {answer!r:.200}"), answer[2]))
    os._exit(0)  # nothing is left to tidy up, and libraries with threads of their own may hang in doing so


class Helper:
    """A worker that is hired before there is work, and gets ready meanwhile: it lends a hand at the end of a run.

    Args:
        prepare: a function at the top of a module, called in the worker without arguments, such as one that imports.
    """

    def __init__(self, prepare: Callable[[], None]) -> None:
        self._worker, self._ready = _start(0, 1), False
        self._getting_ready = threading.Thread(target=self._prepare, args=(prepare,), daemon=True)
        self._getting_ready.start()

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.process.kill()
        self._getting_ready.join()
        self._worker.stop()

    def share(
        self, work: Callable[[Shared, int], None], shared: Shared, numbers: Sequence[int],
        begin: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Do numbered tasks here and, once it is ready, in the helper.

        Args:
            work: as for :func:`run_tasks`. What a helper that died had begun is done again here.
            shared: what all tasks need; the helper gets it once.
            numbers: the tasks.
            begin: called with the number of each task that this process begins.
        """
        left, lost, failed = iter(numbers), list[int](), list[Exception]()  # whoever is free takes the next one
        packed = ForkingPickler.dumps((work, shared))  # now: what is being worked with cannot be packed

        def delegate() -> None:
            self._getting_ready.join()
            with suppress(OSError):  # it has died: the next look at its pipe tells
                self._worker.pipe.send_bytes(packed)
            while self._ready and (number := next(left, None)) is not None:
                try:
                    self._ready = self._does(number)
                except Exception as error:
                    failed.append(error)
                    return
                if not self._ready:
                    lost.append(number)

        def do(numbers: Iterable[int]) -> None:
            for number in numbers:
                begin(number)
                work(shared, number)

        delegated = threading.Thread(target=delegate, daemon=True)
        delegated.start()
        do(left)
        if not self._getting_ready.is_alive():  # else the helper was given nothing; do not wait for it
            delegated.join()
        for error in failed:
            raise error
        do(lost)

    def _prepare(self, prepare: Callable[[], None]) -> None:
        with suppress(Exception):  # without it, whatever stands in the way is met in this process, and told there
            self._worker.pipe.send((_prepared, prepare))
            self._ready = self._does(0)

    def _does(self, number: int) -> bool:
        """Have the helper do a task, and return whether it did; if not it has died."""
        with suppress(OSError):  # it has died: the next look at its pipe tells
            self._worker.pipe.send(number)
        return _answer(self._worker) is not None


def _prepared(prepare: Callable[[], None], _: int) -> None:
    prepare()


def _leave_with_parent() -> None:
    """End this worker when its parent is killed, also in the middle of a task."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


_starting = threading.Lock()
"""Threads start processes one after the other: starting one swaps the main module."""


@contextmanager
def _clean_start() -> Iterator[None]:
    """Start processes that ignore Ctrl-C, which the parent handles for them, and that do not run the user's script.

    A spawned process imports the main script again, which fails in a script without ``if __name__ == "__main__"``;
    a worker needs nothing from it.
    """
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        # signals can be set in the main thread only
        alone = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if alone else None
        try:
            yield
        finally:
            sys.modules["__main__"] = main
            if alone:
                signal.signal(signal.SIGINT, before)
