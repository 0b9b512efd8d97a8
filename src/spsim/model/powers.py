"""What the powers do with their budgets: fixed shares by default, or an allocation that follows need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.inputs import CHANNELS_WITH_BUDGET, Inputs

Floats = NDArray[np.float64]


def allocate(now: Inputs, public_mean: Floats, p: Parameters) -> dict[str, Floats]:
    """Return the budget index of each channel by country and power, [C, P].

    An adaptive power moves a share of its media and culture budget to countries whose publics like it less; the sum
    over countries stays what it was. Education follows applicants and is not moved.

    Args:
        now: inputs of the step.
        public_mean: mean affect, [C, P].
        p: parameters.
    """
    need = np.exp(-p.allocation_response * public_mean)
    by_need = need / need.mean(axis=0)
    tilt = (1 - now.adaptive) + now.adaptive * by_need
    budgets = {name: now.budget[:, :, b] for b, name in enumerate(CHANNELS_WITH_BUDGET)}
    for name in ("media", "culture"):
        moved = budgets[name] * tilt
        total, kept = moved.sum(axis=0), budgets[name].sum(axis=0)
        budgets[name] = moved * np.divide(kept, total, out=np.ones_like(total), where=total > 0)
    return budgets
