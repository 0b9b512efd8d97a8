"""Ask what moves the outcomes of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.api.cards import box_grid, indices_grid
from spsim.api.running import with_settings
from spsim.config import ConfigError, Place, Problem, Resolved, Scenario
from spsim.config.errors import listed, nearest
from spsim.data import REGION
from spsim.display import Grid, Shown
from spsim.experiments import directory
from spsim.experiments.replicates import Progress
from spsim.experiments.sensitivity.run import Findings, run
from spsim.experiments.sensitivity.study import OUTCOMES_BY_DEFAULT, Sizes, Study, study
from spsim.experiments.workers import Workers
from spsim.ground.words import counted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from spsim.analysis.discovery import Box
    from spsim.viz.plots import SensitivityPlots


CITIZENS = 300
"""Citizens in each country: few, as a study needs thousands of runs."""

BOX = ("points", "interesting", "reason", "density", "coverage", "mass")
"""What the manifest says of the box that was found."""


@dataclass(repr=False)
class SensitivityResult(Shown):
    """What a sensitivity study gives; tables have a row for each outcome, power, country and factor."""

    study: Study
    found: Findings
    folder: Path

    @property
    def one_at_a_time(self) -> pd.DataFrame:
        """What each factor changes by itself, from 5 to 95 % of its prior."""
        return self.found.one_at_a_time

    @property
    def screening(self) -> pd.DataFrame:
        """The Morris measures of all factors."""
        return self.found.screening

    @property
    def indices(self) -> pd.DataFrame:
        """The Sobol indices of the most important factors."""
        return self.found.indices

    @property
    def noise(self) -> pd.DataFrame:
        """How much of what each stage sees is chance."""
        return self.found.noise

    @property
    def top(self) -> tuple[str, ...]:
        """The most important factors, the first one first."""
        return self.found.top

    @property
    def discovery(self) -> Box:
        """Under which conditions what was asked happens, or why no such conditions were found."""
        return self.found.box

    @property
    def cases(self) -> pd.DataFrame:
        """The points of the discovery."""
        return self.found.cases

    @property
    def level(self) -> float:
        """The outcome of the target as the scenario is."""
        return self.found.level

    @property
    def failed(self) -> pd.DataFrame:
        """Runs that failed, with stage and reason; what needs them is left out."""
        return self.found.failed

    @property
    def plot(self) -> SensitivityPlots:
        """Pictures: ``plot.one_at_a_time()``, ``plot.screening()``, ``plot.indices()``, ``plot.discovery()``."""
        from spsim.viz.plots import SensitivityPlots  # matplotlib takes long to import

        return SensitivityPlots(self.study, self.found)

    def to_xarray(self, table: str = "indices") -> xr.Dataset:
        """Return a table over outcome, power, country and factor.

        Args:
            table: one_at_a_time, screening or indices.

        Raises:
            ConfigError: there is no such table.
        """
        tables = {"one_at_a_time": self.one_at_a_time, "screening": self.screening, "indices": self.indices}
        if table not in tables:
            known = Problem(Place("to_xarray"), "table", f"got {table!r}", listed(tables), nearest(table, tables))
            raise ConfigError([known])
        return tables[table].set_index(["outcome", "power", "country", "factor"]).to_xarray()

    def headline(self) -> list[str]:
        """Return what was asked, how much was run, and where it is kept."""
        study, sizes = self.study, self.study.sizes
        size = (
            f"{counted(len(study.factors.vary), 'factor')}; {sizes.trajectories} trajectories, {sizes.base} base "
            f"points and {sizes.discovery_points} for discovery, {counted(sizes.replicates, 'replicate')} of each"
        )
        run = study.scenario.run
        return [
            f"What moves outcomes: {study.scenario.title}", size,
            f"{run.citizens:,} citizens a country, mean of {study.period}, seed {run.seed}", f"in {self.folder}",
        ]

    def cautions(self) -> list[str]:
        """Return how many runs failed."""
        return [f"{counted(len(self.failed), 'run')} failed: see .failed"] if len(self.failed) else []

    def grids(self) -> list[Grid]:
        """Return the most important factors with their total indices, and the box."""
        grids = [indices_grid(self.study, self.found)] if self.top else []
        return [*grids, box_grid(self.study, self.found)]


def plan_sensitivity(
    scenario: Resolved | Scenario | str | Path, *, vary: Sequence[str] | None = None,
    outcomes: Sequence[str] = OUTCOMES_BY_DEFAULT, years: tuple[int, int] | None = None, country: str = REGION,
    power: str = "", discover: str = "protest_events>=2x", citizens: int | None = CITIZENS, seed: int | None = None,
    **sizes: int,
) -> Study:
    """Return a study that has been checked and not begun; arguments are those of :func:`sensitivity`.

    Raises:
        ConfigError: with every mistake found.
    """
    chosen = with_settings(scenario, citizens=citizens, seed=seed)
    return study(
        chosen, vary=vary, outcomes=outcomes, years=years, country=country, power=power, discover=discover,
        sizes=Sizes(**sizes),
    )


def sensitivity(
    scenario: Study | Resolved | Scenario | str | Path, *, vary: Sequence[str] | None = None,
    outcomes: Sequence[str] = OUTCOMES_BY_DEFAULT, years: tuple[int, int] | None = None, country: str = REGION,
    power: str = "", discover: str = "protest_events>=2x", citizens: int | None = CITIZENS, seed: int | None = None,
    out: str | Path | None = None, workers: Workers = None, progress: Progress | None = None, **sizes: int,
) -> SensitivityResult:
    """Find what moves the outcomes of a scenario, and write tables and figures into a folder.

    One factor at a time, Morris screening of all factors, Sobol indices of the most important ones, and PRIM over the
    same. Finished runs are kept in the folder, so that the same call goes on where an earlier one stopped.

    Args:
        scenario: a name, a path, what :func:`load` returned, or a study of :func:`plan_sensitivity`, for which the
            other arguments about what is asked are not looked at.
        vary: factors: keys as after ``--set`` (their priors), ``KEY=LOW..HIGH`` (levers too), ``all``; every parameter
            with a prior if not given.
        outcomes: names of outcomes.
        years: first and last year over which outcomes are averaged; the last ten of recorded inputs if not given.
        country: the place by which factors are ranked, that figures show and that ``discover`` is about.
        power: the power by which factors are ranked and that figures show; all if empty.
        discover: what to look for conditions of, such as ``protest_events>=2x`` (twice its value as the scenario is).
        citizens: citizens in each country; None for the scenario's number.
        seed: root of all randomness; the scenario's if not given.
        out: the folder; ``runs/NAME-sensitivity`` if not given.
        workers: processes, or an executor; the result does not depend on it.
        progress: called with (done, total) runs.
        sizes: ``trajectories`` of the screening, ``top`` factors that go on, ``base`` points of the indices,
            ``discovery_points``, and ``replicates`` of each point.

    Raises:
        ConfigError: with every mistake found.
        SetupError: a library is missing, the folder holds another study, or the disk refuses.
    """
    asked = scenario if isinstance(scenario, Study) else plan_sensitivity(
        scenario, vary=vary, outcomes=outcomes, years=years, country=country, power=power, discover=discover,
        citizens=citizens, seed=seed, **sizes,
    )
    folder = Path(out or Path("runs") / f"{asked.scenario.name}-sensitivity")
    found = run(asked, folder, workers, progress)
    box = found.box
    tables = {
        "one_at_a_time": found.one_at_a_time, "screening": found.screening, "indices": found.indices,
        "noise": found.noise, "discovery": box.limits, "peeling": box.peeling, "cases": found.cases,
    }
    about = {
        "years": asked.period, "sizes": asdict(asked.sizes), "left_out": dict(asked.factors.left_out),
        "top": list(found.top), "discover": str(asked.target), "country": asked.country, "power": asked.power,
        "level": found.level,
        "box": {name: getattr(box, name) for name in BOX},
    }
    directory.write_results(folder, tables, asked.scenario, about)
    from spsim.viz.sensitivity import write_sensitivity  # matplotlib takes long to import

    write_sensitivity(asked, found, folder)
    return SensitivityResult(asked, found, folder)
