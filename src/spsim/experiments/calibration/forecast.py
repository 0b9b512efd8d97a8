"""Forecasts of polls from the polls up to a year, by the emulator: what the rolling hindcast scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.experiments.calibration.emulator import Emulator
from spsim.experiments.calibration.posterior import Evidence, sample
from spsim.model.randomness import normals, stream

Floats = NDArray[np.float64]

DRAWS = 4
"""Forecasts of each particle."""


def forecast(
    emulator: Emulator, given: Evidence, known: Sequence[int], later: Sequence[int], seed: int
) -> pd.DataFrame:
    """Return what later polls would print, given those that are known.

    A parameter set is drawn from the posterior of the known polls. What chance, houses and wordings did to them is
    known in part, too, and lasts: given a parameter set, known and later figures are jointly normal.

    Args:
        emulator: of the bank.
        given: all evidence.
        known: rows of the survey table that are fitted.
        later: rows that are forecast.
        seed: of all draws.

    Returns:
        Columns row, draw, value, in points.
    """
    rows = [question.row for question in given.questions]
    fit = [n for n in given.used if n < len(rows) and rows[n] in set(known)]
    score = [rows.index(row) for row in later]
    only = given.only(fit)
    shares = sample(lambda x: only.log_likelihood(emulator, x), seed)
    means, slopes, chance = emulator(shares)
    total = chance + given.errors(means, slopes)
    among, between, within = (total[:, a][:, :, b] for a, b in ((fit, fit), (score, fit), (score, score)))
    gain = np.linalg.solve(among, between.transpose(0, 2, 1)).transpose(0, 2, 1)
    middle = means[:, score] + np.einsum("nij,nj->ni", gain, given.observed[fit] - means[:, fit])
    left = within - gain @ between.transpose(0, 2, 1)
    root = np.linalg.cholesky(left + 1e-6 * np.eye(len(score)))
    size = len(shares) * DRAWS * len(score)
    luck = normals(stream(seed, 0, "forecast"), 0, np.arange(size, dtype=np.uint64)).reshape(len(shares), DRAWS, -1)
    drawn = (middle[:, None] + np.einsum("nij,ndj->ndi", root, luck)).reshape(-1, len(score))
    low = np.array([-100.0 if given.questions[n].kind == "change" else 0.0 for n in score])
    drawn = np.clip(drawn, low, 100.0)
    return pd.DataFrame({
        "row": np.repeat(list(later), len(drawn)),
        "draw": np.tile(np.arange(len(drawn)), len(score)),
        "value": drawn.T.ravel(),
    })
