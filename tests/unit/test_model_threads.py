"""Threads, and how many numbers are moved at once: they change how long a run takes and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from spsim.config import load
from spsim.model import elites, population, protest, threads
from spsim.model.simulation import Simulation


def test_any_number_of_threads_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two years with a turn of a generation, on one, two, three and eight threads, where all work is shared out."""
    monkeypatch.setattr(threads, "SHORTEST", 1)
    scenario = load("baseline", {"citizens": 1500, "elites": 4, "start": "2014-06", "end": "2016-03"}).scenario
    runs = []
    for number in (1, 2, 3, 8):
        with threads.use(number):
            simulation = Simulation(scenario)
            simulation.run()
        runs.append(simulation)
    first = runs[0]
    assert np.ptp(first.record.opinion[:, 0, 0, 0, 0]) > 0
    for other in runs[1:]:
        assert other.world.state.affect.tobytes() == first.world.state.affect.tobytes()
        for name in ("opinion", "cohorts", "divergence", "country", "country_power", "protest_slope", "upper_share"):
            assert getattr(other.record, name).tobytes() == getattr(first.record, name).tobytes(), name
        for group, terms in first.record.contributions.items():
            assert other.record.contributions[group].tobytes() == terms.tobytes(), group


def test_a_run_uses_what_it_is_allowed() -> None:
    """All processors unless told otherwise, for a while or for good."""
    assert threads.number() == threads.processors() >= 1
    with threads.use(3):
        assert threads.number() == 3
        with threads.use(1):
            assert threads.number() == 1
        assert threads.number() == 3
    threads.allow(5)
    try:
        assert threads.number() == 5
    finally:
        threads.allow(None)
    assert threads.number() == threads.processors()
    with pytest.raises(ValueError, match="at least 1"):
        threads.allow(0)


def test_short_work_is_not_handed_over() -> None:
    """What is too short for two threads is done by the caller alone."""
    seen = set()

    def work(first: int, last: int) -> None:
        seen.add(threading.get_ident())

    with threads.use(2):
        threads.share_out(work, 100, 1.9 * threads.SHORTEST)
    assert seen == {threading.get_ident()}


def test_long_work_is_shared_with_the_caller() -> None:
    """What is long enough for two is done by the caller and another thread side by side."""
    together, seen = threading.Barrier(2, timeout=30), set()

    def work(first: int, last: int) -> None:
        together.wait()  # breaks unless two threads are here at once
        seen.add(threading.get_ident())

    with threads.use(2):
        threads.share_out(work, 100, 2.1 * threads.SHORTEST)
    assert len(seen) == 2
    assert threading.get_ident() in seen


@pytest.mark.parametrize("number", [1, 2, 5])
@pytest.mark.parametrize("parts", [0, 1, 3, 100])
def test_every_part_is_worked_on_once(number: int, parts: int) -> None:
    """Spans follow one another without gap or overlap, whatever the numbers."""
    done = np.zeros(parts, dtype=int)

    def work(first: int, last: int) -> None:
        done[first:last] += 1

    with threads.use(number):
        threads.share_out(work, parts, 1e9)
    assert (done == 1).all()


@pytest.mark.parametrize("caller_fails", [True, False])
def test_an_error_in_a_thread_is_raised(caller_fails: bool) -> None:
    """Nothing that goes wrong is lost, and nobody works on after the call."""
    together, caller, working = threading.Barrier(2, timeout=30), threading.get_ident(), threading.Event()

    def work(first: int, last: int) -> None:
        together.wait()
        if (threading.get_ident() == caller) == caller_fails:
            raise RuntimeError("fails here")
        working.set()
        time.sleep(0.05)
        working.clear()

    with threads.use(2), pytest.raises(RuntimeError, match="fails here"):
        threads.share_out(work, 2, 1e9)
    assert not working.is_set()


def test_work_goes_on_while_the_caller_does_something_else() -> None:
    """Another thread has done most of it before the caller comes back, if that was said to take long."""
    caller, done, enough = threading.get_ident(), np.zeros(100, dtype=int), threading.Event()
    by_others = 0

    def work(first: int, last: int) -> None:
        nonlocal by_others
        done[first:last] += 1
        if threading.get_ident() != caller:
            by_others += last - first
            if by_others > 50:
                enough.set()

    with threads.use(2):
        underway = threads.begin(work, 100, 1e9, aside=1e9)
        assert enough.wait(30)
        underway.finish()
    assert (done == 1).all()


def test_nobody_works_on_when_one_of_several_has_failed() -> None:
    """Two others are at work; one fails at once, the other ends what it is at before the error is raised."""
    caller, together, working = threading.get_ident(), threading.Barrier(3, timeout=30), threading.Event()
    failing = iter([True])

    def work(first: int, last: int) -> None:
        together.wait()
        if threading.get_ident() == caller:
            return
        if next(failing, False):
            raise RuntimeError("fails here")
        working.set()
        time.sleep(0.1)
        working.clear()

    with threads.use(3), pytest.raises(RuntimeError, match="fails here"):
        threads.share_out(work, 3, 1e9)
    assert not working.is_set()


