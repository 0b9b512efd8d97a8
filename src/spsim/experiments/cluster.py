"""Tasks on many machines: an executor on a running dask scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from spsim.config import ConfigError, Place, Problem, SetupError
from spsim.experiments.workers import Remote

if TYPE_CHECKING:
    from distributed import Client

ANSWER_WITHIN = 10
"""Seconds that a scheduler may take to answer, and to have its first worker."""

Given = ParamSpec("Given")
Result = TypeVar("Result")


class _OnCluster(Remote):
    """The executor of a client, which alone leaves a future pending when asking for its result fails."""

    def __init__(self, client: Client) -> None:
        self._executor: Executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]
        self._client, self._connection = client, client.scheduler_comm

    def submit(self, work: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs) -> Future[Result]:
        return self._executor.submit(work, *given, **named)

    def reachable(self) -> bool:
        # a client that has connected anew does not ask again for what the lost connection owes
        return self._client.status == "running" and self._client.scheduler_comm is self._connection


@contextmanager
def _one_voice() -> Iterator[None]:
    """Keep what distributed logs about a lost connection, with tracebacks, off the screen: it is told once, by us."""
    names = ("distributed", "distributed.client", "tornado.application")  # each has a level of its own
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def dask_executor(scheduler: str) -> Iterator[Executor]:
    """Give an executor on the workers of a dask scheduler; dask moves the tasks of a worker that dies to others.

    All machines need the same version of spsim, and see the files of the user's own scenarios at the same paths.

    Args:
        scheduler: its address, such as ``tcp://192.0.2.1:8786``.

    Raises:
        ConfigError: no scheduler answers there.
        SetupError: dask is not installed, or a task was on too many workers that died, or the scheduler went away.
    """
    try:
        from distributed import Client, KilledWorker
        from distributed.client import ClosedClientError
    except ImportError:
        raise SetupError('dask is not installed: python -m pip install "spsim[cluster]"') from None
    try:
        client = Client(scheduler, timeout=ANSWER_WITHIN, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        said = f"got {scheduler!r}: no dask scheduler answers there ({type(error).__name__})"
        raise ConfigError([Problem(Place("--scheduler"), "", said, "an address such as tcp://host:8786")]) from None
    try:
        with _one_voice(), client:
            try:
                client.wait_for_workers(1, timeout=ANSWER_WITHIN)
            except TimeoutError:
                raise SetupError(f"{scheduler}: has no workers; start some: dask worker {scheduler}") from None
            yield _OnCluster(client)
    except KilledWorker as error:
        raise SetupError(f"the cluster gave up: {error} (often: not enough memory on its workers)") from None
    except (CancelledError, ClosedClientError):
        raise SetupError(f"{scheduler}: the scheduler went away; what was finished is kept") from None
