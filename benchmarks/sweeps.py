"""Throughput and memory of sweeps.

    python benchmarks/sweeps.py throughput     # two workers against one, beside bare processes; about ten minutes
    python benchmarks/sweeps.py memory         # 1,000 runs of 5 x 1,000 citizens: memory of the parent; ten minutes

Throughput is runs a second between the first and the last finished part, so that starting processes does not count.
The probe does the same simulations in one and in two bare processes, without a sweep around them. Rounds are
interleaved and medians are printed, as timings of a shared machine vary.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from multiprocessing import connection
from pathlib import Path
from typing import Any

import spsim
from spsim.model.simulation import Simulation

ROUNDS = 3
RUNS = 40


def design(runs: int, **settings: object) -> dict[str, Any]:
    """Return a sweep of so many runs."""
    decays = [0.4 + 0.8 * n / (runs // 4 - 1) for n in range(runs // 4)]
    return {
        "name": "bench", "title": "How long does memory last?", "scenarios": ["baseline"], "method": "list",
        "vary": {"threat_decay": {"values": decays}}, "replicates": 4, "outcomes": ["approval"], "years": 2024,
        "run": {"citizens": 1000, **settings},
    }


def of_sweep(workers: int) -> float:
    """Return the runs a second of a sweep, from its first part on."""
    told: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        spsim.sweep(
            design(RUNS * workers), out=folder, workers=workers,
            progress=lambda done, _: told.append((time.perf_counter(), done)),
        )
    (begun, first), (ended, last) = told[1], told[-1]
    return (last - first) / (ended - begun)


def simulate(count: int, pipe: connection.Connection) -> None:
    """Do simulations and tell how many a second."""
    scenario = spsim.load("baseline", {"citizens": 1000, "end": "2024-12"}).scenario
    Simulation(scenario, 0).run()  # compiled and warm
    pipe.send(None)
    pipe.recv()
    begun = time.perf_counter()
    for replicate in range(count):
        Simulation(scenario, replicate).run()
    pipe.send(count / (time.perf_counter() - begun))


def of_probe(processes: int) -> float:
    """Return the simulations a second of bare processes."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(processes)]
    workers = [context.Process(target=simulate, args=(RUNS // 2, there)) for _, there in pipes]
    for worker in workers:
        worker.start()
    for here, _ in pipes:
        here.recv()
    for here, _ in pipes:
        here.send(None)
    rate = sum(here.recv() for here, _ in pipes)
    for worker in workers:
        worker.join()
    return rate


def throughput() -> None:
    """Print the gain of two workers, of a sweep and of bare processes."""
    sweeps, probes = [], []
    for number in range(1, ROUNDS + 1):
        one, two = of_sweep(1), of_sweep(2)
        bare_one, bare_two = of_probe(1), of_probe(2)
        sweeps.append(two / one)
        probes.append(bare_two / bare_one)
        print(f"round {number}: sweep {one:.2f} -> {two:.2f} runs a second (x {two / one:.2f}), "
              f"bare {bare_one:.2f} -> {bare_two:.2f} (x {bare_two / bare_one:.2f})", flush=True)
    gain, probe = statistics.median(sweeps), statistics.median(probes)
    print(f"two workers give {gain:.2f} times one, bare processes {probe:.2f}; the sweep {gain / probe:.0%} of that")


def memory() -> None:
    """Print the memory of the parent in a sweep of 1,000 runs."""
    def report(done: int, total: int) -> None:
        if done % 96 < 16 or done == total:
            print(f"{done:>5} of {total} runs: peak of the parent {peak():.0f} MiB", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        spsim.sweep(design(1000, end="2030-12"), out=Path(folder), workers=2, progress=report)
    print(f"peak of the parent: {peak():.0f} MiB")


def peak() -> float:
    """Return the largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    {"throughput": throughput, "memory": memory}[sys.argv[1]]()
