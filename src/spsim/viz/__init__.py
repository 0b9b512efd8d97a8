"""Pictures out of numbers: the figures of a run, as PNG and SVG.

matplotlib is imported nowhere else, and through Figure objects only: no window, no global figure list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from spsim.config import Scenario
from spsim.data import REGION
from spsim.experiments.survey_scores import Scores
from spsim.experiments.workers import Helper
from spsim.viz.ablation import ablation
from spsim.viz.calibration import fit_by_series, hindcast, prior_and_posterior, rank_histograms
from spsim.viz.channels import what_moved_sentiment
from spsim.viz.comparison import comparison
from spsim.viz.context import Context
from spsim.viz.crosscheck import cross_check
from spsim.viz.elites import about_run, elites_and_votes
from spsim.viz.generations import generations
from spsim.viz.maps import difference_map
from spsim.viz.opinion import approval, divergence, elite_alignment, spread_of_affect
from spsim.viz.pipeline import pipeline
from spsim.viz.plots import main_picture
from spsim.viz.protest import protest
from spsim.viz.saving import ENDINGS, save
from spsim.viz.scores import survey_scores
from spsim.viz.style import Sheet, house_style, without_collection
from spsim.viz.swept import Swept
from spsim.viz.validation import validation

FIGURES: dict[str, Callable[[Context], Sheet]] = {
    "1-approval": approval,
    "2-divergence": divergence,
    "3-map": difference_map,
    "4-what-moved-sentiment": what_moved_sentiment,
    "5-protest": protest,
    "6-education": pipeline,
    "7-generations": generations,
    "8-polarisation": spread_of_affect,
    "9-elites": elite_alignment,
}
"""File name without ending -> the function that draws it."""


def write_figures(
    tables: dict[str, pd.DataFrame],
    scenario: Scenario,
    folder: Path,
    progress: Callable[[str], None] | None = None,
    helper: Helper | None = None,
) -> list[Path]:
    """Write every figure of a run as PNG and SVG; the same tables give the same bytes.

    Args:
        tables: the tidy tables of a run by name.
        scenario: the scenario that was run.
        folder: where to write; made if missing.
        progress: called with "figure NAME" before each one that this process draws.
        helper: draws some of them, if given.

    Returns:
        The paths written, in the order of the figures.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names, shared = list(FIGURES), (Context(tables, scenario), folder)

    def begin(number: int) -> None:
        if progress:
            progress(f"figure {names[number]}")

    numbers = range(len(names))
    if helper:
        helper.share(_draw, shared, numbers, begin)
    else:
        for number in numbers:
            begin(number)
            _draw(shared, number)
    return [folder / f"{name}.{ending}" for name in names for ending in ENDINGS]


def _draw(shared: tuple[Context, Path], number: int) -> None:
    """Draw one figure of a run."""
    (context, folder), name = shared, list(FIGURES)[number]
    with house_style(), without_collection():
        _save(FIGURES[name](context), folder / name, context.scenario)


def write_validation(table: pd.DataFrame, scenario: Scenario, folder: Path) -> list[Path]:
    """Write the figure of a validation as PNG and SVG, and return the paths."""
    with house_style():
        return _save(validation(table), folder / "validation", scenario)


def write_ablation(table: pd.DataFrame, scenario: Scenario, years: str, country: str, folder: Path) -> list[Path]:
    """Write the figure of an ablation as PNG and SVG, and return the paths."""
    with house_style():
        return _save(ablation(table, scenario, years, country), folder / f"ablation-{country}", scenario)


def write_comparison(table: pd.DataFrame, scenarios: Sequence[Scenario], country: str, folder: Path) -> list[Path]:
    """Write the figure of a comparison as PNG and SVG, and return the paths."""
    with house_style():
        return _save(comparison(table, scenarios, country), folder / f"comparison-{country}", scenarios[0])


def write_survey_scores(scores: Scores, name: str, folder: Path) -> list[Path]:
    """Write the figure of scored polls as PNG and SVG, and return the paths."""
    with house_style():
        return _save(survey_scores(scores, name), folder / "scores", scores.scenario)


def write_sweep(swept: Swept, folder: Path, seed: int) -> list[Path]:
    """Write the picture that fits a sweep as PNG and SVG, and return the paths: none if no run has ended."""
    if swept.runs.empty:
        return []
    with house_style():
        return save(main_picture(swept, swept.pairs, REGION), folder / "sweep", swept.name, swept.title, seed)


def write_elites(table: pd.DataFrame, order: pd.DataFrame, scenario: Scenario, folder: Path) -> list[Path]:
    """Write the figure of elites beside votes as PNG and SVG, and return the paths."""
    with house_style():
        return _save(elites_and_votes(table, order, about_run(scenario)), folder / "elites", scenario)


CALIBRATION: dict[str, tuple[Callable[..., Sheet], tuple[str, ...]]] = {
    "1-fit": (fit_by_series, ("fit",)),
    "2-prior-and-posterior": (prior_and_posterior, ("posterior", "parameters")),
    "3-hindcast": (hindcast, ("hindcast",)),
    "4-ranks": (rank_histograms, ("ranks", "recovery")),
    "5-elites": (elites_and_votes, ("elites", "order")),
    "6-cross-check": (cross_check, ("cross_check", "cross_check_numbers")),
}
"""File name without ending -> the function that draws it, and the tables that it needs."""


def write_calibration(
    tables: Mapping[str, pd.DataFrame], folder: Path, seed: int, about: str = "", title: str = "calibration"
) -> list[Path]:
    """Write the figures of a calibration as PNG and SVG: those whose tables are there and hold something.

    Args:
        tables: the tables by name.
        folder: where to write; made if missing.
        seed: root of its randomness.
        about: where the numbers come from, for the footers.
        title: of the calibration, for the files' metadata.

    Returns:
        The paths written, in the order of the figures.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (draw, needed) in CALIBRATION.items():
        if all(each in tables and len(tables[each]) for each in needed):
            with house_style():
                page = draw(*(tables[each] for each in needed), about)
                written += save(page, folder / name, "calibration", title, seed)
    return written


def _save(page: Sheet, stem: Path, scenario: Scenario) -> list[Path]:
    return save(page, stem, scenario.name, scenario.title, scenario.run.seed)


__all__ = [
    "CALIBRATION", "FIGURES", "Swept", "write_ablation", "write_calibration", "write_comparison", "write_elites",
    "write_figures", "write_survey_scores", "write_sweep", "write_validation",
]
