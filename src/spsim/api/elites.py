"""Put elites beside the votes of their countries in the UN General Assembly."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.analysis.elites import YARDSTICKS, tables
from spsim.analysis.intervals import rests_on
from spsim.api.cards import place_name
from spsim.api.running import with_settings
from spsim.config import Resolved, Scenario, sets_of
from spsim.display import POWER_NAMES, Grid, Shown, number
from spsim.experiments import directory
from spsim.experiments import elites as study
from spsim.experiments.replicates import Progress
from spsim.experiments.workers import Workers

if TYPE_CHECKING:
    import pandas as pd

    from spsim.viz.plots import ElitePlots


@dataclass(repr=False)
class ElitesResult(Shown):
    """Elites of a scenario beside UN votes, which played no part in setting the model."""

    scenario: Scenario
    table: pd.DataFrame
    """Alignment and votes by country, power and year."""
    order: pd.DataFrame = field(repr=False)
    """Do the countries stand in the same order? By power, window of years and yardstick."""
    changes: pd.DataFrame = field(repr=False)
    """Do elites move when votes move? By power, country and yardstick."""
    folder: Path

    @property
    def plot(self) -> ElitePlots:
        """The picture: ``plot()``."""
        from spsim.viz.plots import ElitePlots  # matplotlib takes long to import

        return ElitePlots(self.table, self.order, self.scenario)

    @property
    def basis(self) -> str:
        """What the bands rest on, in words."""
        replicates = self.scenario.run.replicates
        return rests_on(replicates, len(set(sets_of(self.scenario, replicates))))

    def headline(self) -> list[str]:
        """Return what is put beside what, and where it is kept."""
        years = f"{self.table['year'].min()} to {self.table['year'].max()}"
        size = f"{self.basis}; seed {self.scenario.run.seed}"
        return [f"Elites beside UN votes: {self.scenario.title}", f"{years}; {size}", f"in {self.folder}"]

    def grids(self) -> list[Grid]:
        """Return the correlation of the orders of countries, and that of changes within countries."""
        ordered = [
            [POWER_NAMES.get(row["power"], row["power"]), row["years"], YARDSTICKS[row["yardstick"]], *_judged(row)]
            for row in self.order.to_dict("records")
        ]
        moved = [
            [POWER_NAMES.get(row["power"], row["power"]),
             "all" if row["country"] == "all" else place_name(row["country"]), YARDSTICKS[row["yardstick"]],
             *_judged(row)]
            for row in self.changes.to_dict("records")
        ]
        heads = ["votes measured by", "rank correlation\n5 to 95 % over replicates", "p"]
        return [
            Grid("Do the countries stand in the same order?", ["power", "years", *heads], ordered, 3),
            Grid("Do elites move when votes move, from year to year?", ["power", "country", *heads], moved, 3),
        ]


def _judged(row: dict[object, float]) -> list[str]:
    low, middle, high = (number(row[key]) for key in ("low", "correlation", "high"))
    interval = f"\n{low}..{high}" if row["replicates"] > 1 else ""
    return [f"{middle}{interval}", f"{row['p']:.2f}"]


def elites(
    scenario: Resolved | Scenario | str | Path = "baseline", *, replicates: int | None = None, seed: int | None = None,
    out: str | Path | None = None, workers: Workers = None, progress: Progress | None = None,
) -> ElitesResult:
    """Put the elites of a scenario beside the votes of their countries, and write what comes out into a folder.

    Finished replicates are kept in the folder's log, so that the same call goes on where an earlier one stopped.

    Args:
        scenario: a name, a path, or what :func:`load` returned. It is run to the last year with votes.
        replicates: runs of it; the scenario's number if not given.
        seed: root of all randomness; the scenario's if not given.
        out: the folder; ``runs/NAME-elites`` if not given.
        workers: processes, or an executor; the result does not depend on it.
        progress: called with (done, total) after each replicate.

    Raises:
        ConfigError: the scenario cannot be used, or has too few years, countries or powers with votes.
        SetupError: the folder holds another experiment, or cannot be written.
    """
    asked = study.study(with_settings(scenario, replicates=replicates, seed=seed))
    folder = Path(out or Path("runs") / f"{asked.scenario.name}-elites")
    found = tables(study.beside(asked, folder / "log.jsonl", workers, progress))
    directory.write_results(
        folder, found, asked.scenario, {"years": f"{asked.years[0]}-{asked.years[-1]}"}, csv=True,
        scenarios={asked.scenario.name: asked.scenario},
    )
    from spsim.viz import write_elites  # matplotlib takes long to import

    write_elites(found["elites"], found["order"], asked.scenario, folder)
    return ElitesResult(asked.scenario, found["elites"], found["order"], found["changes"], folder)
