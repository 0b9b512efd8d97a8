"""The Python door: load a scenario, run it, look at the result.

```python
import spsim
result = spsim.run("baseline", replicates=5, seed=1)
result.tables["opinion"]
result.save("runs/mine")
```
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from spsim.analysis import intervals
from spsim.analysis.tables import Tabulator, diagnostics
from spsim.config import ConfigError, Place, Resolved, RunSettings, Scenario, load_text, shipped_scenarios
from spsim.config import load as _load
from spsim.config.translation import pydantic_problems
from spsim.experiments import directory
from spsim.experiments.replicates import Progress, run_replicates
from spsim.model.record import Record

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

TWO_EQUILIBRIA = 1.0


def load(source: str | Path, overrides: Mapping[str, Any] | None = None, **settings: object) -> Resolved:
    """Load a scenario by name or path, with parameters, levers or run settings on top.

    ``load("baseline", anchor_rate=0.5, citizens=1000)`` is the same as ``--set anchor_rate=0.5 --set citizens=1000``.

    Raises:
        ConfigError: with every mistake found.
    """
    return _load(source, {**(overrides or {}), **settings})


@dataclass
class RunResult:
    """What a run gives: tidy tables, a summary, and what to know of them."""

    scenario: Scenario
    records: list[Record] = field(repr=False)
    seconds: float = 0.0

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
        ]

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
        return found

    def summary(self) -> pd.DataFrame:
        """Return start and end of approval, divergence and protest by country, with 90 % intervals."""
        return intervals.summary(self.tables)

    def to_xarray(self) -> xr.Dataset:
        """Return opinion as a labelled dataset over replicate, date, country, group and power."""
        keys = ["replicate", "date", "country", "group", "power"]
        return self.tables["opinion"].set_index(keys).to_xarray()

    def save(self, out: str | Path, *, csv: bool = False, figures: bool = True,
             progress: Callable[[str], None] | None = None) -> Path:
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

                write_figures(self.tables, self.scenario, folder / "figures", progress)
        return target


def run(scenario: Resolved | Scenario | str | Path, *, replicates: int | None = None, seed: int | None = None,
        workers: int | None = None, progress: Progress | None = None) -> RunResult:
    """Run a scenario.

    Args:
        scenario: a name, a path, or what :func:`load` returned.
        replicates: runs that differ in chance only; the scenario's number if not given.
        seed: root of all randomness; the scenario's if not given.
        workers: processes; the number of processors if not given. The result does not depend on it.
        progress: called with (done, total) after each replicate.

    Raises:
        ConfigError: the scenario cannot be used.
        SetupError: a worker process died.
    """
    if isinstance(scenario, str | Path):
        scenario = load(scenario)
    chosen = scenario.scenario if isinstance(scenario, Resolved) else scenario
    asked = {"replicates": replicates, "seed": seed}
    given = {key: value for key, value in asked.items() if value is not None}
    if given:
        try:
            checked = RunSettings.model_validate({**chosen.run.model_dump(), **given})
        except ValidationError as error:
            found = pydantic_problems(error, lambda loc: Place(f"{loc[0]}="), "run", RunSettings)
            raise ConfigError(found.values()) from None
        chosen = chosen.model_copy(update={"run": checked})
    begun = time.perf_counter()
    records = run_replicates(chosen, workers, progress)
    return RunResult(chosen, records, time.perf_counter() - begun)


__all__ = ["Resolved", "RunResult", "Scenario", "load", "load_text", "run", "shipped_scenarios"]
