"""Hold the model against patterns, and take it apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.analysis.arrays import differences, labelled
from spsim.analysis.intervals import rests_on
from spsim.api.cards import difference_grid
from spsim.api.running import with_settings
from spsim.config import Resolved, Scenario, sets_of
from spsim.config.ensemble import ENSEMBLE
from spsim.data import REGION
from spsim.display import Grid, Shown
from spsim.experiments import ablation, directory
from spsim.experiments.replicates import Progress
from spsim.experiments.validation import run as validation
from spsim.experiments.validation import verdicts
from spsim.experiments.workers import Workers
from spsim.ground.words import counted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from spsim.viz.plots import AblationPlots, ValidationPlots


@dataclass(repr=False)
class ValidationResult(Shown):
    """What a validation gives."""

    scenario: Scenario
    table: pd.DataFrame
    """One row for each pattern, with pass rate, severity, ablation and verdict."""
    values: pd.DataFrame = field(repr=False)
    """The measured value of each pattern in each case."""
    failed: dict[str, str]
    """Cases that could not be run, with the reason; they count as not passed."""
    folder: Path

    def to_xarray(self) -> xr.Dataset:
        """Return the table over pattern."""
        return labelled(self.table, ["pattern"], {}, title="patterns")

    @property
    def plot(self) -> ValidationPlots:
        """The picture: ``plot()``, or ``plot(verdict="fails")``."""
        from spsim.viz.plots import ValidationPlots  # matplotlib takes long to import

        return ValidationPlots(self.table)

    def headline(self) -> list[str]:
        """Return how many patterns there are of each verdict."""
        counted = ", ".join(f"{n} {verdict}" for verdict, n in self.table["verdict"].value_counts().items())
        first = self.table.iloc[0]
        size = f"{rests_on(first['replicates'], first['sets'])}; {first['draws']} parameter sets from the priors"
        return ["What the model shows, and what that is worth", f"{len(self.table)} patterns: {counted}", size,
                f"in {self.folder}"]

    def cautions(self) -> list[str]:
        """Return how many cases could not be run."""
        return [f"cases that failed and count as not passed: {len(self.failed)}, see .failed"] if self.failed else []

    def grids(self) -> list[Grid]:
        """Return verdict, pass rate and severity of each pattern."""
        rows = [
            [row["pattern"], row["verdict"], row["statement"], f"{100 * row['pass_rate']:.0f} %",
             f"{100 * row['severity']:.0f} %"]
            for row in self.table.to_dict("records")
        ]
        return [Grid("Patterns", ["pattern", "verdict", "what was seen", "pass rate", "severity"], rows, 3)]


@dataclass(repr=False)
class AblationResult(Shown):
    """What an ablation gives."""

    scenario: Scenario
    table: pd.DataFrame
    """One row for each mechanism, outcome, power and country."""
    years: str
    folder: Path

    def to_xarray(self) -> xr.Dataset:
        """Return contributions over without, outcome, power and country; no power where an outcome has none."""
        keys = ["without", "outcome", "power", "country"]
        return differences(self.table, keys, ["level", "contribution", "low", "high"], self.scenario.title)

    @property
    def plot(self) -> AblationPlots:
        """The picture: ``plot(outcome="approval", country="KZ")``."""
        from spsim.viz.plots import AblationPlots  # matplotlib takes long to import

        return AblationPlots(self.table, self.scenario, self.years)

    def headline(self) -> list[str]:
        """Return what is taken apart, over what, and where it is kept."""
        count = counted(int(self.table["replicates"].max()), "replicate")
        size = f"{count} with the same draws, seed {self.scenario.run.seed}"
        title = f"What each mechanism contributes: {self.scenario.title}"
        return [title, f"{self.scenario.name} minus the same without it, mean of {self.years}", size,
                f"in {self.folder}"]

    def grids(self) -> list[Grid]:
        """Return the contributions in the region, the largest first."""
        here = self.table[self.table["country"] == REGION]
        order = {name: n for n, name in enumerate(ablation.ranking(here))}
        here = here.sort_values("without", key=lambda names: names.map(order), kind="stable")
        return [difference_grid("Contributions in the region", here, "without")]


def validate(
    *, quick: bool = False, replicates: int | None = None, draws: int | None = None, seed: int | None = None,
    parameters: str = ENSEMBLE,
    out: str | Path | None = None, workers: Workers = None, progress: Progress | None = None,
) -> ValidationResult:
    """Hold the baseline against the patterns, and write what comes out into a folder.

    Finished cases are kept in the folder's log, so that the same call goes on where an earlier one stopped, and a call
    with more replicates or draws adds to it.

    Args:
        quick: few, small runs: a check that nothing has broken, not a result.
        replicates: runs of the baseline.
        draws: parameter sets from the priors.
        seed: root of all randomness; the baseline's if not given.
        parameters: ``ensemble`` or ``defaults``: what the baseline runs with, a parameter set of the ensemble for each
            two replicates, or the hand-set defaults.
        out: the folder; ``runs/validation`` or ``runs/validation-quick`` if not given.
        workers: processes, or an executor; the result does not depend on it.
        progress: called with (done, total) after each case.

    Raises:
        ConfigError: there is no such kind of parameters.
        SetupError: the folder holds another experiment, or cannot be written.
    """
    sizes = validation.QUICK if quick else validation.FULL
    asked = {"replicates": replicates, "draws": draws}
    sizes = replace(sizes, **{key: value for key, value in asked.items() if value is not None})
    folder = Path(out or Path("runs") / ("validation-quick" if quick else "validation"))
    plan = validation.plan(sizes, seed, parameters)
    values, failed = validation.values(plan, folder, workers, progress)
    table = verdicts.table(values, len(set(sets_of(plan.scenario, sizes.replicates))) or 1)
    directory.write_results(
        folder, {"patterns": table, "values": values}, plan.scenario, {"sizes": asdict(sizes)},
        scenarios={plan.scenario.name: plan.scenario},
    )
    from spsim.viz import write_validation  # matplotlib takes long to import

    write_validation(table, plan.scenario, folder)
    return ValidationResult(plan.scenario, table, values, failed, folder)


def ablate(
    scenario: Resolved | Scenario | str | Path, *, mechanisms: Sequence[str] | None = None,
    outcomes: Sequence[str] = ablation.OUTCOMES_BY_DEFAULT, years: tuple[int, int] | None = None, country: str = REGION,
    replicates: int | None = None, seed: int | None = None, out: str | Path | None = None, workers: Workers = None,
    progress: Progress | None = None,
) -> AblationResult:
    """Take out each mechanism of a scenario in turn, and write what each contributes into a folder.

    Finished runs are kept in the folder's log, so that the same call goes on where an earlier one stopped.

    Args:
        scenario: a name, a path, or what :func:`load` returned.
        mechanisms: what to take out, such as ``heritage``, ``social_influence=bounded_confidence`` or
            ``event:xinjiang``; everything that acts in the scenario if not given.
        outcomes: names of outcomes.
        years: first and last year over which outcomes are averaged; the last ten years of recorded inputs in the run
            if not given.
        country: what the figure shows; the table holds all.
        replicates: runs that differ in chance and, by pairs, in the parameter set; the scenario's number if not given.
        seed: root of all randomness; the scenario's if not given.
        out: the folder; ``runs/NAME-ablation`` if not given.
        workers: processes, or an executor; the result does not depend on it.
        progress: called with (done, total) after each run.

    Raises:
        ConfigError: the scenario, a mechanism, an outcome or the years cannot be used.
        SetupError: the folder holds another experiment, or cannot be written.
    """
    chosen = with_settings(scenario, replicates=replicates, seed=seed)
    study = ablation.study(chosen, mechanisms, outcomes, years)
    folder = Path(out or Path("runs") / f"{chosen.name}-ablation")
    table = ablation.contributions(study, folder / "log.jsonl", workers, progress)
    directory.write_results(
        folder, {"contributions": table}, study.scenario, {"years": study.period},
        scenarios={study.scenario.name: study.scenario},
    )
    from spsim.viz import write_ablation  # matplotlib takes long to import

    write_ablation(table, study.scenario, study.period, country, folder)
    return AblationResult(study.scenario, table, study.period, folder)
