"""Compare scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.analysis.arrays import differences
from spsim.api.cards import difference_grid
from spsim.api.running import with_settings
from spsim.config import Resolved, Scenario
from spsim.data import REGION
from spsim.display import Grid, Shown
from spsim.experiments import compare as comparing
from spsim.experiments import directory
from spsim.experiments.replicates import Progress
from spsim.experiments.workers import Workers
from spsim.ground.words import counted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from spsim.viz.plots import ComparisonPlots


@dataclass(repr=False)
class ComparisonResult(Shown):
    """What a comparison gives."""

    scenarios: list[Scenario]
    """The reference first."""
    table: pd.DataFrame
    """One row for each scenario but the reference, outcome, power, country and year."""
    summary: pd.DataFrame
    """The same for the mean over the last years."""
    folder: Path

    def to_xarray(self) -> xr.Dataset:
        """Return the differences over scenario, outcome, power, country and year; power is empty where none is."""
        in_unit = ["reference", "scenario_value", "difference", "low", "high"]
        title = f"differences to {self.scenarios[0].name}"
        return differences(self.table, ["scenario", "outcome", "power", "country", "year"], in_unit, title)

    @property
    def plot(self) -> ComparisonPlots:
        """The picture: ``plot(outcome="approval", country="KZ")``."""
        from spsim.viz.plots import ComparisonPlots  # matplotlib takes long to import

        return ComparisonPlots(self.table, self.scenarios)

    def headline(self) -> list[str]:
        """Return what is compared, over what, and where it is kept."""
        first, *others = self.scenarios
        size = f"{counted(int(self.table['replicates'].max()), 'replicate')} with the same draws, seed {first.run.seed}"
        said = [f"{scenario.name}: {scenario.title}" for scenario in self.scenarios]
        return [f"{', '.join(each.name for each in others)} minus {first.name}", *said, size, f"in {self.folder}"]

    def grids(self) -> list[Grid]:
        """Return the differences of the mean over the last years, a table a scenario."""
        return [
            difference_grid(f"{name} minus {self.scenarios[0].name}, mean of {rows['years'].iloc[0]}", rows, "country")
            for name, rows in self.summary.groupby("scenario", sort=False)
        ]


def compare(
    *scenarios: Resolved | Scenario | str | Path, outcomes: Sequence[str] = comparing.OUTCOMES_BY_DEFAULT,
    years: tuple[int, int] | None = None, country: str = REGION, replicates: int | None = None,
    half_width: float | None = None, most: int = 1000, seed: int | None = None, out: str | Path | None = None,
    workers: Workers = None, progress: Progress | None = None,
) -> ComparisonResult:
    """Compare scenarios with the first one, replicate by replicate with the same draws.

    Finished replicates are kept in the folder's log, so that the same call goes on where an earlier one stopped, and a
    call with more replicates adds to it.

    Args:
        scenarios: names, paths, or what :func:`load` returned; the first one is the reference.
        outcomes: names of outcomes.
        years: first and last year over which the summary is a mean; the last five if not given.
        country: what the figure shows, and what ``half_width`` is about.
        replicates: runs that differ in chance and, by pairs, in the parameter set; the reference's number if not given.
        half_width: run more replicates until the 95 % interval of the first outcome is at most this wide on each side.
        most: replicates at which that ends in any case.
        seed: root of all randomness; that of the scenarios if not given.
        out: the folder; ``runs/`` and the names if not given.
        workers: processes, or an executor; the result does not depend on it.
        progress: called with (done, total) after each replicate.

    Raises:
        ConfigError: a scenario or an outcome cannot be used, or the runs would share no draws.
        SetupError: the folder holds another experiment, or cannot be written.
    """
    chosen = [with_settings(scenario, replicates=replicates, seed=seed) for scenario in scenarios]
    compared = comparing.comparison(chosen, outcomes)
    wanted = comparing.last_years(compared, years)
    folder = Path(out or Path("runs") / "-and-".join(compared.names))
    sharp = None
    if half_width is not None:
        sharp = comparing.sharp_enough(compared, outcomes[0], country, wanted, half_width)
    runs = comparing.run(
        compared, folder / "log.jsonl", max(2, chosen[0].run.replicates), sharp, most, workers, progress
    )
    width = comparing.HALF_WIDTH if half_width is None else half_width
    by_year, summary = comparing.tables(compared, runs, wanted, width)
    about = {"scenarios": compared.names, "years": f"{wanted[0]}-{wanted[-1]}"}
    directory.write_results(
        folder, {"differences": by_year, "summary": summary}, chosen[0], about,
        scenarios=dict(zip(compared.names, chosen, strict=True)),
    )
    from spsim.viz import write_comparison  # matplotlib takes long to import

    write_comparison(by_year, chosen, country, folder)
    return ComparisonResult(chosen, by_year, summary, folder)
