"""A second opinion: two of the calibrated numbers fitted by the library pyabc, beside the way of this package.

Both ways see the same simulator, the same polls and the same errors, and hold all other numbers at the same values. The
one learns an emulator from a small bank and samples its posterior. The other, approximate Bayesian
computation with sequential Monte Carlo, has no emulator and assumes no shape for chance: it runs the model anew for
every parameter set that it tries, and keeps a run with the probability that polls err by as much as they differ from it
(Wilkinson 2013). At temperature one, where it ends, nothing is approximate in it but the number of its particles.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import Scenario
from spsim.config.errors import library
from spsim.experiments.calibration.bank import REPLICATES, Bank, prior_shares
from spsim.experiments.calibration.dimensions import DIMENSIONS, NAMES, scenario_at
from spsim.experiments.calibration.emulator import fit
from spsim.experiments.calibration.posterior import PARTICLES, Evidence, sample
from spsim.experiments.surveys import Question, ask
from spsim.experiments.surveys.asking import slopes

Floats = NDArray[np.float64]

PAIR = ("base.CN", "base.RU.KG")
"""The two numbers whose prior the polls narrow most."""

OURS, THEIRS = "emulator", "pyabc"

LUCK = 400
"""Samples by which the distance of mere chance is told."""

Simulator = Callable[[Floats, int], tuple[Floats, Floats]]
"""Takes a place in the priors, [dimensions], and the number of the run, which keys its chance; gives the expected
figures of the questions and their slopes, [Q] each."""


@dataclass(frozen=True)
class Task:
    """What both ways are given."""

    simulator: Simulator
    given: Evidence
    """Only figures may be used: neither events nor the order of countries."""
    pair: tuple[str, str] = PAIR
    held: Mapping[str, float] = field(default_factory=dict)
    """Values of other calibrated numbers; those that it does not name stay at their defaults."""

    def placed(self, pairs: Floats) -> Floats:
        """Return places in all priors from those of the two, [N, 2] -> [N, dimensions]."""
        others = [dimension.share(self.held.get(dimension.name, dimension.default)) for dimension in DIMENSIONS]
        shares = np.tile(others, (len(pairs), 1))
        shares[:, [NAMES.index(name) for name in self.pair]] = pairs
        return shares

    def run(self, pairs: Floats, number: int) -> tuple[Floats, Floats]:
        """Return statistics [S] and slopes [Q] of one run at a place in the two priors, [2]."""
        figures, slopes = self.simulator(self.placed(pairs[None])[0], number)
        return np.concatenate([figures, [0.0, 0.0]]), slopes


def simulator(scenario: Scenario, asked: tuple[Question, ...]) -> Simulator:
    """Return the model as a simulator."""
    def run(shares: Floats, number: int) -> tuple[Floats, Floats]:
        found, _ = ask(scenario_at(scenario, shares), number, asked)
        return found[:, 1], slopes(found)

    return run


def by_emulator(task: Task, sets: int, seed: int, particles: int = PARTICLES) -> pd.DataFrame:
    """Fit the two numbers as ``spsim calibrate`` fits the dozen: bank, emulator, tempered particles.

    Args:
        task: what is fitted to what.
        sets: parameter sets of the bank; each takes as many runs as those of a real bank.
        seed: of everything.
        particles: of the posterior.

    Returns:
        Draws: the two numbers in their own units, weight (all the same).
    """
    pairs = prior_shares(sets, seed, len(task.pair))
    runs = [[task.run(pair, set_ * REPLICATES + n) for n in range(REPLICATES)] for set_, pair in enumerate(pairs)]
    figures = np.array([[one[0][:-2] for one in of_set] for of_set in runs])
    slopes = np.array([[one[1] for one in of_set] for of_set in runs])
    nothing = np.zeros(figures.shape[:2])
    emulator = fit(Bank(task.placed(pairs), figures, slopes, nothing, nothing))
    drawn = sample(lambda x: task.given.log_likelihood(emulator, task.placed(x)), seed + 1, particles, len(task.pair))
    return _draws(task, drawn, np.ones(particles))


def by_pyabc(task: Task, particles: int, generations: int, seed: int, first: int = 0) -> tuple[pd.DataFrame, int]:
    """Fit the two numbers with pyabc, on one core.

    Everything random is keyed: a run by its number, which counts up, and pyabc, which draws from numpy's global
    generator, by seeding that generator for the time being.

    Args:
        task: what is fitted to what.
        particles: accepted runs of each generation.
        generations: temperatures, of which the last is one.
        seed: of pyabc's own draws.
        first: number of the first run.

    Returns:
        Draws as :func:`by_emulator` gives them, with weights; and the number of runs.

    Raises:
        SetupError: pyabc is not installed.
    """
    pyabc: Any = library("pyabc", "calibration")
    numbers = count(first)

    def model(parameters: Any) -> dict[str, Floats]:  # noqa: ANN401 - a mapping of pyabc
        statistics, slopes = task.run(np.array([parameters[name] for name in task.pair]), next(numbers))
        return {"statistics": statistics, "slopes": slopes}

    def density(x: dict[str, Floats], **_: Any) -> float:  # noqa: ANN401 - what pyabc tells besides
        return float(task.given.log_likelihood_of_runs(x["statistics"][None], x["slopes"][None])[0])

    search = pyabc.ABCSMC(
        model,
        pyabc.Distribution(**{name: pyabc.RV("uniform", 0, 1) for name in task.pair}),
        pyabc.FunctionKernel(density, ret_scale="SCALE_LOG"),
        population_size=particles,
        eps=pyabc.Temperature(),
        acceptor=pyabc.StochasticAcceptor(),
        sampler=pyabc.SingleCoreSampler(),
    )
    with _seeded(seed), _quiet("ABC"):
        search.new("sqlite://", {"statistics": task.given.observed, "slopes": np.zeros(len(task.given.questions))})
        history = search.run(max_nr_populations=generations)
        found, weight = history.get_distribution()
    return _draws(task, found[list(task.pair)].to_numpy(dtype=float), np.asarray(weight)), next(numbers) - first


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed numpy's global generator for a while."""
    before = np.random.get_state()  # noqa: NPY002 - the only generator that pyabc draws from
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library's reports of progress from the terminal."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _draws(task: Task, places: Floats, weight: Floats) -> pd.DataFrame:
    dimensions = [DIMENSIONS[NAMES.index(name)] for name in task.pair]
    values = {one.name: [one.quantile(float(place)) for place in places[:, n]] for n, one in enumerate(dimensions)}
    return pd.DataFrame({**values, "weight": weight / weight.sum()})


