"""Drawing lots: who of each group is chosen, by the lowest draws."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def lowest(draw: NDArray[np.float64], group: NDArray[np.uint8], wanted: Ints) -> Ints:
    """Return those with the lowest draws of each group, in ascending order; of equal draws the first ones are taken.

    Args:
        draw: one number for each member, [N].
        group: group of each member, from 0, [N].
        wanted: how many are chosen of each group, at most all of it, [groups].

    Returns:
        Numbers of the members chosen, [sum of wanted].
    """
    begin = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(wanted)])
    chosen = np.empty(begin[-1], dtype=np.int64)
    _choose(draw, group, begin, np.where(wanted > 0, np.inf, -np.inf), chosen)
    return np.sort(chosen)


@njit(cache=True, nogil=True)
def _choose(
    draw: NDArray[np.float64], group: NDArray[np.uint8], begin: Ints, bar: NDArray[np.float64], chosen: Ints
) -> None:
    """Write those chosen of group ``g`` to ``chosen[begin[g]:begin[g + 1]]``.

    Each group keeps the lowest so far in a heap, with the highest of them, who leaves first, on top. So most members
    cost no more than a comparison with ``bar``: who draws less than that comes in.
    """
    held = np.zeros(bar.size, dtype=np.int64)
    for i in range(draw.size):
        g = group[i]
        if draw[i] < bar[g]:
            heap = chosen[begin[g] : begin[g + 1]]
            if held[g] < heap.size:  # the first ones are made a heap when there are enough of them
                heap[held[g]] = i
                held[g] += 1
                if held[g] < heap.size:
                    continue
                for place in range(heap.size // 2 - 1, -1, -1):
                    _sink(heap, place, draw)
            else:
                heap[0] = i
                _sink(heap, 0, draw)
            bar[g] = draw[heap[0]]


@njit(cache=True, nogil=True)
def _sink(heap: Ints, place: int, draw: NDArray[np.float64]) -> None:
    """Let the member at a place of a heap sink below those who leave earlier."""
    sinking = heap[place]
    while 2 * place + 1 < heap.size:
        below = 2 * place + 1
        if below + 1 < heap.size and _leaves_first(heap[below + 1], heap[below], draw):
            below += 1
        if not _leaves_first(heap[below], sinking, draw):
            break
        heap[place] = heap[below]
        place = below
    heap[place] = sinking


@njit(cache=True, forceinline=True, error_model="numpy")
def _leaves_first(one: int, other: int, draw: NDArray[np.float64]) -> bool:
    """Whether the one has the higher draw, or the same and comes later in the list."""
    return draw[one] > draw[other] or (draw[one] == draw[other] and one > other)
