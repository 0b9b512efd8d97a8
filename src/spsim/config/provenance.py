"""How a parameter says what it is: unit, prior, evidence badge, source.

Nothing else in the package keeps a second copy of these: validation, the command line, the documentation and, later,
sensitivity analysis and calibration read them here.
"""

# ruff: noqa: ANN401 - a default is a number or a mapping of numbers, and stands where pydantic expects the type
from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.fields import FieldInfo

from spsim.data import COUNTRIES
from spsim.data.by_country import Evidence, Known, known_numbers

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


def prior_of_text(text: str) -> Prior:
    """Return the prior that a table says as ``shift 0.2``."""
    kind, *numbers = text.split()
    edges = [float(number) for number in numbers]
    makers: dict[str, Callable[..., Prior]] = {
        "shift": shift, "factor": factor, "uniform": uniform, "loguniform": loguniform,
    }
    return makers[kind](*edges) if kind in makers else FIXED


@dataclass(frozen=True)
class Provenance:
    """What is known about one parameter beside its value.

    ``prior`` is one prior, or priors by power, by country or by both (``RU.KZ``); what is not listed is fixed.
    ``in_proportion`` says that the prior is the first country's and the others move with it. ``neutral`` is the
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
        rest = f" ({COUNTRIES[0]}; the others in proportion)" if self.in_proportion else ""
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
) -> Any:
    """Declare a scientific parameter as a pydantic field that carries its provenance."""
    shape = _shape_of(default)
    return _field(default, description, Provenance(unit, prior, evidence, source, note, low, high, shape, neutral))


def by_country(
    name: str, description: str, *, unit: str, powers: tuple[str, ...] = (), low: float = -math.inf,
    high: float = math.inf, in_proportion: bool = False,
) -> Any:
    """Declare a parameter whose numbers, priors, badges and sources are the region's, in ``country_parameters.csv``.

    Args:
        name: the parameter, as the table says it.
        description: what it is.
        unit: of its numbers.
        powers: the powers towards which it varies; none if it does not vary by power.
        low: lowest number that is allowed.
        high: highest number that is allowed.
        in_proportion: whether the prior is the first country's and the others move with it.
    """
    tables = {power: known_numbers().get((name, power), {}) for power in powers or ("",)}
    values = {power: {code: each.value for code, each in known.items()} for power, known in tables.items()}
    every = [each for known in tables.values() for each in known.values()]
    facts = Provenance(
        unit, _joint_prior(tables), weakest(every), _joined(each.source for each in every),
        _joined(each.note for each in every), low, high, "power_country" if powers else "country", 0.0, in_proportion,
    )
    return _field(values if powers else values[""], description, facts)


def _field(default: Any, description: str, facts: Provenance) -> Any:
    info = Field(default=default, description=description)
    assert isinstance(info, FieldInfo)
    info.metadata.append(facts)
    return info


def weakest(known: Iterable[Known]) -> Evidence:
    """Return the badge of a parameter whose numbers have several: the one that promises least."""
    order: tuple[Evidence, ...] = ("assumption", "imposed", "seed", "literature", "data")
    there = {each.evidence for each in known}
    return next((badge for badge in order if badge in there), "assumption")


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _joint_prior(tables: Mapping[str, Mapping[str, Known]]) -> Prior | dict[str, Prior]:
    """Return one prior if all numbers share it, else priors by power if each has one, else by country or both."""
    # compared as text: the edges that a kind of prior does not have are nan, which equals nothing
    texts = {power: {code: each.prior for code, each in known.items()} for power, known in tables.items()}
    if len(every := {text for inner in texts.values() for text in inner.values()}) == 1:
        return prior_of_text(every.pop())
    if all(len(set(inner.values())) == 1 for inner in texts.values()):
        found = {power: next(iter(inner.values())) for power, inner in texts.items()}
    else:
        found = {
            ".".join(filter(None, (power, code))): text
            for power, inner in texts.items() for code, text in inner.items()
        }
    return {key: prior_of_text(text) for key, text in found.items() if text != "fixed"}


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
