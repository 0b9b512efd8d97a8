"""The factors of a sensitivity study: parameters that nobody knows, and levers that are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spsim.config import LEVERS, MECHANISMS, ConfigError, Place, Problem, Scenario, parameter_table
from spsim.config.merging import words
from spsim.config.parameters import leaves
from spsim.experiments.priors import at_share, drawn_parameters
from spsim.experiments.sweeps.points import leaf

ALL = "all"
"""Stands for every parameter with a prior."""

_WANTED = re.compile(r"(?P<key>[\w.]+)(?:=(?P<low>[-+.\deE]+?)\.\.(?P<high>[-+.\deE]+))?")


@dataclass(frozen=True)
class Factors:
    """What a study varies.

    ``vary`` is as in the design of a sweep. A parameter by country is one factor: its numbers move together, each at
    the same share of its own prior; one by power is a factor for each power.
    """

    vary: Mapping[str, Mapping[str, Any]]
    levers: tuple[str, ...]
    left_out: Mapping[str, str]
    """Parameter -> why it is not varied."""


def factors(scenario: Scenario, wanted: Sequence[str] | None = None) -> Factors:
    """Return the factors of a study.

    Args:
        scenario: the reference.
        wanted: keys, each alone (its prior) or as ``KEY=LOW..HIGH``, and ``all`` for every parameter with a prior,
            which is what is taken if nothing is given.

    Raises:
        ConfigError: with everything that cannot be read. Whether keys exist is checked with the design of the sweeps.
    """
    vary: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    texts = list(wanted or [ALL])
    left_out: dict[str, str] = {}
    if ALL in texts:
        vary, left_out = every_parameter(scenario)
    for text in texts:
        match = _WANTED.fullmatch(text)
        try:
            span = {key: float(match[key]) for key in ("low", "high")} if match and match["low"] else {}
        except ValueError:
            match = None
        if match is None:
            problems.append(Problem(Place("vary"), "", f"got {text!r}", "KEY, KEY=LOW..HIGH, or all"))
        elif text != ALL:
            key = match["key"]
            vary[key] = span or {"prior": True}
            left_out.pop(words(key)[0], None)
    problems += _held_twice(vary)
    if problems:
        raise ConfigError(problems)
    return Factors(vary, tuple(key for key in vary if words(key)[0] in LEVERS), left_out)


def every_parameter(scenario: Scenario) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return every factor that a scenario has by its priors, and why the other parameters are none."""
    silent = unheard(scenario)
    drawn = set(drawn_parameters())
    vary: dict[str, dict[str, Any]] = {}
    left_out: dict[str, str] = {}
    for name in parameter_table():
        if name not in drawn:
            left_out[name] = "fixed, or silent by default"
        elif name in silent:
            left_out[name] = silent[name]
        elif keys := list(_keys(name, scenario)):
            vary |= {key: {"prior": True} for key in keys}
        else:
            left_out[name] = "fixed for the powers and countries of the scenario"
    return vary, left_out


def _keys(name: str, scenario: Scenario) -> Iterator[str]:
    """Yield the keys under which a parameter is varied: itself, or one for each power."""
    _, _, _, facts = parameter_table()[name]
    paths = [(power,) for power in scenario.run.powers] if facts.shape.startswith("power") else [()]
    for path in paths:
        low, high = (at_share(name, path, share) for share in (0.0, 1.0))
        simulated = {*path, *scenario.run.powers, *scenario.run.countries}
        if any(
            number != leaf(high, list(inner)) if inner else number != high
            for inner, number in leaves(low)
            if set(inner) <= simulated
        ):
            yield ".".join((name, *path))


def unheard(scenario: Scenario) -> dict[str, str]:
    """Return parameter -> why nothing that it says can be heard in a scenario."""
    found = {
        name: f"mechanism {mechanism} is {option}"
        for mechanism, option in scenario.mechanisms.items()
        for name in MECHANISMS[mechanism].options[option]
    }
    acting = scenario.acting_events
    heard = {text for event in acting for text in (event.size, event.weights) if isinstance(text, str)}
    for event in scenario.events:
        for text in (event.size, event.weights):
            if isinstance(text, str) and text not in heard:
                found[text] = f"event {event.name} is off"
    return found


def _held_twice(vary: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the keys that are part of another one."""
    for key in vary:
        for other in vary:
            if key != other and words(key)[: len(words(other))] == words(other):
                yield Problem(Place("vary"), key, f"is part of {other}, which is varied as a whole", "one of the two")


def description(key: str) -> str:
    """Return what a factor is, in a sentence."""
    head = words(key)[0]
    if head in LEVERS:
        return LEVERS[head].description
    return parameter_table()[head][1] if head in parameter_table() else ""


def badge(key: str) -> str:
    """Return where the value of a factor comes from: its evidence badge, or "lever"."""
    head = words(key)[0]
    return "lever" if head in LEVERS else parameter_table()[head][3].evidence
