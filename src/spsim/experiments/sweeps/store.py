"""A sweep's folder: its design, a log that is only appended to, parts of a fixed number of runs, a manifest.

The bytes of a part depend on the design and its number alone: not on who ran it, in which order, or how often it was
stopped. A part comes into place whole or not at all, and the log says its checksum, so a part that is damaged or
missing is found and run again. This process holds one part at a time, however long the sweep is.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from spsim._version import __version__
from spsim.config import ConfigError, Place, Problem, SetupError
from spsim.data import COUNTRIES
from spsim.data.places import illustrations
from spsim.data.region import region
from spsim.experiments.cases import Log, Progress, code_digest
from spsim.experiments.directory import PACKAGES
from spsim.experiments.sweeps.design import Sweep
from spsim.experiments.sweeps.parts import SCHEMA, make_part, parquet_bytes, part_name, sha256
from spsim.experiments.workers import Workers, run_tasks

_KNOWN = ("design.yaml", "points.parquet", "log.jsonl", "manifest.json")


@dataclass(frozen=True)
class SweepFolder:
    """What a sweep left in its folder; tables are read when they are asked for."""

    folder: Path
    missing: tuple[int, ...] = ()
    """Parts that are not there (those of other shards)."""

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the folder holds, and where it comes from.

        Raises:
            ConfigError: it holds no sweep.
        """
        try:
            found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise _no_sweep(self.folder) from None
        return found

    @property
    def points(self) -> pd.DataFrame:
        """A row for each point: its number and the values that are varied."""
        return pd.read_parquet(self.folder / "points.parquet")

    @property
    def runs(self) -> pd.DataFrame:
        """A row for each run that ended, outcome, power and country (``CA5`` is the region), with its value."""
        return self._read(failed=False).drop(columns="reason")

    @property
    def failed(self) -> pd.DataFrame:
        """A row for each run that failed: scenario, point, replicate and reason."""
        return self._read(failed=True)[["scenario", "point", "replicate", "reason"]]

    def _read(self, *, failed: bool) -> pd.DataFrame:
        test = [("reason", "!=" if failed else "==", "")]
        files = [self.folder / "parts" / f"{part['part']}.parquet" for part in self.manifest["parts"]]
        tables = [pq.read_table(path, filters=test) for path in files]
        found: pd.DataFrame = pa.concat_tables([SCHEMA.empty_table(), *tables]).to_pandas()
        return found


# the folder -----------------------------------------------------------------------------------------------------------


