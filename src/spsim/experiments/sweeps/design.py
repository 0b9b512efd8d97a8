"""The design of a sweep: which values of which parameters and levers, in which scenarios, how often.

A sweep has three floors: scenario, point (one set of the varied values), run (one replicate of a point). A run is
keyed by the seed and its replicate alone, so all points and all scenarios share their draws; the points are keyed by
the design and their number.
"""

# ruff: noqa: ANN401 - what a user writes can be anything until it is checked
from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from spsim.analysis.outcomes import OUTCOMES
from spsim.config import (
    LEVERS,
    ConfigError,
    Place,
    Problem,
    RunSettings,
    Scenario,
    find_scenario,
    load,
    sets_of,
    shipped_scenarios,
)
from spsim.config import parameter_table as table
from spsim.config.errors import listed, nearest
from spsim.config.merging import words
from spsim.config.translation import pydantic_problems
from spsim.experiments.priors import at_share
from spsim.experiments.sweeps.points import COUNTED, DRAWN, METHODS, Design, Varied, leaf, points_of, value_at
from spsim.ground.reading import Document, KeyPath, read_yaml
from spsim.ground.words import key_words

SHARED = ("start", "step_months", "countries", "powers", "citizens", "elites", "pipeline_agents", "seed", "parameters")
"""Run settings that all scenarios must share: without them their runs share no draws, or no parameter sets."""


