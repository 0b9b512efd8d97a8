"""A run's directory: written whole or not at all, readable by anyone."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from spsim._version import __version__
from spsim.analysis.tables import UNITS
from spsim.config import Scenario, SetupError, set_by_ensemble, sets_of
from spsim.config.ensemble import DEFAULTS, ENSEMBLE, about
from spsim.config.scenario import SCHEMA_VERSION
from spsim.data import load_pack
from spsim.data.places import illustrations
from spsim.data.region import region

PACKAGES = ("mesa", "numpy", "numba", "scipy", "pandas", "pyarrow", "pydantic", "matplotlib")


@contextmanager
def whole_or_nothing(target: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``target`` that becomes ``target`` at the end, or vanishes.

    Raises:
        SetupError: the target exists, or the disk is full or refuses.
    """
    if target.exists():
        raise SetupError(f"{target}: exists already and is not overwritten; choose another --out")
    part = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.part"
    try:
        part.mkdir(parents=True)
        yield part
        part.rename(target)
    except OSError as error:
        raise SetupError(_reason(error, target)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _reason(error: OSError, target: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"{target}: no space left on the device; nothing was written"
    return f"{target}: cannot be written: {error.strerror or error}"


def write_table(table: pd.DataFrame, name: str, folder: Path, *, csv: bool) -> None:
    """Write a table as Parquet, with units in its metadata, and as CSV where asked."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    units = {b"spsim_units": json.dumps(UNITS.get(name, {})), b"spsim_version": __version__}
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **units})
    pq.write_table(arrow, folder / f"{name}.parquet", compression="zstd")
    if csv:
        # dates as month starts; floats in full, so that nothing is lost
        table.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")


def write_results(
    folder: Path, tables: dict[str, pd.DataFrame], scenario: Scenario, about: dict[str, Any], *, csv: bool = False,
    scenarios: Mapping[str, Scenario] | None = None,
) -> None:
    """Write the tables of an experiment beside its log, each whole or not at all, and where they come from.

    Args:
        folder: where to write; made if missing.
        tables: by name.
        scenario: what was run.
        about: what the manifest tells besides.
        csv: whether each table is written as CSV as well.
        scenarios: by name, resolved; written as ``scenarios/NAME.yaml``, with whatever was set on top of their files.

    Raises:
        SetupError: the disk is full or refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            write_table(table, f".{name}", folder, csv=csv)
            for ending in ("parquet", "csv") if csv else ("parquet",):
                (folder / f".{name}.{ending}").replace(folder / f"{name}.{ending}")
        for name, chosen in (scenarios or {}).items():
            path = folder / "scenarios" / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(scenario_text(chosen), encoding="utf-8")
        content = {key: value for key, value in manifest(scenario, 0.0, {}).items() if key != "wall_seconds"}
        text = json.dumps({**content, **about}, indent=2, ensure_ascii=False)
        (folder / ".manifest.json").write_text(text + "\n", encoding="utf-8")
        (folder / ".manifest.json").replace(folder / "manifest.json")
    except OSError as error:
        raise SetupError(_reason(error, folder)) from error


def scenario_text(scenario: Scenario) -> str:
    """Return a resolved scenario as YAML that can be loaded and run again; it extends nothing.

    Numbers that the ensemble sets are left out: each replicate has its own, and takes it again when the file is run.
    """
    content = scenario.model_dump(mode="json", by_alias=True, exclude={"lineage", "own"}, exclude_none=True)
    for key in set_by_ensemble(scenario):
        _leave_out(content["parameters"], key.split("."))
    writer = YAML()
    writer.width = 110
    text = StringIO()
    writer.dump({"schema": SCHEMA_VERSION, **content}, text)
    return text.getvalue()


def _leave_out(values: dict[str, Any], path: list[str]) -> None:
    """Take a number out of nested mappings, and those mappings that are empty without it."""
    first, *rest = path
    if rest:
        _leave_out(values[first], rest)
    if not rest or not values[first]:
        del values[first]


def manifest(scenario: Scenario, seconds: float, diagnostics: dict[str, float]) -> dict[str, Any]:
    """Return what a reader needs to know where a result comes from."""
    parameters = scenario.parameters.model_dump_json()
    sources = load_pack().sources_table()
    return {
        "spsim": __version__,
        "schema": SCHEMA_VERSION,
        "scenario": scenario.name,
        "title": scenario.title,
        "lineage": scenario.lineage,
        "forced": scenario.forced,
        "mechanisms": scenario.mechanisms,
        "imposed_events": [event.name for event in scenario.acting_events],
        "region": region().name,
        "seed": scenario.run.seed,
        "replicates": scenario.run.replicates,
        "scenario_sha256": _digest(scenario.model_dump_json()),
        "parameters_sha256": _digest(parameters),
        "parameters_from": _origin(scenario),
        "python": sys.version.split()[0],
        "packages": {name: _version(name) for name in PACKAGES},
        "data": {row.id: {"title": row.title, "licence": row.licence} for row in sources.itertuples()},
        "diagnostics": diagnostics,
        "wall_seconds": round(seconds, 2),
        "processors": os.cpu_count(),
        "note": " ".join([
            "Explanation and comparison of mechanisms, not prediction.", *illustrations(scenario.run.countries),
            "Years after the last recorded one rest on extrapolated inputs, commitments after 2021 (inputs.parquet).",
        ]),
    }


def _origin(scenario: Scenario) -> dict[str, Any]:
    """Return where calibrated numbers come from: the ensemble, with the member of each replicate, or the defaults."""
    if not (keys := set_by_ensemble(scenario)):
        return {"kind": DEFAULTS}
    known = {key: value for key, value in about().items() if key in {"digest", "stand_in", "title"}}
    used = list(sets_of(scenario, scenario.run.replicates))
    return {"kind": ENSEMBLE, **known, "set": keys, "own": scenario.own, "member_of_replicate": used}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
