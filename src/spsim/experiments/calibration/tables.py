"""The tables that a calibration leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.experiments.calibration.bank import Bank
from spsim.experiments.calibration.dimensions import DIMENSIONS, NAMES, values_at
from spsim.experiments.calibration.emulator import Emulator
from spsim.experiments.calibration.posterior import Evidence
from spsim.experiments.surveys.predicting import printed

Floats = NDArray[np.float64]

ENOUGH = 0.25
"""Share of its prior variance that a parameter has to lose before the data are said to have narrowed it."""

NARROWED, PRIOR_DRIVEN = "narrowed by the data", "prior-driven"
"""Verdicts. A number whose interval shrinks around the middle of its prior is narrowed, too, without being moved."""

PRIOR_SETS = 1000
"""Members of the first bank by which the prior predictive distribution is told."""


def parameters(posterior: Floats) -> pd.DataFrame:
    """Return each dimension with its default, prior, posterior and verdict.

    ``contraction`` is one minus the variance of its place in the prior over that of a uniform place; ``moved`` is how
    far the posterior median stands from the middle of the prior, in shares of the prior.
    """
    low, middle, high = np.quantile(values_at(posterior), [0.05, 0.5, 0.95], axis=0)
    contraction = 1 - posterior.var(axis=0) * 12
    return pd.DataFrame({
        "parameter": NAMES,
        "default": [dimension.default for dimension in DIMENSIONS],
        "prior_low": [dimension.quantile(0.0) for dimension in DIMENSIONS],
        "prior_high": [dimension.quantile(1.0) for dimension in DIMENSIONS],
        "p05": low, "median": middle, "p95": high,
        "contraction": contraction,
        "moved": np.median(posterior, axis=0) - 0.5,
        "verdict": np.where(contraction >= ENOUGH, NARROWED, PRIOR_DRIVEN),
    })


def posterior(draws: Floats, seed: int) -> pd.DataFrame:
    """Return draws from prior and posterior: parameter, which, value."""
    prior = np.random.default_rng(seed).random(draws.shape)
    parts = [
        pd.DataFrame(values_at(shares), columns=list(NAMES)).melt(var_name="parameter").assign(which=which)
        for which, shares in (("prior", prior), ("posterior", draws))
    ]
    return pd.concat(parts, ignore_index=True)[["parameter", "which", "value"]]


def emulation(given: Evidence, emulator: Emulator, draws: Floats) -> pd.DataFrame:
    """Return how well the emulator does for each statistic, and how large chance is where the posterior lies."""
    chance = np.sqrt(np.diagonal(emulator(draws)[2] - emulator.error, axis1=1, axis2=2)).mean(axis=0)
    return pd.DataFrame({
        "statistic": [*(question.label for question in given.questions), "log of counted events", "concordance"],
        "used": [n in given.used for n in range(emulator.statistics)],
        "r_squared": emulator.r_squared, "error": np.sqrt(np.diag(emulator.error)), "chance": chance,
    })


def fit(given: Evidence, ensemble: Bank, prior: Bank, seed: int) -> pd.DataFrame:
    """Return each polled figure beside what polls would print in runs of the ensemble, and of the first bank."""
    rows = []
    after, before = (_printed(given, bank, seed) for bank in (ensemble, prior.part(slice(0, PRIOR_SETS))))
    quantiles = np.quantile(after, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    prior_low, prior_middle, prior_high = np.quantile(before, [0.05, 0.5, 0.95], axis=0)
    for n, question in enumerate(given.questions):
        low, *_, high = quantiles[:, n]
        rows.append({
            "row": question.row, "label": question.label, "series": question.series, "year": question.year,
            "power": question.power, "item": question.item, "answer": "+".join(question.answers),
            "used": n in given.used, "value": question.value, "mean": after[:, n].mean(),
            **dict(zip(("p05", "p25", "median", "p75", "p95"), quantiles[:, n], strict=True)),
            "prior_p05": prior_low[n], "prior_median": prior_middle[n], "prior_p95": prior_high[n],
            "inside_90": bool(low <= question.value <= high),
        })
    return pd.DataFrame(rows)


def _printed(given: Evidence, bank: Bank, seed: int) -> Floats:
    count = len(given.questions)
    expected, slopes = bank.figures.reshape(-1, count), bank.slopes.reshape(-1, count)
    return printed(given.questions, expected, slopes, given.parameters, seed).reshape(-1, count)
