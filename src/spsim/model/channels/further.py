"""Further channels: a user's own modules, one channel each, found through the variable ``SPSIM_CHANNELS``.

Such a module has ``Settings``, a section of parameters with their provenance, and ``signal(moment, settings)``, which
says what the channel does in a step. A scenario switches it on by name and gives its values. What it broadcasts, adds
to anchors and adds to the alignment of elites is counted term by term like all else, and the terms still add up.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from spsim.config import ConfigError, Parameters, Place, Problem, Scenario
from spsim.config.errors import file_problem, listed, nearest
from spsim.config.fingerprint import CHANNELS, channel_files
from spsim.config.parameters import Section
from spsim.model import elites, opinion
from spsim.model.channels import Signal
from spsim.model.inputs import Inputs
from spsim.model.state import State

Floats = NDArray[np.float64]
OWN = frozenset({"media", "culture", *opinion.TERMS, *elites.TERMS, "cohort_turnover", "member_turnover"})
"""Names that the record has given away already."""


@dataclass(frozen=True)
class Moment:
    """What a channel may look at in a step, and never changes."""

    now: Inputs  # inputs of the step
    state: State  # the state at t
    parameters: Parameters
    countries: tuple[str, ...]  # order of every country axis
    powers: tuple[str, ...]  # order of every power axis


@dataclass(frozen=True)
class _Channel:
    settings: type[Section]
    signal: Callable[[Moment, Any], Signal]


def signals(scenario: Scenario, moment: Moment) -> list[Signal]:
    """Return what the further channels of a scenario do in a step, in the order of the scenario.

    Raises:
        ConfigError: there is no such channel, or a value is not allowed.
    """
    found = []
    for name, values in scenario.channels.items():
        settings, speak = _ready(name, json.dumps(values, sort_keys=True))
        found.append(replace(speak(moment, settings), channel=name))
    return found


def added(others: Sequence[Signal], what: str) -> dict[str, Floats]:
    """Return channel -> what it adds, [C, P]; ``what`` is ``anchor`` or ``elite``."""
    return {each.channel: value for each in others if (value := getattr(each, what)) is not None}


def apart(terms: Floats, within: int, parts: dict[str, Floats], rate: float) -> Floats:
    """Return terms in which the further channels, so far counted within another term, stand by themselves.

    Args:
        terms: contributions to a mean, [C, P, terms].
        within: the term that holds them.
        parts: channel -> what it adds to where the mean is drawn, [C, P].
        rate: share of the way that is gone in a step.

    Returns:
        [C, P, terms + channels], with the same sum.
    """
    if not parts:
        return terms
    own = np.stack([rate * part for part in parts.values()], axis=-1)
    kept = terms.copy()
    kept[..., within] -= own.sum(axis=-1)
    return np.concatenate([kept, own], axis=-1)


@lru_cache(maxsize=64)  # asked for in every step
def _ready(name: str, values: str) -> tuple[Section, Callable[[Moment, Any], Signal]]:
    known = _channels()
    key = f"channels.{name}"
    if name in OWN:
        raise ConfigError([Problem(Place(key), "", "this name is taken by the model itself", "another name")])
    if name not in known:
        allowed = listed(known) or f"the names of modules that the variable {CHANNELS} lists; it lists none"
        raise ConfigError([Problem(Place(key), "", "there is no such channel", allowed, nearest(name, known))])
    channel = known[name]
    try:
        return channel.settings.model_validate(json.loads(values)), channel.signal
    except ValidationError as error:
        raise ConfigError([
            Problem(Place(".".join((key, *map(str, each["loc"])))), "", each["msg"]) for each in error.errors()
        ]) from None


@cache
def _channels() -> dict[str, _Channel]:
    """Return name -> channel of every module that is listed; a module's name is that of its file."""
    return {path.stem: _loaded(path) for path in channel_files()}


def _loaded(path: Path) -> _Channel:
    spec = importlib.util.spec_from_file_location(f"spsim_channel_{path.stem}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise file_problem(path, f"no Python module; allowed: files such as remittances.py ({CHANNELS})")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        return _Channel(module.Settings, module.signal)
    except AttributeError:
        raise file_problem(path, "a channel has a class 'Settings' and a function 'signal'") from None
