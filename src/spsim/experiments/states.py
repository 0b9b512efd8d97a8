"""A folder of saved states: one file for each replicate of a run, all of the same date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from spsim.config import ConfigError, Place, Problem, Scenario, SetupError, with_member
from spsim.experiments.directory import whole_or_nothing
from spsim.model import checkpoint
from spsim.model.past import Past
from spsim.model.simulation import Simulation


def file_of(folder: Path, replicate: int) -> Path:
    """Return the path of the state of a replicate."""
    return folder / f"replicate-{replicate}.npz"


def save(simulation: Simulation, folder: Path) -> None:
    """Write a simulation at its present date into a folder, whole or not at all.

    Raises:
        SetupError: the disk is full or refuses.
    """
    target = file_of(folder, simulation.world.replicate)
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            checkpoint.save(simulation, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise SetupError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(folder: Path, replicate: int) -> Simulation:
    """Return the simulation of a replicate as it was saved.

    Raises:
        ConfigError: it was saved by another version or other code.
        SetupError: the file cannot be read, or is damaged.
    """
    path = file_of(folder, replicate)
    with _opened(path) as file:
        return checkpoint.restore(file, str(path))


def check(folder: Path, scenario: Scenario) -> str:
    """Make sure that all replicates of a scenario can start from a folder, and return the date from which they do.

    Raises:
        ConfigError: there is no state for each replicate, another version, other code or another past has made them, or
            they are not of one run.
        SetupError: a file cannot be read, or is damaged.
    """
    place, wanted = Place(str(folder)), scenario.run.replicates
    if not file_of(folder, 0).is_file():
        raise ConfigError([Problem(place, "", "holds no saved states", "a folder that --save-state has written")])
    missing = next((n for n in range(wanted) if not file_of(folder, n).is_file()), None)
    if missing is not None:
        message = f"got {wanted}, but there is no {file_of(folder, missing).name}"
        raise ConfigError([Problem(place, "run.replicates", message, f"at most {missing}")])
    first = _manifest(folder, 0)
    saved = Past.of(first.scenario, first.step)
    first.require(saved, str(file_of(folder, 0)))
    saved.require(Past.of(with_member(scenario, 0), saved.step), place)
    for replicate in range(wanted):
        manifest = first if replicate == 0 else _manifest(folder, replicate)
        where, held = Place(str(file_of(folder, replicate))), manifest.replicate
        if held != replicate:
            raise ConfigError([Problem(where, "", f"holds replicate {held}", "the name under which it was saved")])
        own = Past.of(with_member(scenario, replicate), saved.step)
        if (manifest.date, manifest.past) != (first.date, own.digest):
            raise ConfigError([Problem(where, "", "is not of the run and date of replicate 0", "states of one run")])
    return first.date


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a temporary folder that becomes ``target`` at the end, or vanishes.

    Raises:
        ConfigError: the target holds something.
        SetupError: the disk is full or refuses.
    """
    if target.exists():
        if not target.is_dir() or any(target.iterdir()):
            raise ConfigError([Problem(Place(str(target)), "", "exists already", "a new or empty folder for states")])
        target.rmdir()
    with whole_or_nothing(target) as part:
        yield part


def _manifest(folder: Path, replicate: int) -> checkpoint.Manifest:
    path = file_of(folder, replicate)
    with _opened(path) as file:
        return checkpoint.read_manifest(file, str(path))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise SetupError(f"{path}: cannot be read: {error.strerror or error}") from error
    with file:
        yield file