class Store:
    """A sweep's folder as it is written.

    Args:
        folder: made if it is not there.
        design: everything that decides what the parts hold, as JSON values; a folder of another design is refused.

    Raises:
        SetupError: the folder holds another sweep, or something else, or cannot be read.
    """

    def __init__(self, folder: Path, design: dict[str, Any]) -> None:
        self.folder, self.design = folder, design
        if folder.exists() and not folder.is_dir():
            raise SetupError(f"{folder}: is a file; choose another --out")
        known = {*_KNOWN, "parts", *(f".{name}" for name in _KNOWN)}
        strange = sorted({path.name for path in folder.iterdir()} - known) if folder.is_dir() else []
        if strange and not (folder / "log.jsonl").is_file():
            raise SetupError(f"{folder}: holds something else ({strange[0]}); choose another --out")
        self.log = Log(folder / "log.jsonl", design)

    def path(self, number: int) -> Path:
        """Return the file of a part."""
        return self.folder / "parts" / f"{part_name(number)}.parquet"

    def facts(self, number: int) -> dict[str, Any] | None:
        """Return what the log says of a part, if its file is there and undamaged."""
        said: dict[str, Any] | None = self.log.done.get(part_name(number))
        try:
            return said if said and sha256(self.path(number).read_bytes()) == said["sha256"] else None
        except OSError:
            return None

    def add(self, number: int, content: bytes, facts: dict[str, Any]) -> None:
        """Put a part into place, and then into the log."""
        self.put(self.path(number), content)
        if self.log.done.get(part_name(number)) != facts:
            self.log.add(part_name(number), facts)

    def put(self, path: Path, content: bytes) -> None:
        """Write a file whole or not at all; it is on the disk when this returns.

        Raises:
            SetupError: the disk is full or refuses.
        """
        part = path.with_name(f".{path.name}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            if os.name == "posix":
                entry = os.open(path.parent, os.O_RDONLY)
                try:
                    os.fsync(entry)
                finally:
                    os.close(entry)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            kept = f"{len(self.log.done)} finished parts are kept"
            said = "no space left on the device" if error.errno == errno.ENOSPC else error.strerror or error
            raise SetupError(f"{path}: cannot be written: {said}; {kept}") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out of the folder; the lock goes when this process ends, however it ends.

        Raises:
            SetupError: another process writes it, or the disk refuses.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(f"{self.folder}: cannot be made: {error.strerror or error}") from None
        if os.name != "posix":
            yield
            return
        import fcntl

        entry = os.open(self.folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(entry, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                said = "another process writes this sweep; wait for it, or choose another --out"
                raise SetupError(f"{self.folder}: {said}") from None
            yield
        finally:
            os.close(entry)

    def finish(self) -> SweepFolder:
        """Write the manifest: what is there, what is missing, and where it comes from."""
        known = {number: self.facts(number) for number in range(self.design["yields"]["parts"])}
        parts = [{"part": part_name(number), **facts} for number, facts in known.items() if facts]
        missing = tuple(number for number, facts in known.items() if not facts)
        content = {
            "spsim": __version__,
            **self.design,
            "done": {key: sum(part[key] for part in parts) for key in ("runs", "failed", "rows")},
            "python": sys.version.split()[0],
            "packages": {name: version(name) for name in PACKAGES},
            "region": region().name,
            "note": " ".join(["Explanation and comparison of mechanisms, not prediction.", *illustrations(COUNTRIES)]),
            "parts": parts,
        }
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        self.put(self.folder / "manifest.json", text.encode())
        return SweepFolder(self.folder, missing)


def run_sweep(
    sweep: Sweep, folder: Path, workers: Workers = None, shard: tuple[int, int] = (1, 1),
    progress: Progress | None = None,
) -> SweepFolder:
    """Do the parts of a sweep, or of one shard of it, that its folder does not hold yet.

    Args:
        sweep: the sweep.
        folder: its folder; a sweep that was stopped goes on there.
        workers: processes (one for each processor if not given), or an executor; the result does not depend on it.
        shard: (i, n): every n-th part, beginning with the i-th.
        progress: told the number of runs done and of all at the start and after each part.

    Raises:
        SetupError: the folder holds another sweep or is being written, the disk refuses, or workers die.
    """
    points = pa.Table.from_pandas(sweep.points, preserve_index=False).replace_schema_metadata(None)
    files = {"design.yaml": design_text(sweep).encode(), "points.parquet": parquet_bytes(points)}
    store = Store(folder, design_facts(sweep, files))
    with store.locked():
        store = Store(folder, store.design)  # what another process may have added before it let go
        _write(store, files)
        store.log.begin()  # also a shard without a part is one of the sweep
        numbers = range(shard[0] - 1, sweep.parts, shard[1])
        missing = [number for number in numbers if store.facts(number) is None]
        total = sum(len(sweep.runs_of(number)) for number in numbers)
        done = total - sum(len(sweep.runs_of(number)) for number in missing)

        def receive(number: int, made: tuple[bytes, dict[str, Any]]) -> None:
            nonlocal done
            store.add(number, *made)
            done += len(sweep.runs_of(number))
            if progress:
                progress(done, total)

        if progress:
            progress(done, total)
        run_tasks(make_part, sweep, missing, receive, workers)
        return store.finish()


def _write(store: Store, files: dict[str, bytes]) -> None:
    """Write the files that stand beside the parts, where they are not there already."""
    for name, content in files.items():
        path = store.folder / name
        if not path.is_file() or path.read_bytes() != content:
            store.put(path, content)
    for left in [*(store.folder / f".{name}" for name in _KNOWN), *store.folder.glob("parts/.part-*")]:
        left.unlink(missing_ok=True)  # half of a file that a killed process was writing


def design_content(sweep: Sweep) -> dict[str, Any]:
    """Return a design as JSON values, with everything filled in."""
    content = sweep.design.model_dump(mode="json", by_alias=True, exclude_none=True)
    content["vary"] = {
        key: item.model_dump(mode="json", by_alias=True, exclude_none=True) for key, item in sweep.varied.items()
    }
    found: dict[str, Any] = json.loads(json.dumps(content, default=str))
    return found


def design_text(sweep: Sweep) -> str:
    """Return a design as YAML, with everything filled in."""
    writer = YAML()
    writer.width = 110
    text = io.StringIO()
    writer.dump(design_content(sweep), text)
    return text.getvalue()


def design_facts(sweep: Sweep, files: dict[str, bytes]) -> dict[str, Any]:
    """Return everything that decides what the parts hold, as JSON values."""
    return {
        **design_content(sweep),
        "experiment": "sweep",
        "code": code_digest(),
        "scenarios": dict(zip(sweep.names, sweep.digests, strict=True)),
        "sets_of_replicates": list(sweep.sets),
        # last in the alphabet: where a design differs, the log names the first key that does
        "yields": {
            "points": len(sweep.points),
            "runs": sweep.total,
            "parts": sweep.parts,
            "checksums": {name: sha256(content) for name, content in files.items()},
        },
    }


# merging --------------------------------------------------------------------------------------------------------------


def merge(folders: Sequence[Path], out: Path, note: Callable[[str], None] = lambda _: None) -> SweepFolder:
    """Put the shards of one sweep together: the same bytes as if one machine had run it all.

    Args:
        folders: the folders of the shards; a part that is there twice is taken once.
        out: the folder to write; it may be one that an earlier merge began.
        note: told of every damaged part that is left out.

    Raises:
        ConfigError: a folder holds no sweep, or that of another design.
        SetupError: a folder cannot be read or written.
    """
    designs = [_design_of(folder) for folder in folders]
    problems = [
        Problem(Place(str(folder)), key, f"got {design.get(key)!r}, in {folders[0]} {designs[0].get(key)!r}",
                "shards of one sweep")
        for folder, design in zip(folders[1:], designs[1:], strict=True)
        for key in sorted({*design, *designs[0]})
        if design.get(key) != designs[0].get(key)
    ]
    if problems:
        raise ConfigError(problems)
    shards = [Store(folder, designs[0]) for folder in folders]
    whole = Store(out, designs[0])
    with whole.locked():
        _write(whole, {name: _sound(folders, name, said) for name, said in designs[0]["yields"]["checksums"].items()})
        for number in range(designs[0]["yields"]["parts"]):
            sound = next((shard for shard in shards if shard.facts(number)), None)
            if sound is not None:
                whole.add(number, sound.path(number).read_bytes(), sound.log.done[part_name(number)])
                continue
            for shard in shards:
                if part_name(number) in shard.log.done:
                    note(f"{shard.path(number)}: is damaged or missing, and left out")
        return whole.finish()


def _sound(folders: Sequence[Path], name: str, checksum: str) -> bytes:
    """Return a file that all shards hold, from the first one where it is undamaged."""
    for folder in folders:
        with suppress(OSError):
            content = (folder / name).read_bytes()
            if sha256(content) == checksum:
                return content
    raise SetupError(f"{folders[0]}: {name} is damaged or missing; the same `spsim sweep` writes it again")


def _design_of(folder: Path) -> dict[str, Any]:
    """Return the design that a folder's log begins with."""
    try:
        with (folder / "log.jsonl").open(encoding="utf-8") as file:
            design: dict[str, Any] = json.loads(file.readline())["design"]
        if design["experiment"] == "sweep":
            return design
    except (OSError, ValueError, KeyError):
        pass
    raise _no_sweep(folder)


def _no_sweep(folder: Path) -> ConfigError:
    return ConfigError([Problem(Place(str(folder)), "", "holds no sweep", "a folder that `spsim sweep` wrote")])
