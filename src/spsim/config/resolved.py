"""A scenario as a user has it: everything filled in, who set which value, and what it takes to change it.

Layers, lowest first: the defaults in the code, the chain of files that a scenario extends, ``--set`` and the arguments
of ``load``, and the edits that :meth:`Resolved.with_` makes one after the other. Every layer is remembered, so that a
value can be explained, and every mistake is reported at once.
"""

# ruff: noqa: ANN401 - what a user writes can be anything until it is checked
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from spsim.config.checks import mechanism_problem
from spsim.config.differences import difference_grids
from spsim.config.errors import ConfigError, Problem, listed, nearest
from spsim.config.merging import HEADS, Edit, Merger, Setting
from spsim.config.parameters import parameter_table
from spsim.config.parameters.base import leaf_errors
from spsim.config.scenario import RunSettings, Scenario, ScenarioFile
from spsim.config.translation import pydantic_problems
from spsim.data import COUNTRIES
from spsim.data.region import VARIABLE, region
from spsim.display import Grid, Shown
from spsim.ground.reading import Document, KeyPath
from spsim.ground.words import counted


@dataclass(frozen=True, repr=False)
class Resolved(Shown):
    """A scenario with the history of its values: dotted key -> settings, the last of which holds.

    It never changes: :meth:`with_` returns another one.
    """

    scenario: Scenario
    origin: str = ""
    """The scenario's own file, as the places in ``history`` name it."""
    history: Mapping[str, list[Setting]] = field(default_factory=dict, repr=False)
    documents: tuple[Document, ...] = field(default=(), repr=False)
    """The files behind it, the lowest first."""
    edits: tuple[Edit, ...] = field(default=(), repr=False)
    """What was laid over the files, the lowest first."""

    def with_(
        self, values: Mapping[str, Any] | None = None, /, *, from_: str | int | None = None,
        until: str | int | None = None, ramp_years: float | None = None, **more: Any,
    ) -> Resolved:
        """Return the scenario with other values; this one stays as it is.

        ``load("baseline").with_(threat_decay=0.4, investment={"CN": 2.0}, from_="2026-01", name="mine")``

        Args:
            values: key -> value, for keys with a dot such as ``"investment.CN"`` or ``"events.xinjiang.active"``.
            from_: month in which the levers of this edit are pulled; the start of the run if not given.
            until: first month in which they act no more.
            ramp_years: years over which they reach their value.
            more: parameters, levers and run settings by name, ``mechanisms={...}``, and ``name``, ``title``,
                ``question`` or ``changes`` of the new scenario.

        Raises:
            ConfigError: with every mistake found.
        """
        dates = {"from": from_, "until": until, "ramp_years": ramp_years}
        given = {key: value for key, value in dates.items() if value is not None}
        every = deepcopy({**(values or {}), **more})  # what the user does with them later is none of the scenario's
        heads = {key: every.pop(key) for key in HEADS if key in every}
        if every:
            heads = {"changes": "", **heads}  # what a file says of its own changes is no longer all
        return resolve(self.documents, [*self.edits, Edit(every, "with_({})", given, heads)])

    def headline(self) -> list[str]:
        """Return title, name and question."""
        scenario, run = self.scenario, self.scenario.run
        above = [name for name in scenario.lineage if name != scenario.name]
        built = f", built on {' and '.join(above)}" if above else ""
        count = counted(run.replicates, "replicate")
        size = f"{run.start} to {run.end}, {count} of {run.citizens:,} citizens a country"
        return [scenario.title, f"{scenario.name}{built}: {size}, seed {run.seed}", scenario.question, scenario.changes]

    def cautions(self) -> list[str]:
        """Return the states that are pinned and the mechanisms that are switched."""
        forced, switches = self.scenario.forced, self.scenario.switches
        found = [f"forced states: {', '.join(forced)} (an experiment of thought)"] if forced else []
        return [*found, f"mechanisms switched: {', '.join(switches)}"] if switches else found

    def grids(self) -> list[Grid]:
        """Return what differs from the scenario at the root of all that it extends: the baseline, as a rule."""
        root = resolve(self.documents[:1]).scenario
        found = difference_grids(self.scenario, self.history, root)
        return found or [Grid(f"Nothing differs from {root.name}", [], [])]


