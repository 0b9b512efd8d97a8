"""Keyed random numbers: a draw is a function of its name and of nothing else.

A draw depends on (root seed, replicate, stream name, step, agent and its generation). Two scenarios with one seed
therefore share every draw that the intervention does not touch, and results do not depend on threads, processes or
the order of work. The generator is Threefry-2x64 with 13 rounds (Salmon et al. 2011), which needs no state.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

_PARITY = np.uint64(0x1BD11BDAA9FC1A22)
_ROTATIONS = np.array([16, 42, 12, 31, 16, 32, 24, 21], dtype=np.uint64)
_ONE, _TWELVE, _SIXTY_FOUR = np.uint64(1), np.uint64(12), np.uint64(64)
_FOUR_ROUNDS = 4
_ROUNDS = 13

GENERATION_BITS, COUNTRY_BITS = 32, 48


@dataclass(frozen=True)
class Stream:
    """The key of one kind of draw in one replicate."""

    first: np.uint64
    second: np.uint64


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


@njit(cache=True, inline="always")
def threefry(key0: np.uint64, key1: np.uint64, counter0: np.uint64, counter1: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return two words of 64 random bits (Threefry-2x64-13)."""
    key2 = key0 ^ key1 ^ _PARITY
    x0, x1 = counter0 + key0, counter1 + key1
    injection = np.uint64(0)
    for turn in range(_ROUNDS):
        by = _ROTATIONS[turn % 8]
        x0 += x1
        x1 = ((x1 << by) | (x1 >> (_SIXTY_FOUR - by))) ^ x0
        if turn % _FOUR_ROUNDS == _FOUR_ROUNDS - 1:
            injection += _ONE
            which = injection % np.uint64(3)
            first = key1 if which == _ONE else (key2 if which == np.uint64(2) else key0)
            second = key2 if which == _ONE else (key0 if which == np.uint64(2) else key1)
            x0 += first
            x1 += second + injection
    return x0, x1


@njit(cache=True, inline="always")
def unit_interval(word: np.uint64) -> float:
    """Return a number strictly between 0 and 1 from 64 random bits."""
    return (np.float64(word >> _TWELVE) + 0.5) * 2.220446049250313e-16  # 2**-52; one bit more would round up to 1


@njit(cache=True, inline="always")
def standard_normal(key0: np.uint64, key1: np.uint64, counter0: np.uint64, counter1: np.uint64) -> float:
    """Return a standard normal draw (Box and Muller 1958)."""
    word0, word1 = threefry(key0, key1, counter0, counter1)
    return math.sqrt(-2.0 * math.log(unit_interval(word0))) * math.cos(2.0 * math.pi * unit_interval(word1))


@njit(cache=True)
def _uniforms(key0: np.uint64, key1: np.uint64, counter0: np.uint64, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    out = np.empty(who.size)
    for i in range(who.size):
        out[i] = unit_interval(threefry(key0, key1, counter0, who[i])[0])
    return out


@njit(cache=True)
def _normals(key0: np.uint64, key1: np.uint64, counter0: np.uint64, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    out = np.empty(who.size)
    for i in range(who.size):
        out[i] = standard_normal(key0, key1, counter0, who[i])
    return out


def uniforms(key: Stream, step: int, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return one uniform draw for each identity in ``who``; shape [who]."""
    return _uniforms(key.first, key.second, np.uint64(step), who)


def normals(key: Stream, step: int, who: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return one standard normal draw for each identity in ``who``; shape [who]."""
    return _normals(key.first, key.second, np.uint64(step), who)
