"""Dated events: what they do to threat, memory, borders, anchors and security. All of them are imposed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spsim.config import Event, Scenario, month_index
from spsim.model.clock import Clock

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Impulses:
    """Effects of all events by step; each array has shape [steps + 1, countries, powers]."""

    threat: Floats  # threat per year
    memory: Floats  # fall of affect in this step
    closure: Floats  # share of student flows and culture that is cut off
    anchor: Floats  # shift of the anchor while it lasts
    security: Floats  # lift of elite alignment in this step


def impulses(scenario: Scenario, clock: Clock) -> Impulses:
    """Return what the acting events of a scenario do at each step; events outside the period do nothing."""
    run = scenario.run
    shape = (clock.steps + 1, len(run.countries), len(run.powers))
    out = {name: np.zeros(shape) for name in ("threat", "memory", "closure", "anchor", "security")}
    for event in scenario.acting_events:
        assert event.kind is not None and event.from_ is not None and event.to is not None
        first, last = month_index(event.from_), month_index(event.to)
        starts = np.array([clock.month(step) for step in range(clock.steps + 1)])
        months = np.clip(np.minimum(starts + clock.step_months, last + 1) - np.maximum(starts, first), 0, None)
        # impulses of a fixed total are spread evenly over the months of the event; the others are rates or levels
        total = event.kind in {"memory", "security"}
        profile = months / (last + 1 - first if total else clock.step_months)
        for power in set(event.powers) & set(run.powers):
            for country in set(event.countries) & set(run.countries):
                where = np.s_[:, run.countries.index(country), run.powers.index(power)]
                out[event.kind][where] += profile * _size(event, country, scenario)
    out["closure"] = np.clip(out["closure"], 0, 1)
    return Impulses(**out)


def _size(event: Event, country: str, scenario: Scenario) -> float:
    """Return the size of an event in a country: a number or a parameter, times its weight there."""

    def number(value: object) -> float:
        value = getattr(scenario.parameters, value) if isinstance(value, str) else value
        return float(value.get(country, 0.0) if isinstance(value, dict) else value)  # type: ignore[arg-type]

    return number(event.size) * (1.0 if event.weights is None else number(event.weights))
