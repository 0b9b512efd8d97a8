"""Values out of priors: parameter sets that are drawn, and parameters at a place of their prior.

A draw is keyed by (seed, number, name of the value) and by nothing else, so adding a parameter leaves the draws of the
others alone. A mechanism that is silent by default stays silent: its prior says how strong it would be if it existed;
whether it exists is a question for switches and not for a prior.
"""

# ruff: noqa: ANN401 - a value is a number or a mapping of numbers
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from spsim.config import parameter_table
from spsim.config.parameters import leaves
from spsim.config.provenance import Provenance
from spsim.model.randomness import stream, uniforms

ONE = np.zeros(1, dtype=np.uint64)


def drawn_parameters() -> list[str]:
    """Return the names of the parameters whose values a draw changes."""
    return [name for name, (_, _, default, facts) in parameter_table().items() if _varies(default, facts)]


def draw(seed: int, number: int, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Return one parameter set from the priors.

    Args:
        seed: root seed of the draws.
        number: number of the draw.
        names: parameters to draw; all of :func:`drawn_parameters` if not given.

    Returns:
        name -> value, in the form of the defaults, within the bounds that a scenario may use.
    """
    table = parameter_table()

    def share(path: tuple[str, ...]) -> float:
        return float(uniforms(stream(seed, number, f"prior/{'.'.join(path)}"), 0, ONE)[0])

    return {
        name: _value(share, (name,), table[name][2], table[name][3])
        for name in (drawn_parameters() if names is None else names)
    }


def at_share(name: str, path: Iterable[str], share: float) -> Any:
    """Return a parameter, or a part of it, at one place of its prior.

    Args:
        name: the parameter.
        path: powers and countries that lead to the part; none for the whole.
        share: share of the prior that lies below, 0 to 1. The numbers of a table move together: each stands at this
            share of its own prior.

    Returns:
        A number, or a mapping of those numbers that have a prior; None if there is no such part.
    """
    _, _, value, facts = parameter_table()[name]
    value = _value(lambda _: share, (name,), value, facts)
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return _with_prior(value, tuple(path), facts)


def _with_prior(value: Any, path: tuple[str, ...], facts: Provenance) -> Any:
    """Return a value without the numbers that are fixed: a scenario may have set them."""
    if not isinstance(value, dict):
        return value
    found = {
        key: _with_prior(inner, (*path, key), facts)
        for key, inner in value.items()
        if isinstance(inner, dict) or facts.prior_of(*path, key).kind != "fixed"
    }
    return {key: inner for key, inner in found.items() if inner != {}}


def _value(share: Callable[[tuple[str, ...]], float], path: tuple[str, ...], default: Any, facts: Provenance) -> Any:
    if isinstance(default, dict):
        found = {key: _value(share, (*path, key), inner, facts) for key, inner in default.items()}
        first = next(iter(default))
        if facts.in_proportion and not isinstance(default[first], dict):
            scale = found[first] / default[first] if default[first] else 1.0
            return {key: _allowed(inner * scale, facts) for key, inner in default.items()}
        return found
    return _allowed(facts.prior_of(*path[1:]).quantile(share(path), default), facts)


def _allowed(value: float, facts: Provenance) -> float:
    return float(min(max(value, facts.low), facts.high))


def _varies(default: Any, facts: Provenance) -> bool:
    """Tell whether a draw changes a parameter: its prior is not fixed, and it is not silent by default."""
    numbers = leaves(default)
    silent = all(number == 0 for _, number in numbers)
    kinds = {facts.prior_of(*path).kind for path, _ in numbers}
    return bool(kinds - {"fixed"}) and (not silent or "shift" in kinds)
