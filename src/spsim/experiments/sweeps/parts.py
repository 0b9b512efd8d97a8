"""Parts of a sweep: a fixed number of runs each, whose bytes depend on the design and the number of the part alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spsim.analysis.outcomes import OUTCOMES
from spsim.config import ConfigError, Place, Problem, Scenario, SetupError, SpsimError
from spsim.data import REGION
from spsim.experiments.family import Family
from spsim.experiments.sweeps.design import Sweep, fingerprint
from spsim.model.simulation import Simulation

SCHEMA = pa.schema(
    [
        ("scenario", pa.string()), ("point", pa.int32()), ("replicate", pa.int32()), ("outcome", pa.string()),
        ("power", pa.string()), ("country", pa.string()), ("value", pa.float64()), ("reason", pa.string()),
    ]
)
"""A part: a row for each run, outcome, power and country; a failed run is one row with its reason and no value."""

Run = tuple[int, int, int]
"""Index of the scenario, point, replicate."""

Row = tuple[str, int, int, str, str, str, float, str]


def part_name(number: int) -> str:
    """Return the name of a part."""
    return f"part-{number:05d}"


def make_part(sweep: Sweep, number: int) -> tuple[bytes, dict[str, Any]]:
    """Run the runs of a part.

    Returns:
        The bytes of its file, and what the log says of it: checksum, runs, failed runs, rows.

    Raises:
        SetupError: a scenario file has changed since the sweep was begun, or memory is short.
    """
    runs = [sweep.at(run) for run in sweep.runs_of(number)]
    for index in sorted({scenario for scenario, _, _ in runs}):
        if fingerprint(sweep.base(index)) != sweep.digests[index]:
            raise SetupError(f"{sweep.sources[index]}: has changed while the sweep runs; choose another --out")
    rows: dict[Run, list[Row]] = {}
    for replicate, same in groupby(runs, key=lambda run: run[2]):
        rows |= _of_replicate(sweep, list(same), replicate)
    every = [row for run in runs for row in rows[run]]
    columns = zip(*every, strict=True)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)]
    content = parquet_bytes(pa.Table.from_arrays(arrays, schema=SCHEMA))
    failed = sum(row[-1] != "" for row in every)
    return content, {"sha256": sha256(content), "runs": len(runs), "failed": failed, "rows": len(every)}


def _of_replicate(sweep: Sweep, runs: Sequence[Run], replicate: int) -> dict[Run, list[Row]]:
    """Do runs of one replicate and return the rows of each; what they share of the past is run once."""
    rows: dict[Run, list[Row]] = {}
    scenarios: dict[Run, Scenario] = {}
    for run in runs:
        try:
            scenarios[run] = sweep.scenario(*run[:2])
        except ConfigError as error:
            rows[run] = [_failed(sweep, run, "; ".join(_without_place(problem) for problem in error.problems))]
    keys = list(scenarios)
    if len(keys) > 1:
        with suppress(Exception):  # whatever a shared past meets, each run meets it by itself below
            for index, simulation in Family(list(scenarios.values())).simulations(replicate):
                rows[keys[index]] = _run_rows(sweep, keys[index], simulation)
    for run in keys:
        if run not in rows:
            rows[run] = _run_rows(sweep, run, scenarios[run])
    return rows


def _run_rows(sweep: Sweep, run: Run, given: Simulation | Scenario) -> list[Row]:
    """Do one run, from where a simulation is or from the start, and return its rows; if it breaks off, the reason."""
    rows: list[Row] = []
    try:
        simulation = Simulation(given, run[2]) if isinstance(given, Scenario) else given
        record, scenario = simulation.run(), simulation.world.scenario
        for outcome in sweep.design.outcomes:
            means = OUTCOMES[outcome].yearly(record, scenario, sweep.years).mean(axis=0)
            powers = scenario.run.powers if OUTCOMES[outcome].by_power else [""]
            values = means.reshape(-1, len(powers))
            rows += [
                (sweep.names[run[0]], *run[1:], outcome, power, country, float(values[c, p]), "")
                for p, power in enumerate(powers)
                for c, country in enumerate([*scenario.run.countries, REGION])
            ]
        return rows
    except MemoryError:
        raise SetupError("not enough memory for a run; try fewer --workers or fewer citizens") from None
    except SpsimError:
        raise
    except Exception as error:  # whatever one run meets, the others go on
        return [_failed(sweep, run, f"{type(error).__name__}: {error}")]


def _failed(sweep: Sweep, run: Run, reason: str) -> Row:
    return (sweep.names[run[0]], *run[1:], "", "", "", np.nan, reason)


def _without_place(problem: Problem) -> str:
    """Return a problem in words that are the same in whatever folder a sweep is run."""
    return str(Problem(Place(""), problem.key, problem.message, problem.allowed, problem.suggestion)).lstrip(": ")


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file: no dates, no names of machines, so always the same."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def sha256(content: bytes) -> str:
    """Return the checksum of a file."""
    return hashlib.sha256(content).hexdigest()
