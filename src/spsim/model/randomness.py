"""Keyed random numbers: a draw is a function of its name and of nothing else.

A draw depends on (root seed, replicate, stream name, step, agent and its generation). Two scenarios with one seed
therefore share every draw that the intervention does not touch, and results do not depend on threads, processes or
the order of work. The generator is Threefry-2x64 with 13 rounds (Salmon et al. 2011), which needs no state.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

_PARITY = np.uint64(0x1BD11BDAA9FC1A22)
_TWELVE, _SIXTY_FOUR = np.uint64(12), np.uint64(64)
_MIDDLE = 0.425  # distance from one half up to which a share is near the middle
_NEAR_TAIL = 5.0  # of sqrt(-log(share outside)), up to which one approximation holds; another beyond it
_BLOCK = 512

GENERATION_BITS, COUNTRY_BITS = 32, 48


@dataclass(frozen=True)
class Stream:
    """The key of one kind of draw in one replicate."""

    first: np.uint64
    second: np.uint64


@lru_cache(maxsize=1024)
def stream(seed: int, replicate: int, name: str) -> Stream:
    """Return the key of stream ``name``; equal arguments give equal keys on every machine."""

    def word(text: str) -> np.uint64:
        return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))

    return Stream(word(f"spsim/{seed}/{replicate}"), word(name))


def country_word(country: str) -> np.uint64:
    """Return the 16 bits that stand for a country, whatever other countries are simulated."""
    return np.uint64(int.from_bytes(country.encode(), "big") << COUNTRY_BITS)


def identities(country: str, slots: int) -> NDArray[np.uint64]:
    """Return the identity of each slot of a country: country, generation 0, slot number; shape [slots]."""
    return country_word(country) | np.arange(slots, dtype=np.uint64)


NEXT_GENERATION = np.uint64(1 << GENERATION_BITS)


@njit(cache=True, forceinline=True, error_model="numpy")
def _round(x0: np.uint64, x1: np.uint64, by: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Add, turn the second word by some bits, mix."""
    x0 = x0 + x1
    turned = (x1 << by) | (x1 >> (_SIXTY_FOUR - by))
    return x0, turned ^ x0


