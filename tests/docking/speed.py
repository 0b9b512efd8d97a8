"""How fast are the compiled model and the plain Mesa reference? ``python tests/docking/speed.py`` tells.

Both start from the same state and run the same months, in turns, in one process and one thread. A citizen-step is one
citizen's affect towards all powers moved by one month, with everything that a month of the model brings.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from docking_comparison import CompiledRun
from docking_reference import copy_of

from spsim.config import load

MONTHS = 12  # a round is a year, so that each has its turn of the year


def seconds(move: Callable[[], object]) -> float:
    """Return how long a year takes."""
    start = time.perf_counter()
    for _ in range(MONTHS):
        move()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--citizens", type=int, default=1000, help="citizens of each country (default 1000)")
    reader.add_argument("--rounds", type=int, default=5, help="years that each model runs, in turns (default 5)")
    asked = reader.parse_args()
    settings = {"start": "2010-01", "end": "2030-12", "citizens": asked.citizens}
    run = CompiledRun(load("baseline", overrides=settings).scenario)
    reference = copy_of(run.world, run.number)
    run.step()  # whatever is compiled at first use is compiled here
    reference.step()
    took: dict[str, list[float]] = {"reference": [], "compiled": []}
    for _ in range(asked.rounds):
        took["reference"].append(seconds(reference.step))
        took["compiled"].append(seconds(run.step))
    work = MONTHS * asked.citizens * len(reference.countries)
    speed = {name: work / statistics.median(times) for name, times in took.items()}
    for name, value in speed.items():
        spread = ", ".join(f"{work / each:,.0f}" for each in sorted(took[name], reverse=True))
        print(f"{name:>9}: {value:>12,.0f} citizen-steps a second (median; {spread})")
    print(f"    ratio: {speed['compiled'] / speed['reference']:>12,.0f}")


if __name__ == "__main__":
    main()
