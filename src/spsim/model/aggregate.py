"""Weighted means by group, compiled: they are asked for at every step."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@njit(cache=True)
def weighted_means(
    values: NDArray[np.float32], weight: Floats, group: NDArray[np.uint32], groups: int
) -> tuple[Floats, Floats]:
    """Return the weighted mean of each column by group, and the weight of each group.

    Args:
        values: [N, columns].
        weight: [N].
        group: [N], from 0.
        groups: number of groups G.

    Returns:
        Means [G, columns] and weights [G].
    """
    total = np.zeros((groups, values.shape[1]))
    heads = np.zeros(groups)
    for i in range(values.shape[0]):
        heads[group[i]] += weight[i]
        for k in range(values.shape[1]):
            total[group[i], k] += weight[i] * np.float64(values[i, k])
    for g in range(groups):
        total[g] /= heads[g]
    return total, heads
