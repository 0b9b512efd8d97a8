"""Do the stages of a sensitivity study: one factor at a time, Morris screening, Sobol indices, scenario discovery.

The factors of the third and fourth stage are those that the second one finds important.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spsim.analysis.discovery import Box
from spsim.config import SetupError, library
from spsim.experiments.cases import Progress
from spsim.experiments.sensitivity.study import Study, base_text, plan
from spsim.experiments.sensitivity.tables import (
    discovery,
    important,
    indices_table,
    noise_table,
    one_at_a_time,
    screening_table,
    values,
)
from spsim.experiments.sweeps.design import Sweep
from spsim.experiments.sweeps.store import SweepFolder, run_sweep
from spsim.experiments.workers import Workers


@dataclass(frozen=True)
class Findings:
    """What a study finds; every table has a row for each outcome, power, country and factor."""

    one_at_a_time: pd.DataFrame
    screening: pd.DataFrame
    indices: pd.DataFrame
    noise: pd.DataFrame
    """How much of what each stage sees is chance."""
    top: tuple[str, ...]
    """The most important factors, the first one first."""
    box: Box
    level: float
    """The outcome of the target as the scenario is."""
    cases: pd.DataFrame
    """The points of the discovery: values of the factors, the outcome of the target, whether it is of interest."""
    failed: pd.DataFrame
    """Points that could not be run, by stage."""


def run(study: Study, folder: Path, workers: Workers = None, progress: Progress | None = None) -> Findings:
    """Do the stages of a study as far as its folder does not hold them yet.

    Args:
        study: what is asked.
        folder: the folder of the study; one that was stopped goes on there.
        workers: processes; the number of processors if not given. The result does not depend on it.
        progress: told the number of runs done and of all, over all stages.

    Raises:
        ConfigError: a factor cannot be varied.
        SetupError: a library is missing, the folder holds another study, or the disk refuses.
    """
    for name in ("SALib.sample.morris", "ema_workbench.analysis.prim"):
        library(name, "sensitivity")  # said before hours of work, not after them
    _put_base(study, folder)
    results: dict[str, SweepFolder] = {}
    designs: dict[str, Sweep] = {}
    done, total = 0, study.sizes.runs(len(study.factors.vary))

    def stage(name: str, vary: Mapping[str, Any]) -> None:
        nonlocal done
        (folder / name).mkdir(exist_ok=True)
        designs[name] = plan(study, folder, name, vary)
        before = done
        results[name] = run_sweep(
            designs[name], folder / name, workers,
            progress=(lambda here, _: progress(before + here, total)) if progress else None,
        )
        done += designs[name].total

    stage("one-at-a-time", study.factors.vary)
    stage("screening", study.factors.vary)
    seen = {name: values(results[name].runs, designs[name]) for name in results}
    screening = screening_table(designs["screening"], seen["screening"])
    top = important(study, screening)
    chosen = {key: study.factors.vary[key] for key in top}
    wider = {key: study.factors.vary[key] for key in (*top, *study.factors.levers)}
    # factors that move nothing drop out, so that the rest may be less than was announced
    total = done + (study.sizes.base * (len(top) + 2) if top else 0) * study.sizes.replicates
    total += study.sizes.discovery_points * study.sizes.replicates if wider else 0
    if chosen:
        stage("indices", chosen)
    if wider:
        stage("discovery", wider)
    seen = {name: values(results[name].runs, designs[name]) for name in results}
    level = float(seen["one-at-a-time"][study.target.outcome, study.target.power, study.country][0].mean())
    box, cases = discovery(study, designs.get("discovery"), seen.get("discovery", {}), level)
    return Findings(
        one_at_a_time=one_at_a_time(designs["one-at-a-time"], seen["one-at-a-time"]),
        screening=screening,
        indices=indices_table(designs["indices"], seen["indices"]) if chosen else indices_table(None, {}),
        noise=noise_table(seen),
        top=top, box=box, level=level, cases=cases,
        failed=pd.concat([result.failed.assign(stage=name) for name, result in results.items()], ignore_index=True),
    )


def _put_base(study: Study, folder: Path) -> None:
    path, text = folder / "scenario.yaml", base_text(study)
    try:
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise SetupError(f"{folder}: holds a study of another scenario; choose another --out")
        if folder.is_dir() and any(folder.iterdir()) and not path.exists():
            raise SetupError(f"{folder}: holds something else; choose another --out")
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / ".scenario.yaml"
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise SetupError(f"{folder}: cannot be written: {error.strerror or error}") from None
