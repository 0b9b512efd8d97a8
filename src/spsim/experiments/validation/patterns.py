"""The patterns that the model is held to, and the what-ifs that they are read from.

A pattern is a row of the table ``patterns`` (what was seen or claimed, by whom, between which bounds the measured
number has to lie, bounds excluded) and a measure of the same id. Its ``role`` says what it can be worth:

* ``test``: nothing in the model was set with it in sight;
* ``calibration``: a parameter was set with it in sight, so that passing shows no more than that the setting worked;
* ``imposed``: a dated event or a parameter puts it in by hand;
* ``seen``: it was looked at before the model was finished.

A direction counts from a size on that matters: a tenth of a point of approval or of participation, a hundredth of
affect, a point of placement. ``without`` names the mechanism or the event whose absence must break it; patterns that
bound an effect from above cannot be broken by taking something out and have none. How severe a test is, is measured
and not declared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from spsim.config import LeverSetting, Scenario, switched
from spsim.data import read_table
from spsim.data.region import named_in_code
from spsim.experiments.validation.measures import BASE, MEASURES, Evidence

Role = Literal["test", "calibration", "imposed", "seen"]

FIRST_MONTH = "2004-01"
LAST_MONTH = "2024-12"
"""Runs end where inputs become extrapolations."""


@dataclass(frozen=True)
class Pattern:
    """One measured quantity with its bounds."""

    id: str
    statement: str
    unit: str
    low: float
    high: float
    role: Role
    needed: float  # share of replicates that must pass
    arms: tuple[str, ...]  # what-ifs that it is read from, beside the base
    without: str  # mechanisms and events (event:NAME) whose absence must break it; "" = none can
    source: str
    note: str
    measure: Callable[[Evidence], float]

    def passes(self, value: float) -> bool:
        """Tell whether a measured value lies between the bounds; what could not be measured does not."""
        return self.low < value < self.high

    @property
    def target(self) -> str:
        """The bounds in words."""
        if math.isinf(self.low):
            return f"< {self.high:g}"
        return f"> {self.low:g}" if math.isinf(self.high) else f"{self.low:g} to {self.high:g}"


@cache
def patterns() -> tuple[Pattern, ...]:
    """Return all patterns in the order of their table.

    Raises:
        ConfigError: another region is simulated than that of the patterns.
    """
    named_in_code("validation against patterns")
    return tuple(
        Pattern(
            id=row["id"],
            statement=row["statement"],
            unit=row["unit"],
            low=-math.inf if math.isnan(row["above"]) else float(row["above"]),
            high=math.inf if math.isnan(row["below"]) else float(row["below"]),
            role=row["role"],
            needed=float(row["needed"]),
            arms=tuple(filter(None, row["arm"].split("; "))),
            without=row["without"],
            source=row["source"],
            note=row["note"],
            measure=MEASURES[row["id"]],
        )
        for row in read_table("patterns").to_dict("records")
    )


def _lever(name: str, to: float, power: str = "", *, hold: bool = False) -> LeverSetting:
    said = {"lever": name, "to": to, "from": FIRST_MONTH, "hold": hold}
    return LeverSetting.model_validate(said | ({"power": power} if power else {}))


_MORE_SEATS = (_lever("seats", 2.0, "CN"), _lever("demand_support", 2.0, "CN"))

LEVERS_OF_ARMS: dict[str, tuple[LeverSetting, ...]] = {
    "seats doubled": _MORE_SEATS,
    "seats and posts doubled": (*_MORE_SEATS, _lever("graduate_posts", 2.0, "CN")),
    "foreign labour .5": (_lever("foreign_labour_share", 0.5, "CN", hold=True),),
    "opacity .2": (_lever("opacity", 0.2, hold=True),),
    "capital doubled": (_lever("investment", 2.0, "CN"),),
    "no Chinese-language TV": (_lever("source_chinese_language_tv", 0.0),),
    "openness .5": (_lever("openness", 0.5),),
}
"""What-ifs made of levers, pulled from the start."""

MECHANISMS_OF_ARMS = {"no culture": "culture", "no education": "education"}
"""What-ifs made of a mechanism that is off from the start."""

ARMS = (BASE, *MECHANISMS_OF_ARMS, *LEVERS_OF_ARMS)


def arm(scenario: Scenario, name: str) -> Scenario:
    """Return the scenario of a what-if."""
    if name in MECHANISMS_OF_ARMS:
        return switched(scenario, MECHANISMS_OF_ARMS[name])
    return scenario.model_copy(update={"levers": [*scenario.levers, *LEVERS_OF_ARMS.get(name, ())]})
