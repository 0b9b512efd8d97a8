"""What every section of the parameters shares: frozen, closed, and checked leaf by leaf."""

# ruff: noqa: ANN401 - what a user writes can be anything until it is checked
from __future__ import annotations

import re
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from spsim.config.codes import code_meant
from spsim.config.provenance import Provenance, provenance
from spsim.data import COUNTRIES

POWER_CODE = re.compile(r"^[A-Z]{2}$")


class Section(BaseModel):
    """A group of parameters of one mechanism; :class:`~spsim.config.parameters.Parameters` joins all sections."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _every_leaf_is_allowed(self) -> Self:
        for name, field in type(self).model_fields.items():
            for error in leaf_errors(name, getattr(self, name), provenance(field)):
                raise error
        return self


class LeafError(ValueError):
    """One value of a parameter is out of range or stands under a wrong key."""

    def __init__(self, path: tuple[str, ...], got: object, allowed: str, suggestion: str = "") -> None:
        self.path, self.got, self.allowed, self.suggestion = path, got, allowed, suggestion
        super().__init__(f"{'.'.join(path)}: got {got!r}; allowed: {allowed}")


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], float]]:
    """Return every number in a parameter's value with the keys that lead to it."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    return [(path, value)]


def leaf_errors(name: str, value: Any, facts: Provenance) -> list[LeafError]:
    """Return everything that is wrong with the value given for a parameter: its form, its keys, its range."""
    depth = {"one": 0, "country": 1, "power": 1, "power_country": 2}[facts.shape]
    return [error for path, number in _walk(value, depth) if (error := _leaf_error(name, path, number, facts, depth))]


def _walk(value: Any, depth: int, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Return the values found at ``depth`` or above it, where a mapping is missing, with their keys."""
    if isinstance(value, dict) and len(path) < depth:
        return [leaf for key, inner in value.items() for leaf in _walk(inner, depth, (*path, str(key)))]
    return [(path, value)]


def _leaf_error(name: str, path: tuple[str, ...], number: Any, facts: Provenance, depth: int) -> LeafError | None:
    """Return what is wrong with one leaf, or None."""
    at = (name, *path)
    if facts.shape in {"power", "power_country"} and path and not POWER_CODE.match(path[0]):
        return LeafError(at, path[0], "a power's code of two capital letters, such as CN", code_meant(path[0]))
    if facts.shape in {"country", "power_country"} and len(path) == depth and path[-1] not in COUNTRIES:
        return LeafError(at, path[-1], ", ".join(COUNTRIES), code_meant(path[-1], COUNTRIES))
    if len(path) < depth:
        return LeafError(at, number, "a mapping by " + ("country" if len(path) == depth - 1 and "country" in facts.shape
                                                        else "power"))
    if isinstance(number, bool) or not isinstance(number, int | float):
        return LeafError(at, number, facts.bounds_text())
    if not facts.low <= number <= facts.high:  # also catches nan
        return LeafError(at, number, facts.bounds_text())
    return None
