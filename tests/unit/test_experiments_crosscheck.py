"""The second opinion on the calibration: both methods find an answer that is known, and each other's."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from spsim.config import Parameters, SetupError
from spsim.experiments.calibration.bank import REPLICATES
from spsim.experiments.calibration.crosscheck import (
    OURS,
    PAIR,
    THEIRS,
    Task,
    by_emulator,
    by_pyabc,
    simulator,
    summary,
    together,
)
from spsim.experiments.calibration.dimensions import DIMENSIONS, NAMES, scenario_at
from spsim.experiments.calibration.posterior import Evidence
from spsim.experiments.surveys import Question, ask
from spsim.experiments.surveys.asking import scenario_for
from spsim.experiments.surveys.errors import DISCREPANCY
from spsim.model.randomness import normals, stream

AT = [NAMES.index(name) for name in PAIR]
PULL = np.array([[40.0, 10.0], [-35.0, 20.0], [5.0, 45.0], [0.0, -30.0]])
"""Points by which the four figures of the made-up model move over each of the two priors."""

TRUTH, CHANCE, SETS = np.array([0.45, 0.6]), 2.0, 32


def made_up(shares: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what a model gives that is linear in two numbers, with independent chance."""
    luck = normals(stream(5, number, "made up"), 0, np.arange(4, dtype=np.uint64))
    return 50 + PULL @ (shares[AT] - 0.5) + CHANCE * luck, np.zeros(4)


def known() -> tuple[Task, np.ndarray, np.ndarray]:
    """Return a task, and mean and covariance of its posterior, worked out by hand.

    Samples are so large, and slopes so flat, that polls err by the discrepancy alone; the posterior is normal, and far
    from the ends of the priors.
    """
    asked = tuple(Question(n, ("KZ",), (f"{2006 + n}-07",), "CN", "leadership", ("approval",), "share", 50.0, "Gallup",
                           "face to face", 1e9) for n in range(4))
    observed = 50 + PULL @ (TRUTH - 0.5) + np.array([1.0, -2.0, 0.5, 3.0])
    given = Evidence(asked, np.array([*observed, 0.0, 0.0]), (0, 1, 2, 3), Parameters())
    covariance = np.linalg.inv(PULL.T @ PULL) * (DISCREPANCY**2 + CHANCE**2)
    mean = 0.5 + np.linalg.lstsq(PULL, observed - 50, rcond=None)[0]
    return Task(made_up, given), mean, covariance


def in_shares(draws: pd.DataFrame) -> np.ndarray:
    """Return draws as places in the two priors, [N, 2]."""
    pairs = zip(AT, PAIR, strict=True)
    return np.array([[DIMENSIONS[at].share(value) for value in draws[name]] for at, name in pairs]).T


@pytest.fixture(scope="module")
def both() -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return draws of both ways, and the runs that pyabc took."""
    task = known()[0]
    return by_emulator(task, SETS, 7), *by_pyabc(task, 200, 3, 7, SETS * REPLICATES)


@pytest.mark.parametrize("way", [0, 1], ids=[OURS, THEIRS])
def test_each_method_finds_the_posterior_that_is_known(both: tuple[pd.DataFrame, pd.DataFrame, int], way: int) -> None:
    _, mean, covariance = known()
    draws, weight = in_shares(both[way]), both[way]["weight"].to_numpy()
    spread = np.sqrt(np.diag(covariance))
    found = weight @ draws
    apart = draws - found
    # means of some 150 independent draws lie within a quarter of a standard deviation, and spreads within a fifth
    assert (found - mean) / spread == pytest.approx([0, 0], abs=0.25)
    assert np.sqrt(weight @ apart**2) == pytest.approx(spread, rel=0.2)


def test_both_methods_agree_as_far_as_chance_lets_them(both: tuple[pd.DataFrame, pd.DataFrame, int]) -> None:
    ours, theirs, runs = both
    numbers = summary(together(ours, theirs), 1)
    assert list(numbers["parameter"].unique()) == list(PAIR)
    assert runs > 3 * 200
    assert (numbers["distance"] < 0.3).all()
    assert numbers.loc[numbers["method"] == THEIRS, "effective"].between(50, 200).all()


def test_a_shift_of_one_posterior_is_its_distance() -> None:
    ours = pd.DataFrame({PAIR[0]: np.linspace(-1, 1, 201), PAIR[1]: np.linspace(0, 1, 201), "weight": 1 / 201})
    numbers = summary(together(ours, ours.assign(**{PAIR[0]: ours[PAIR[0]] + 0.5})), 1)
    apart = numbers.groupby("parameter")["distance"].first()
    assert apart[PAIR[0]] == pytest.approx(0.5 / ours[PAIR[0]].std(ddof=0))
    assert apart[PAIR[1]] == pytest.approx(0, abs=1e-9)


def test_pyabc_is_keyed_and_leaves_the_global_generator_alone() -> None:
    task = known()[0]
    np.random.seed(3)  # noqa: NPY002
    once = by_pyabc(task, 20, 2, 11)
    follows = np.random.random()  # noqa: NPY002
    again, other = by_pyabc(task, 20, 2, 11), by_pyabc(task, 20, 2, 12)
    np.random.seed(3)  # noqa: NPY002
    assert follows == np.random.random()  # noqa: NPY002
    pd.testing.assert_frame_equal(once[0], again[0], check_exact=True)
    assert once[1] == again[1]
    assert not once[0].equals(other[0])


def test_the_model_as_simulator_is_the_model() -> None:
    asked = known()[0].given.questions[:1]
    scenario = scenario_for(asked, 200, 1, parameters="defaults")
    places = Task(simulator(scenario, asked), known()[0].given).placed(np.array([[0.2, 0.9]]))[0]
    figures, _ = simulator(scenario, asked)(places, 4)
    assert figures == ask(scenario_at(scenario, places), 4, asked)[0][:, 1]
    assert scenario_at(scenario, places).parameters.common_noise == pytest.approx(Parameters().common_noise)


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyabc", None)
    with pytest.raises(SetupError, match=r'^pyabc is not installed: pip install "spsim\[calibration\]"$'):
        by_pyabc(known()[0], 10, 1, 1)