@njit(cache=True, forceinline=True, error_model="numpy")
def threefry(key0: np.uint64, key1: np.uint64, counter0: np.uint64, counter1: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return two words of 64 random bits (Threefry-2x64-13).

    The thirteen rounds stand one after the other and not in a loop: so the compiler makes several draws at a time.
    """
    key2 = key0 ^ key1 ^ _PARITY
    x0, x1 = counter0 + key0, counter1 + key1
    x0, x1 = _round(x0, x1, np.uint64(16))
    x0, x1 = _round(x0, x1, np.uint64(42))
    x0, x1 = _round(x0, x1, np.uint64(12))
    x0, x1 = _round(x0, x1, np.uint64(31))
    x0, x1 = x0 + key1, x1 + (key2 + np.uint64(1))
    x0, x1 = _round(x0, x1, np.uint64(16))
    x0, x1 = _round(x0, x1, np.uint64(32))
    x0, x1 = _round(x0, x1, np.uint64(24))
    x0, x1 = _round(x0, x1, np.uint64(21))
    x0, x1 = x0 + key2, x1 + (key0 + np.uint64(2))
    x0, x1 = _round(x0, x1, np.uint64(16))
    x0, x1 = _round(x0, x1, np.uint64(42))
    x0, x1 = _round(x0, x1, np.uint64(12))
    x0, x1 = _round(x0, x1, np.uint64(31))
    x0, x1 = x0 + key0, x1 + (key1 + np.uint64(3))
    return _round(x0, x1, np.uint64(16))


@njit(cache=True, forceinline=True, error_model="numpy")
def unit_interval(word: np.uint64) -> float:
    """Return a number strictly between 0 and 1 from 64 random bits."""
    return (np.float64(word >> _TWELVE) + 0.5) * 2.220446049250313e-16  # 2**-52; one bit more would round up to 1


@njit(cache=True, forceinline=True, error_model="numpy")
def normal_quantile(share: float) -> float:
    """Return the standard normal quantile of a share in (0, 1), to about 1e-16 (Wichura 1988, algorithm AS 241)."""
    from_middle = share - 0.5
    return _far_quantile(share) if abs(from_middle) > _MIDDLE else _middle_quantile(from_middle)


@njit(cache=True, forceinline=True, error_model="numpy")
def _middle_quantile(q: float) -> float:
    """Return the quantile of 0.5 + q within ``_MIDDLE``: five draws in six, without a logarithm."""
    r = 0.180625 - q * q
    return q * (
        (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
        + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
        + 133.14166789178437745) * r + 3.387132872796366608)
        / (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
        + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
        + 42.313330701600911252) * r + 1.0)
    )


@njit(cache=True, forceinline=True, error_model="numpy")
def _far_quantile(share: float) -> float:
    """Return the quantile of a share farther from one half than ``_MIDDLE``."""
    outside = math.sqrt(-math.log(min(share, 1.0 - share)))
    tail = _near_tail(outside) if outside <= _NEAR_TAIL else _far_tail(outside)
    return -tail if share < 0.5 else tail


@njit(cache=True, forceinline=True, error_model="numpy")
def _near_tail(outside: float) -> float:
    """Return how far from 0 the quantile is at sqrt(-log(share outside)) of at most ``_NEAR_TAIL``."""
    r = outside - 1.6
    return (
        (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
        + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
        + 4.6303378461565452959) * r + 1.42343711074968357734)
        / (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
        + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
        + 2.05319162663775882187) * r + 1.0)
    )


@njit(cache=True, forceinline=True, error_model="numpy")
def _far_tail(outside: float) -> float:
    """Return the same beyond that, where one draw in 36 thousand million falls."""
    r = outside - _NEAR_TAIL
    return (
        (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
        + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
        + 5.4637849111641143699) * r + 6.6579046435011037772)
        / (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
        + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
        + 0.59983220655588793769) * r + 1.0)
    )


@njit(cache=True, forceinline=True, error_model="numpy")
def standard_normal(key0: np.uint64, key1: np.uint64, counter0: np.uint64, counter1: np.uint64) -> float:
    """Return a standard normal draw, which rises with the uniform one behind it."""
    return normal_quantile(unit_interval(threefry(key0, key1, counter0, counter1)[0]))


@njit(cache=True, nogil=True)
def _uniforms(key0: np.uint64, key1: np.uint64, counter0: np.uint64, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    out = np.empty(who.size)
    for i in range(who.size):
        out[i] = unit_interval(threefry(key0, key1, counter0, who[i])[0])
    return out


@njit(cache=True, nogil=True, error_model="numpy")  # Python's would look for divisors of 0, one draw at a time
def fill_normals(
    key0: np.uint64, key1: np.uint64, counter0: np.uint64, who: NDArray[np.uint64], out: NDArray[np.float64]
) -> None:
    """Write one standard normal draw for each identity in ``who``, the same as :func:`standard_normal`, to ``out``.

    Each line of work is a loop of its own over a block of draws, so that the compiler makes several at a time; those
    far from the middle, one in six, need a logarithm and come last.
    """
    share, far, outside = np.empty(_BLOCK), np.empty(_BLOCK, dtype=np.uint32), np.empty(_BLOCK)
    for start in range(0, who.size, _BLOCK):
        names, draws = who[start : start + _BLOCK], out[start : start + _BLOCK]
        for i in range(names.size):
            share[i] = unit_interval(threefry(key0, key1, counter0, names[i])[0])
        count = 0
        for i in range(names.size):
            far[count] = i  # stays if this one is far, and is overwritten if not
            count += abs(share[i] - 0.5) > _MIDDLE
        for i in range(names.size):
            draws[i] = _middle_quantile(share[i] - 0.5)
        for k in range(count):
            outside[k] = -math.log(min(share[far[k]], 1.0 - share[far[k]]))
        for k in range(count):
            outside[k] = math.sqrt(outside[k])
        for k in range(count):
            tail = _near_tail(outside[k]) if outside[k] <= _NEAR_TAIL else _far_tail(outside[k])
            draws[far[k]] = -tail if share[far[k]] < 0.5 else tail


def uniforms(key: Stream, step: int, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return one uniform draw for each identity in ``who``; shape [who]."""
    return _uniforms(key.first, key.second, np.uint64(step), who)


def normals(key: Stream, step: int, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return one standard normal draw for each identity in ``who``; shape [who]."""
    out = np.empty(who.size)
    fill_normals(key.first, key.second, np.uint64(step), who, out)
    return out


@njit(cache=True)
def _by_step(
    key0: np.uint64, key1: np.uint64, steps: int, who: NDArray[np.uint64], normal: bool
) -> NDArray[np.float64]:
    out = np.empty((steps, who.size))
    for step in range(steps):
        if normal:
            fill_normals(key0, key1, np.uint64(step), who, out[step])
        else:
            out[step] = _uniforms(key0, key1, np.uint64(step), who)
    return out


def uniforms_by_step(key: Stream, steps: int, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return what :func:`uniforms` gives in each step, [steps, who]."""
    return _by_step(key.first, key.second, steps, who, False)


def normals_by_step(key: Stream, steps: int, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return what :func:`normals` gives in each step, [steps, who]."""
    return _by_step(key.first, key.second, steps, who, True)
