"""The guard: is a month of the baseline slower than it was, other things being equal?

What is compared is citizen-steps a second divided by the CPU score, both measured in turns in one process, so that a
faster or slower machine changes little. Kinds of processors differ all the same (by a quarter between the two that are
known), so each has a reference of its own; one that has none is held to the most lenient. Noise only ever adds time. So
processor time is counted, in which others that work on the machine do not show, and of each the best round: more rounds
come closer to it, and before the guard says that something is slow, it looks longer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring.rounds import Take

REFERENCE = Path(__file__).parents[1] / "reference.json"

SLOWEST = 1.30
"""Times as long as in the reference that a month may take."""

CITIZENS = 20_000
LOOKS = (12, 24, 48)
"""Rounds of the first look, and of those that follow as long as it seems too slow."""

SCORES = 4
"""Readings of the CPU score in a round, of which the best counts."""

WRITTEN_FROM = 60
"""Rounds behind a reference."""


@dataclass(frozen=True)
class Reading:
    """The best of some rounds."""

    steps: float = 0.0  # citizen-steps a second of processor time
    score: float = 0.0  # CPU score, in processor time

    @property
    def relative(self) -> float:
        """Citizen-steps for a million turns of the CPU score."""
        return self.steps / self.score

    def times_as_long(self, reference: float) -> float:
        """Return how many times as long as in the reference a month takes."""
        return reference / self.relative


def look(steps: Take, score: Take, rounds: int, before: Reading | None = None) -> Reading:
    """Return the best of some rounds, and of those before; steps and score are measured in turns."""
    best = before or Reading()
    for _ in range(rounds):
        best = Reading(max(best.steps, steps()), max(best.score, score()))
    return best


def watch(
    steps: Take, score: Take, reference: float, say: Callable[[str], None], looks: Sequence[int] = LOOKS
) -> Reading:
    """Look until it is fast enough, or the longest look is over.

    Args:
        steps: measures citizen-steps a second.
        score: measures the CPU score.
        reference: citizen-steps for a million turns of the CPU score, as they were.
        say: told what each look gives.
        looks: rounds of each look.

    Returns:
        What was found; too slow if it takes more than :data:`SLOWEST` times as long.
    """
    reading = None
    for rounds in looks:
        reading = look(steps, score, rounds, reading)
        took = reading.times_as_long(reference)
        say(f"after {rounds} more rounds: {reading.steps:,.0f} citizen-steps a second, CPU score {reading.score:.1f}: "
            f"{took:.2f} times as long as in the reference (at most {SLOWEST:.2f})")
        if took <= SLOWEST:
            break
    assert reading is not None
    return reading


def takes(citizens: int = CITIZENS) -> tuple[Take, Take]:
    """Return what measures the baseline and what measures the CPU score, warm, in processor time on one thread."""
    from measuring import machine, model
    from spsim.model import threads

    years = model.years_of(citizens)

    def steps() -> float:
        with threads.use(1):
            return years.rate(1, time.process_time)

    def score() -> float:
        return max(machine.score(time.process_time) for _ in range(SCORES))

    steps()
    score()
    return steps, score


def references() -> list[dict[str, Any]]:
    """Return the committed references, one for each kind of processor."""
    return list(json.loads(REFERENCE.read_text(encoding="utf-8"))) if REFERENCE.exists() else []


def reference_for(cpu: str) -> dict[str, Any]:
    """Return the reference of a kind of processor; of one that is not known, the most lenient there is."""
    known = references()
    own = [each for each in known if each["machine"]["cpu"] == cpu]
    return min(own or known, key=lambda each: each["citizen_steps_per_million_turns"])


def guard(say: Callable[[str], None], *, write: bool = False) -> bool:
    """Compare with the committed reference, or write it; return whether it is fast enough."""
    from measuring.machine import description

    begun = time.perf_counter()
    say(f"the guard: the baseline at {CITIZENS:,} citizens, one thread, in turns with the CPU score; some seconds")
    steps, score = takes()
    if write:
        reading = look(steps, score, WRITTEN_FROM)
        found: dict[str, Any] = {
            "citizen_steps_per_million_turns": round(reading.relative),
            "citizen_steps_per_second": round(reading.steps), "cpu_score": round(reading.score, 2),
            "machine": description(),
        }
        others = [each for each in references() if each["machine"]["cpu"] != found["machine"]["cpu"]]
        REFERENCE.write_text(json.dumps([*others, found], indent=2) + "\n", encoding="utf-8")
        say(f"wrote {REFERENCE.name}: {reading.relative:,.0f} citizen-steps for a million turns of the CPU score")
        return True
    known = reference_for(description()["cpu"])
    reading = watch(steps, score, known["citizen_steps_per_million_turns"], say)
    fast = reading.times_as_long(known["citizen_steps_per_million_turns"]) <= SLOWEST
    verdict = "fast enough" if fast else f"too slow; the reference was measured on {known['machine']['cpu']}"
    say(f"guard: {verdict} ({time.perf_counter() - begun:.0f} s)")
    return fast
