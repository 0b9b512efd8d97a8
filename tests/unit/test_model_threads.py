"""Threads, and how many numbers are moved at once: they change how long a run takes and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from spsim.config import load
from spsim.model import threads
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
    """What takes less than two pieces is done by the caller alone."""
    seen = set()

    def work(first: int, last: int) -> None:
        seen.add(threading.get_ident())

    with threads.use(2):
        threads.share_out(work, 100, 1.9 * threads.SHORTEST)
    assert seen == {threading.get_ident()}


def test_long_work_is_shared_with_the_caller() -> None:
    """What takes two pieces or more is done by the caller and another thread side by side."""
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
