"""The emulator: what a simulation would give at a parameter set, learnt from a bank, with its own error.

Means are cubic polynomials of the places in the priors, fitted by ridge regression on the means over replicates.
Chance, the spread between replicates of one set, is a quadratic one: it grows with the shocks that a whole country
shares, and shrinks where nearly everyone approves. How much of it statistics share is the same at all sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spsim.config.errors import library
from spsim.experiments.calibration.bank import Bank

Floats = NDArray[np.float64]

DEGREE = 3
DEGREE_OF_CHANCE = 2
FOLDS = 5

LEAST = 0.2
"""Spread below which no parameter set is believed to fall, as a share of the mean spread: polynomials go astray."""


@dataclass(frozen=True)
class Emulator:
    """Means, slopes and chance of S statistics: the figures of Q questions, log events, concordance."""

    means: Any
    """A fitted regression: places in the priors -> means of the statistics and slopes of the figures."""
    spreads: Any
    """A fitted regression: places in the priors -> standard deviations between replicates of the statistics."""
    least: Floats
    """Spreads are at least so large, [S]."""
    together: Floats
    """Covariance between replicates in units of their spreads, [S, S]."""
    error: Floats
    """Covariance of the emulator's own error in the means, [S, S]."""
    r_squared: Floats
    """Share of the variance of set means that held-out folds explain, chance taken off, [S]."""

    @cached_property
    def statistics(self) -> int:
        """Number of statistics S."""
        return int(self.error.shape[0])

    def __call__(self, shares: Floats) -> tuple[Floats, Floats, Floats]:
        """Return means [N, S], slopes [N, Q] and covariance of chance and emulator [N, S, S] at places [N, D]."""
        places = _centred(shares)
        found = np.asarray(self.means.predict(places), dtype=np.float64)
        spreads = np.maximum(self.spreads.predict(places), self.least)
        chance = spreads[:, :, None] * self.together * spreads[:, None, :]
        return found[:, : self.statistics], found[:, self.statistics :], chance + self.error


def _centred(shares: Floats) -> Floats:
    return 2 * np.asarray(shares) - 1


def statistics(bank: Bank) -> Floats:
    """Return the statistics of each run: figures, log of one plus the counted events, concordance, [N, R, S]."""
    more = [np.log1p(bank.events)[..., None], bank.concordance[..., None]]
    return np.concatenate([bank.figures, *more], axis=-1)


def fit(bank: Bank) -> Emulator:
    """Learn an emulator from a bank.

    Raises:
        SetupError: scikit-learn is not installed.
    """
    library("sklearn", "calibration")
    from sklearn.linear_model import Ridge, RidgeCV
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    runs, places = statistics(bank), _centred(bank.shares)
    sets, replicates, count = runs.shape
    targets = np.concatenate([runs.mean(axis=1), bank.slopes.mean(axis=1)], axis=1)
    means = make_pipeline(PolynomialFeatures(DEGREE), RidgeCV(np.logspace(-3, 2, 6)))
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    residual = targets[:, :count] - cross_val_predict(means, places, targets, cv=folds)[:, :count]
    spread = _spreads(runs)
    chance = make_pipeline(PolynomialFeatures(DEGREE_OF_CHANCE), Ridge()).fit(places, spread)
    least = np.maximum(LEAST * spread.mean(axis=0), 1e-9)
    spreads = np.maximum(chance.predict(places), least)
    apart = ((runs - runs.mean(axis=1, keepdims=True)) / spreads[:, None]).reshape(-1, count)
    together = apart.T @ apart / (sets * (replicates - 1))
    of_chance = (spreads.T @ spreads / sets) * together / replicates
    error = _positive(residual.T @ residual / sets - of_chance)
    spread_of_means = np.maximum(targets[:, :count].var(axis=0) - np.diag(of_chance), 1e-9)
    r_squared = 1 - np.maximum(residual.var(axis=0) - np.diag(of_chance), 0) / spread_of_means
    return Emulator(means.fit(places, targets), chance, least, together, error, r_squared)


def _spreads(runs: Floats) -> Floats:
    """Return the standard deviation between replicates of each set, from their distances, [N, S].

    Distances, unlike variances, can be fitted by polynomials: they are neither squared nor cut off at zero.
    """
    first, second = np.triu_indices(runs.shape[1], 1)
    return np.asarray(np.abs(runs[:, first] - runs[:, second]).mean(axis=1) * np.sqrt(np.pi) / 2)


def _positive(matrix: Floats) -> Floats:
    """Return the nearest covariance matrix: without negative eigenvalues."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray(vectors * np.maximum(values, 0) @ vectors.T)
