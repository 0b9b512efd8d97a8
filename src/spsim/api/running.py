"""Load and run one scenario."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from spsim.analysis import intervals
from spsim.analysis.arrays import RUN_KEYS, run_arrays
from spsim.analysis.tables import Tabulator, diagnostics
from spsim.api.cards import summary_grid
from spsim.config import ConfigError, Place, Problem, Resolved, RunSettings, Scenario, sets_of, tensions
from spsim.config import load as _load
from spsim.config.errors import listed, nearest
from spsim.config.translation import pydantic_problems
from spsim.display import Grid, Shown
from spsim.experiments import directory
from spsim.experiments.replicates import Progress, Saving, run_replicates
from spsim.experiments.workers import Helper, Workers
from spsim.ground.words import counted
from spsim.model.record import Record

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from spsim.viz.plots import RunPlots

TWO_EQUILIBRIA = 1.0
FIRST_YEAR_END = "2004-12"
"""Last month of the year for which the stocks of the start are set."""


def load(source: str | Path, overrides: Mapping[str, Any] | None = None, **settings: object) -> Resolved:
    """Load a scenario by name or path, with parameters, levers or run settings on top.

    ``load("baseline", anchor_rate=0.5, citizens=1000)`` is the same as ``--set anchor_rate=0.5 --set citizens=1000``.

    Raises:
        ConfigError: with every mistake found.
    """
    return _load(source, {**(overrides or {}), **settings})


@dataclass(repr=False)
class RunResult(Shown):
    """What a run gives: tidy tables, a summary, and what to know of them."""

    scenario: Scenario
    records: list[Record] = field(repr=False)
    seconds: float = 0.0
    folder: Path | None = None
    """Where it has been saved last."""

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Tidy tables by name: opinion, generations, divergence, country, country_power, channels, inputs."""
        return Tabulator(self.scenario, self.records).tables()

    @cached_property
    def diagnostics(self) -> dict[str, float]:
        """Loop gain, slope of the protest threshold map."""
        return diagnostics(self.records)

    @property
    def manifest(self) -> dict[str, Any]:
        """Where the result comes from."""
        return directory.manifest(self.scenario, self.seconds, self.diagnostics)

    @property
    def notes(self) -> list[str]:
        """What the model says of its own feedbacks."""
        found = self.diagnostics
        return [
            f"Gain of the loop gap -> opacity -> threat -> gap: {found['opacity_loop_gain_mean']:.3f} on average, "
            f"at most {found['opacity_loop_gain_max']:.3f} (1 would be a spiral).",
            f"Slope of the protest threshold map: at most {found['protest_slope_max']:.2f} (above 1 there would be two "
            "equilibria).",
            *self._tensions(),
        ]

    def _tensions(self) -> list[str]:
        """What is wrong or in tension in the papers behind what the scenario changes, in one line."""
        found = [number for number, _, _ in tensions(self.scenario)]
        if not found:
            return []
        return [f"In tension in the papers behind this scenario: {', '.join(found)} (`spsim check` says what)."]

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the numbers."""
        found = []
        if self.diagnostics["protest_slope_max"] > TWO_EQUILIBRIA:
            found.append(
                f"protest has two equilibria in some months (slope {self.diagnostics['protest_slope_max']:.2f} > 1): "
                f"the lower one is used, the upper one is higher by up to "
                f"{self.diagnostics['protest_second_equilibrium_gap_max']:.2f}"
            )
        if self.scenario.forced:
            found.append(f"forced states: {', '.join(self.scenario.forced)}; results show an experiment of thought")
        if self.scenario.mechanisms:
            found.append(f"mechanisms switched: {', '.join(self.scenario.switches)}")
        late = [event.name for event in self.scenario.acting_events if (event.to or "") < self.scenario.run.start]
        if late:
            found.append(f"the run starts after {', '.join(late)}: what they left behind is not carried over")
        if self.scenario.run.start > FIRST_YEAR_END:
            found.append(
                f"the run starts in {self.scenario.run.start} with the capital, foreign labour, students and elite "
                "alignment of 2004: start in 2004 where they matter"
            )
        return found

    @property
    def sets(self) -> tuple[int, ...]:
        """The member of the ensemble that each replicate ran with; empty where they differ in chance only."""
        return sets_of(self.scenario, len(self.records))

    @property
    def interval(self) -> str:
        """What the intervals of the summary are, in words; "" for one replicate, which has none."""
        if len(self.records) < 2:
            return ""
        count = len(set(self.sets))
        text = f"90 % interval over {intervals.rests_on(len(self.records), count)}"
        share = intervals.chance_share(self.tables, self.sets) if count >= intervals.ENOUGH_SETS else math.nan
        if math.isnan(share):
            return text
        return f"{text}. Chance alone makes {100 * share:.0f} % of the variance of public approval at the end (median)"

    def summary(self) -> pd.DataFrame:
        """Return start and end of approval, divergence and protest by country, with 90 % intervals."""
        return intervals.summary(self.tables)

    def to_xarray(self, table: str = "opinion") -> xr.Dataset:
        """Return a table as a labelled dataset; opinion: over replicate, date, country, group and power.

        Args:
            table: opinion, divergence, generations, country, country_power or channels.

        Raises:
            ConfigError: there is no such table.
        """
        if table not in RUN_KEYS:
            known = Problem(Place("to_xarray"), "table", f"got {table!r}", listed(RUN_KEYS), nearest(table, RUN_KEYS))
            raise ConfigError([known])
        return run_arrays(self.tables, table, self.scenario.title)

    @property
    def plot(self) -> RunPlots:
        """Pictures: ``plot()``, ``plot.opinion(country="KZ")``, ``plot.divergence()``, ``plot.map()`` and others."""
        from spsim.viz.plots import RunPlots  # matplotlib takes long to import

        return RunPlots(self.tables, self.scenario)

    def headline(self) -> list[str]:
        """Return title, question, size, and where the result has been saved."""
        run = self.scenario.run
        count = counted(len(self.records), "replicate")
        size = f"{run.start} to {run.end}, {count} of {run.citizens:,} citizens a country, seed {run.seed}"
        saved = f"saved in {self.folder}" if self.folder else "not saved yet: .save(folder)"
        return [self.scenario.title, f"{self.scenario.name}: {size}", self.scenario.question, saved]

    def cautions(self) -> list[str]:
        """Return the warnings."""
        return self.warnings

    def grids(self) -> list[Grid]:
        """Return start and end of approval, divergence and protest."""
        return [summary_grid(self.summary(), self.interval)]

    def save(self, out: str | Path, *, csv: bool = False, figures: bool = True,
             progress: Callable[[str], None] | None = None, helper: Helper | None = None) -> Path:
        """Write the run's directory, whole or not at all, and return its path.

        Raises:
            SetupError: it exists already, or cannot be written.
        """
        target = Path(out)
        with directory.whole_or_nothing(target) as folder:
            for name, table in self.tables.items():
                if progress:
                    progress(f"table {name}")
                directory.write_table(table, name, folder, csv=csv)
            (folder / "scenario.yaml").write_text(directory.scenario_text(self.scenario), encoding="utf-8")
            text = json.dumps(self.manifest, indent=2, ensure_ascii=False)
            (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
            if figures:
                from spsim.viz import write_figures  # matplotlib takes long to import

                write_figures(self.tables, self.scenario, folder / "figures", progress, helper)
        self.folder = target
        return target


def run(scenario: Resolved | Scenario | str | Path, *, replicates: int | None = None, seed: int | None = None,
        workers: Workers = None, progress: Progress | None = None, save_state: str | None = None,
        state_dir: str | Path | None = None, from_state: str | Path | None = None) -> RunResult:
    """Run a scenario.

    Scenarios that differ only after a date can share the run up to it, and give the same as each run alone::

        spsim.run("baseline", save_state="2025-12", state_dir="runs/past")
        spsim.run("publish-contracts", from_state="runs/past")

    Args:
        scenario: a name, a path, or what :func:`load` returned.
        replicates: runs that differ in chance and, by pairs, in the parameter set; the scenario's number if not given.
        seed: root of all randomness; the scenario's if not given.
        workers: processes, or an executor; the number of processors if not given. The result does not depend on it.
        progress: called with (done, total) after each replicate; where there is one, after each of its years.
        save_state: a month, ``YYYY-MM``, whose state is kept for other runs to start from.
        state_dir: folder for it, which must be new or empty; ``runs/NAME-state-YYYY-MM`` if not given.
        from_state: a folder of states to start from; the scenario may differ from the one that was run after the
            month of the state only.

    Raises:
        ConfigError: the scenario or the states cannot be used.
        SetupError: a worker process died, or a state cannot be read or written.
    """
    chosen = with_settings(scenario, replicates=replicates, seed=seed)
    saving = None
    if save_state is not None:
        saving = Saving(save_state, Path(state_dir or Path("runs") / f"{chosen.name}-state-{save_state}"))
    elif state_dir is not None:
        raise ConfigError([Problem(Place("state_dir"), "", f"got {state_dir}, but no save_state", "a month to save")])
    begun = time.perf_counter()
    start_from = None if from_state is None else Path(from_state)
    records = run_replicates(chosen, workers, progress, saving=saving, start_from=start_from)
    return RunResult(chosen, records, time.perf_counter() - begun)


def with_settings(scenario: Resolved | Scenario | str | Path, **settings: int | None) -> Scenario:
    """Return a scenario with other run settings, those that are given.

    Raises:
        ConfigError: the scenario or a setting cannot be used.
    """
    if isinstance(scenario, str | Path):
        scenario = load(scenario)
    chosen = scenario.scenario if isinstance(scenario, Resolved) else scenario
    given = {key: value for key, value in settings.items() if value is not None}
    if not given:
        return chosen
    try:
        checked = RunSettings.model_validate({**chosen.run.model_dump(), **given})
    except ValidationError as error:
        found = pydantic_problems(error, lambda loc: Place(f"{loc[0]}="), "run", RunSettings)
        raise ConfigError(found.values()) from None
    return chosen.model_copy(update={"run": checked})