@dataclass(frozen=True)
class Sweep:
    """A design that has been checked, with its points."""

    design: Design
    sources: tuple[str, ...]
    """The scenarios as :func:`spsim.config.load` takes them."""
    names: tuple[str, ...]
    digests: tuple[str, ...]
    """Fingerprints of the scenarios as they are without the varied values."""
    years: tuple[int, ...]
    varied: Mapping[str, Varied]
    points: pd.DataFrame
    """One row for each point: its number, and a column for each varied key."""

    @cached_property
    def total(self) -> int:
        """Number of runs."""
        return len(self.names) * len(self.points) * self.design.replicates

    @cached_property
    def part_size(self) -> int:
        """Runs in a part: few in a small sweep, so that all processors have work, and 64 at most."""
        return min(64, max(1, -(-self.total // 64)))

    @cached_property
    def parts(self) -> int:
        """Number of parts."""
        return -(-self.total // self.part_size)

    def runs_of(self, part: int) -> range:
        """Return the numbers of the runs of a part.

        Points vary fastest, then scenarios, then replicates: runs of one replicate may share a past.
        """
        return range(part * self.part_size, min(self.total, (part + 1) * self.part_size))

    def at(self, number: int) -> tuple[int, int, int]:
        """Return the index of the scenario, the point and the replicate of a run."""
        rest, point = divmod(number, len(self.points))
        replicate, scenario = divmod(rest, len(self.names))
        return scenario, point, replicate

    def base(self, index: int) -> Scenario:
        """Return a scenario without the varied values."""
        return load(self.sources[index], self.design.run).scenario

    @cached_property
    def sets(self) -> tuple[int, ...]:
        """The parameter set of each replicate; empty where all have the same numbers in every scenario."""
        bases = (self.base(index) for index in range(len(self.sources)))
        return next(filter(None, (sets_of(base, self.design.replicates) for base in bases)), ())

    def scenario(self, index: int, point: int) -> Scenario:
        """Return a scenario at a point, cut after the last year that counts.

        Raises:
            ConfigError: the values are not allowed there.
        """
        row = self.points.iloc[point]
        values = {key: value_at(key, row[key]) for key in self.varied if pd.notna(row[key])}
        scenario = at_values(self.sources[index], self.design.run, values, self.varied)
        return scenario.model_copy(
            update={"run": scenario.run.model_copy(update={"end": min(scenario.run.end, f"{self.years[-1]}-12"),
                                                           "replicates": 1})}
        )


def fingerprint(scenario: Scenario) -> str:
    """Return a fingerprint of everything that a scenario says."""
    return hashlib.sha256(scenario.model_dump_json().encode()).hexdigest()[:16]


def at_values(source: str, run: Mapping[str, Any], values: Mapping[str, Any], varied: Mapping[str, Varied]) -> Scenario:
    """Return a scenario with other values, whose levers are pulled from the months that the design says.

    Raises:
        ConfigError: the values are not allowed there.
    """
    later = {key: item.from_ for key, item in varied.items() if item.from_ and key in values}
    found = load(source, {**run, **{key: value for key, value in values.items() if key not in later}})
    for month in dict.fromkeys(later.values()):
        found = found.with_({key: values[key] for key, each in later.items() if each == month}, from_=month)
    return found.scenario


# reading --------------------------------------------------------------------------------------------------------------


def read_design(
    source: str | Path | Mapping[str, Any], folder: Path = Path(), origin: str = "design",
    run: Mapping[str, Any] | None = None,
) -> Sweep:
    """Return the sweep of a design file, or of a mapping that says the same.

    Args:
        source: the file, or the mapping.
        folder: where the paths of a mapping's scenarios begin; those of a file begin where it stands.
        origin: how a mapping is called in messages.
        run: run settings on top of those of the design.

    Raises:
        ConfigError: with every mistake found.
    """
    if isinstance(source, Mapping):
        document = Document(origin, dict(source), {})
    else:
        document, folder = read_yaml(Path(source)), Path(source).parent
    below = document.content.get("run", {})
    if run and isinstance(below, dict):
        document = replace(document, content={**document.content, "run": {**below, **run}})
    return _Checker(document, folder).sweep()


class _Checker:
    """Collects every mistake of a design."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.document, self.folder = document, folder
        self.problems: list[Problem] = []

    def sweep(self) -> Sweep:
        content = self.document.content
        try:
            design = Design.model_validate(content)
        except ValidationError as error:
            self.problems += pydantic_problems(error, self.document.place, "", Design).values()
            design = None
        varied = self._varied(content.get("vary"), content.get("method"))
        sound_run = self._run_settings(content.get("run"))
        if isinstance(outcomes := content.get("outcomes"), list):
            for index, name in enumerate(outcomes):
                if name not in OUTCOMES:
                    self._say(("outcomes", index), f"there is no outcome {name!r}", listed(OUTCOMES, 40),
                              nearest(str(name), OUTCOMES))
        years = self._years(content["years"]) if "years" in content else ()
        if design is not None:
            self._points_wanted(design)
        # also after other mistakes, so that all are said at once
        run = content.get("run") if sound_run else {}
        sources, bases = self._scenarios(content.get("scenarios"), run or {}, varied, years)
        if self.problems or design is None:
            raise ConfigError(self._in_order())
        digests = [fingerprint(each) for each in bases]
        names = tuple(each.name for each in bases)
        return Sweep(design, tuple(sources), names, tuple(digests), years, varied, points_of(design, varied))

    def _say(self, path: tuple[str | int, ...], message: str, allowed: str = "", suggestion: str = "") -> None:
        self.problems.append(Problem(self.document.place(path), key_words(path), message, allowed, suggestion))

    def _in_order(self) -> list[Problem]:
        return sorted(dict.fromkeys(self.problems), key=lambda problem: problem.place.line)

    def _varied(self, raw: Any, method: Any) -> dict[str, Varied]:
        """Return what is varied as far as it can be used."""
        found: dict[str, Varied] = {}
        for key, value in raw.items() if isinstance(raw, dict) else ():
            path = ("vary", key)
            try:
                found[key] = Varied.model_validate(value)
            except ValidationError as error:
                where, said = self.document.place, f"vary.{key}"
                self.problems += pydantic_problems(error, partial(_below, where, path), said, Varied).values()
                continue
            self._one_varied(key, found[key], method)
        lengths = {key: len(item.values or ()) for key, item in found.items()}
        if method == "list" and len(set(lengths.values())) > 1:
            said = ", ".join(f"{key} {length}" for key, length in lengths.items())
            self._say(("vary",), f"the lists have different lengths: {said}", "one value of each for every point")
        return found

    def _one_varied(self, key: str, item: Varied, method: Any) -> None:
        path = ("vary", key)
        head, *rest = words(key)
        if head in RunSettings.model_fields:
            self._say(path, "is a run setting, and runs that differ in it share no draws", "a parameter or a lever")
        if item.from_ and head not in LEVERS:
            self._say((*path, "from"), "only a lever is pulled from a month", "leave it out")
        bounds = item.low is not None or item.high is not None
        if sum((item.values is not None, bounds, item.prior is not None)) != 1:
            self._say(path, "says not one thing", "values, or low and high, or prior: true")
        elif method in METHODS and (item.values is None) == (method not in DRAWN):
            wanted = "low and high, or prior: true" if method in DRAWN else "values: [...]"
            self._say(path, f"does not fit method {method}", wanted)
        elif bounds and (item.low is None or item.high is None or not item.low < item.high):
            self._say(path, f"got low {item.low} and high {item.high}", "both, low below high")
        elif item.prior and head in table() and self._prior_is_a_point(head, rest):
            self._say((*path, "prior"), "has no prior to draw from: it is fixed, or silent by default", "low and high")
        elif item.prior and head not in table():
            self._say((*path, "prior"), "only a parameter has a prior: a lever is what an actor decides",
                      "low and high")

    def _prior_is_a_point(self, head: str, rest: list[str]) -> bool:
        return bool(at_share(head, rest, 0) == at_share(head, rest, 1))

    def _run_settings(self, run: Any) -> bool:
        """Tell whether the run settings can be used."""
        if not isinstance(run, dict):
            return False
        if "replicates" in run:
            self._say(("run", "replicates"), "stands in the wrong place", "replicates: at the top of the design")
        try:
            RunSettings.model_validate(run)
        except ValidationError as error:
            place = self.document.place
            found = pydantic_problems(error, lambda loc: place(("run", *loc)), "run", RunSettings)
            self.problems += found.values()
            return False
        return True

    def _years(self, raw: Any) -> tuple[int, ...]:
        match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", str(raw))
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            self._say(("years",), f"got {raw!r}", "a year or two, the first one first, such as 2015-2024")
        return tuple(range(first, last + 1))

    def _points_wanted(self, design: Design) -> None:
        counted, count = design.method in COUNTED, design.points
        if counted and count is None:
            self._say(("points",), "is missing", f"how many points method {design.method} draws")
        elif not counted and count is not None:
            self._say(("points",), f"got {count}, but method {design.method} counts its own points", "leave it out")
        elif design.method in {"sobol", "saltelli"} and count and count & (count - 1):
            near = 1 << (count.bit_length() - 1)
            said = f"a power of two for {design.method}, such as {near} or {2 * near}"
            self._say(("points",), f"got {count}", said)
        elif design.method in {"morris", "saltelli"} and count == 1:
            self._say(("points",), "got 1", f"at least 2 for {design.method}: one cannot show how far effects differ")

    def _scenarios(
        self, names: Any, run: dict[str, Any], varied: dict[str, Varied], years: tuple[int, ...]
    ) -> tuple[list[str], list[Scenario]]:
        """Load every scenario, and try every varied key in it with a value that is allowed if the key is."""
        settings = RunSettings.model_fields
        trial = {key: _trial(key, item) for key, item in varied.items() if words(key)[0] not in settings}
        sources: list[str] = []
        bases: list[Scenario] = []
        for index, name in enumerate(names if isinstance(names, list) else ()):
            path = ("scenarios", index)
            try:
                found_in = find_scenario(str(name), self.folder)
                # by name where it is shipped: it stands elsewhere on another machine
                shipped = found_in == shipped_scenarios().get(found_in.stem)
                source = found_in.stem if shipped else str(found_in)
                base = load(source, run).scenario
            except ConfigError as error:
                for found in error.problems:
                    self._say(path, f"got {name!r}: {found}")
                continue
            sources.append(source)
            bases.append(base)
            self._try_keys(source, run, trial, varied)
            for key in varied:
                head, *rest = words(key)
                for code in rest if head in table() else ():
                    if code not in (known := [*base.run.powers, *base.run.countries]):
                        self._say(("vary", key), f"{code} is not simulated", listed(known))
            if years and not int(base.run.start[:4]) <= years[0] <= years[-1] <= int(base.run.end[:4]):
                self._say(("years",), f"got {years[0]} to {years[-1]}",
                          f"years of {base.name}, {base.run.start[:4]} to {base.run.end[:4]}")
            if base.name in [each.name for each in bases[:-1]]:
                self._say(path, f"the scenario {base.name!r} stands twice", "each name once")
            for key in SHARED:
                here, there = getattr(bases[0].run, key), getattr(base.run, key)
                if here != there:
                    said = f"run.{key} is {there}, in {bases[0].name} {here}: they would share no draws or no sets"
                    self._say(path, said, f"run: {{{key}: ...}}, the same for all")
        return sources, bases

    def _try_keys(
        self, source: str, run: dict[str, Any], trial: dict[str, Any], varied: Mapping[str, Varied]
    ) -> None:
        for key, value in trial.items():
            try:
                at_values(source, run, {key: value}, varied)
            except ConfigError as error:
                for found in error.problems:
                    if found.place.origin in {f"--set {key}", f"with_({key})"}:
                        said = f"{found.key}: {found.message}" if found.key != key else found.message
                        self._say(("vary", key), said, found.allowed, found.suggestion)


def _below(place: Callable[[KeyPath], Place], path: KeyPath, loc: KeyPath) -> Place:
    return place((*path, *loc))


def _trial(key: str, item: Varied) -> Any:
    """Return a value that is allowed wherever the key is."""
    head, *rest = words(key)
    default = leaf(table()[head][2], rest) if head in table() else None
    if isinstance(default, int | float) or (item.prior and default is not None):
        return default
    return item.values[0] if item.values and head not in LEVERS else 1.0
