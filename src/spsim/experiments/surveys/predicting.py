"""What polls would print if the model were right: predictive draws with everything that stands before a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import Parameters, Scenario
from spsim.experiments.cases import Progress
from spsim.experiments.surveys.asking import ask, slopes
from spsim.experiments.surveys.errors import covariance
from spsim.experiments.surveys.questions import Question
from spsim.experiments.workers import Workers, run_tasks
from spsim.model.randomness import normals, stream

Floats = NDArray[np.float64]

DRAWS_OF_A_RUN = 5
"""Printed figures drawn for each run: what stands between a run and a figure costs next to nothing."""


@dataclass(frozen=True)
class Prediction:
    """What a run gives to a question: R runs, Q questions."""

    expected: Floats
    """Expected figures in points, [R, Q]."""
    draws: Floats
    """Printed figures in points, [R * DRAWS_OF_A_RUN, Q]."""

    def table(self, questions: Sequence[Question]) -> pd.DataFrame:
        """Return the draws as a table: row, draw, value."""
        count = self.draws.shape[0]
        return pd.DataFrame({
            "row": np.repeat([question.row for question in questions], count),
            "draw": np.tile(np.arange(count), len(questions)),
            "value": self.draws.T.ravel(),
        })


def predict(
    scenario: Scenario, questions: Sequence[Question], runs: int, workers: Workers = None,
    progress: Progress | None = None,
) -> Prediction:
    """Run a scenario and return what polls would print.

    Args:
        scenario: ends with the last wave or later; :func:`~spsim.experiments.surveys.asking.scenario_for` gives one.
        questions: what is asked.
        runs: number of replicates, from 0.
        workers: processes, or an executor.
        progress: told after each run.
    """
    found: dict[int, Floats] = {}

    def receive(number: int, figures: Floats) -> None:
        found[number] = figures
        if progress:
            progress(len(found), runs)

    run_tasks(_figures, (scenario, tuple(questions)), range(runs), receive, workers)
    figures = np.stack([found[number] for number in range(runs)])
    draws = printed(questions, figures[..., 1], slopes(figures), scenario.parameters, scenario.run.seed)
    return Prediction(figures[..., 1], draws.reshape(-1, len(questions)))


def _figures(shared: tuple[Scenario, tuple[Question, ...]], replicate: int) -> Floats:
    return ask(shared[0], replicate, shared[1])[0]


def printed(questions: Sequence[Question], expected: Floats, slopes: Floats, p: Parameters, seed: int) -> Floats:
    """Return printed figures drawn around the expected ones, [R, DRAWS_OF_A_RUN, Q]; shares stay between 0 and 100."""
    roots = np.linalg.cholesky(covariance(questions, expected, slopes, p))
    size = expected.shape[0] * DRAWS_OF_A_RUN * len(questions)
    luck = normals(stream(seed, 0, "printed"), 0, np.arange(size, dtype=np.uint64))
    luck = luck.reshape(expected.shape[0], DRAWS_OF_A_RUN, len(questions))
    draws = expected[:, None] + np.einsum("rij,rdj->rdi", roots, luck)
    low = np.array([-100.0 if question.kind == "change" else 0.0 for question in questions])
    return np.asarray(np.clip(draws, low, 100.0))
