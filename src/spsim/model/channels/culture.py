"""Culture: institutes, centres, tours, film. The same gate as media; nothing wears out by itself."""

from __future__ import annotations

import numpy as np

from spsim.config import Parameters
from spsim.model.channels.media import CLASSES, SPEAKS
from spsim.model.inputs import Inputs
from spsim.model.outlets import Outlet, about
from spsim.model.population import RUSSIAN, URBAN

IN_TOWN = (CLASSES & URBAN) > 0
NEEDS_LANGUAGE = {"RU": RUSSIAN}
"""Powers whose cultural offers are followed in their language only."""


def outlets(inputs: Inputs, p: Parameters, countries: tuple[str, ...], powers: tuple[str, ...]) -> list[Outlet]:
    """Return the cultural offers of all months: one outlet for each power.

    Args:
        inputs: of all steps; closed borders stop cultural exchange.
        p: parameters.
        countries: codes in the order of the country axis.
        powers: codes in the order of the power axis.
    """
    urban, rural = p.over("reach_culture_urban", powers), p.over("reach_culture_rural", powers)
    position, found = p.over("stance", powers), []
    open_share = (1 - inputs.closure) * inputs.border_open[:, :, None]
    for i, power in enumerate(powers):
        reach = np.where(IN_TOWN, urban[i], rural[i])
        if power in NEEDS_LANGUAGE:
            reach = reach * SPEAKS[NEEDS_LANGUAGE[power]]
        found.append(Outlet(
            f"culture_{power.lower()}", "culture", p.culture_strength, reach * open_share[:, :, i, None],
            about(power, position[i], countries, powers), i, state=True,
        ))
    return found
