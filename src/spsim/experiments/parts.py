"""Parts of a sweep: a fixed number of runs each, whose bytes depend on the design and the number of the part alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spsim.analysis.outcomes import OUTCOMES
from spsim.config import ConfigError, Place, Problem, Scenario, SetupError, SpsimError
from spsim.experiments.sweep import Sweep, fingerprint
from spsim.model.simulation import Simulation

SCHEMA = pa.schema(
    [
        ("scenario", pa.string()), ("point", pa.int32()), ("replicate", pa.int32()), ("outcome", pa.string()),
        ("power", pa.string()), ("country", pa.string()), ("value", pa.float64()), ("reason", pa.string()),
    ]
)
"""A part: a row for each run, outcome, power and country; a failed run is one row with its reason and no value."""

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
    rows: list[Row] = []
    for (index, point), same in groupby(runs, key=lambda run: run[:2]):
        replicates = [replicate for _, _, replicate in same]
        try:
            scenario = sweep.scenario(index, point)
        except ConfigError as error:
            reason = "; ".join(_without_place(problem) for problem in error.problems)
            rows += [_failed(sweep.names[index], point, replicate, reason) for replicate in replicates]
            continue
        for replicate in replicates:
            rows += run_rows(scenario, sweep.names[index], point, replicate, sweep.years, sweep.design.outcomes)
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)]
    content = parquet_bytes(pa.Table.from_arrays(arrays, schema=SCHEMA))
    failed = sum(row[-1] != "" for row in rows)
    return content, {"sha256": sha256(content), "runs": len(runs), "failed": failed, "rows": len(rows)}


def run_rows(
    scenario: Scenario, name: str, point: int, replicate: int, years: Sequence[int], outcomes: Sequence[str]
) -> list[Row]:
    """Do one run and return its rows; a run that breaks off is one row with the reason."""
    rows: list[Row] = []
    try:
        record = Simulation(scenario, replicate).run()
        for outcome in outcomes:
            means = OUTCOMES[outcome].yearly(record, scenario, years).mean(axis=0)
            powers = scenario.run.powers if OUTCOMES[outcome].by_power else [""]
            values = means.reshape(-1, len(powers))
            rows += [
                (name, point, replicate, outcome, power, country, float(values[c, p]), "")
                for p, power in enumerate(powers)
                for c, country in enumerate([*scenario.run.countries, "CA5"])
            ]
        return rows
    except MemoryError:
        raise SetupError("not enough memory for a run; try fewer --workers or fewer citizens") from None
    except SpsimError:
        raise
    except Exception as error:  # whatever one run meets, the others go on
        return [_failed(name, point, replicate, f"{type(error).__name__}: {error}")]


def _failed(name: str, point: int, replicate: int, reason: str) -> Row:
    return (name, point, replicate, "", "", "", np.nan, reason)


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
