"""Diplomacy: memberships, security cooperation, non-interference. It speaks to elites only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.channels import Signal
from spsim.model.inputs import Inputs

Floats = NDArray[np.float64]


def signal(now: Inputs, security: Floats, p: Parameters, non_interference: Floats) -> Signal:
    """Return what diplomacy adds to the alignment of elites.

    Args:
        now: inputs of the step.
        security: lift by security events, fading, [C, P].
        p: parameters.
        non_interference: what respect for it adds, [P].
    """
    elite = now.diplomacy * (p.membership_security * now.membership + non_interference + security)
    return Signal("diplomacy", elite=elite, reach_public=np.zeros_like(elite), reach_elite=np.ones_like(elite))
