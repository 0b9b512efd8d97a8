"""What stands between the public's expected answer and a printed figure, as a covariance between figures.

House effects belong to a pollster and mode, offsets of wording to an item and power; both are the same in every wave,
so that they do not average out, and figures of one poll err together. The leadership item has no offset of wording:
affect has no zero of its own, and this item defines it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

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
    def together(key: Callable[[Question], Hashable]) -> Floats:
        keys = [key(question) for question in questions]
        return np.array([[float(one == other) for other in keys] for one in keys])

    worded = np.array([question.item != REFERENCE_ITEM for question in questions])
    shared = p.house_effect_spread**2 * together(lambda q: (q.pollster, q.mode))
    shared += p.item_offset_spread**2 * together(lambda q: (q.item, q.power)) * np.outer(worded, worded)
    own = discrepancy**2 * np.eye(len(questions))
    return np.asarray(slopes[..., :, None] * slopes[..., None, :] * shared + _sampling(questions, expected) + own)


def _sampling(questions: Sequence[Question], expected: Floats) -> Floats:
    """Return the covariance by sampling: multinomial among the answers of one poll, and none between polls."""
    count = len(questions)
    share = np.clip(expected, 0.5, 99.5) / 100
    found = np.zeros((*expected.shape, count))
    for i, one in enumerate(questions):
        if one.kind == "change" or one.standard_error is not None:
            found[..., i, i] = _variance_alone(one)
            continue
        for j, other in enumerate(questions):
            if one.poll != other.poll or other.standard_error is not None:
                continue
            a, b = set(one.answers), set(other.answers)
            both = share[..., i] if a <= b else share[..., j] if b < a else 0.0  # nested answers, or apart
            found[..., i, j] = 1e4 * (both - share[..., i] * share[..., j]) * DESIGN_EFFECT / one.interviews
    return found


def _variance_alone(question: Question) -> float:
    """Return the sampling variance of a figure that stands alone, in square points."""
    if question.standard_error is not None:
        return question.standard_error**2
    return 2 * 1e4 * 0.25 * DESIGN_EFFECT / question.interviews  # two independent polls, at the largest variance
