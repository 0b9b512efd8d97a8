"""The machine: what it is, and how fast it moves memory, multiplies and does a bit of everything."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from measuring.rounds import Beside, Case, Clock, Take

Floats = NDArray[np.float64]

LONG = 20_000_000
"""Numbers of an array of the bandwidth probes, 160 MB: far more than any cache holds."""

DEGREE = 32
"""Multiplications and additions by which a number goes through the floating-point probe."""

SCORED = 1_000_000
"""Turns of the mixed kernel in one reading of the CPU score."""


def description() -> dict[str, Any]:
    """Return what the machine is and what runs on it."""
    return {
        "cpu": _cpu(), "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}", "python": platform.python_version(),
        "numpy": np.__version__, "numba": numba.__version__,
    }


def _cpu() -> str:
    listed = Path("/proc/cpuinfo")
    found: dict[str, str] = {}
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            found.setdefault(name.strip(), value.strip())
    model = found.get("model name", platform.processor() or "unknown")
    return f"{model}, family {found['cpu family']}, model {found['model']}" if "cpu family" in found else model


@njit(cache=True, parallel=True)
def _copy(into: Floats, source: Floats) -> None:
    for i in prange(into.size):
        into[i] = source[i]


@njit(cache=True, parallel=True)
def _triad(into: Floats, one: Floats, two: Floats, factor: float) -> None:
    for i in prange(into.size):
        into[i] = one[i] + factor * two[i]


@njit(cache=True, parallel=True, fastmath=True)
def _multiply_and_add(numbers: Floats, sums: Floats, turns: int) -> None:
    """Evaluate a polynomial of each number by Horner's rule; a block of numbers stays in the first cache."""
    for block in prange(sums.size):
        total = 0.0
        for turn in range(turns):
            at = turn * 1e-9
            for i in range(numbers.size):
                value = numbers[i] + at
                result = 1.0
                for _ in range(DEGREE):
                    result = result * value + 0.5
                total += result
        sums[block] = total


@njit(cache=True)
def _mixed(turns: int, table: Floats) -> float:
    """Hash, gather from a table in the second cache, and put a number through a rational function, as a step does."""
    gamma, one, two = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
    mask, counter, total = np.uint64(table.size - 1), np.uint64(0), 0.0
    for _ in range(turns):
        counter += gamma
        word = (counter ^ (counter >> np.uint64(30))) * one
        word = (word ^ (word >> np.uint64(27))) * two
        word ^= word >> np.uint64(31)
        drawn = np.float64(word >> np.uint64(11)) * 2.0**-53
        met = table[word & mask] - drawn
        curve = 1.0 + met * (0.5 + met * (0.125 + met * (0.0208 + met * 0.0026)))
        total += met / (1.0 + curve * curve) if met > -0.25 else drawn
    return total


_TABLE = np.linspace(-1.0, 1.0, 2**15)


def score(clock: Clock = time.perf_counter) -> float:
    """Return the CPU score: million turns of a mixed kernel a second of a clock, on one thread."""
    begun = clock()
    _mixed(SCORED, _TABLE)
    return SCORED / 1e6 / (clock() - begun)


def _bandwidth(threads: int, arrays: int, clock: Clock) -> Take:
    """Return a probe of the bytes that are read and written a second, in GB/s: two arrays copy, three are a triad."""
    fields = [np.full(LONG, 1.0) for _ in range(arrays)]

    def move() -> None:
        if arrays == 2:
            _copy(*fields)
        else:
            _triad(*fields, 3.0)

    return _rate(move, 8 * arrays * LONG / 1e9, threads, clock)


def _floating(threads: int, clock: Clock) -> Take:
    numbers, sums, turns = np.linspace(0.0, 0.5, 1024), np.zeros(threads), 4000
    amount = 2 * DEGREE * numbers.size * turns * threads / 1e9
    return _rate(lambda: _multiply_and_add(numbers, sums, turns), amount, threads, clock)


def _rate(work: Callable[[], None], amount: float, threads: int, clock: Clock) -> Take:
    """Return what measures an amount of work a second on so many threads; the best of three, as is the custom."""

    def take() -> float:
        before = numba.get_num_threads()
        numba.set_num_threads(threads)
        try:
            times = []
            for _ in range(3):
                begun = clock()
                work()
                times.append(clock() - begun)
        finally:
            numba.set_num_threads(before)
        return amount / min(times)

    take()
    return take


def _score(clock: Clock) -> Take:
    score()
    return lambda: max(score(clock) for _ in range(5))


def cases(threads: tuple[int, ...], clock: Clock) -> list[Case]:
    """Return the cases of this module."""
    found = [Case("machine/score", "CPU score, one thread", "million turns/s", lambda: _score(clock))]
    for n in threads:
        on = "one thread" if n == 1 else f"{n} threads"
        kinds = {
            "copy": ("memory bandwidth, copy", "GB/s", lambda n=n: _bandwidth(n, 2, clock)),
            "triad": ("memory bandwidth, triad", "GB/s", lambda n=n: _bandwidth(n, 3, clock)),
            "float": ("multiply and add", "Gflop/s", lambda n=n: _floating(n, clock)),
        }
        for kind, (what, unit, start) in kinds.items():
            beside = (Beside(f"machine/{kind}/1", "times one thread"),) if n > 1 else ()
            found.append(Case(f"machine/{kind}/{n}", f"{what}, {on}", unit, start, beside))
    return found
