"""A simulation in a file: a past is computed once, and any number of futures start from it.

The file is a zip archive, which numpy and every unzip can read: ``manifest.json`` says where the state comes from, and
each array of the state and of the record so far is a ``.npy`` file. Nothing in it is pickled. What follows from the
scenario alone, such as inputs and keys of randomness, is not in the file; it is built again.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from spsim._version import __version__
from spsim.config import ConfigError, Place, Problem, Scenario, SetupError, SpsimError
from spsim.config.fingerprint import code_digest
from spsim.model.past import Past
from spsim.model.record import Record
from spsim.model.simulation import Simulation
from spsim.model.start import build
from spsim.model.world import World, everybody

Arrays = dict[str, NDArray[Any]]
Terms = dict[str, list[tuple[str, str]]]
Tree = TypeVar("Tree")

MANIFEST = "manifest.json"
SMALLEST = {"citizens": 200, "elites": 2, "pipeline_agents": 1}
PACKING = 1
"""Effort of the compression: more of it takes longer and saves next to nothing, as most bytes are noise."""


@dataclass(frozen=True)
class Manifest:
    """Where a state comes from."""

    seed: int
    replicate: int
    date: str
    """``YYYY-MM``"""
    step: int
    past: str
    """Fingerprint of all that decided what happened up to the date."""
    terms: Terms
    """The terms of the record by group, as (kind, channel)."""
    scenario: Scenario
    """The scenario in whose run the state was saved."""

    def require(self, past: Past, name: str) -> None:
        """Make sure that the scenario's past comes out here as it did where it was saved; ``name`` is for the message.

        Raises:
            ConfigError: some input has other bits.
        """
        if past.digest != self.past:
            raise ConfigError([Problem(
                Place(name), "", "its inputs come out in other bits here than where it was saved",
                "a state saved on a machine of this kind with these libraries",
            )])


def save(simulation: Simulation, file: IO[bytes]) -> None:
    """Write a simulation at its present date; the same simulation always gives the same bytes.

    Raises:
        OSError: the file cannot be written.
    """
    world, record, step = simulation.world, simulation.record, simulation.step_number
    arrays = _leaves(world.state, "state")
    arrays |= {name: array[: step + 1] for name, array in _leaves(record, "record").items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=PACKING) as archive:
        manifest = {
            "spsim": __version__,
            "code": code_digest(),
            "seed": world.scenario.run.seed,
            "replicate": world.replicate,
            "date": simulation.date,
            "step": step,
            "past": Past(world.scenario, world.clock, world.inputs, step).digest,
            "terms": record.terms,
            "scenario": world.scenario.model_dump(mode="json"),
        }
        _add(archive, MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())
        for name, array in arrays.items():
            packed = io.BytesIO()
            np.lib.format.write_array(packed, array, allow_pickle=False)
            _add(archive, f"{name}.npy", packed.getvalue())


def read_manifest(file: IO[bytes], name: str) -> Manifest:
    """Return the manifest of a state, after a look at every byte of the file.

    Args:
        file: what :func:`save` wrote.
        name: how messages call it.

    Raises:
        ConfigError: another version, or other code, has saved it.
        SetupError: it is damaged.
    """
    with _opened(file, name) as archive:
        if damaged := archive.testzip():
            raise ValueError(f"wrong checksum of {damaged}")
        return _manifest(archive, name)


def restore(file: IO[bytes], name: str) -> Simulation:
    """Return the simulation that a file holds; it goes on as if it had never stopped.

    Another scenario goes on from there with :meth:`Simulation.branch`.

    Args:
        file: what :func:`save` wrote.
        name: how messages call it.

    Raises:
        ConfigError: another version, other code or another kind of machine has saved it.
        SetupError: it is damaged.
    """
    with _opened(file, name) as archive:
        manifest = _manifest(archive, name)
        arrays = {
            member.removesuffix(".npy"): np.lib.format.read_array(io.BytesIO(archive.read(member)), allow_pickle=False)
            for member in archive.namelist()
            if member.endswith(".npy")
        }
        world = _world(manifest.scenario, manifest.replicate)
        manifest.require(Past(world.scenario, world.clock, world.inputs, manifest.step), name)
        world.state = _filled(world.state, "state", arrays)
        world.people = everybody(world)
        return Simulation.resume(world, _record(arrays, manifest.terms), manifest.step)


def _world(scenario: Scenario, replicate: int) -> World:
    """Return a world whose state and people are still to be filled in.

    It is built with few citizens, as nothing else in a world depends on their number.
    """
    small = scenario.model_copy(update={"run": scenario.run.model_copy(update=SMALLEST)})
    return replace(build(small, replicate), scenario=scenario, people=None)  # type: ignore[arg-type]  # filled in next


def _leaves(tree: object, name: str) -> Arrays:
    """Return the arrays of nested dataclasses and dictionaries by path; a tuple of numbers becomes an array."""
    if isinstance(tree, np.ndarray):
        return {name: tree}
    if isinstance(tree, tuple):
        return {name: np.array(tree, dtype=np.int64)}
    inner = tree if isinstance(tree, dict) else vars(tree)
    return {
        path: array
        for key, value in inner.items()
        if key != "terms"  # text, which the manifest holds
        for path, array in _leaves(value, f"{name}/{key}").items()
    }


def _filled(like: Tree, name: str, arrays: Arrays) -> Tree:
    """Return nested dataclasses in the form of ``like`` with the arrays of that path."""
    if is_dataclass(like) and not isinstance(like, type):
        inner = {
            field.name: _filled(getattr(like, field.name), f"{name}/{field.name}", arrays) for field in fields(like)
        }
        return replace(like, **inner)
    stored: Any = arrays[name]
    return tuple(stored.tolist()) if isinstance(like, tuple) else stored  # type: ignore[return-value]


def _record(arrays: Arrays, terms: Terms) -> Record:
    """Return the record so far; its arrays end with the date of the state."""
    plain: dict[str, Any] = {
        field.name: arrays[path] for field in fields(Record) if (path := f"record/{field.name}") in arrays
    }
    contributions, reach = (
        {group: arrays[f"record/{name}/{group}"] for group in terms} for name in ("contributions", "reach")
    )
    return Record(**plain, contributions=contributions, reach=reach, terms=terms)


def _manifest(archive: zipfile.ZipFile, name: str) -> Manifest:
    """Return the manifest of an archive, if this code has written it."""
    content: dict[str, Any] = json.loads(archive.read(MANIFEST))
    for key, here, what in (("spsim", __version__, "version"), ("code", code_digest(), "code")):
        if content[key] != here:
            problem = f"was saved by {what} {content[key]} of spsim, this is {what} {here}"
            raise ConfigError([Problem(Place(name), "", problem, "a state saved by what runs it; save it again")])
    return Manifest(
        **{key: content[key] for key in ("seed", "replicate", "date", "step", "past")},
        terms={group: [(kind, channel) for kind, channel in pairs] for group, pairs in content["terms"].items()},
        scenario=Scenario.model_validate_json(json.dumps(content["scenario"])),
    )


def _add(archive: zipfile.ZipFile, member: str, content: bytes) -> None:
    """Add a member that does not depend on the time of day."""
    about = zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0))
    about.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(about, content, compresslevel=PACKING)


@contextmanager
def _opened(file: IO[bytes], name: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive; whatever its reader makes of damaged bytes becomes one clear message."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except SpsimError:
        raise
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].strip("'\"")
        raise SetupError(f"{name}: is damaged, or no saved state: {reason}") from error
