"""Shares of survey answers, and how sure they are under the survey's design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shares:
    """Estimated shares of K answers.

    Attributes:
        share: [K], from 0 to 1.
        error: standard errors under the design, [K]; 0 for an answer that nobody or everybody gave.
        respondents: how many answered.
        effective: respondents of an equally weighted sample as informative as this one as far as weights go (Kish).
    """

    share: Floats
    error: Floats
    respondents: int
    effective: float


def weighted_shares(
    answers: NDArray[np.integer], kinds: int, weight: Floats, strata: NDArray[np.integer] | None = None,
    clusters: NDArray[np.integer] | None = None,
) -> Shares:
    """Estimate shares of answers with standard errors by Taylor linearisation.

    A share is a ratio of weighted sums. Its variance is that of the sum of the linearised values
    w (y - share) / sum(w) over clusters, which count as drawn with replacement within strata. Without clusters every
    respondent is one; without strata all are in one. A stratum with a single cluster is centred at the mean of all,
    which is zero.

    Args:
        answers: number of each respondent's answer, from 0 to ``kinds`` - 1, [N].
        kinds: number of answers K.
        weight: above 0, [N].
        strata: number of the stratum of each respondent, [N].
        clusters: number of the cluster, [N]; the same number in two strata means two clusters.
    """
    total = weight.sum()
    gave = answers[:, None] == np.arange(kinds)
    share = weight @ gave / total
    linear = weight[:, None] * (gave - share) / total
    strata = np.zeros(answers.size, dtype=np.int64) if strata is None else strata
    clusters = np.arange(answers.size) if clusters is None else clusters
    (stratum_of, _), cluster = np.unique(np.stack([strata, clusters]), axis=1, return_inverse=True)
    sums = np.stack([np.bincount(cluster.ravel(), each, stratum_of.size) for each in linear.T], axis=1)  # [clusters, K]
    variance = np.zeros(kinds)
    for stratum in np.unique(stratum_of):
        inside = sums[stratum_of == stratum]
        count = len(inside)
        apart = inside - inside.mean(axis=0) if count > 1 else inside
        variance += count / max(count - 1, 1) * (apart**2).sum(axis=0)
    return Shares(share, np.sqrt(variance), answers.size, float(total**2 / (weight**2).sum()))
