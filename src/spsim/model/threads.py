"""How many threads one run uses. No result depends on it: work is cut in the same blocks for any number of threads.

A run that is alone uses every processor that it may use where that pays: where a piece of work takes longer than
handing it over. Runs side by side share the processors (:func:`allow`): they gain more from them than threads do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from itertools import islice, pairwise

SHORTEST = 200_000
"""Nanoseconds of work for each thread, below which none is asked to help: to wake a processor may take half of that."""

FIRST = 1 / 8
"""Share of the work that the caller does at once, while the others wake up."""

ALMOST = 0.9
"""What a helper is given in one piece, over what it would do if all ended together."""

PIECES = 2
"""Small pieces for each thread at the end: who is held up by something else then holds up nobody."""

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

    Args:
        work: must release the GIL and write to places of its own for each part.
        parts: number of parts.
        nanoseconds: about how long all of it takes on one thread.
    """
    begin(work, parts, nanoseconds).finish()


def begin(work: Callable[[int, int], None], parts: int, nanoseconds: float, aside: float = 0.0) -> Underway:
    """Begin what :func:`share_out` does; the caller goes on with something else and then calls ``finish``.

    Args:
        work: as there.
        parts: as there.
        nanoseconds: as there.
        aside: about how long the something else takes; the other threads are given so much more of the work.
    """
    helping = max(0, min(number(), parts, int(nanoseconds / SHORTEST)) - 1)
    return Underway(work, _cuts(parts, helping, aside / nanoseconds) if helping > 0 else [0, parts], helping)


def _cuts(parts: int, helping: int, aside: float) -> list[int]:
    """Return where the pieces of work begin and end: one for the caller, one for each helper, and small ones.

    Args:
        parts: number of parts.
        helping: number of helpers.
        aside: how long the caller does something else, in shares of the work.
    """
    each = (1 + aside) / (helping + 1)  # what one does if all end together
    most = (1 - FIRST) / helping
    large = min(most, max(ALMOST * each, most / 2))
    few = PIECES * (helping + 1)
    ends = [FIRST, *(FIRST + large * (h + 1) for h in range(helping))]
    ends += [ends[-1] + (1 - ends[-1]) * (k + 1) / few for k in range(few)]
    return [0, *sorted({round(parts * end) for end in ends} - {0})]


class Underway:
    """Work that has begun. Whoever is free takes the next piece, so that nobody waits for a thread that wakes late."""

    def __init__(self, work: Callable[[int, int], None], cuts: list[int], helping: int) -> None:
        self._work, self._left = work, iter(list(pairwise(cuts)))
        self._helpers = [_pool(number() - 1).submit(self._take) for _ in range(helping)]
        if helping > 0:
            self._take_with_the_others(1)

    def finish(self) -> None:
        """Do with the others what is left of the work.

        Raises:
            Exception: what was raised in any thread.
        """
        self._take_with_the_others()
        helpers = self._others()
        wait(helpers)
        for helper in helpers:
            helper.result()  # raises what was raised there

    def _take(self, most: int | None = None) -> None:
        for first, last in islice(self._left, most):
            self._work(first, last)

    def _take_with_the_others(self, most: int | None = None) -> None:
        try:
            self._take(most)
        except BaseException:
            wait(self._others())  # whatever happens here, nobody writes after this call
            raise

    def _others(self) -> list[Future[None]]:
        """Return what other threads are at; what they have not begun is called off."""
        return [helper for helper in self._helpers if not helper.cancel()]


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="spsim")


if hasattr(os, "register_at_fork"):  # a forked process has the pools of its parent, and none of their threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
