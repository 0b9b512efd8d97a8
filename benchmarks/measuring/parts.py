"""Where the time of a month goes: the functions that a step and the recorder call, each with a clock of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from rich.table import Table

from measuring.model import MONTHS, SIZES, baseline
from spsim.model import elites, opinion, protest, step
from spsim.model.channels import education
from spsim.model.record import Recorder
from spsim.model.simulation import Simulation
from spsim.model.threads import use

PARTS: tuple[tuple[str, Any, str], ...] = (
    ("opinion: ties, anchors, sources, noise", opinion.rule, "move_blocks"),
    ("protest: margins and equilibria", protest, "step"),
    ("turn of the year: generations, seats, a search for rest; monthly: weights and means", step, "_demography"),
    ("sources: media, culture, budgets, gates", step, "voices"),
    ("reach of the sources", opinion, "source_reach"),
    ("education", education, "step"),
    ("elites", elites, "step"),
    ("record of the state: distributions, answers, tables", Recorder, "observe"),
    ("record of what moved opinion", Recorder, "moved"),
)
"""What it does, where its caller looks it up, and under which name; none of them calls another, but for a search for
rest, which asks for the sources and whose time counts for the turn of the year."""

Given = ParamSpec("Given")
Returned = TypeVar("Returned")

YEARS = {"1k": 10, "20k": 5, "1M": 1}


class _Clock:
    """Adds up the time spent in the outermost of the functions that it watches."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.inside = False

    def watching(self, what: str, function: Callable[Given, Returned]) -> Callable[Given, Returned]:
        def timed(*args: Given.args, **named: Given.kwargs) -> Returned:
            if self.inside:
                return function(*args, **named)
            self.inside, begun = True, time.perf_counter()
            try:
                return function(*args, **named)
            finally:
                self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - begun
                self.inside = False

        return timed


def seconds_by_part(citizens: int, years: int) -> dict[str, float]:
    """Return seconds a month by part, on one thread; what no part holds is called the rest."""
    simulation, clock = Simulation(baseline(citizens)), _Clock()
    originals = [(where, name, getattr(where, name)) for _, where, name in PARTS]
    with use(1):
        for _ in range(MONTHS):
            simulation.advance()
        for (what, where, name), (_, _, function) in zip(PARTS, originals, strict=True):
            setattr(where, name, clock.watching(what, function))
        try:
            begun = time.perf_counter()
            for _ in range(years * MONTHS):
                simulation.advance()
            whole = time.perf_counter() - begun
        finally:
            for where, name, function in originals:
                setattr(where, name, function)
    clock.seconds["all the rest"] = whole - sum(clock.seconds.values())
    return {what: seconds / (years * MONTHS) for what, seconds in clock.seconds.items()}


def parts_table(say: Callable[[str], None]) -> Table:
    """Return milliseconds a month by part at several numbers of citizens."""
    table = Table("part", *(f"{SIZES[size]:,} citizens" for size in YEARS), title="milliseconds a month, one thread")
    found = {}
    for size, years in YEARS.items():
        say(f"{SIZES[size]:,} citizens, {years} years ...")
        found[size] = seconds_by_part(SIZES[size], years)
    for what in [*(part[0] for part in PARTS), "all the rest"]:
        table.add_row(what, *(_cell(found[size][what], sum(found[size].values())) for size in YEARS))
    table.add_row("month", *(f"{1e3 * sum(each.values()):.2f}" for each in found.values()))
    return table


def _cell(seconds: float, whole: float) -> str:
    return f"{1e3 * seconds:.2f} ({seconds / whole:.0%})"
