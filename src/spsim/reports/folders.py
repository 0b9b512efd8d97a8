"""What a directory holds: a run, a comparison, a sweep, and so on; or why it cannot be reported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from spsim.analysis.records import NEEDED
from spsim.config import ConfigError, Place, Problem, Scenario, load

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Kind:
    """One kind of directory: the tables and files it must hold, and those by which an unfinished one is known."""

    name: str
    command: str
    needs: tuple[str, ...]
    begun: tuple[str, ...] = ()


def _tables(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}.parquet" for name in names)


KINDS = (
    Kind("run", "spsim run", (*_tables(*NEEDED), "scenario.yaml"), ("opinion.parquet",)),
    Kind("calibration", "spsim calibrate", _tables("fit", "parameters", "recovery"), ("prior", "prior.jsonl")),
    Kind("comparison", "spsim compare", _tables("differences", "summary"), _tables("differences")),
    Kind("ablation", "spsim ablate", _tables("contributions")),
    Kind(
        "sensitivity study", "spsim sensitivity",
        (*_tables("one_at_a_time", "screening", "indices", "noise", "discovery"), "scenario.yaml"), ("one-at-a-time",),
    ),
    Kind("validation", "spsim validate", _tables("patterns")),
    Kind(
        "survey scores", "spsim validate --surveys",
        _tables("rows", "series", "overall", "changes", "order", "duels", "tally", "tally_by_series", "uncovered"),
    ),
    Kind("elites and votes", "spsim elites", _tables("elites", "order", "changes")),
    Kind("sweep", "spsim sweep", ("design.yaml", *_tables("points"), "parts"), ("design.yaml",)),
)
"""Looked through from above: a calibration holds patterns and elites, as other studies do, and more."""


@dataclass(frozen=True)
class Folder:
    """A finished directory of results."""

    path: Path
    kind: str

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Where the results come from."""
        found: dict[str, Any] = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        return found

    def table(self, name: str) -> pd.DataFrame:
        """Return one of its tables."""
        return pd.read_parquet(self.path / f"{name}.parquet")

    def holds(self, name: str) -> bool:
        """Return whether it has a table."""
        return (self.path / f"{name}.parquet").is_file()

    @cached_property
    def scenario_texts(self) -> dict[str, str]:
        """The scenario files that it holds, by name of the scenario."""
        single = self.path / "scenario.yaml"
        paths = [single] if single.is_file() else sorted((self.path / "scenarios").glob("*.yaml"))
        found = {(self.manifest["scenario"] if path == single else path.stem): path for path in paths}
        return {name: path.read_text(encoding="utf-8") for name, path in found.items()}

    def scenario(self, name: str = "") -> Scenario | None:
        """Return a scenario of the directory, by name or the only one; None where it holds none."""
        single, named = self.path / "scenario.yaml", self.path / "scenarios" / f"{name}.yaml"
        path = single if single.is_file() else named
        return load(path).scenario if path.is_file() else None


def recognise(paths: Sequence[Path]) -> list[Folder]:
    """Return what directories hold.

    Raises:
        ConfigError: with everything that is not there, not known, or not finished.
    """
    folders: list[Folder] = []
    problems: list[Problem] = []
    for path in paths:
        found = _recognise(path)
        if isinstance(found, Problem):
            problems.append(found)
        elif path.resolve() in [folder.path.resolve() for folder in folders]:
            problems.append(Problem(Place(str(path)), "", "stands twice", "each directory once"))
        else:
            folders.append(found)
    if problems:
        raise ConfigError(problems)
    return folders


def _recognise(path: Path) -> Folder | Problem:
    place = Place(str(path))
    if not path.is_dir():
        what = "is a file" if path.exists() else "is not there"
        return Problem(place, "", what, "the directory that a command has left, such as runs/baseline")
    for kind in KINDS:
        missing = [name for name in kind.needs if not (path / name).exists()]
        if not missing and (path / MANIFEST).is_file():
            return _sound(path, kind)
    begun = next((kind for kind in KINDS if any((path / name).exists() for name in kind.begun)), None)
    if begun or (path / "log.jsonl").is_file():
        command = begun.command if begun else "the command that began it"
        return Problem(place, "", "holds results that are not finished", f"first let {command} go on to its end")
    known = ", ".join(kind.name for kind in KINDS)
    return Problem(place, "", "holds no results that can be reported", f"the directory of a {known}")


def _sound(path: Path, kind: Kind) -> Folder | Problem:
    """Return a directory whose manifest can be read, and whose sweep is whole."""
    folder = Folder(path, kind.name)
    try:
        manifest = folder.manifest
        whole = "yields" not in manifest or len(manifest["parts"]) >= manifest["yields"]["parts"]
    except (OSError, ValueError, KeyError, TypeError):
        return Problem(Place(str(path / MANIFEST)), "", "cannot be read", f"what {kind.command} wrote")
    if not whole:
        said = f"holds {len(manifest['parts'])} of {manifest['yields']['parts']} parts"
        return Problem(Place(str(path)), "", said, "a whole sweep: spsim sweep goes on, spsim merge joins shards")
    return folder
