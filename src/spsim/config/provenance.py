"""How a parameter says what it is: unit, prior, evidence badge, source.

Nothing else in the package keeps a second copy of these: validation, the command line, the documentation and, later,
sensitivity analysis and calibration read them here.
"""

# ruff: noqa: ANN401 - a default is a number or a mapping of numbers, and stands where pydantic expects the type
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import Field
from pydantic.fields import FieldInfo

from spsim.data import COUNTRIES

Evidence = Literal["data", "literature", "seed", "assumption", "imposed"]
"""Where a number comes from. ``seed`` is a claim of one of the two papers, ``imposed`` is put in to follow an event."""

BADGES: tuple[str, ...] = get_args(Evidence)

Shape = Literal["one", "country", "power", "power_country"]


@dataclass(frozen=True)
class Prior:
    """What is believed about a parameter before any fit.

    ``kind`` is ``uniform`` or ``loguniform`` on [low, high], ``shift`` (default plus or minus ``high``), ``factor``
    (default divided or multiplied by ``high``, log-uniform between) or ``fixed`` (a convention or a normalisation).
    """

    kind: Literal["uniform", "loguniform", "shift", "factor", "fixed"]
    low: float = math.nan
    high: float = math.nan

    def interval(self, default: float) -> tuple[float, float]:
        """Return the support of the prior of a value whose default is ``default``."""
        if self.kind == "shift":
            return default - self.high, default + self.high
        if self.kind == "factor":
            edges = default / self.high, default * self.high
            return min(edges), max(edges)
        return (default, default) if self.kind == "fixed" else (self.low, self.high)

    def quantile(self, share: float, default: float) -> float:
        """Return the value below which a ``share`` of the prior of a value lies whose default is ``default``."""
        low, high = self.interval(default)
        if self.kind in {"loguniform", "factor"} and low * high > 0:
            return float(low * (high / low) ** share)
        return low + share * (high - low)

    def __str__(self) -> str:
        """Return the prior as it is printed in tables."""
        match self.kind:
            case "uniform":
                return f"U({self.low:g}, {self.high:g})"
            case "loguniform":
                return f"logU({self.low:g}, {self.high:g})"
            case "shift":
                return f"default ± {self.high:g}"
            case "factor":
                return f"default ÷ {self.high:g} .. × {self.high:g}"
            case _:
                return "fixed"


def uniform(low: float, high: float) -> Prior:
    """Return a uniform prior."""
    return Prior("uniform", low, high)


def loguniform(low: float, high: float) -> Prior:
    """Return a log-uniform prior."""
    return Prior("loguniform", low, high)


def shift(width: float) -> Prior:
    """Return a uniform prior of the default plus or minus ``width``."""
    return Prior("shift", high=width)


def factor(by: float) -> Prior:
    """Return a log-uniform prior from the default divided by ``by`` to the default times ``by``."""
    return Prior("factor", high=by)


FIXED = Prior("fixed")


@dataclass(frozen=True)
class Provenance:
    """What is known about one parameter beside its value.

    ``prior`` is one prior, or priors by power, by country or by both (``RU.KZ``); what is not listed is fixed.
    ``in_proportion`` says that the prior is Kazakhstan's and the other countries move with it. ``neutral`` is the
    value that a power takes that the defaults do not list (a third power added by a scenario): the mechanism is then
    silent for it.
    """

    unit: str
    prior: Prior | dict[str, Prior]
    evidence: Evidence
    source: str
    note: str = ""
    low: float = -math.inf
    high: float = math.inf
    shape: Shape = "one"
    neutral: float = 0.0
    in_proportion: bool = False

    def prior_of(self, *path: str) -> Prior:
        """Return the prior that holds for a power, a country, or a power and a country."""
        if isinstance(self.prior, Prior):
            return self.prior
        return next((self.prior[key] for key in (".".join(path), *path) if key in self.prior), FIXED)

    def prior_text(self) -> str:
        """Return the prior, or the priors by power or country, in one line."""
        rest = " (KZ; the others in proportion)" if self.in_proportion else ""
        if isinstance(self.prior, Prior):
            return str(self.prior) + rest
        return "; ".join(f"{key} {prior}" for key, prior in self.prior.items()) + rest

    def bounds_text(self) -> str:
        """Return the allowed range in words."""
        if math.isinf(self.low) and math.isinf(self.high):
            return "a number"
        if math.isinf(self.high):
            return f"a number of at least {self.low:g}"
        return f"a number from {self.low:g} to {self.high:g}"


def parameter(
    default: Any,
    description: str,
    *,
    unit: str,
    prior: Prior | dict[str, Prior],
    evidence: Evidence,
    source: str,
    note: str = "",
    low: float = -math.inf,
    high: float = math.inf,
    neutral: float = 0.0,
    in_proportion: bool = False,
) -> Any:
    """Declare a scientific parameter as a pydantic field that carries its provenance."""
    shape = _shape_of(default)
    facts = Provenance(unit, prior, evidence, source, note, low, high, shape, neutral, in_proportion)
    info = Field(default=default, description=description)
    assert isinstance(info, FieldInfo)
    info.metadata.append(facts)
    return info


def _shape_of(default: Any) -> Shape:
    """Tell from a default whether the parameter varies by country, by power, or by both."""
    if not isinstance(default, dict):
        return "one"
    if any(isinstance(value, dict) for value in default.values()):
        return "power_country"
    return "country" if set(default) <= set(COUNTRIES) else "power"


def provenance(field: FieldInfo) -> Provenance:
    """Return the provenance that a field declared with :func:`parameter` carries."""
    return next(item for item in field.metadata if isinstance(item, Provenance))


ByCountry = Annotated[dict[str, float], "country"]
ByPower = Annotated[dict[str, float], "power"]
ByPowerCountry = Annotated[dict[str, dict[str, float]], "power_country"]


def countries(kz: float, kg: float, tj: float, tm: float, uz: float) -> dict[str, float]:
    """Return values in the fixed order of the countries: KZ, KG, TJ, TM, UZ."""
    return dict(zip(COUNTRIES, (kz, kg, tj, tm, uz), strict=True))


def everywhere(value: float) -> dict[str, float]:
    """Return the same value for the five countries."""
    return dict.fromkeys(COUNTRIES, value)
