"""What comes from outside the mechanism: rules (parameters), months (data, levers, events), pyramids, and chance."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from spsim.config import Parameters, parameter_table
from spsim.config.levers import MEDIA_SOURCES
from spsim.data import load_pack
from spsim.model.inputs import CHANNELS_WITH_BUDGET, Inputs
from spsim.model.randomness import Stream, normals, stream, uniforms


def single(number: float) -> float:
    """Return a number as it is stored: rounded to single precision."""
    return float(np.float32(number))


def clip(number: float, low: float, high: float) -> float:
    """Return the number, or the bound that it is beyond."""
    return low if number < low else high if number > high else number


def rules_of(parameters: Parameters, country: str, powers: Sequence[str]) -> SimpleNamespace:
    """Return all parameters as they hold in one country: a number, or numbers by power, under each name."""
    rules = {}
    for name, (_, _, _, facts) in parameter_table().items():
        if facts.shape == "one":
            rules[name] = getattr(parameters, name)
        elif facts.shape == "country":
            rules[name] = float(parameters.over(name, countries=[country])[0])
        elif facts.shape == "power":
            rules[name] = dict(zip(powers, parameters.over(name, powers).tolist(), strict=True))
        else:
            rules[name] = dict(zip(powers, parameters.over(name, powers, [country])[0].tolist(), strict=True))
    return SimpleNamespace(**rules)


def month_of(inputs: Inputs, number: int, row: int, powers: Sequence[str]) -> SimpleNamespace:
    """Return what acts on one country in one month: a number, or numbers by power, under the names of the inputs.

    Args:
        inputs: all monthly inputs.
        number: number of the step that begins with this month.
        row: position of the country.
        powers: codes of the powers.
    """
    now, month = inputs.at(number), {}
    for name, values in vars(now).items():
        if values.ndim == 0:
            month[name] = float(values)
        elif name == "source_reach":
            month[name] = dict(zip(MEDIA_SOURCES, values[row].tolist(), strict=True))
        elif name == "budget":
            month[name] = {
                power: dict(zip(CHANNELS_WITH_BUDGET, own.tolist(), strict=True))
                for power, own in zip(powers, values[row], strict=True)
            }
        elif values.ndim == 1:
            month[name] = float(values[row])
        else:
            month[name] = dict(zip(powers, values[row].tolist(), strict=True))
    return SimpleNamespace(**month)


class Pyramids:
    """Persons by single age, from 0 to 100 and over, by country and year."""

    def __init__(self, countries: Sequence[str]) -> None:
        self.countries = list(countries)
        self._known: dict[int, dict[str, list[float]]] = {}

    def heads(self, country: str, year: int) -> list[float]:
        """Return persons by age."""
        if year not in self._known:
            rows = load_pack().population(self.countries, [year])[0].tolist()
            self._known[year] = dict(zip(self.countries, rows, strict=True))
        return self._known[year][country]

    def adults(self, country: str, year: int) -> float:
        """Return persons of eighteen and more."""
        return sum(self.heads(country, year)[18:])


class Chance:
    """The keyed draws: each is a function of its name, a number (step or year) and of who draws."""

    def __init__(self, seed: int, replicate: int) -> None:
        self.seed, self.replicate = seed, replicate
        self._keys: dict[str, Stream] = {}

    def _key(self, name: str) -> Stream:
        if name not in self._keys:
            self._keys[name] = stream(self.seed, self.replicate, name)
        return self._keys[name]

    def uniforms(self, name: str, number: int, who: Sequence[int]) -> list[float]:
        """Return one number between 0 and 1 for each identity."""
        return uniforms(self._key(name), number, np.array(who, dtype=np.uint64)).tolist()

    def normals(self, name: str, number: int, who: Sequence[int]) -> list[float]:
        """Return one standard normal number for each identity."""
        return normals(self._key(name), number, np.array(who, dtype=np.uint64)).tolist()

    def uniform(self, name: str, number: int, who: int) -> float:
        """Return a number between 0 and 1."""
        return self.uniforms(name, number, [who])[0]

    def normal(self, name: str, number: int, who: int) -> float:
        """Return a standard normal number."""
        return self.normals(name, number, [who])[0]
