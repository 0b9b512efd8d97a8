"""Culture: institutes, centres, tours, film. The same gate as media; nothing wears out by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.channels import Signal, Source, about
from spsim.model.channels.media import CLASSES, SPEAKS, budget_strength
from spsim.model.inputs import Inputs
from spsim.model.population import RUSSIAN, URBAN

Floats = NDArray[np.float64]

IN_TOWN = (CLASSES & URBAN) > 0
NEEDS_LANGUAGE = {"RU": RUSSIAN}
"""Powers whose cultural offers are followed in their language only."""


def signal(
    now: Inputs, culture_budget: Floats, p: Parameters, countries: tuple[str, ...], powers: tuple[str, ...]
) -> Signal:
    """Return the cultural offers of one step: one source for each power.

    Args:
        now: inputs of the step; closed borders stop cultural exchange.
        culture_budget: effective budget index, [C, P].
        p: parameters.
        countries: codes in the order of the country axis.
        powers: codes in the order of the power axis.
    """
    urban, rural = p.over("reach_culture_urban", powers), p.over("reach_culture_rural", powers)
    position, sources = p.over("stance", powers), []
    strength = p.culture_strength * budget_strength(culture_budget)
    open_share = (1 - now.closure) * now.border_open[:, None]
    for i, power in enumerate(powers):
        reach = np.where(IN_TOWN, urban[i], rural[i])
        if power in NEEDS_LANGUAGE:
            reach = reach * SPEAKS[NEEDS_LANGUAGE[power]]
        sources.append(Source(
            f"culture_{power.lower()}", "culture", strength[:, i], reach * open_share[:, i, None],
            about(power, position[i], countries, powers), i, state=True,
        ))
    return Signal("culture", sources=tuple(sources))
