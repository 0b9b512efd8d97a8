"""From an emulator and what was polled to a posterior: a Gaussian likelihood, sampled by tempered particles.

The likelihood of a parameter set is that of the printed figures around the emulated ones, with the covariance of
chance, of the emulator, and of everything between opinion and a printed figure. Particles start from the priors; the
likelihood is turned on in steps, each of which halves the effective number of particles at most, and after each step
particles move by a random walk that leaves the tempered posterior as it is (sequential Monte Carlo, Del Moral, Doucet
and Jasra 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.experiments.calibration.dimensions import DIMENSIONS
from spsim.experiments.calibration.emulator import Emulator
from spsim.experiments.surveys import Question, covariance

Floats = NDArray[np.float64]

EVENTS_ERROR = 0.2
"""Standard deviation of the log of the count of anti-China events: one reader's count of one list (assumption)."""

CONCORDANCE_ERROR = 0.1
"""Of the share of pairs of countries in order: one pair of the ten (assumption)."""

PARTICLES = 1000
MOVES = 6
"""Steps of the random walk after each step of tempering."""

RULED_OUT = 3.0
"""Implausibility beyond which a parameter set is ruled out (Pukelsheim's three sigma)."""


@dataclass(frozen=True)
class Evidence:
    """What the posterior is conditioned on."""

    questions: tuple[Question, ...]
    """All questions of the bank."""
    observed: Floats
    """Figures, log of one plus the count of events, concordance, [S]."""
    used: tuple[int, ...]
    """Which of them are used; the last two are events and concordance."""
    parameters: Parameters
    """For the sizes of house effects and offsets of wording."""

    def only(self, used: Sequence[int]) -> Evidence:
        """Return the same evidence with other statistics used."""
        return Evidence(self.questions, self.observed, tuple(used), self.parameters)

    def seen(self, observed: Floats) -> Evidence:
        """Return evidence with other observations."""
        return Evidence(self.questions, observed, self.used, self.parameters)

    def errors(self, means: Floats, slopes: Floats) -> Floats:
        """Return the covariance of observations around expected statistics, [N, S, S]."""
        count = len(self.questions)
        found = np.zeros((*means.shape, means.shape[-1]))
        found[..., :count, :count] = covariance(self.questions, means[..., :count], slopes, self.parameters)
        found[..., count, count] = EVENTS_ERROR**2
        found[..., count + 1, count + 1] = CONCORDANCE_ERROR**2
        return found

    def log_likelihood(self, emulator: Emulator, shares: Floats) -> Floats:
        """Return the log likelihood of parameter sets, [N]."""
        means, slopes, chance = emulator(shares)
        return self._log_density(means, chance + self.errors(means, slopes))

    def log_likelihood_of_runs(self, runs: Floats, slopes: Floats) -> Floats:
        """Return the log likelihood of what runs gave, [N]: only what stands between opinion and a figure errs.

        Args:
            runs: statistics, [N, S].
            slopes: of the figures, [N, Q].
        """
        return self._log_density(runs, self.errors(runs, slopes))

    def _log_density(self, means: Floats, total: Floats) -> Floats:
        """Return the log density of what was observed and is used, up to a constant, [N]."""
        at = list(self.used)
        root = np.linalg.cholesky(total[:, at][:, :, at])
        scaled = np.linalg.solve(root, (self.observed - means)[:, at, None])[..., 0]
        return np.asarray(-0.5 * (scaled**2).sum(axis=1) - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1))

    def implausibility(self, emulator: Emulator, shares: Floats) -> Floats:
        """Return how far observations lie from the emulator in standard deviations: the largest of all used, [N]."""
        means, slopes, chance = emulator(shares)
        spread = np.sqrt(np.diagonal(chance + self.errors(means, slopes), axis1=1, axis2=2))
        return np.asarray((np.abs(self.observed - means) / spread)[:, list(self.used)].max(axis=1))


def sample(
    log_likelihood: Callable[[Floats], Floats], seed: int, particles: int = PARTICLES, dimensions: int = len(DIMENSIONS)
) -> Floats:
    """Return draws from a posterior over the unit cube with a uniform prior.

    Args:
        log_likelihood: of places in the priors, [N, D] -> [N].
        seed: of all draws.
        particles: number of draws N.
        dimensions: of the cube, D.

    Returns:
        Places in the priors, [N, D].
    """
    rng = np.random.default_rng(seed)
    at = rng.random((particles, dimensions))
    found, power = log_likelihood(at), 0.0
    while power < 1:
        step = _largest_step(found, 1 - power)
        weight = np.exp(step * (found - found.max()))
        chosen = _systematic(weight / weight.sum(), rng)
        at, found, power = at[chosen], found[chosen], power + step
        root = np.linalg.cholesky(np.cov(at.T) + 1e-9 * np.eye(at.shape[1]))
        for scale in np.resize([1.0, 0.5, 0.2], MOVES) * 2.38 / np.sqrt(at.shape[1]):
            # what leaves the cube comes in again at the other side: unlike a reflection, as likely as the way back, as
            # the walk's steps are correlated
            tried = (at + scale * rng.standard_normal(at.shape) @ root.T) % 1
            gives = log_likelihood(tried)
            taken = np.log(rng.random(particles)) < power * (gives - found)
            at, found = np.where(taken[:, None], tried, at), np.where(taken, gives, found)
    return at


def _largest_step(found: Floats, left: float) -> float:
    """Return the largest rise of the power that leaves half of the particles effective."""
    def effective(step: float) -> float:
        weight = np.exp(step * (found - found.max()))
        return float(weight.sum() ** 2 / (weight**2).sum())

    if effective(left) >= found.size / 2:
        return left
    low, high = 0.0, left
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= found.size / 2 else (low, middle)
    return max(low, 1e-6)


def _systematic(weight: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return particles drawn in proportion to their weights, with evenly spaced draws."""
    places = (np.arange(weight.size) + rng.random()) / weight.size
    return np.minimum(np.searchsorted(np.cumsum(weight), places), weight.size - 1)
