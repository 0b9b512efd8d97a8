"""Replicates of one scenario, in this process or in several; the result is the same.

A run can keep its state at a date, and a run of another scenario with the same past can start from there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from spsim.config import Place, Scenario
from spsim.config.months import step_of
from spsim.experiments import states
from spsim.experiments.workers import Workers, run_tasks
from spsim.model.record import Record
from spsim.model.simulation import Simulation

Progress = Callable[[int, int], None]
"""Called with the number of replicates done and the number of all."""


@dataclass(frozen=True)
class Saving:
    """What is kept of a run: its state in a month (``YYYY-MM``), in a folder that is new or empty."""

    month: str
    folder: Path


@dataclass(frozen=True)
class Plan:
    """What every replicate does."""

    scenario: Scenario
    start_from: Path | None = None
    """Folder of the states to start from; the scenario's start if None."""
    save_at: int = 0
    """Step at which the state is saved."""
    save_to: Path | None = None
    """Folder for it; nothing is saved if None."""


def run_one(plan: Plan, replicate: int) -> Record:
    """Run one replicate and return its record."""
    if plan.start_from is None:
        simulation = Simulation(plan.scenario, replicate)
    else:
        simulation = states.restore(plan.start_from, replicate).branch(plan.scenario)
    if plan.save_to is not None:
        simulation.run(until=plan.save_at)
        states.save(simulation, plan.save_to)
    return simulation.run()


def run_replicates(
    scenario: Scenario, workers: Workers = None, progress: Progress | None = None, *, saving: Saving | None = None,
    start_from: Path | None = None,
) -> list[Record]:
    """Run all replicates of a scenario.

    Args:
        scenario: resolved; its run settings say how many replicates.
        workers: processes, or an executor; with one process everything runs in this one.
        progress: told after each replicate.
        saving: the state to keep; its folder is there when all replicates are done, or not at all.
        start_from: a folder of states to start from instead of the scenario's start; the result is the same.

    Returns:
        Records in the order of the replicates, whatever the order of the work.

    Raises:
        ConfigError: the states do not fit the scenario, there is no state to save in that month, or the folder for it
            holds something.
        SetupError: a worker process died twice, or a state cannot be read or written.
    """
    total = scenario.run.replicates
    records: dict[int, Record] = {}

    def receive(replicate: int, record: Record) -> None:
        records[replicate] = record
        if progress:
            progress(len(records), total)

    earliest = "" if start_from is None else states.check(start_from, scenario)
    save_at = 0 if saving is None else step_of(scenario.run, saving.month, Place("save_state"), earliest)
    with nullcontext() if saving is None else states.new_folder(saving.folder) as save_to:
        run_tasks(run_one, Plan(scenario, start_from, save_at, save_to), range(total), receive, workers)
    return [records[number] for number in range(total)]
