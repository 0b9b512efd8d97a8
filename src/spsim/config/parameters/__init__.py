"""All scientific parameters: one frozen tree, the only place where their defaults and provenance stand.

Names are unique, so a scenario file, a command line or a keyword argument says ``anchor_rate`` and no more. The
sections say which mechanism a parameter belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spsim.config.errors import ConfigError, Problem
from spsim.config.parameters.base import LeafError, Section, leaves
from spsim.config.parameters.channels import Education, Investment, Media, Powers
from spsim.config.parameters.opinion import Heritage, Opinion
from spsim.config.parameters.politics import Elites, Events, Observation, Protest, Threat
from spsim.config.provenance import Provenance, provenance, weakest
from spsim.data.by_country import Evidence, known_numbers, numbers_below

SECTIONS: tuple[type[Section], ...] = (
    Opinion, Heritage, Media, Powers, Education, Investment, Threat, Events, Elites, Protest, Observation,
)


class Parameters(
    Opinion, Heritage, Media, Powers, Education, Investment, Threat, Events, Elites, Protest, Observation
):
    """Every parameter of the model; units, priors, evidence and sources are on the fields."""

    def over(
        self, name: str, powers: Sequence[str] = (), countries: Sequence[str] = ()
    ) -> NDArray[np.float64]:
        """Return a parameter as an array in the order of the axes; what is not listed takes its neutral value.

        Args:
            name: a parameter that varies by power, by country, or by both.
            powers: codes of the power axis, where the parameter varies along it.
            countries: codes of the country axis, likewise.

        Returns:
            [P], [C] or [C, P], as the parameter varies.
        """
        value, facts = getattr(self, name), parameter_table()[name][3]
        if facts.shape == "power_country":
            rows = [[value.get(power, {}).get(code, facts.neutral) for power in powers] for code in countries]
            return np.array(rows, dtype=np.float64)
        codes = countries if facts.shape == "country" else powers
        return np.array([value.get(code, facts.neutral) for code in codes], dtype=np.float64)


def _check_region() -> None:
    """Make sure that the numbers of the region are within the bounds of their parameters.

    Raises:
        ConfigError: some are not.
    """
    problems = [
        Problem(known.place, ".".join(filter(None, (name, power, code))), f"got {known.value:g}", facts.bounds_text())
        for (name, power), at in known_numbers().items()
        for facts in [provenance(Parameters.model_fields[name])]
        for code, known in at.items()
        if not facts.low <= known.value <= facts.high
    ]
    if problems:
        raise ConfigError(dict.fromkeys(problems))


_check_region()


@cache
def parameter_table() -> dict[str, tuple[type[Section], str, Any, Provenance]]:
    """Return name -> (section, description, default, provenance), in the order of the sections."""
    return {
        name: (section, field.description or "", field.default, provenance(field))
        for section in SECTIONS
        for name, field in section.model_fields.items()
    }


def badge_of(name: str, *path: str) -> Evidence:
    """Return the badge of a number; of several below ``path`` the one that promises least."""
    known = numbers_below(name, *path)
    return weakest(known) if known else parameter_table()[name][3].evidence


__all__ = ["SECTIONS", "LeafError", "Parameters", "Section", "badge_of", "leaves", "parameter_table"]
