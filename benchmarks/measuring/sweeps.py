"""Throughput of sweeps with one worker and with two, beside the same simulations in bare processes.

Throughput is runs a second between the first and the last finished part, so that starting processes does not count. The
bare processes are the probe of the machine: what two of them do more than one, a sweep could gain at most.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from multiprocessing import connection
from typing import Any

import spsim
from measuring.rounds import Beside, Case, Take

RUNS = {1000: 24, 4000: 12}
"""Runs of a worker in one measurement, by citizens of a country: parts enough that the first hardly matters."""

REPLICATES = 4


def design(runs: int, citizens: int = 1000, end: str = "2010-12") -> dict[str, Any]:
    """Return a sweep of so many runs."""
    points = runs // REPLICATES
    decays = [0.4 + 0.8 * n / max(1, points - 1) for n in range(points)]
    return {
        "name": "bench", "title": "How long does memory last?", "scenarios": ["baseline"], "method": "list",
        "vary": {"threat_decay": {"values": decays}}, "replicates": REPLICATES, "outcomes": ["approval"],
        "years": int(end[:4]), "run": {"citizens": citizens, "end": end},
    }


def of_sweep(citizens: int, workers: int) -> float:
    """Return the runs a second of a sweep, from its first part on."""
    told: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        spsim.sweep(
            design(RUNS[citizens] * workers, citizens), out=folder, workers=workers,
            progress=lambda done, _: told.append((time.perf_counter(), done)),
        )
    (begun, first), (ended, last) = told[1], told[-1]
    return (last - first) / (ended - begun)


def simulate(citizens: int, count: int, pipe: connection.Connection) -> None:
    """Do the simulations of a sweep without one, and tell how many a second."""
    from spsim.model.simulation import Simulation

    scenario = spsim.load("baseline", design(REPLICATES, citizens)["run"]).scenario
    Simulation(scenario, 0).run()  # compiled and warm
    pipe.send(None)
    pipe.recv()
    begun = time.perf_counter()
    for replicate in range(count):
        Simulation(scenario, replicate % REPLICATES).run()
    pipe.send(count / (time.perf_counter() - begun))


def of_probe(citizens: int, processes: int) -> float:
    """Return the simulations a second of bare processes."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(processes)]
    workers = [context.Process(target=simulate, args=(citizens, RUNS[citizens], there)) for _, there in pipes]
    for worker in workers:
        worker.start()
    for here, _ in pipes:
        here.recv()
    for here, _ in pipes:
        here.send(None)
    rate = sum(here.recv() for here, _ in pipes)
    for worker in workers:
        worker.join()
    return float(rate)


def long_sweep() -> None:
    """Run the sweep whose parent's memory is measured."""
    with tempfile.TemporaryDirectory() as folder:
        spsim.sweep(design(1000, end="2030-12"), out=folder, workers=2)


def _start(measured: str, citizens: int, workers: int) -> Take:
    of = of_sweep if measured == "sweep" else of_probe
    return lambda: of(citizens, workers)


def cases(counts: tuple[int, ...]) -> list[Case]:
    """Return the cases of this module; bare processes and sweep of a size follow each other, to be compared fairly."""
    found = []
    for citizens in RUNS:
        for measured, what in (("probe", "bare simulations"), ("sweep", "runs of a sweep")):
            for n in counts:
                on = "one process" if n == 1 else f"{n} processes"
                beside = [Beside(f"probe/{citizens}/{n}", "of bare simulations")] if measured == "sweep" else []
                if n > 1:
                    beside.insert(0, Beside(f"{measured}/{citizens}/1", "times one process"))
                found.append(Case(
                    f"{measured}/{citizens}/{n}", f"{what}, 2004-10, 5 x {citizens:,} citizens, {on}", "runs/s",
                    lambda m=measured, c=citizens, n=n: _start(m, c, n), tuple(beside), quick=citizens == 1000,
                ))
    return found
