"""How many threads one run uses. No result depends on it: work is cut in the same blocks for any number of threads.

A run that is alone uses every processor that it may use where that pays: where a piece of work takes longer than
handing it over. Runs side by side share the processors (:func:`allow`): they gain more from them than threads do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache

SHORTEST = 300_000
"""Nanoseconds that a piece of work must take: to wake a processor that rests may take a third of that."""

PIECES = 4
"""Pieces for each thread: one that is held up by something else then holds up the others less."""

_allowed: int | None = None


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def number() -> int:
    """Return how many threads a run of this process may use."""
    return _allowed or processors()


def allow(most: int | None) -> None:
    """Use at most so many threads in every run of this process from now on; None: as many as there are processors.

    Raises:
        ValueError: the number is below 1.
    """
    global _allowed  # noqa: PLW0603  # a property of the process, like its processors
    if most is not None and most < 1:
        raise ValueError(f"threads must be at least 1, got {most}")
    _allowed = most


@contextmanager
def use(most: int) -> Iterator[None]:
    """Use at most so many threads for a while."""
    before = _allowed
    allow(most)
    try:
        yield
    finally:
        allow(before)


def share_out(work: Callable[[int, int], None], parts: int, nanoseconds: float) -> None:
    """Call ``work(first, last + 1)`` on spans that together make up ``range(parts)``.

    The caller works, too: whoever is free takes the next span, so that nobody waits for a thread that wakes late.

    Args:
        work: must release the GIL and write to places of its own for each part.
        parts: number of parts.
        nanoseconds: about how long all of it takes on one thread.
    """
    pieces = min(parts, number() * PIECES, int(nanoseconds / SHORTEST))
    if min(number(), pieces) <= 1:
        work(0, parts)
        return
    cuts = [parts * piece // pieces for piece in range(pieces + 1)]
    left = iter(range(pieces))

    def take() -> None:
        for piece in left:
            work(cuts[piece], cuts[piece + 1])

    helpers = [_pool(number() - 1).submit(take) for _ in range(min(number(), pieces) - 1)]
    try:
        take()
    finally:
        wait(helpers)  # whatever happens here, nobody writes after this call
    for helper in helpers:
        helper.result()  # raises what was raised there


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="spsim")


if hasattr(os, "register_at_fork"):  # a forked process has the pools of its parent, and none of their threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
