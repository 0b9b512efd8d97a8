"""The language of the cases: what a file may say, and every mistake in it with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from spsim.config import ConfigError, Place, Problem, Scenario, ScenarioFile, find_scenario
from spsim.config.errors import listed, nearest
from spsim.config.resolved import file_problems, resolve
from spsim.config.scenario import Code, Country, Frozen
from spsim.config.translation import pydantic_problems
from spsim.data import read_table
from spsim.ground.reading import Document, read_yaml
from spsim.model import record as rec

OUTCOMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "opinion": (("country", "power", "group"), rec.OPINION),
    "generations": (("country", "power", "cohort"), rec.COHORT),
    "divergence": (("country", "power"), rec.DIVERGENCE),
    "country": (("country",), rec.COUNTRY),
    "country_power": (("country", "power"), rec.COUNTRY_POWER),
    "channels": (("country", "power", "group", "channel"), ("reach", "contribution", "contribution_per_person")),
}
"""Table of a run -> what a statement has to name to find a number in it, and the outcomes that it holds."""

HEAD = {"schema", "name", "title", "question", "changes", "extends", "run"}
BLOCKS = sorted({field.alias or name for name, field in ScenarioFile.model_fields.items()} - HEAD)
"""What of the language of scenario files a case may use: levers, events, parameters and whatever else there is."""

CLAIMS = set(read_table("claims")["id"])


def _known_claim(claim: str) -> str:
    if claim not in CLAIMS:
        raise ValueError(f"got {claim!r}; allowed: a claim that `spsim claims` lists")
    return claim


def _two_years(text: str) -> str:
    found = re.fullmatch(r"(\d{4}) to (\d{4})", text)
    if not found or found[1] > found[2]:
        raise ValueError(f"got {text!r}; allowed: first and last year, such as 2024 to 2029")
    return text


class Head(Frozen):
    """The blocks of a file."""

    case: str = Field(min_length=10)
    claims: list[Annotated[str, AfterValidator(_known_claim)]] = Field(default_factory=list)
    why: str = ""
    given: dict[str, Any]
    when: dict[str, Any] | None = Field(None, min_length=1)
    then: list[dict[str, Any]] = Field(min_length=1)


class Given(Frozen):
    """What a case says of its world beside the blocks of the scenario language."""

    scenario: str = "baseline"
    countries: list[Country] = Field(min_length=1)
    years: Annotated[str, AfterValidator(_two_years)]
    citizens: int = Field(300, ge=200, le=4000)
    chance: Literal["off", "on"] = "off"
    replicates: int = Field(1, ge=1, le=100)


class When(Frozen):
    """The same for what differs."""

    scenario: str = ""


class Where(Frozen):
    """What is looked at; as the other side of a comparison it says only what differs."""

    outcome: str | None = None
    power: Code | None = None
    country: str | list[str] | None = None
    group: Literal["public", "elite"] | None = None
    cohort: Literal["soviet", "transition", "independence"] | None = None
    channel: str | None = None
    year: int | None = None

    def named(self) -> dict[str, Any]:
        """Return what is said, by key."""
        return {key: getattr(self, key) for key in Where.model_fields if getattr(self, key) is not None}


class Statement(Where):
    """One line of ``then``: what is looked at, and what must be true of it."""

    outcome: str
    since: int | None = None
    change: Literal["rises", "falls", "none"] | None = None
    is_: float | None = Field(None, alias="is")
    above: float | dict[str, Any] | None = None
    below: float | dict[str, Any] | None = None
    by_at_least: float | None = Field(None, ge=0)
    by_at_most: float | None = Field(None, ge=0)
    within: float | None = Field(None, ge=0)


@dataclass(frozen=True)
class Line:
    """A statement with the line on which it stands."""

    statement: Statement
    place: Place


@dataclass(frozen=True)
class Case:
    """A case that can be run."""

    title: str
    claims: list[str]
    given: Scenario
    when: Scenario | None
    then: list[Line]


def table_of(where: Mapping[str, Any]) -> str:
    """Return the table that holds an outcome; a cohort asks for the one by generations. Empty if there is none."""
    tables = [name for name, (_, columns) in OUTCOMES.items() if where.get("outcome") in columns]
    by_cohort = "generations" in tables and ("cohort" in where or len(tables) == 1)
    return "generations" if by_cohort else next((name for name in tables if name != "generations"), "")


def read_case(path: Path) -> Case:
    """Return the case of a file.

    Raises:
        ConfigError: with every mistake found.
    """
    return _Reader(read_yaml(path, path.name)).case()


class _Reader:
    """Reads one file and collects its mistakes."""

    def __init__(self, document: Document) -> None:
        self.document, self.problems = document, list[Problem]()

    def case(self) -> Case:
        head = self._validated(Head, self.document.content, ())
        if head is None:
            raise ConfigError(self.problems)
        lines = [self._line(raw, ("then", index), head) for index, raw in enumerate(head.then)]
        given, given_blocks = self._block(Given, head.given, "given")
        when, when_blocks = self._block(When, head.when or {}, "when")
        if given is None or when is None or given_blocks is None or when_blocks is None:
            raise ConfigError(self.problems)
        world = _with_settings(given_blocks, given)
        start = self._lineage(given.scenario, ("given", "scenario"))
        first = self._scenario([*start, world])
        second = None
        if head.when:
            other = self._lineage(when.scenario, ("when", "scenario")) if when.scenario else start
            second = self._scenario([*other, world, when_blocks])
        if first is None or self.problems:
            raise ConfigError(dict.fromkeys(self.problems))
        return Case(head.case, head.claims, first, second, [line for line in lines if line])

    def _validated(self, model: Any, raw: dict[str, Any], path: tuple[str | int, ...]) -> Any:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            prefix = ".".join(map(str, path))
            found = pydantic_problems(error, lambda loc: self.document.place((*path, *loc)), prefix, model)
            self.problems += found.values()
            return None

    def _block(self, model: Any, raw: dict[str, Any], name: str) -> tuple[Any, Document | None]:
        """Return what a block says in the words of the cases, and the rest as a piece of a scenario file."""
        own = {key: value for key, value in raw.items() if key not in BLOCKS}
        for key in [key for key in own if key not in model.model_fields]:
            known = [*model.model_fields, *BLOCKS]
            place = self.document.place((name, key))
            self.problems.append(Problem(place, f"{name}.{key}", "unknown key", listed(known, 30), nearest(key, known)))
            own.pop(key)
        lines = {path[1:]: line for path, line in self.document.lines.items() if path[0] == name and path[1:]}
        content = {"name": "case", "title": "Case", **{key: raw[key] for key in BLOCKS if key in raw}}
        piece = Document(self.document.origin, content, lines)
        found = [
            replace(problem, key=f"{name}.{problem.key}", place=self.document.place((name, *path)))
            for path, problem in file_problems(piece)
        ]
        self.problems += found
        return self._validated(model, own, (name,)), None if found else piece

    def _lineage(self, scenario: str, path: tuple[str, str]) -> list[Document]:
        """Return the files of a scenario, from the root of ``extends`` on."""
        try:
            document = read_yaml(find_scenario(scenario))
        except ConfigError as error:
            place, key = self.document.place(path), ".".join(path)
            self.problems += [replace(p, place=place, key=key, message=f"got {scenario!r}: {p.message}")
                              for p in error.problems]
            return []
        parent = document.content.get("extends")
        return [*(self._lineage(parent, path) if parent else []), document]

    def _scenario(self, documents: list[Document]) -> Scenario | None:
        try:
            return resolve(documents).scenario
        except ConfigError as error:
            self.problems += error.problems
            return None

    def _line(self, raw: dict[str, Any], path: tuple[str, int], head: Head) -> Line | None:
        place = self.document.place(path)
        statement = self._validated(Statement, raw, path)
        if statement is None:
            return None
        before = len(self.problems)
        for key, message, allowed in _mistakes(statement, has_when=bool(head.when)):
            self.problems.append(Problem(self.document.place((*path, key)), f"then.{path[1]}.{key}", message, allowed))
        sides = [statement.named()]
        for key in ("above", "below"):
            other = getattr(statement, key)
            if isinstance(other, dict) and (where := self._validated(Where, other, (*path, key))):
                sides.append({**statement.named(), **where.named()})
        for side in sides:
            self._check_outcome(side, path)
        return Line(statement, place) if len(self.problems) == before else None

    def _check_outcome(self, where: Mapping[str, Any], path: tuple[str, int]) -> None:
        """Note an outcome that no table holds, and a key that its table does not have."""
        name, key = where["outcome"], f"then.{path[1]}"
        table = table_of(where)
        if not table:
            known = list(dict.fromkeys(column for _, columns in OUTCOMES.values() for column in columns))
            place = self.document.place((*path, "outcome"))
            problem = Problem(place, f"{key}.outcome", f"there is no outcome {name!r}", listed(known, 40),
                              nearest(name, known))
            self.problems.append(problem)
            return
        keys = OUTCOMES[table][0]
        for extra in sorted(set(where) - {"outcome", "year", *keys}):
            said = f"{name} is not told apart by {extra}"
            self.problems.append(Problem(self.document.place((*path, extra)), f"{key}.{extra}", said, listed(keys)))
        if "power" in keys and "power" not in where:
            self.problems.append(Problem(self.document.place(path), key, f"{name} of which power?", "power: CN or RU"))
        if "channel" in keys and "channel" not in where:
            said = f"{name} of which channel?"
            self.problems.append(Problem(self.document.place(path), key, said, "channel: russian_tv, for example"))


def _mistakes(statement: Statement, *, has_when: bool) -> list[tuple[str, str, str]]:
    """Return what is wrong with how a statement is put: key, message, what is allowed."""
    said = {key for key in ("change", "is_", "above", "below") if getattr(statement, key) is not None}
    found = []
    if not said:
        found.append(("outcome", "what must be true of it?", "change, is, above or below"))
    if statement.country == []:
        found.append(("country", "is empty", "a country, or a list of countries"))
    if len(said) > 1 and said != {"above", "below"}:
        found.append(("outcome", "says two things at once", "one of change, is, above and below"))
    if statement.change and statement.since is None and not has_when:
        found.append(("change", "compared with what?", "a `when` block, or since: YEAR"))
    if statement.since is not None and not statement.change:
        found.append(("since", "has no change to measure", "change: rises, falls or none"))
    moved = statement.change in {"rises", "falls"} or len(said & {"above", "below"}) == 1
    for key in ("by_at_least", "by_at_most"):
        if getattr(statement, key) is not None and not moved:
            found.append((key, "has no difference to measure", "beside change: rises or falls, above or below"))
    if statement.within is not None and statement.change != "none" and statement.is_ is None:
        found.append(("within", "has no value to be near", "beside is, or change: none"))
    return found


def _with_settings(blocks: Document, given: Given) -> Document:
    """Return the given world as a piece of a scenario file; without chance nothing shakes opinion."""
    first, last = given.years.split(" to ")
    run = {
        "start": int(first), "end": int(last), "countries": given.countries, "citizens": given.citizens,
        "elites": 40, "pipeline_agents": 4, "replicates": given.replicates,
        "parameters": "defaults",  # claims are about the mechanism, and the hand-set numbers do not move
    }
    still = {"noise": 0.0, "common_noise": 0.0} if given.chance == "off" else {}
    parameters = {**still, **blocks.content.get("parameters", {})}
    lines = dict(blocks.lines)
    for key, source in {"start": "years", "end": "years", "countries": "countries", "citizens": "citizens"}.items():
        if (source,) in blocks.lines:
            lines["run", key] = blocks.lines[source,]
    return Document(blocks.origin, {**blocks.content, "run": run, "parameters": parameters}, lines)
