"""The guard notices a slowdown and nothing else.

Here it is tried on a small baseline against a reading of the same minute; the committed reference is for ``.ci/run``,
where nothing else is at work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest

from measuring import guard
from measuring.guard import SLOWEST, Reading, look, watch
from spsim.model.simulation import Simulation

LOOKS = (6, 8, 16)


def given(*values: float) -> Callable[[], float]:
    """Return what takes these values one after the other, the last for ever."""
    ahead: Iterator[float] = chain(values, repeat(values[-1]))
    return lambda: next(ahead)


def test_a_look_takes_the_best_of_its_rounds_and_of_those_before() -> None:
    first = look(given(3.0, 5.0, 4.0), given(1.0, 1.0, 2.0), 3)
    assert first == Reading(steps=5.0, score=2.0) and first.relative == 2.5
    assert look(given(4.0), given(1.5), 2, first) == first


def test_a_machine_of_half_the_speed_is_no_slowdown() -> None:
    reference = look(given(100.0), given(10.0), 1).relative
    assert look(given(50.0), given(5.0), 1).times_as_long(reference) == 1.0


def test_a_disturbance_makes_it_look_longer_and_passes() -> None:
    told: list[str] = []
    # every round of the first look was disturbed, and one of the second was not
    reading = watch(given(*[50.0] * 7, 100.0), given(1.0), 100.0, told.append, LOOKS)
    assert reading.times_as_long(100.0) == 1.0
    assert len(told) == 2 and told[0].startswith("after 6 more rounds") and "2.00 times as long" in told[0]


def test_what_stays_slow_through_the_longest_look_is_slow() -> None:
    told: list[str] = []
    reading = watch(given(60.0), given(1.0), 100.0, told.append, LOOKS)
    assert reading.times_as_long(100.0) > SLOWEST and len(told) == len(LOOKS)


@pytest.mark.parametrize(("factor", "slow"), [(1.1, False), (1.4, True)])
def test_a_step_made_slower_by_40_percent_is_noticed_and_one_by_10_is_not(
    factor: float, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, score = guard.takes(5_000)
    reference = look(steps, score, sum(LOOKS)).relative
    step = Simulation._step

    def slower(simulation: Simulation, *meanwhile: Callable[[], None]) -> object:
        begun = time.process_time()
        report = step(simulation, *meanwhile)
        ends = begun + factor * (time.process_time() - begun)
        while time.process_time() < ends:
            pass
        return report

    monkeypatch.setattr(Simulation, "_step", slower)
    took = watch(steps, score, reference, lambda _: None, LOOKS).times_as_long(reference)
    assert (took > SLOWEST) is slow, f"{took:.2f} times as long"


def test_the_guard_passes_and_fails_by_the_committed_reference(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(guard, "takes", lambda: (given(2e6), given(100.0)))
    monkeypatch.setattr(guard, "REFERENCE", tmp_path / "reference.json")
    assert guard.guard(told.append, write=True)
    assert guard.references()[0]["citizen_steps_per_million_turns"] == 20_000
    assert guard.guard(told.append) and "fast enough" in told[-1]
    monkeypatch.setattr(guard, "takes", lambda: (given(1.5e6), given(100.0)))
    assert not guard.guard(told.append) and "too slow; the reference was measured on" in told[-1]


def test_each_kind_of_processor_has_a_reference_of_its_own(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "REFERENCE", tmp_path / "reference.json")
    for cpu, steps in (("one", 3e6), ("other", 2e6), ("one", 4e6)):
        monkeypatch.setattr(guard, "takes", lambda steps=steps: (given(steps), given(100.0)))
        monkeypatch.setattr("measuring.machine.description", lambda cpu=cpu: {"cpu": cpu})
        assert guard.guard(lambda _: None, write=True)
    assert len(guard.references()) == 2
    found = {cpu: guard.reference_for(cpu)["citizen_steps_per_million_turns"] for cpu in ("one", "other", "unknown")}
    assert found == {"one": 40_000, "other": 20_000, "unknown": 20_000}


def test_the_committed_references_say_where_they_come_from() -> None:
    for found in guard.references():
        relative = found["citizen_steps_per_second"] / found["cpu_score"]
        assert found["citizen_steps_per_million_turns"] == pytest.approx(relative, rel=1e-3)
        assert {"cpu", "python", "numba"} <= set(found["machine"])
    kinds = [found["machine"]["cpu"] for found in guard.references()]
    assert kinds and len(kinds) == len(set(kinds))
