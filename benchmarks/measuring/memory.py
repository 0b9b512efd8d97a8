"""Memory of a citizen: fresh processes of two sizes, whose difference leaves out what Python and its libraries take."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from measuring.rounds import Beside, Case, Missing, Take

SMALL, LARGE = 200_000, 1_000_000
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def resident(what: str) -> int:
    """Return the memory of this process in bytes: ``VmRSS`` now, ``VmHWM`` the peak since the last :func:`forget`."""
    found = re.search(rf"{what}:\s+(\d+) kB", STATUS.read_text(encoding="ascii"))
    assert found, what
    return 1024 * int(found.group(1))


def forget() -> None:
    """Let the peak be counted from now on."""
    RESET.write_text("5", encoding="ascii")


def watch(citizens: int) -> dict[str, int]:
    """Build a population and run it for a year; return peaks and what is kept, in bytes."""
    from measuring.model import MONTHS, baseline
    from spsim.model.simulation import Simulation

    Simulation(baseline(1000)).advance()
    forget()
    simulation = Simulation(baseline(citizens))
    kept = resident("VmRSS")  # first: to read a number takes memory, too
    built = resident("VmHWM")
    forget()
    for _ in range(MONTHS):
        simulation.advance()
    return {"build": built, "kept": kept, "step": resident("VmHWM")}


def fresh(*words: str) -> dict[str, float]:
    """Run this module in a new process with some words on its command line; return what it prints as JSON."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-m", "measuring.memory", *words], env=environment, check=True,
                          stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


class Watched:
    """The two sizes, run anew as soon as a quantity is asked for a second time; so all are of one run."""

    def __init__(self) -> None:
        self._unread: dict[str, float] = {}

    def per_citizen(self, what: str) -> float:
        """Return bytes a citizen."""
        if what not in self._unread:
            small, large = fresh(str(SMALL)), fresh(str(LARGE))
            self._unread = {name: (large[name] - small[name]) / (LARGE - SMALL) for name in large}
        return self._unread.pop(what)


@cache
def _watched() -> Watched:
    return Watched()


def _start(what: str) -> Take:
    if not os.access(RESET, os.W_OK):
        raise Missing("peaks can be counted on Linux only")
    return lambda: _watched().per_citizen(what)


def _start_parent() -> Take:
    return lambda: fresh("parent")["peak"] / 2**20


def cases() -> list[Case]:
    """Return the cases of this module."""
    kept = (Beside("memory/kept", "times what is kept"),)
    unit = "bytes a citizen"
    return [
        Case("memory/kept", "memory between steps", unit, lambda: _start("kept"), rounds=3, quick=False),
        Case("memory/step", "peak of a year's steps, its turn included", unit, lambda: _start("step"), kept, 3, False),
        Case("memory/build", "peak while the population is built", unit, lambda: _start("build"), kept, 3, False),
        Case("memory/parent", "peak of the parent in a sweep of 1,000 runs", "MiB", _start_parent, rounds=1,
             quick=False, asked=True),
    ]


if __name__ == "__main__":
    if sys.argv[1] == "parent":
        from measuring.sweeps import long_sweep

        long_sweep()
        print(json.dumps({"peak": resident("VmHWM")}))
    else:
        print(json.dumps(watch(int(sys.argv[1]))))
