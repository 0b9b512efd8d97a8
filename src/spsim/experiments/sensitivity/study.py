"""What a sensitivity study asks: its scenario, factors, outcomes and sizes, and the sweeps of its stages.

Each stage is a sweep in a folder of its own below that of the study, so a stage that was stopped goes on where it was,
and can be run on a cluster with ``spsim sweep`` as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spsim.analysis.outcomes import OUTCOMES
from spsim.config import ConfigError, Place, Problem, Scenario, at_defaults
from spsim.config.errors import listed, nearest
from spsim.data import REGION
from spsim.experiments.ablation import LAST_RECORDED, OUTCOMES_BY_DEFAULT, YEARS
from spsim.experiments.directory import scenario_text
from spsim.experiments.sensitivity.factors import Factors, factors
from spsim.experiments.sweeps.design import Sweep, read_design

__all__ = ["OUTCOMES_BY_DEFAULT", "STAGES", "Panel", "Sizes", "Study", "Target", "base_text", "plan", "study"]

STAGES = {"one-at-a-time": "one-at-a-time", "screening": "morris", "indices": "saltelli",
          "discovery": "latin-hypercube"}
"""Folder of a stage -> how its points are chosen."""

Panel = tuple[str, str]
"""An outcome and a power; the power is empty where the outcome has none."""


@dataclass(frozen=True)
class Sizes:
    """How much is computed."""

    trajectories: int = 4
    top: int = 8
    """Factors that go on to the indices and to discovery."""
    base: int = 64
    discovery_points: int = 256
    replicates: int = 2

    def runs(self, factors: int) -> int:
        """Return the number of runs for so many factors."""
        top = min(self.top, factors)
        points = (2 * factors + 1) + self.trajectories * (factors + 1) + self.base * (top + 2) + self.discovery_points
        return points * self.replicates


@dataclass(frozen=True)
class Target:
    """What makes a point one of interest: an outcome above or below a number, or a multiple of its value as it is."""

    outcome: str
    power: str
    above: bool
    number: float
    times: bool

    def __str__(self) -> str:
        """Return the target as it is written."""
        name = f"{self.outcome}.{self.power}" if self.power else self.outcome
        return f"{name}{'>=' if self.above else '<='}{self.number:g}{'x' if self.times else ''}"

    def limit(self, level: float) -> float:
        """Return the number that counts where the outcome is ``level`` as it is."""
        return self.number * level if self.times else self.number


@dataclass(frozen=True)
class Study:
    """What is asked, checked."""

    scenario: Scenario
    factors: Factors
    outcomes: tuple[str, ...]
    years: tuple[int, int]
    country: str
    """The place by which factors are ranked and points are of interest."""
    power: str
    """The power by which they are ranked; empty for all."""
    sizes: Sizes
    target: Target

    @property
    def period(self) -> str:
        """The years in words."""
        return f"{self.years[0]}-{self.years[1]}"

    @property
    def panels(self) -> list[Panel]:
        """The outcomes, by power where they have one, by which factors are ranked."""
        powers = [self.power] if self.power else list(self.scenario.run.powers)
        return [(name, power) for name in self.outcomes for power in (powers if OUTCOMES[name].by_power else [""])]

    @property
    def places(self) -> list[str]:
        """The countries and the region."""
        return [*self.scenario.run.countries, REGION]


def study(
    scenario: Scenario, *, vary: Sequence[str] | None = None, outcomes: Sequence[str] = OUTCOMES_BY_DEFAULT,
    years: tuple[int, int] | None = None, country: str = REGION, power: str = "",
    discover: str = "protest_events>=2x", sizes: Sizes | None = None,
) -> Study:
    """Return a study of a scenario.

    A study moves parameters over their priors by itself. So what it does not move stays at its default, whatever
    ``run.parameters`` says: parameter sets of an ensemble below would be taken for chance.

    Args:
        scenario: the reference.
        vary: as :func:`spsim.experiments.factors.factors` takes it.
        outcomes: names of outcomes.
        years: first and last year over which outcomes are averaged; the last ten of recorded inputs if not given.
        country: the place by which factors are ranked and points are of interest.
        power: the power by which they are ranked; all if empty.
        discover: what is of interest, such as ``protest_events>=2x`` or ``approval.CN<=30``.
        sizes: how much is computed.

    Raises:
        ConfigError: with every mistake found.
    """
    scenario = at_defaults(scenario)
    run, sizes = scenario.run, sizes or Sizes()
    problems: list[Problem] = []

    def say(what: str, key: str, message: str, allowed: str, suggestion: str = "") -> None:
        problems.append(Problem(Place(what), key, message, allowed, suggestion))

    for name in outcomes:
        if name not in OUTCOMES:
            say("outcome", name, "there is no such outcome", listed(OUTCOMES, 40), nearest(name, OUTCOMES))
    if country not in (*run.countries, REGION):
        say("country", "", f"got {country!r}", listed([*run.countries, REGION]))
    if power and power not in run.powers:
        say("power", "", f"got {power!r}", listed(run.powers))
    first, last = int(run.start[:4]), int(run.end[:4])
    if years is None:
        end = min(last, max(LAST_RECORDED, first))
        years = max(first, end - YEARS + 1), end
    if not first <= years[0] <= years[1] <= last:
        say("years", "", f"got {years[0]} to {years[1]}", f"years from {first} to {last}, the first one first")
    target = _target(discover, scenario, power, say)
    _check_sizes(sizes, say)
    try:
        found = factors(scenario, vary)
        if not found.vary:
            say("vary", "", "nothing is left to vary", "parameters with a prior, or KEY=LOW..HIGH")
    except ConfigError as error:
        problems += error.problems
    if problems or target is None:
        raise ConfigError(problems)
    names = dict.fromkeys([*outcomes, target.outcome])
    made = Study(scenario, found, tuple(names), years, country, power, sizes, target)
    _check_keys(made)
    return made


def _target(text: str, scenario: Scenario, power: str, say: Callable[..., None]) -> Target | None:
    match = re.fullmatch(r"\s*(\w+)(?:\.(\w+))?\s*(>=|<=)\s*(-?\d+(?:\.\d+)?)(x?)\s*", text)
    if match is None:
        say("discover", "", f"got {text!r}", "OUTCOME>=NUMBER, OUTCOME.POWER<=NUMBER, or with NUMBERx for a multiple "
            "of the value as it is, such as protest_events>=2x")
        return None
    name, of, sign, number, times = match.groups()
    if name not in OUTCOMES:
        say("discover", name, "there is no such outcome", listed(OUTCOMES, 40), nearest(name, OUTCOMES))
        return None
    powers = scenario.run.powers
    if OUTCOMES[name].by_power:
        of = of or power or (powers[0] if len(powers) == 1 else None)
    if OUTCOMES[name].by_power != (of in powers):
        allowed = " or ".join(f"{name}.{code}" for code in powers) if OUTCOMES[name].by_power else name
        say("discover", name, f"got {text!r}", allowed)
        return None
    return Target(name, of or "", sign == ">=", float(number), bool(times))


def _check_sizes(sizes: Sizes, say: Callable[..., None]) -> None:
    for name, least in (("trajectories", 2), ("top", 1), ("base", 2), ("discovery_points", 20), ("replicates", 1)):
        if getattr(sizes, name) < least:
            say(name, "", f"got {getattr(sizes, name)}", f"at least {least}")
    if sizes.base >= 2 and sizes.base & (sizes.base - 1):
        near = 1 << (sizes.base.bit_length() - 1)
        say("base", "", f"got {sizes.base}", f"a power of two, such as {near} or {2 * near}")


def _check_keys(study: Study) -> None:
    """Make sure that every factor can be varied, before anything is run or written."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "scenario.yaml").write_text(base_text(study), encoding="utf-8")
        (Path(folder) / "one-at-a-time").mkdir()
        plan(study, Path(folder), "one-at-a-time", study.factors.vary)


def base_text(study: Study) -> str:
    """Return the reference as a file."""
    run = study.scenario.run.model_copy(update={"replicates": 1})
    return scenario_text(study.scenario.model_copy(update={"run": run}))


def plan(study: Study, folder: Path, stage: str, vary: Mapping[str, Any]) -> Sweep:
    """Return the sweep of a stage; the reference stands as ``scenario.yaml`` in the folder of the study.

    Raises:
        ConfigError: a factor cannot be varied.
        SetupError: a library is missing.
    """
    sizes = study.sizes
    points = {"screening": sizes.trajectories, "indices": sizes.base, "discovery": sizes.discovery_points}
    content = {
        "schema": 1, "name": f"{study.scenario.name}-{stage}", "title": f"{study.scenario.title}: {stage}",
        "scenarios": ["../scenario.yaml"], "method": STAGES[stage], "seed": study.scenario.run.seed,
        "vary": {key: dict(value) for key, value in vary.items()}, "replicates": sizes.replicates,
        "outcomes": list(study.outcomes), "years": study.period,
        **({"points": points[stage]} if stage in points else {}),
    }
    return read_design(content, folder / stage, "sensitivity")
