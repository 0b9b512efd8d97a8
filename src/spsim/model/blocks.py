"""Blocks: rows of citizens cut into pieces, so that sums do not depend on who computes them.

A block is at most ``BLOCK`` rows of one country. Each has sums of its own, which are added up in the order of the
blocks; so results are the same for any number of threads, and however many numbers a processor adds at once.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.model import threads

Floats = NDArray[np.float64]

BLOCK = 256


def block_table(country: NDArray[np.integer], kind: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the blocks of rows: country, first and last + 1 position, [blocks, 3].

    Args:
        country: country of each row.
        kind: rows of different kinds, slots and pipeline agents, share no block. So the blocks of a country do not
            depend on which others are simulated.
    """
    changes = (np.diff(country) != 0) | (kind[1:] != kind[:-1])
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), country.size]
    starts = [np.arange(a, b, BLOCK) for a, b in pairwise(edges)]
    stops = [np.minimum(start + BLOCK, b) for start, b in zip(starts, edges[1:], strict=True)]
    start, stop = np.concatenate(starts), np.concatenate(stops)
    return np.stack([country[start].astype(np.int64), start, stop], axis=1)


@lru_cache(maxsize=8)
def equal_blocks(countries: int, rows: int) -> NDArray[np.int64]:
    """Return the blocks of countries with the same number of rows; asked for every month, worked out once."""
    return block_table(np.repeat(np.arange(countries), rows), np.zeros(countries * rows, dtype=np.bool_))


@njit(cache=True, error_model="numpy")
def weighted_sum(weight: Floats, column: Floats) -> float:
    """Return the weighted sum of a column, in a fixed order that lets several numbers be added at once."""
    n = np.uint64(weight.size)
    whole = n - n % np.uint64(4)
    first, second, third, fourth = 0.0, 0.0, 0.0, 0.0
    for j in range(np.uint64(0), whole, np.uint64(4)):
        first += weight[j] * column[j]
        second += weight[j + np.uint64(1)] * column[j + np.uint64(1)]
        third += weight[j + np.uint64(2)] * column[j + np.uint64(2)]
        fourth += weight[j + np.uint64(3)] * column[j + np.uint64(3)]
    rest = 0.0
    for j in range(whole, n):
        rest += weight[j] * column[j]
    return ((first + third) + (second + fourth)) + rest


@njit(cache=True, error_model="numpy")
def by_country(blocks: NDArray[np.int64], sums: Floats, countries: int) -> Floats:
    """Return the sums of blocks added up by country, block after block, [C, ...columns of sums]."""
    total = np.zeros((countries, *sums.shape[1:]))
    for b in range(blocks.shape[0]):
        total[blocks[b, 0]] += sums[b]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def sum_blocks(blocks: NDArray[np.int64], values: NDArray[np.float32], weight: Floats, sums: Floats) -> None:
    """Write by block the weighted sums of the columns of ``values`` and, last, the weight, [blocks, columns + 1]."""
    column, ones = np.empty(BLOCK), np.ones(BLOCK)
    columns = np.uint64(values.shape[1])
    for b in range(blocks.shape[0]):
        start = np.uint64(blocks[b, 1])
        persons = weight[blocks[b, 1] : blocks[b, 2]]
        for k in range(columns):
            for j in range(np.uint64(persons.size)):
                column[j] = np.float64(values[start + j, k])
            sums[b, k] = weighted_sum(persons, column)
        sums[b, columns] = weighted_sum(persons, ones)


def weighted_means(values: NDArray[np.float32], weight: Floats, blocks: NDArray[np.int64], countries: int) -> Floats:
    """Return the weighted mean of each column by country, [C, columns].

    Args:
        values: [N, columns].
        weight: persons, [N].
        blocks: blocks of rows, see :func:`block_table`.
        countries: number of countries C.
    """
    sums = np.empty((len(blocks), values.shape[1] + 1))

    def work(first: int, last: int) -> None:
        sum_blocks(blocks[first:last], values, weight, sums[first:last])

    threads.share_out(work, len(blocks), values.size)  # about a nanosecond each
    total = by_country(blocks, sums, countries)
    return np.asarray(total[:, :-1] / total[:, -1:])
