"""The dozen numbers that the polls can say something about, their priors, and what each does to the parameters.

Opinion data identify products only (a threat weight times the size of a shock), so the size of shocks is held and few
numbers are fitted. All other parameters keep their defaults.
"""

# ruff: noqa: ANN401 - a parameter is a number or a mapping of numbers
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spsim.config import Scenario, parameter_table
from spsim.config.parameters import leaves
from spsim.data import COUNTRIES

Floats = NDArray[np.float64]

POLLED = ("KZ", "KG", "TJ", "UZ")
"""The countries behind the means of Gallup."""


@dataclass(frozen=True)
class Dimension:
    """One calibrated number."""

    name: str
    """As in tables and figures."""
    parameter: str
    """The parameter that it is, or is part of."""
    path: tuple[str, ...] = ()
    """Power and country of the part."""
    shift: bool = False
    """Whether it is added to the defaults of several countries, and not a value by itself."""

    @property
    def default(self) -> float:
        """The value that the hand-set parameters have."""
        if self.shift:
            return 0.0
        value = parameter_table()[self.parameter][2]
        for key in self.path:
            value = value[key]
        return float(value)

    def quantile(self, share: float) -> float:
        """Return the value below which a share of the prior lies."""
        return parameter_table()[self.parameter][3].prior_of(*self.path).quantile(share, self.default)

    def share(self, value: float) -> float:
        """Return the share of the prior below a value: the inverse of :meth:`quantile`."""
        low, high = self.quantile(0.0), self.quantile(1.0)
        if parameter_table()[self.parameter][3].prior_of(*self.path).kind in {"loguniform", "factor"}:
            return float(np.log(value / low) / np.log(high / low))
        return (value - low) / (high - low)


DIMENSIONS = (
    Dimension("base.CN", "base", ("CN",), shift=True),
    Dimension("base.RU.KZ", "base", ("RU", "KZ")),
    Dimension("base.RU.KG", "base", ("RU", "KG")),
    Dimension("base.RU.UZ", "base", ("RU", "UZ")),
    Dimension("drift.RU.KZ", "drift", ("RU", "KZ")),
    Dimension("common_noise", "common_noise"),
    Dimension("threat_decay", "threat_decay"),
    Dimension("threat_weight.CN", "threat_weight", ("CN",)),
    Dimension("jump_share", "jump_share"),
    Dimension("war_memory.KZ", "war_memory", ("KZ",)),
    Dimension("threshold_closed", "threshold_closed"),
    Dimension("protest_scale", "protest_scale"),
)
NAMES = tuple(dimension.name for dimension in DIMENSIONS)


def values_at(shares: Floats) -> Floats:
    """Return values from places in the priors, both [..., dimensions]."""
    flat = np.asarray(shares, dtype=np.float64).reshape(-1, len(DIMENSIONS))
    found = [[dimension.quantile(float(share)) for dimension, share in zip(DIMENSIONS, row, strict=True)]
             for row in flat]
    return np.array(found).reshape(np.shape(shares))


def parameters_of(values: Mapping[str, float]) -> dict[str, Any]:
    """Return whole parameters, by name, at values of the dimensions.

    The base of Russia in Tajikistan, of which no poll is published, follows from the other three: the mean over the
    four polled countries is kept, as it was set by subtraction. The memory of the war moves in proportion. Values that
    would leave the bounds of a parameter are held at them.
    """
    table = parameter_table()
    found = {d.parameter: _copy(table[d.parameter][2]) for d in DIMENSIONS}
    for country in COUNTRIES:
        found["base"]["CN"][country] += values["base.CN"]
    moved = 0.0
    for dimension in DIMENSIONS:
        if dimension.shift:
            continue
        value = values[dimension.name]
        if dimension.name.startswith("base.RU."):
            moved += value - dimension.default
        if not dimension.path:
            found[dimension.parameter] = value
            continue
        *upper, last = dimension.path
        inner = found[dimension.parameter]
        for key in upper:
            inner = inner[key]
        if table[dimension.parameter][3].in_proportion:
            scale = value / dimension.default
            inner.update({key: number * scale for key, number in inner.items()})
        inner[last] = value
    found["base"]["RU"]["TJ"] -= moved
    return {name: _within(name, value) for name, value in found.items()}


def scenario_at(scenario: Scenario, shares: Sequence[float] | Floats) -> Scenario:
    """Return a scenario with the parameter set at a place in the priors, [dimensions]."""
    values = dict(zip(NAMES, values_at(np.array(shares)).tolist(), strict=True))
    return scenario.with_parameters(parameters_of(values))


def changed_leaves(values: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers that a parameter set gives, by dotted key as after ``--set``; the same keys for every set."""
    found = parameters_of(values)
    return {".".join((name, *path)): number for name, value in found.items() for path, number in leaves(value)
            if _calibrated(name, path)}


def _calibrated(name: str, path: tuple[str, ...]) -> bool:
    """Tell whether calibration moves a number."""
    if name == "base":
        return path[0] == "CN" or path[1] in POLLED
    return any(d.parameter == name and (d.path == path or parameter_table()[name][3].in_proportion)
               for d in DIMENSIONS)


def _copy(value: Any) -> Any:
    return {key: _copy(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _within(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _within(name, inner) for key, inner in value.items()}
    facts = parameter_table()[name][3]
    return float(min(max(value, facts.low), facts.high))
