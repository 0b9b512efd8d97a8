"""Figures as a table and as JSON, with what the project wants of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from measuring.model import SIZES
from measuring.rounds import Figure, ratios

Figures = Mapping[str, Figure]

ENOUGH_BANDWIDTH = 16.0
"""GB/s of a copy on one thread from which on the goal for 20,000 citizens counts."""


@dataclass(frozen=True)
class Goal:
    """Something that is wanted: what it says, which figures it reads, the value reached, and whether that will do."""

    text: str
    keys: tuple[str, ...]
    value: Callable[[Figures], float]
    limit: float
    at_most: bool = False
    if_only: Callable[[Figures], bool] = lambda _: True  # else it says nothing about this machine

    def met(self, figures: Figures) -> bool:
        """Return whether the goal is reached."""
        reached = self.value(figures)
        return reached <= self.limit if self.at_most else reached >= self.limit

    def measured(self, figures: Figures) -> bool:
        """Return whether everything that the goal reads was measured."""
        return all(key in figures and figures[key].values for key in self.keys) and self.if_only(figures)


def _under(key: str, limit: float, text: str) -> Goal:
    return Goal(text, (key,), lambda figures: figures[key].median, limit, at_most=True)


def _gain(citizens: int) -> Goal:
    """Return the goal for two workers: 1.8 times one, or 95 % of what bare processes gain on this machine."""
    sweep, probe = ([f"{name}/{citizens}/{n}" for n in (1, 2)] for name in ("sweep", "probe"))

    def value(figures: Figures) -> float:
        gain = figures[sweep[1]].over(figures[sweep[0]])
        return max(gain / 1.8, gain / (0.95 * figures[probe[1]].over(figures[probe[0]])))

    text = f"gain of two workers, 5 x {citizens:,}, over the lesser of 1.8 and 95 % of the gain of bare processes"
    return Goal(text, (*sweep, *probe), value, 1.0)


def _times_mesa(size: str) -> Goal:
    """Return the goal for one process, with as many threads as the machine has processors, at most two."""
    cases = (f"steps/{size}/1", f"steps/{size}/2")

    def value(figures: Figures) -> float:
        return max(figures[case].over(figures["peer/mesa"]) for case in cases)

    return Goal(f"{SIZES[size]:,} citizens, one process, times plain Mesa", (*cases, "peer/mesa"), value, 150)


GOALS = [
    _times_mesa("10k"),
    _times_mesa("20k"),
    Goal("citizen-steps/s at 20,000, one thread, where a copy moves 16 GB/s", ("steps/20k/1", "machine/copy/1"),
         lambda figures: figures["steps/20k/1"].median, 8e6,
         if_only=lambda figures: figures["machine/copy/1"].median >= ENOUGH_BANDWIDTH),
    Goal("citizen-steps/s at a million, two threads", ("steps/1M/2",),
         lambda figures: figures["steps/1M/2"].median, 5e6),
    _under("build/1M", 6, "seconds to build a population of a million"),
    _under("memory/step", 200, "bytes a citizen at the peak of a step"),
    _under("run/baseline", 20, "seconds of the baseline, two workers"),
    _gain(1000),
    _gain(4000),
    _under("page/10k", 4, "ms of a step of the page at 10,000"),
    _under("page/100k", 30, "ms of a step of the page at 100,000"),
    _under("start/help", 0.4, "seconds of spsim --help"),
    _under("run/figures", 3, "seconds of a tiny run, figures included"),
]


def number(value: float) -> str:
    """Return a number with three or four digits that count."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"


def figures_table(figures: Figures) -> Table:
    """Return all figures: median, least and largest of the rounds, and ratios."""
    table = Table("case", "what", "median", "rounds", "unit", "ratio")
    for key, figure in figures.items():
        if not figure.values:
            table.add_row(key, figure.case.what, "-", "", figure.case.unit, figure.why_not)
            continue
        beside = "\n".join(f"{number(ratio)} {beside.words}" for beside, ratio in ratios(figure, figures))
        rounds = f"{number(figure.low)} to {number(figure.high)} ({len(figure.values)})"
        table.add_row(key, figure.case.what, number(figure.median), rounds, figure.case.unit, beside)
    for column in ("median", "rounds"):
        next(each for each in table.columns if each.header == column).justify = "right"
    return table


def goals_table(figures: Figures) -> Table | None:
    """Return what is wanted beside what is reached; None if nothing of it was measured."""
    measured = [goal for goal in GOALS if goal.measured(figures)]
    if not measured:
        return None
    table = Table("goal", "wanted", "reached", "")
    for goal in measured:
        wanted = f"{'at most' if goal.at_most else 'at least'} {number(goal.limit)}"
        table.add_row(goal.text, wanted, number(goal.value(figures)), "met" if goal.met(figures) else "missed")
    return table


def as_json(
    figures: Figures, machine: Mapping[str, Any], seconds: float, load: float, *, processor_time: bool = False
) -> dict[str, Any]:
    """Return everything for a file: machine, its load, figures with all rounds and ratios, goals, how long it took."""
    return {
        "machine": dict(machine),
        "load_before": load,
        "processor_time": processor_time,
        "seconds": round(seconds, 1),
        "figures": {
            key: {
                "what": figure.case.what, "unit": figure.case.unit, "values": list(figure.values),
                **({"median": figure.median, "low": figure.low, "high": figure.high} if figure.values
                   else {"why_not": figure.why_not}),
                "ratios": {beside.words: ratio for beside, ratio in ratios(figure, figures)},
            }
            for key, figure in figures.items()
        },
        "goals": [
            {"goal": goal.text, "limit": goal.limit, "at_most": goal.at_most, "reached": goal.value(figures),
             "met": goal.met(figures)}
            for goal in GOALS if goal.measured(figures)
        ],
    }
