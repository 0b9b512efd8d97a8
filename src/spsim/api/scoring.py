"""Score the model against polls in a file, beside forecasts that need no model."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.analysis.scoring import expected_inside
from spsim.config.surveys import read_surveys
from spsim.display import Grid, Shown, number, signed
from spsim.experiments import directory, survey_scores
from spsim.experiments.replicates import Progress
from spsim.experiments.survey_scores import Scores
from spsim.experiments.workers import Workers
from spsim.ground.words import counted

if TYPE_CHECKING:
    from spsim.viz.plots import SurveyPlots


@dataclass(repr=False)
class SurveyScores(Shown):
    """How the model does on the rows of a survey file."""

    file: str
    scores: Scores
    """All tables: ``scores.rows``, ``.series``, ``.overall``, ``.changes``, ``.order``, ``.duels``, ``.tally``,
    ``.tally_by_series``, ``.uncovered``."""
    folder: Path

    @property
    def plot(self) -> SurveyPlots:
        """The picture: ``plot()``, or ``plot(power="CN")``."""
        from spsim.viz.plots import SurveyPlots  # matplotlib takes long to import

        return SurveyPlots(self.scores, self.file)

    def headline(self) -> list[str]:
        """Return how many rows there are and how they are met."""
        whole = self.scores.overall.iloc[0]
        rows = int(whole["rows"])
        low, high = expected_inside(rows, 0.9)
        sizes, seed = self.scores.sizes, self.scores.scenario.run.seed
        return [
            f"The model against {rows} polled values of {self.file}",
            f"median off by {number(whole['absolute_error'])} points on average, CRPS {number(whole['crps'])} points",
            f"{whole['inside_90']} of {rows} inside the 90 % interval; {low} to {high} would be expected",
            f"{counted(sizes.replicates, 'replicate')} of {sizes.citizens:,} citizens a country, seed {seed}",
            f"in {self.folder}",
        ]

    def cautions(self) -> list[str]:
        """Return what makes these scores better than they look."""
        scores = self.scores
        return survey_scores.cautions(scores.rows, scores.duels, scores.uncovered)

    def grids(self) -> list[Grid]:
        """Return the scores by series, and wins and losses."""
        scores = self.scores
        series = [
            [row["series"], str(row["rows"]), signed(row["error"]), number(row["absolute_error"]), number(row["crps"]),
             f"{row['inside_50']} of {row['rows']}", f"{row['inside_90']} of {row['rows']}"]
            for row in scores.series.to_dict("records")
        ]
        tally = [
            [row["forecast"], f"{row['compared']} of {row['rows']}", str(row["wins"]), str(row["losses"]),
             number(row["model_crps"]), number(row["naive_crps"]), row["better"]]
            for row in scores.tally.to_dict("records")
        ]
        heads = ["series", "rows", "error", "size of error", "CRPS", "in 50 %", "in 90 %"]
        return [
            Grid("By series, points", heads, series),
            Grid("Against forecasts without a model, by CRPS",
                 ["forecast", "compared", "wins", "losses", "CRPS, model", "CRPS, naive", "better"], tally),
        ]


def validate_surveys(
    file: str | Path, *, quick: bool = False, replicates: int | None = None, seed: int = 1,
    out: str | Path | None = None, workers: Workers = None, progress: Progress | None = None,
) -> SurveyScores:
    """Score the baseline against the rows of a survey file, and write tables and a figure into a folder.

    Args:
        file: a CSV file in the format of ``docs/surveys.md``, for instance one with polls kept apart.
        quick: few, small runs.
        replicates: number of runs of the baseline.
        seed: root of all randomness; the same seed gives the same scores.
        out: the folder; ``runs/NAME-scores`` if not given. Earlier scores in it are replaced.
        workers: processes, or an executor; the result does not depend on it.
        progress: called with (done, total) after each run.

    Raises:
        ConfigError: the file has mistakes, or none of its rows can be scored.
        SetupError: the folder cannot be written.
    """
    path = Path(file)
    sizes = survey_scores.QUICK if quick else survey_scores.FULL
    if replicates is not None:
        sizes = replace(sizes, replicates=replicates)
    scores = survey_scores.score_table(read_surveys(path), str(path), sizes, seed, workers, progress)
    folder = Path(out or Path("runs") / f"{path.stem}-scores")
    directory.write_results(
        folder, scores.tables, scores.scenario,
        {"survey_file": path.name, "sizes": asdict(sizes), "spread_of_polls": asdict(scores.spread)}, csv=True,
    )
    from spsim.viz import write_survey_scores  # matplotlib takes long to import

    write_survey_scores(scores, path.name, folder)
    return SurveyScores(path.name, scores, folder)
