"""The levers of the page: which there are, where they stand, and the scenario that a pull makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spsim.config import LEVERS, ConfigError, LeverSetting, Place, Problem, Scenario
from spsim.config.checks import lever_problems
from spsim.model.clock import Clock
from spsim.model.inputs import lever_values
from spsim.viz.looks import looks

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
    source: str

    @property
    def key(self) -> str:
        """What the page calls it: lever and power."""
        return f"{self.lever}.{self.power}" if self.power else self.lever


def rows(scenario: Scenario, step: int) -> list[Row]:
    """Return the levers with the values that they have in the step after ``step``."""
    powers, clock = looks(scenario.run.powers), Clock.of(scenario.run)
    wanted = [(name, power, look.name) for power, look in powers.items() for name in OF_POWERS]
    wanted += [(name, "", "The five states" if len(scenario.run.countries) == 5 else "The states")
               for name in OF_RECIPIENTS]
    wanted += [(name, "", "Society") for name in OF_SOCIETY]
    at = min(step + 1, clock.steps)
    paths = {name: lever_values(scenario, clock, name)[at] for name in {name for name, _, _ in wanted}}
    return [_row(name, power, group, paths[name], scenario) for name, power, group in wanted]


def _row(name: str, power: str, group: str, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
         scenario: Scenario) -> Row:
    """Return one lever; where countries differ, the value is their mean."""
    lever = LEVERS[name]
    p = scenario.run.powers.index(power) if power else 0
    value = float(values[:, p].mean())
    high = max(min(lever.high, FACTOR_END), value) if lever.kind == "factor" else lever.high
    unit = "×" if lever.kind == "factor" else lever.unit
    differ = "; the countries differ, this is their mean" if np.ptp(values[:, p]) > 1e-9 else ""
    return Row(name, power, group, name.replace("_", " ").capitalize(), value, lever.low, high,
               0.1 if lever.kind == "factor" else 0.05, unit, lever.description + differ, lever.source)


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
