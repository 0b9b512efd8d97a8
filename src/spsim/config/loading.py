"""From files to a scenario: what extends what, who set which value, and every mistake at once.

Layers, lowest first: the defaults in the code, the chain of files that a scenario extends, ``--set`` and keyword
arguments. Every layer is remembered, so that a value can be explained.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from spsim.config.checks import mechanism_problem
from spsim.config.errors import ConfigError, Place, Problem, file_problem, listed, nearest
from spsim.config.merging import Merger, Resolved
from spsim.config.parameters import parameter_table
from spsim.config.parameters.base import leaf_errors
from spsim.config.reading import Document, KeyPath, parse_yaml, read_yaml
from spsim.config.scenario import RunSettings, ScenarioFile
from spsim.config.translation import pydantic_problems


def scenarios_folder() -> Path:
    """Return the folder of the shipped scenarios: inside the package, or beside ``src`` in a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "scenarios"
    return shipped if shipped.is_dir() else package.parents[1] / "scenarios"


def shipped_scenarios() -> dict[str, Path]:
    """Return name -> path of the shipped scenarios, the baseline first."""
    paths = sorted(scenarios_folder().glob("*.yaml"), key=lambda path: (path.stem != "baseline", path.stem))
    return {path.stem: path for path in paths}


def shown(path: Path) -> str:
    """Return a path as messages and results show it: the same on every machine wherever that is possible."""
    here, shipped = Path.cwd(), scenarios_folder()
    path = Path(os.path.normpath(path))
    if path.is_absolute() and path.is_relative_to(here):
        return str(path.relative_to(here))
    if path.is_absolute() and path.is_relative_to(shipped):
        return f"spsim/scenarios/{path.name}"
    return str(path)


def is_path(name: str) -> bool:
    """Tell whether a scenario is given by its path; otherwise it is given by its name."""
    return name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name


def find_scenario(name: str, near: Path | None = None) -> Path:
    """Return the file of a scenario given by path or by name.

    A bare name is looked up beside the file that mentions it, then among the shipped scenarios.
    """
    if is_path(name):
        path = Path(name)
        return path if near is None or path.is_absolute() else near / path
    for folder in filter(None, (near, scenarios_folder())):
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    known = shipped_scenarios()
    raise ConfigError(
        [Problem(Place(name), "", "there is no scenario of this name", listed(known, 30), nearest(name, known))]
    )


def load(source: str | Path, overrides: Mapping[str, Any] | None = None) -> Resolved:
    """Return the scenario of a file or name, with ``overrides`` (key -> value) on top.

    Raises:
        ConfigError: with every mistake found.
    """
    return resolve(_chain(find_scenario(str(source))), overrides or {})


def load_text(text: str, origin: str = "scenario", overrides: Mapping[str, Any] | None = None) -> Resolved:
    """Return the scenario that ``text`` holds, as :func:`load` does for a file."""
    document = parse_yaml(text, origin)
    parent = document.content.get("extends")
    chain = _chain(find_scenario(str(parent))) if parent else []
    return resolve([*chain, document], overrides or {})


def _chain(path: Path) -> list[Document]:
    """Return the documents from the root of ``extends`` to ``path``."""
    documents: list[Document] = []
    seen: list[Path] = []
    while True:
        if path.resolve() in seen:
            loop = " -> ".join(p.name for p in [*seen, path])
            raise ConfigError([Problem(documents[0].place(("extends",)), "extends", f"goes round in a loop: {loop}")])
        document = read_yaml(path, shown(path))
        seen.append(path.resolve())
        documents.insert(0, document)
        parent = document.content.get("extends")
        if parent is None:
            return documents
        try:
            path = find_scenario(str(parent), path.parent)
            if not path.is_file():
                raise file_problem(path, f"there is no such file: {shown(path)}")
        except ConfigError as error:
            found = error.problems[0]
            problem = Problem(
                document.place(("extends",)),
                "extends",
                f"got {parent!r}: {found.message}",
                found.allowed,
                found.suggestion,
            )
            others = [other for read in documents for _, other in file_problems(read)]
            raise ConfigError(_in_order([problem, *others], documents)) from None


def resolve(documents: list[Document], overrides: Mapping[str, Any]) -> Resolved:
    """Merge the layers, check the whole, and remember who set what."""
    merger = Merger()
    sound: list[Document] = []
    for document in documents:
        found = file_problems(document)
        merger.problems += [problem for _, problem in found]
        sound.append(_without(document, [path for path, _ in found]))
    try:
        return merger.add_files(sound).add_overrides(overrides).result()
    except ConfigError as error:
        raise ConfigError(_in_order(error.problems, documents)) from None


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


def _in_order(problems: Iterable[Problem], documents: list[Document]) -> list[Problem]:
    """Return problems in the order in which a reader goes through the files; those of ``--set`` come last."""
    origins = [document.origin for document in documents]
    unique = dict.fromkeys(problems)

    def position(problem: Problem) -> tuple[int, int]:
        known = problem.place.origin in origins
        return (origins.index(problem.place.origin) if known else len(origins), problem.place.line)

    return sorted(unique, key=position)


def file_problems(document: Document) -> list[tuple[KeyPath, Problem]]:
    """Return what is wrong with one file by itself: the path of each wrong value, and the problem."""
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
