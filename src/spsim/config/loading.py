"""Finding scenarios: shipped ones by name, files by path, and the chain of files that one extends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spsim.config.errors import ConfigError, Place, Problem, file_problem, listed, nearest
from spsim.config.merging import Edit
from spsim.config.own_data import with_data
from spsim.config.resolved import Resolved, file_problems, in_order, resolve
from spsim.data.region import own_folder
from spsim.ground.reading import Document, parse_yaml, read_yaml


def scenarios_folder() -> Path:
    """Return the folder of the region's scenarios: in the user's own region, in the package, or beside ``src``."""
    if (own := own_folder()) is not None:
        return own / "scenarios"
    package = Path(__file__).parents[1]
    shipped = package / "scenarios"
    return shipped if shipped.is_dir() else package.parents[1] / "scenarios"


def shipped_scenarios() -> dict[str, Path]:
    """Return name -> path of the scenarios of the region, the baseline first."""
    paths = sorted(scenarios_folder().glob("*.yaml"), key=lambda path: (path.stem != "baseline", path.stem))
    return {path.stem: path for path in paths}


def shown(path: Path) -> str:
    """Return a path as messages and results show it: the same on every machine wherever that is possible."""
    here, shipped = Path.cwd(), scenarios_folder()
    path = Path(os.path.normpath(path))
    if path.is_absolute() and path.is_relative_to(here):
        return str(path.relative_to(here))
    if path.is_absolute() and path.is_relative_to(shipped):
        return f"{shipped.parent.name if own_folder() else 'spsim'}/scenarios/{path.name}"
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
    known, own = shipped_scenarios(), Path(f"{name}.yaml")
    meant = str(own) if own.is_file() else nearest(name, known)
    raise ConfigError([Problem(Place(name), "", "there is no scenario of this name", listed(known, 30), meant)])


def load(source: str | Path, overrides: Mapping[str, Any] | None = None) -> Resolved:
    """Return the scenario of a file or name, with ``overrides`` (key -> value) on top.

    Raises:
        ConfigError: with every mistake found.
    """
    return resolve(_chain(find_scenario(str(source))), _set(overrides))


def load_text(text: str, origin: str = "scenario", overrides: Mapping[str, Any] | None = None) -> Resolved:
    """Return the scenario that ``text`` holds, as :func:`load` does for a file."""
    document = with_data(parse_yaml(text, origin), Path())
    parent = document.content.get("extends")
    chain = _chain(find_scenario(str(parent))) if parent else []
    return resolve([*chain, document], _set(overrides))


def _set(overrides: Mapping[str, Any] | None) -> list[Edit]:
    return [Edit(overrides)] if overrides else []


def _chain(path: Path) -> list[Document]:
    """Return the documents from the root of ``extends`` to ``path``."""
    documents: list[Document] = []
    seen: list[Path] = []
    while True:
        if path.resolve() in seen:
            loop = " -> ".join(p.name for p in [*seen, path])
            raise ConfigError([Problem(documents[0].place(("extends",)), "extends", f"goes round in a loop: {loop}")])
        document = with_data(read_yaml(path, shown(path)), path.parent)
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
            raise ConfigError(in_order([problem, *others], documents)) from None
