"""What the powers do with their budgets: fixed shares by default, or an allocation that follows need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.inputs import CHANNELS_WITH_BUDGET, Inputs

Floats = NDArray[np.float64]


def allocate(now: Inputs, public_mean: Floats, p: Parameters) -> dict[str, Floats]:
    """Return the budget index of each channel by country and power, [C, P].

    An adaptive power puts a share of its media and culture budget in those countries where the lever is pulled into
    one pool and deals it out again by need: more where the public likes it less. The sum over countries stays what it
    was. Education follows applicants and is not moved.

    Args:
        now: inputs of the step.
        public_mean: mean affect, [C, P].
        p: parameters.
    """
    budgets = {name: now.budget[:, :, b] for b, name in enumerate(CHANNELS_WITH_BUDGET)}
    if not now.adaptive.any():
        return budgets
    need = np.exp(-p.allocation_response * public_mean)
    for name in ("media", "culture"):
        movable = now.adaptive * budgets[name]
        wanted = movable * need
        total, pool = wanted.sum(axis=0), movable.sum(axis=0)
        share = np.divide(wanted, total, out=np.zeros_like(wanted), where=total > 0)
        budgets[name] = budgets[name] - movable + pool * share
    return budgets
