"""Tasks on many machines: an executor on a running dask scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager

from spsim.config import ConfigError, Place, Problem, SetupError

ANSWER_WITHIN = 10
"""Seconds that a scheduler may take to answer, and to have its first worker."""


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
    except ImportError:
        raise SetupError('dask is not installed: python -m pip install "spsim[cluster]"') from None
    try:
        client = Client(scheduler, timeout=ANSWER_WITHIN, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        said = f"got {scheduler!r}: no dask scheduler answers there ({type(error).__name__})"
        raise ConfigError([Problem(Place("--scheduler"), "", said, "an address such as tcp://host:8786")]) from None
    try:
        with client:
            try:
                client.wait_for_workers(1, timeout=ANSWER_WITHIN)
            except TimeoutError:
                raise SetupError(f"{scheduler}: has no workers; start some: dask worker {scheduler}") from None
            yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]
    except KilledWorker as error:
        raise SetupError(f"the cluster gave up: {error} (often: not enough memory on its workers)") from None
    except CancelledError:
        raise SetupError(f"{scheduler}: the scheduler went away; what was finished is kept") from None
