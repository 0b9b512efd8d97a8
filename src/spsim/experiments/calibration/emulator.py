"""The emulator: what a simulation would give at a parameter set, learnt from a bank, with its own error.

Means are cubic polynomials of the places in the priors, fitted by ridge regression on the means over replicates. Chance
is the covariance between replicates of one set; it grows with the square of the shocks that a whole country shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spsim.config.errors import library
from spsim.experiments.calibration.bank import Bank
from spsim.experiments.calibration.dimensions import NAMES, values_at

Floats = NDArray[np.float64]

DEGREE = 3
FOLDS = 5
_NOISE = NAMES.index("common_noise")


@dataclass(frozen=True)
class Emulator:
    """Means, slopes and chance of S statistics: the figures of Q questions, log events, concordance."""

    means: Any
    """A fitted regression: places in the priors -> means of the statistics and slopes of the figures."""
    chance: Floats
    """Covariance between replicates: a constant part, and one in proportion to the squared common noise, [2, S, S]."""
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
        found = np.asarray(self.means.predict(_centred(shares)), dtype=np.float64)
        covariance = self.chance[0] + _noise(shares)[:, None, None] ** 2 * self.chance[1] + self.error
        return found[:, : self.statistics], found[:, self.statistics :], covariance


def _noise(shares: Floats) -> Floats:
    ends = values_at(np.repeat([[0.0], [1.0]], shares.shape[1], axis=1))[:, _NOISE]
    return np.asarray(ends[0] + shares[:, _NOISE] * (ends[1] - ends[0]))


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
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    runs = statistics(bank)
    sets, replicates, count = runs.shape
    targets = np.concatenate([runs.mean(axis=1), bank.slopes.mean(axis=1)], axis=1)
    regression = make_pipeline(PolynomialFeatures(DEGREE), RidgeCV(np.logspace(-3, 2, 6)))
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    held_out = cross_val_predict(regression, _centred(bank.shares), targets, cv=folds)[:, :count]
    chance = _chance(runs, _noise(bank.shares))
    residual = targets[:, :count] - held_out
    of_chance = (chance[0] + np.mean(_noise(bank.shares) ** 2) * chance[1]) / replicates
    error = _positive(residual.T @ residual / sets - of_chance)
    spread = np.maximum(targets[:, :count].var(axis=0) - np.diag(of_chance), 1e-9)
    r_squared = 1 - np.maximum(residual.var(axis=0) - np.diag(of_chance), 0) / spread
    return Emulator(regression.fit(_centred(bank.shares), targets), chance, error, r_squared)


def _chance(runs: Floats, noise: Floats) -> Floats:
    """Return the covariance between replicates: at no common noise, and for each unit of its square, [2, S, S]."""
    apart = runs - runs.mean(axis=1, keepdims=True)
    products = np.einsum("nri,nrj->nij", apart, apart) / (runs.shape[1] - 1)
    design = np.stack([np.ones_like(noise), noise**2], axis=1)
    found, *_ = np.linalg.lstsq(design, products.reshape(len(noise), -1), rcond=None)
    return np.stack([_positive(part.reshape(products.shape[1:])) for part in found])


def _positive(matrix: Floats) -> Floats:
    """Return the nearest covariance matrix: without negative eigenvalues."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray(vectors * np.maximum(values, 0) @ vectors.T)
