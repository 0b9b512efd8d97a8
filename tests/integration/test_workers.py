"""Workers may die; what is finished is kept and the rest is run again."""

from __future__ import annotations

import multiprocessing
import os
import signal

import numpy as np
import pytest

from spsim.config import ConfigError, Scenario, SetupError, load
from spsim.experiments.replicates import run_replicates

SMALL = {"citizens": 200, "elites": 4, "pipeline_agents": 2, "end": "2006-12", "replicates": 6}


def scenario() -> Scenario:
    return load("baseline", SMALL).scenario


def kill_a_worker() -> None:
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)


def test_a_killed_worker_loses_nothing() -> None:
    killed: list[int] = []

    def progress(done: int, total: int) -> None:
        if not killed:
            killed.append(done)
            kill_a_worker()

    survived = run_replicates(scenario(), 2, progress)
    alone = run_replicates(scenario(), 1)
    assert killed and len(survived) == len(alone) == 6
    for one, two in zip(survived, alone, strict=True):
        np.testing.assert_array_equal(one.opinion, two.opinion)


def test_workers_that_keep_dying_end_in_one_clear_message() -> None:
    with pytest.raises(SetupError, match="died twice"):
        run_replicates(scenario(), 2, lambda *_: kill_a_worker())


def test_wrong_numbers_are_told_like_mistakes_in_a_file() -> None:
    import spsim

    with pytest.raises(ConfigError, match="replicates"):
        spsim.run("baseline", replicates=0)