def resolve(documents: Sequence[Document], edits: Sequence[Edit] = ()) -> Resolved:
    """Merge the layers, check the whole, and remember who set what."""
    merger = Merger()
    sound: list[Document] = []
    for document in documents:
        found = file_problems(document)
        merger.problems += [problem for _, problem in found]
        sound.append(_without(document, [path for path, _ in found]))
    try:
        scenario = merger.add_files(sound).add_edits(edits).result()
    except ConfigError as error:
        raise ConfigError(in_order(error.problems, documents)) from None
    return Resolved(scenario, merger.last_place.origin, merger.history, tuple(documents), tuple(edits))


def _without(document: Document, paths: list[KeyPath]) -> Document:
    """Return a document without the values that are wrong, so that the rest can still be checked.

    A wrong value inside a lever or event takes the whole item with it, one inside a parameter the whole parameter.
    """
    content = {
        key: value.copy() if isinstance(value, list | dict) else value for key, value in document.content.items()
    }
    for head, *rest in paths:
        block = content.get(str(head))
        if rest and isinstance(block, list) and isinstance(rest[0], int):
            block[rest[0]] = None  # and not removed: the places of the others are known by their index
        elif rest and isinstance(block, dict):
            block.pop(rest[0], None)
        else:
            content.pop(str(head), None)
    return Document(document.origin, content, document.lines)


def in_order(problems: Iterable[Problem], documents: Sequence[Document]) -> list[Problem]:
    """Return problems in the order in which a reader goes through the files; those of ``--set`` come last."""
    origins = [document.origin for document in documents]
    unique = dict.fromkeys(problems)

    def position(problem: Problem) -> tuple[int, int]:
        known = problem.place.origin in origins
        return (origins.index(problem.place.origin) if known else len(origins), problem.place.line)

    return sorted(unique, key=position)


def file_problems(document: Document) -> list[tuple[KeyPath, Problem]]:
    """Return what is wrong with one file by itself: the path of each wrong value, and the problem.

    Raises:
        ConfigError: the file is about another region, so that it is wrong from end to end.
    """
    run = document.content.get("run")
    codes = run.get("countries") if isinstance(run, dict) else None
    if isinstance(codes, list) and len(codes) > 1 and not {str(code) for code in codes} & set(COUNTRIES):
        said = f"got {listed(codes)}, of another region than {region().name}"
        allowed = f"{listed(COUNTRIES)}; the variable {VARIABLE} names the region"
        raise ConfigError([Problem(document.place(("run", "countries")), "run.countries", said, allowed)])
    return list(_file_problems(document))


def _file_problems(document: Document) -> Iterator[tuple[KeyPath, Problem]]:
    try:
        ScenarioFile.model_validate(document.content)
    except ValidationError as invalid:
        yield from pydantic_problems(invalid, document.place).items()
    parameters = document.content.get("parameters")
    for name, value in parameters.items() if isinstance(parameters, dict) else ():
        known = parameter_table()
        if name not in known:
            yield (
                ("parameters", name),
                Problem(
                    document.place(("parameters", name)),
                    f"parameters.{name}",
                    "there is no such parameter",
                    "a name that `spsim parameters` lists",
                    nearest(name, known),
                ),
            )
            continue
        for error in leaf_errors(name, value, known[name][3]):
            path = ("parameters", *error.path)
            yield (
                path,
                Problem(document.place(path), ".".join(path), f"got {error.got!r}", error.allowed, error.suggestion),
            )
    mechanisms = document.content.get("mechanisms")
    for name, option in mechanisms.items() if isinstance(mechanisms, dict) else ():
        problem = mechanism_problem(name, option, document.place(("mechanisms", name)))
        if problem:
            yield ("mechanisms", name), problem
    run = document.content.get("run")
    if isinstance(run, dict):
        try:
            RunSettings.model_validate(run)
        except ValidationError as invalid:
            found = pydantic_problems(invalid, lambda loc: document.place(("run", *loc)), "run", RunSettings)
            yield from ((("run", *loc), problem) for loc, problem in found.items())
