"""Replicates of one scenario, in this process or in several; the result is the same.

A run can keep its state at a date, and a run of another scenario with the same past can start from there.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from spsim.config import Place, Scenario
from spsim.config.months import step_of
from spsim.experiments import states
from spsim.experiments.workers import Workers, run_tasks
from spsim.model.clock import Clock
from spsim.model.record import Record
from spsim.model.simulation import Simulation

Progress = Callable[[int, int], None]
"""Called with the number of replicates done and the number of all; where there is one, with those of its years."""

SMALL = 5_000
"""Steps times thousands of citizens that take about as long as two more processes need to start."""


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


def run_one(plan: Plan, replicate: int, progress: Progress | None = None) -> Record:
    """Run one replicate, telling after each year, and return its record."""
    if plan.start_from is None:
        simulation = Simulation(plan.scenario, replicate)
    else:
        simulation = states.restore(plan.start_from, replicate).branch(plan.scenario)
    if plan.save_to is not None:
        _advance(simulation, plan.save_at, progress)
        states.save(simulation, plan.save_to)
    return _advance(simulation, simulation.world.clock.steps, progress)


def _advance(simulation: Simulation, until: int, progress: Progress | None) -> Record:
    """Move to the date of step ``until``, telling after each year, and return the record."""
    clock = simulation.world.clock
    year = max(1, 12 // clock.step_months)
    while simulation.step_number < until:
        simulation.run(until=min(until, (simulation.step_number // year + 1) * year))
        if progress:
            progress(-(-simulation.step_number // year), -(-clock.steps // year))
    return simulation.record


def _small(scenario: Scenario) -> bool:
    """Return whether all replicates are done before another process would have begun."""
    run = scenario.run
    # a step takes as long as 5000 citizens do, and the citizens on top
    return run.replicates * Clock.of(run).steps * (5 + len(run.countries) * run.citizens / 1000) < SMALL


def run_replicates(
    scenario: Scenario, workers: Workers = None, progress: Progress | None = None, *, saving: Saving | None = None,
    start_from: Path | None = None,
) -> list[Record]:
    """Run all replicates of a scenario.

    Args:
        scenario: resolved; its run settings say how many replicates.
        workers: processes, or an executor; with one process everything runs in this one, and so does what is small
            where no number is given.
        progress: told after each replicate; where there is one, after each of its years.
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
        plan = Plan(scenario, start_from, save_at, save_to)
        if total == 1 and not isinstance(workers, Executor):
            records[0] = run_one(plan, 0, progress)
        else:
            run_tasks(run_one, plan, range(total), receive, 1 if workers is None and _small(scenario) else workers)
    return [records[number] for number in range(total)]
