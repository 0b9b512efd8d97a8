"""How many threads one run uses. No result depends on it: work is cut in the same pieces for any number of threads.

Small runs use one thread, as runs side by side gain more; from ``WORTH_SHARING`` rows on a run uses all processors
that it may use, unless :func:`use` says otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

WORTH_SHARING = 100_000
"""Citizens from which a month takes long enough for threads to pay."""

PIECES = 4
"""Pieces for each thread: one that is held up by something else then holds up the others less."""

_allowed: int | None = None
_forced: int | None = None


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def allow(number: int | None) -> None:
    """Use at most so many threads in every run of this process from now on; None: all processors.

    Raises:
        ValueError: the number is below 1.
    """
    global _allowed  # noqa: PLW0603  # a property of the process, like its processors
    if number is not None and number < 1:
        raise ValueError(f"threads must be at least 1, got {number}")
    _allowed = number


@contextmanager
def use(number: int) -> Iterator[None]:
    """Use exactly so many threads, however small the runs are."""
    global _forced  # noqa: PLW0603
    before, _forced = _forced, number
    try:
        yield
    finally:
        _forced = before


def number_for(rows: int) -> int:
    """Return how many threads move ``rows`` citizens."""
    if _forced is not None:
        return _forced
    return (_allowed or processors()) if rows >= WORTH_SHARING else 1


def share_out(work: Callable[[int, int], None], parts: int, rows: int) -> None:
    """Call ``work(first, last + 1)`` on spans that together make up ``range(parts)``.

    Args:
        work: must release the GIL and write to places of its own for each part.
        parts: number of parts.
        rows: citizens concerned, who decide whether threads pay.
    """
    threads = min(number_for(rows), parts)
    if threads <= 1:
        work(0, parts)
        return
    pieces = min(parts, threads * PIECES)
    cuts = [parts * piece // pieces for piece in range(pieces + 1)]
    list(_pool(threads).map(work, cuts[:-1], cuts[1:]))  # in a list: so that errors are raised here


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="spsim")
