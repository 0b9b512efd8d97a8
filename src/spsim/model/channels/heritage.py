"""The shared Soviet heritage: a trait of each citizen that anchors affect and colours acceptance.

Heritage falls over birth cohorts, is handed on in part, and can be made to fade for everybody by a lever. Its effect
on the anchor, ``heritage_weight`` times the citizen's heritage, is added citizen by citizen in ``spsim.model.opinion``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.model.blocks import equal_blocks, weighted_means
from spsim.model.channels import Signal
from spsim.model.inputs import Inputs
from spsim.model.population import Citizens

Floats = NDArray[np.float64]


def signal(powers: tuple[str, ...], countries: tuple[str, ...]) -> Signal:
    """Return the reach of heritage: it concerns everybody."""
    return Signal("heritage", reach_public=np.ones((len(countries), len(powers))))


def faded(citizens: Citizens, now: Inputs, dt: float) -> NDArray[np.float32]:
    """Return the heritage of all slots after a step of extra fading (none unless the lever is pulled)."""
    return np.asarray(citizens.heritage * np.exp(-now.heritage_fade * dt)[citizens.country], dtype=np.float32)


def mean_heritage(citizens: Citizens, weight: Floats, countries: int) -> Floats:
    """Return the weighted mean heritage of each country's slots, [C]."""
    blocks = equal_blocks(countries, citizens.slots // countries)
    return weighted_means(citizens.heritage[:, None], weight, blocks, countries)[:, 0]
