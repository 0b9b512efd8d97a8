"""How fast is spsim, beside its peers and beside what the machine can do?

    python benchmarks/speed.py                       # everything, four minutes on two fast cores
    python benchmarks/speed.py --quick               # no million citizens, no full baseline; a minute or two
    python benchmarks/speed.py --only steps peer     # cases by a part of their name, and what they are divided by
    python benchmarks/speed.py --json speed.json     # all rounds, ratios, and the machine, in a file
    python benchmarks/speed.py --processor-time      # on a machine on which others are at work; one thread only
    python benchmarks/speed.py --list                # the cases
    python benchmarks/speed.py parts                 # where the time of a month goes
    python benchmarks/speed.py guard                 # slower than benchmarks/reference.json? seconds; fails if so
    python benchmarks/speed.py guard --write         # renew benchmarks/reference.json

Every case is measured once in each round, in turns with all others, and the median of the rounds is printed with the
least and the largest. Nothing else should run on the machine. docs/speed.md says more.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from rich.console import Console

from measuring import commands, guard, machine, memory, model, parts, peers, sweeps
from measuring.rounds import MOST_ROUNDS, Case, chosen, measure
from measuring.table import as_json, figures_table, goals_table

QUICK_ROUNDS = 3
COUNTS = (1, 2)
"""Threads and processes."""

BUSY = 0.5
"""Load of the machine from which on others are at work."""


def all_cases(*, processor_time: bool = False) -> list[Case]:
    """Return all cases that this machine has cores for, those first that others are divided by.

    Args:
        processor_time: count that instead of the time that passes, and leave out what uses threads or other processes.
    """
    if processor_time:
        clock = time.process_time
        return [*machine.cases((1,), clock), *peers.cases(clock), *model.cases((1,), clock)]
    clock = time.perf_counter
    cores = machine.description()["cores"]
    counts = tuple(n for n in COUNTS if n <= cores)
    return [*machine.cases(counts, clock), *peers.cases(clock), *model.cases(counts, clock), *memory.cases(),
            *commands.cases(), *sweeps.cases(counts)]


def say(text: str) -> None:
    """Tell at once what is going on, where it does not mix with the results."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Measure and print; return 1 if the guard finds a slowdown."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("command", nargs="?", choices=["measure", "parts", "guard"], default="measure")
    reader.add_argument("--quick", action="store_true", help="leave out what takes long, and do three rounds")
    reader.add_argument("--only", nargs="+", default=[], metavar="NAME", help="cases whose name holds one of these")
    reader.add_argument("--rounds", type=int, default=MOST_ROUNDS, help="rounds at most (default %(default)s)")
    reader.add_argument("--processor-time", action="store_true",
                        help="count processor time: for a machine on which others are at work; one thread only")
    reader.add_argument("--json", type=Path, metavar="FILE", help="write everything there, too")
    reader.add_argument("--list", action="store_true", help="print the cases and measure nothing")
    reader.add_argument("--write", action="store_true", help="guard: renew the reference")
    asked = reader.parse_args()
    if asked.command == "guard":
        return 0 if guard.guard(say, write=asked.write) else 1
    if asked.command == "parts":
        Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(parts.parts_table(say))
        return 0
    try:
        cases = chosen(all_cases(processor_time=asked.processor_time), asked.only, quick=asked.quick)
    except ValueError as error:
        reader.error(str(error))
    if asked.list:
        for case in cases:
            print(f"{case.key:<16} {case.what}, {case.unit}")
        return 0
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > BUSY and not asked.processor_time:
        say(f"others are at work (load {load:.1f}): times come out too long; --processor-time is not misled by that")
    rounds = max(1, min(asked.rounds, QUICK_ROUNDS if asked.quick else MOST_ROUNDS))
    begun = time.perf_counter()
    figures = measure(cases, say, rounds)
    took = time.perf_counter() - begun
    found = machine.description()
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(", ".join(f"{name} {value}" for name, value in found.items()))
    console.print(figures_table(figures))
    if (goals := goals_table(figures)) is not None:
        console.print(goals)
    counted = "processor time; " if asked.processor_time else ""
    console.print(f"{counted}{took / 60:.1f} minutes; load of the machine before: {load:.1f}")
    if asked.json:
        everything = as_json(figures, found, took, load, processor_time=asked.processor_time)
        asked.json.write_text(json.dumps(everything, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