def test_a_busy_helper_is_not_waited_for() -> None:
    """While the only other thread is held up by one piece of work, another one is done by the caller alone."""
    caller, released, held = threading.get_ident(), threading.Event(), threading.Event()
    done = np.zeros(10, dtype=int)

    def long_work(first: int, last: int) -> None:
        if threading.get_ident() != caller:
            held.set()
            assert released.wait(30)

    def work(first: int, last: int) -> None:
        assert threading.get_ident() == caller
        done[first:last] += 1

    with threads.use(2):
        underway = threads.begin(long_work, 2, 1e9)
        assert held.wait(30)
        threads.share_out(work, 10, 1e9)
        assert (done == 1).all()
        released.set()
        underway.finish()


@pytest.mark.parametrize("helping", [1, 2, 7])
@pytest.mark.parametrize("aside", [0.0, 0.3, 1.0, 9.0])
def test_helpers_are_given_more_the_longer_the_caller_is_away(helping: int, aside: float) -> None:
    """The caller begins with a small piece; the next ones, one for each helper, are equal and grow with its absence."""
    cuts = threads._cuts(8000, helping, aside)
    pieces = np.diff(cuts)
    assert cuts[0] == 0
    assert cuts[-1] == 8000
    assert pieces[0] == 1000
    large = pieces[1 : 1 + helping]
    assert np.ptp(large) <= 1
    assert large.sum() >= 3499
    fair = 8000 * (1 + aside) / (helping + 1)
    assert large[0] == pytest.approx(min(7000 / helping, max(0.9 * fair, 3500 / helping)), abs=1)


def test_a_run_writes_down_what_single_steps_write_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates are written down while citizens move on; nothing of the next month gets into them, and none is left out."""
    monkeypatch.setattr(threads, "SHORTEST", 1)
    scenario = load("baseline", {"citizens": 1500, "elites": 4, "start": "2014-06", "end": "2016-03"}).scenario
    with threads.use(2):
        one, other = Simulation(scenario), Simulation(scenario)
        while not one.finished:
            one.advance()
        other.run(until=5)
        np.testing.assert_array_equal(other.record.opinion[5], one.record.opinion[5])
        assert not other.record.opinion[6:].any()
        other.run()
    for name in ("opinion", "cohorts", "divergence", "country", "country_power", "protest_slope", "upper_share"):
        assert getattr(one.record, name).tobytes() == getattr(other.record, name).tobytes(), name
    for group, terms in one.record.contributions.items():
        assert terms.tobytes() == other.record.contributions[group].tobytes(), group
        assert one.record.reach[group].tobytes() == other.record.reach[group].tobytes(), group


@pytest.mark.parametrize("where", [protest, population, elites])
def test_what_stops_a_run_takes_no_date_away(where: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether Ctrl-C comes before the last date is written down or after, a run that goes on has all of them."""
    scenario = load("baseline", {"citizens": 200, "elites": 4, "start": "2014-11", "end": "2015-04"}).scenario
    name = "slot_weights" if where is population else "step"
    stopped, works = Simulation(scenario), getattr(where, name)
    stopped.run(until=2)

    def breaks(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, name, breaks)
        with pytest.raises(KeyboardInterrupt):
            stopped.run()
    assert getattr(where, name) is works
    dates = stopped.step_number + 1
    whole = Simulation(scenario).run()
    for table in ("opinion", "cohorts", "divergence", "country", "country_power"):
        np.testing.assert_array_equal(getattr(stopped.record, table)[:dates], getattr(whole, table)[:dates], table)


def test_how_many_numbers_are_moved_at_once_changes_no_byte(tmp_path: Path) -> None:
    """Compiled for a processor that moves two numbers at once, and for this one, a run gives the same bytes."""
    script = """
import hashlib
from spsim.config import load
from spsim.model.simulation import Simulation
size = {"citizens": 300, "elites": 4, "start": "2014-11", "end": "2015-03"}
simulation = Simulation(load("baseline", size).scenario)
record = simulation.run()
terms = record.contributions["public"].tobytes() + record.contributions["elite"].tobytes()
digest = hashlib.sha256(simulation.world.state.affect.tobytes() + record.opinion.tobytes() + terms)
print(digest.hexdigest())
"""
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    told = [
        subprocess.run([sys.executable, "-c", script], env={**os.environ, **extra}, capture_output=True, text=True,
                       check=True).stdout
        for extra in ({}, plain)
    ]
    assert len(told[0]) > 60
    assert told[0] == told[1]


def _shared_out(done: object) -> None:
    threads.share_out(lambda first, last: None, 8, 1e9)
    done.set()  # type: ignore[attr-defined]


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="nothing is forked here")
def test_a_forked_process_has_threads_of_its_own() -> None:
    """Those of its parent do not exist there: it must not wait for them."""
    with threads.use(2):
        threads.share_out(lambda first, last: None, 8, 1e9)
        context = multiprocessing.get_context("fork")
        done = context.Event()
        child = context.Process(target=_shared_out, args=(done,))
        child.start()
        child.join(20)
        child.kill()
        assert done.is_set()
