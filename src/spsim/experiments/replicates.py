"""Replicates of one scenario, in this process or in several; the result is the same."""

from __future__ import annotations

from collections.abc import Callable

from spsim.config import Scenario
from spsim.experiments.workers import run_tasks
from spsim.model.record import Record
from spsim.model.simulation import Simulation

Progress = Callable[[int, int], None]
"""Called with the number of replicates done and the number of all."""


def run_one(scenario: Scenario, replicate: int) -> Record:
    """Run one replicate and return its record."""
    return Simulation(scenario, replicate).run()


def run_replicates(scenario: Scenario, workers: int | None = None, progress: Progress | None = None) -> list[Record]:
    """Run all replicates of a scenario.

    Args:
        scenario: resolved; its run settings say how many replicates.
        workers: processes; the number of processors if not given. With one, everything runs in this process.
        progress: told after each replicate.

    Returns:
        Records in the order of the replicates, whatever the order of the work.

    Raises:
        SetupError: a worker process died twice.
    """
    total = scenario.run.replicates
    records: dict[int, Record] = {}

    def receive(replicate: int, record: Record) -> None:
        records[replicate] = record
        if progress:
            progress(len(records), total)

    run_tasks(run_one, scenario, range(total), receive, workers)
    return [records[number] for number in range(total)]