def together(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return the draws of both ways in one table: parameter, method, value, weight."""
    parts = [draws.melt("weight", var_name="parameter").assign(method=method)
             for method, draws in ((OURS, ours), (THEIRS, theirs))]
    return pd.concat(parts, ignore_index=True)[["parameter", "method", "value", "weight"]]


def summary(draws: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return both posteriors in numbers, and how far they lie from each other.

    The distance is by how much the draws of one would have to be moved on average to be those of the other (Wasserstein
    distance), in standard deviations of our own posterior. Its yardstick is the distance that as many independent draws
    as those of pyabc are worth would have from the posterior that they came from.

    Args:
        draws: as :func:`together` gives them.
        seed: of the draws for the yardstick.

    Returns:
        A row for each parameter and method: parameter, method, mean, sd, p05, p95, effective (number of independent
        draws that weighted ones are worth), distance, by_chance (95 % of distances of mere chance stay below it).
    """
    from scipy.stats import wasserstein_distance  # takes long to import

    rng, rows = np.random.default_rng(seed), []
    for parameter, of_one in draws.groupby("parameter", sort=False):
        ours, theirs = (of_one[of_one["method"] == method] for method in (OURS, THEIRS))
        values, weight = theirs["value"].to_numpy(), theirs["weight"].to_numpy()
        mine = ours["value"].to_numpy()
        effective = round(1 / (weight**2).sum())
        lucky = [wasserstein_distance(rng.choice(mine, effective), mine) for _ in range(LUCK)]
        apart = wasserstein_distance(mine, values, v_weights=weight) / mine.std()
        for method, at, by in ((OURS, mine, ours["weight"].to_numpy()), (THEIRS, values, weight)):
            low, high = np.quantile(at, [0.05, 0.95], weights=by, method="inverted_cdf")
            mean = float(at @ by)
            rows.append((parameter, method, mean, float(np.sqrt((at - mean) ** 2 @ by)), low, high,
                         round(1 / (by**2).sum()), apart, float(np.quantile(lucky, 0.95) / mine.std())))
    return pd.DataFrame(rows, columns=[
        "parameter", "method", "mean", "sd", "p05", "p95", "effective", "distance", "by_chance"
    ])
