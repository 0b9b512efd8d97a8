"""The past of a run: everything that decides where it stands at a date.

Two scenarios share a past when they have the same settings, the same parameters and, up to and with that date, the
same inputs. What the inputs come from, levers and events, may be written in any way. Parameters act from the start, so
another value of one is another past. Values are those that a replicate runs with: a scenario that the ensemble fills in
has passed :func:`spsim.config.with_member` before.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from spsim.config import ConfigError, Place, Problem, Scenario
from spsim.config.parameters import leaves
from spsim.model import inputs
from spsim.model.clock import Clock
from spsim.model.inputs import Inputs

MAY_DIFFER = frozenset({"end", "replicates", "parameters"})
"""Run settings that decide nothing of what happens before a date; parameters are told apart by their values."""


@dataclass(frozen=True)
class Past:
    """A scenario up to a step, with the inputs that it gives; only rows 0 to ``step`` of these count."""

    scenario: Scenario
    clock: Clock
    inputs: Inputs
    step: int

    @classmethod
    def of(cls, scenario: Scenario, step: int) -> Past:
        """Return the past of a scenario up to and with the date of a step."""
        clock = Clock.of(scenario.run)
        return cls(scenario, clock, inputs.build(scenario, clock), step)

    @property
    def date(self) -> str:
        """Its last date as ``YYYY-MM``."""
        return self.clock.text(self.step)

    @property
    def constants(self) -> dict[str, str]:
        """Every setting and every number of every parameter as text, by dotted name."""
        return _constants(self.scenario)

    @property
    def digest(self) -> str:
        """A fingerprint; two pasts are the same if their fingerprints are."""
        digest = hashlib.sha256(json.dumps([self.step, self.constants], sort_keys=True).encode())
        for field in fields(self.inputs):
            digest.update(field.name.encode() + getattr(self.inputs, field.name)[: self.step + 1].tobytes())
        return digest.hexdigest()

    def require(self, other: Past, place: Place) -> None:
        """Make sure that another scenario has this past.

        Args:
            other: the same step of the other scenario.
            place: what the message names first.

        Raises:
            ConfigError: it has another past; the message names the first thing that differs.
        """
        mine, yours = self.constants, other.constants
        for key in [*mine, *yours]:
            if mine.get(key) != yours.get(key):
                got, allowed = yours.get(key, "nothing"), mine.get(key, "nothing")
                raise ConfigError([Problem(place, key, f"got {got}", f"{allowed}, as in the past up to {self.date}")])
        if other.clock.steps < self.step:
            end = other.scenario.run.end
            raise ConfigError([Problem(place, "run.end", f"got {end}", f"a month from {self.date} on")])
        rows = self.step + 1
        found: list[tuple[int, str]] = []
        for field in fields(Inputs):
            here, there = (_bits(getattr(of.inputs, field.name)[:rows]) for of in (self, other))
            differs = (here != there).any(axis=1)
            if differs.any():
                found.append((int(differs.argmax()), field.name))
        if found:
            row, name = min(found, key=lambda pair: pair[0])
            raise ConfigError([Problem(
                place, f"inputs.{name}", f"is another one in {self.clock.text(row)} than in the past up to {self.date}",
                f"levers and events that differ after {self.date} only",
            )])


def _constants(scenario: Scenario) -> dict[str, str]:
    """Return every setting and every number of every parameter as text, by dotted name."""
    run = scenario.run.model_dump(mode="json")
    found = {f"run.{name}": value for name, value in run.items() if name not in MAY_DIFFER}
    for name, whole in scenario.parameters.model_dump().items():
        found |= {".".join(("parameters", name, *path)): value for path, value in leaves(whole)}
    for row in scenario.data:  # what was committed before the start decides where works and hopes stand
        found[f"data.{row.power}.{row.variable}.{row.country or 'all'}.{row.year}"] = row.value
    found["channels"] = json.dumps(scenario.channels, sort_keys=True)
    return {key: ", ".join(value) if isinstance(value, list) else str(value) for key, value in found.items()}


def _bits(rows: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the bytes of each row, so that any bit that differs counts; [rows, bytes]."""
    return np.frombuffer(rows.tobytes(), dtype=np.uint8).reshape(len(rows), -1)


def shared_steps(one: Scenario, other: Scenario) -> int | None:
    """Return the last step up to and with which two scenarios have the same past; None if they have none."""
    if _constants(one) != _constants(other):
        return None
    last = min(Clock.of(one.run).steps, Clock.of(other.run).steps)
    here, there = Past.of(one, last), Past.of(other, last)
    parting = last + 1
    for field in fields(Inputs):
        rows = (_bits(getattr(of.inputs, field.name)[: last + 1]) for of in (here, there))
        differs = np.not_equal(*rows).any(axis=1)
        if differs.any():
            parting = min(parting, int(differs.argmax()))
    return parting - 1 if parting > 0 else None
