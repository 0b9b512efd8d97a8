"""What stands between the public's expected answer and a printed figure, as a covariance between figures.

House effects belong to a pollster and mode, offsets of wording to an item and power; both are the same in every wave,
so that they do not average out, and figures of one poll err together. The leadership item has no offset of wording:
affect has no zero of its own, and this item defines it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.experiments.surveys.questions import Question

Floats = NDArray[np.float64]

REFERENCE_ITEM = "leadership"

DESIGN_EFFECT = 1.5
"""Variance of an estimate over that of a simple random sample of the same size (assumed at what is usual)."""

DISCREPANCY = 3.0
"""Standard deviation, in points, of what the model cannot reproduce at its best parameters (assumption)."""


def covariance(questions: Sequence[Question], expected: Floats, slopes: Floats, p: Parameters,
               discrepancy: float = DISCREPANCY) -> Floats:
    """Return the covariance of printed figures around the expected answers.

    Args:
        questions: Q figures.
        expected: expected figures in points, [..., Q].
        slopes: change of a figure with its item's offset, points per unit of affect, [..., Q].
        p: parameters, for the sizes of house effects and offsets of wording.
        discrepancy: standard deviation of the model's own error, in points.

    Returns:
        Square points, [..., Q, Q].
    """
    shared, nested, wider, apart, alone = _structure(tuple(questions))
    outer = slopes[..., :, None] * slopes[..., None, :]
    spread = p.house_effect_spread**2 * shared[0] + p.item_offset_spread**2 * shared[1]
    share = np.clip(expected, 0.5, 99.5) / 100
    both = nested * share[..., :, None] + wider * share[..., None, :]
    sampling = 1e4 * (both - apart * share[..., :, None] * share[..., None, :])
    own = np.diag(alone + discrepancy**2)
    return np.asarray(outer * spread + sampling + own)


@lru_cache(maxsize=8)
def _structure(questions: tuple[Question, ...]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return what figures share, as it does not depend on their expected values.

    Returns:
        Pairs with the same house, and with the same wording [2, Q, Q]; weights of the multinomial covariance of
        sampling in the answers of one poll, [Q, Q] each: on the share of the first where its answers are among those
        of the second, on that of the second where it is the other way round, on the product of both; and the variance
        of sampling of figures that stand alone, square points, [Q].
    """
    def together(key: Callable[[Question], Hashable]) -> Floats:
        keys = [key(question) for question in questions]
        return np.array([[float(one == other) for other in keys] for one in keys])

    worded = np.array([question.item != REFERENCE_ITEM for question in questions])
    shared = np.stack([
        together(lambda q: (q.pollster, q.mode)), together(lambda q: (q.item, q.power)) * np.outer(worded, worded)
    ])
    by_itself = np.array([q.kind == "change" or q.standard_error is not None for q in questions])
    size = np.array([DESIGN_EFFECT / q.interviews for q in questions])
    apart = together(lambda q: q.poll) * np.outer(~by_itself, ~by_itself) * size
    within = np.array([[set(one.answers) <= set(other.answers) for other in questions] for one in questions])
    alone = np.array([_variance_alone(q) if single else 0.0 for q, single in zip(questions, by_itself, strict=True)])
    return shared, apart * within, apart * (within.T & ~within), apart, alone


def _variance_alone(question: Question) -> float:
    """Return the sampling variance of a figure that stands alone, in square points."""
    if question.standard_error is not None:
        return question.standard_error**2
    return 2 * 1e4 * 0.25 * DESIGN_EFFECT / question.interviews  # two independent polls, at the largest variance
