"""The levers of the page: which there are, where they stand, and the scenario that a pull makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from spsim.config import LEVERS, ConfigError, LeverSetting, Place, Problem, Scenario
from spsim.config.checks import lever_problems
from spsim.data import load_pack
from spsim.data.claims import cited
from spsim.model.clock import Clock
from spsim.model.inputs import lever_values
from spsim.viz.looks import looks

Floats = NDArray[np.float64]

OF_POWERS = ("scholarships", "media_budget", "culture_budget", "institutes_open", "investment", "adaptation",
             "graduate_posts", "diplomacy")
OF_RECIPIENTS = ("contract_transparency", "local_hiring_floor", "openness", "border_open", "moratorium")
OF_SOCIETY = ("heritage_transmission",)
FACTOR_END = 4.0
"""Where the slider of a factor ends, unless a scenario has pulled the lever further."""

EDITED = "-edited"


@dataclass(frozen=True)
class Row:
    """One lever as the page shows it."""

    lever: str
    power: str
    group: str
    name: str
    value: float
    low: float
    high: float
    step: float
    unit: str
    about: str
    badge: str
    source: str

    @property
    def key(self) -> str:
        """What the page calls it: lever and power."""
        return f"{self.lever}.{self.power}" if self.power else self.lever


def paths(scenario: Scenario) -> dict[str, Floats]:
    """Return the levers of the page at every date of a scenario, each [steps + 1, C, P]."""
    return lever_values(scenario, Clock.of(scenario.run), (*OF_POWERS, *OF_RECIPIENTS, *OF_SOCIETY))


def rows(scenario: Scenario, values: Mapping[str, Floats], step: int) -> list[Row]:
    """Return the levers as they stand in the step after ``step``.

    Args:
        scenario: whose levers they are.
        values: what :func:`paths` gives for it.
        step: the present date.
    """
    powers, at = looks(scenario.run.powers), min(step + 1, Clock.of(scenario.run).steps)
    wanted = [(name, power, look.name) for power, look in powers.items() for name in OF_POWERS]
    wanted += [(name, "", "The five states" if len(scenario.run.countries) == 5 else "The states")
               for name in OF_RECIPIENTS]
    wanted += [(name, "", "Society") for name in OF_SOCIETY]
    return [_row(name, power, group, values[name][at], scenario) for name, power, group in wanted]


def _row(name: str, power: str, group: str, values: Floats, scenario: Scenario) -> Row:
    """Return one lever; where countries differ, the value is their mean."""
    lever = LEVERS[name]
    p = scenario.run.powers.index(power) if power else 0
    value = float(values[:, p].mean())
    high = max(min(lever.high, FACTOR_END), value) if lever.kind == "factor" else lever.high
    unit = "×" if lever.kind == "factor" else "%" if lever.unit == "share" else ""
    differ = "; the countries differ, this is their mean" if np.ptp(values[:, p]) > 1e-9 else ""
    return Row(name, power, group, name.replace("_", " ").capitalize(), value, lever.low, high,
               0.1 if lever.kind == "factor" else 0.05, unit, lever.description + differ, *_evidence(lever.source))


def _evidence(source: str) -> tuple[str, str]:
    """Return the badge of a source, and the source with the claims that it names in words."""
    claims = claim_texts()
    named = [claim for claim in sorted(cited(source)) if claim in claims]
    words = "; ".join(f"{claim}: {claims[claim]}" for claim in named) or source
    return f"{'seed' if named else 'literature'} · {source}", words


@cache
def claim_texts() -> dict[str, str]:
    """Return what each claim of the two papers says, by its number."""
    table = load_pack().claims_table()
    return dict(zip(table["id"], table["claim"], strict=True))


def pulled(scenario: Scenario, step: int, lever: str, power: str, value: float) -> Scenario:
    """Return the scenario in which a lever is moved in all countries from the step after ``step`` on.

    Raises:
        ConfigError: there is no such step, lever, power or value.
    """
    clock, place = Clock.of(scenario.run), Place("lever")
    if step >= clock.steps:
        raise ConfigError([Problem(place, lever, f"the run has ended in {clock.text(step)}",
                                   "pulling levers before the end: press Reset first")])
    if lever not in LEVERS:
        raise ConfigError([Problem(place, lever, "there is no such lever")])
    setting = LeverSetting(lever=lever, power=power or None, from_=clock.text(step + 1), to=round(value, 4))
    problems = list(lever_problems(setting, scenario.run, place))
    if problems:
        raise ConfigError(problems)
    same = (setting.lever, setting.power, setting.countries, setting.from_)
    kept = [old for old in scenario.levers if (old.lever, old.power, old.countries, old.from_) != same]
    return scenario.model_copy(update={"levers": [*kept, setting], **_edited(scenario)})


def _edited(scenario: Scenario) -> dict[str, str]:
    """Return name and title of a scenario that is no longer the one that was picked."""
    if scenario.name.endswith(EDITED):
        return {}
    return {"name": scenario.name + EDITED, "title": f"{scenario.title} (edited on the page)"}
