"""Pictures out of numbers: the figures of a run, as PNG and SVG.

matplotlib is imported nowhere else, and through Figure objects only: no window, no global figure list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from spsim.config import Scenario
from spsim.viz.ablation import ablation
from spsim.viz.channels import what_moved_sentiment
from spsim.viz.comparison import comparison
from spsim.viz.context import REGION, Context
from spsim.viz.generations import generations
from spsim.viz.maps import difference_map
from spsim.viz.opinion import approval, divergence, elite_alignment, spread_of_affect
from spsim.viz.pipeline import pipeline
from spsim.viz.plots import main_picture
from spsim.viz.protest import protest
from spsim.viz.saving import save
from spsim.viz.style import Sheet, house_style, without_collection
from spsim.viz.sweep import Swept
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
) -> list[Path]:
    """Write every figure of a run as PNG and SVG; the same tables give the same bytes.

    Args:
        tables: the tidy tables of a run by name.
        scenario: the scenario that was run.
        folder: where to write; made if missing.
        progress: called with "figure NAME" before each one.

    Returns:
        The paths written, in the order of the figures.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    context = Context(tables, scenario)
    written = []
    for name, draw in FIGURES.items():
        if progress:
            progress(f"figure {name}")
        with house_style(), without_collection():
            written += _save(draw(context), folder / name, scenario)
    return written


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


def write_sweep(swept: Swept, folder: Path, seed: int) -> list[Path]:
    """Write the picture that fits a sweep as PNG and SVG, and return the paths: none if no run has ended."""
    if swept.runs.empty:
        return []
    with house_style():
        return save(main_picture(swept, swept.pairs, REGION), folder / "sweep", swept.name, swept.title, seed)


def _save(page: Sheet, stem: Path, scenario: Scenario) -> list[Path]:
    return save(page, stem, scenario.name, scenario.title, scenario.run.seed)


__all__ = ["FIGURES", "Swept", "write_ablation", "write_comparison", "write_figures", "write_sweep", "write_validation"]
