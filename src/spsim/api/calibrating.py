"""Fit the model to published polls, and say how far to trust the fit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from spsim.api.surveys import read_surveys
from spsim.data import load_pack
from spsim.data.region import named_in_code
from spsim.display import Grid, Shown, number
from spsim.experiments import directory
from spsim.experiments.calibration.members import HELD_TO
from spsim.experiments.calibration.run import FULL, QUICK, Calibration, Sizes
from spsim.experiments.calibration.run import calibrate as run
from spsim.experiments.replicates import Progress
from spsim.experiments.workers import Workers

if TYPE_CHECKING:
    from spsim.viz.plots import CalibrationPlots

SIZES = {"full": FULL, "quick": QUICK}

Stage = Callable[[str], AbstractContextManager[Progress | None]]


@dataclass(repr=False)
class CalibrationResult(Shown):
    """What a calibration gives; its tables are attributes, such as ``.fit`` and ``.parameters``."""

    found: Calibration
    folder: Path

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return a table of the calibration.

        Raises:
            AttributeError: there is no such table.
        """
        if name in Calibration.TABLES or name == "ensemble":
            table: pd.DataFrame = getattr(self.found, name)
            return table
        raise AttributeError(name)

    @property
    def plot(self) -> CalibrationPlots:
        """Pictures: ``plot.fit()``, ``plot.parameters()``, ``plot.hindcast()``, ``plot.ranks()``."""
        from spsim.viz.plots import CalibrationPlots  # matplotlib takes long to import

        return CalibrationPlots(self.found.tables, about(self.found))

    def headline(self) -> list[str]:
        """Return what was fitted, how well, and how far the method can be trusted."""
        found, sizes = self.found, self.found.sizes
        inside, rows = int(self.fit["inside_90"].sum()), len(self.fit)
        recovered = float(self.recovery["covered_90"].mean())
        return [
            f"Calibration to {rows} polled figures; {len(self.uncovered)} rows have no instrument",
            f"{sizes.sets:,} parameter sets from the priors, {sizes.refined:,} near the polls, seed {found.seed}; "
            f"history matching leaves {100 * found.not_ruled_out:.0f} % of the prior, the patterns "
            f"{100 * found.accepted:.0f} % of the posterior",
            f"{inside} of {rows} polled figures inside the 90 % interval of the ensemble",
            f"known parameters of {sizes.held_out} held-out members inside their 90 % interval: "
            f"{100 * recovered:.0f} %",
            f"in {self.folder}",
        ]

    def cautions(self) -> list[str]:
        """Return the figures that are missed, and the patterns that too few members hold."""
        missed = [f"outside the 90 % interval: {row['label']}, polled {number(row['value'])}, expected "
                  f"{number(row['p05'])} to {number(row['p95'])}"
                  for row in self.fit[~self.fit["inside_90"]].to_dict("records")]
        held = self.patterns.groupby("pattern", sort=False)["holds"].mean()
        return missed + [f"{name} holds in {100 * share:.0f} % of the members" for name, share in held.items()
                         if share < 0.9]

    def grids(self) -> list[Grid]:
        """Return what the data say of each parameter, and the patterns."""
        recovery = self.recovery.set_index("parameter")
        rows = [
            [row["parameter"], number(row["default"]), f"{number(row['prior_low'])} to {number(row['prior_high'])}",
             f"{number(row['median'])} ({number(row['p05'])} to {number(row['p95'])})",
             f"{100 * row['contraction']:.0f} %", row["verdict"],
             f"{100 * recovery.loc[row['parameter'], 'covered_90']:.0f} %"]
            for row in self.parameters.to_dict("records")
        ]
        held = self.patterns.groupby("pattern", sort=False).agg(
            value=("value", "median"), holds=("holds", "mean"), single=("holds_in_single_runs", "mean"))
        lines = [[str(name), number(row["value"]), f"{100 * row['holds']:.0f} %", f"{100 * row['single']:.0f} %"]
                 for name, row in held.iterrows()]
        return [
            Grid("Parameters", ["parameter", "default", "prior", "posterior (90 %)", "variance lost", "verdict",
                                "recovered in 90 %"], rows),
            Grid("Patterns that members are held to",
                 ["pattern", "median", "holds in members", "in single runs"], lines),
        ]


def about(found: Calibration) -> str:
    """Return where the numbers come from, for the footers of figures."""
    sizes = found.sizes
    return (f"{sizes.sets:,} + {sizes.refined:,} parameter sets, {sizes.citizens:,} citizens a country · "
            f"seed {found.seed}")


def calibrate(
    surveys: str | Path | None = None, *, sizes: Literal["full", "quick"] | Sizes = "full", seed: int = 2026,
    out: str | Path | None = None, workers: Workers = None, stage: Stage = lambda _: nullcontext(),
    old_bank: bool = False,
) -> CalibrationResult:
    """Fit about a dozen parameters to polls, test the method, and write the ensemble, tables and figures.

    The banks of simulations stay in the folder: the same call goes on where an earlier one was stopped, and what is
    there is not simulated again.

    Args:
        surveys: a survey file; the shipped calibration rows if not given.
        sizes: ``full`` (about an hour and a half on two processors), ``quick`` (to see how it works), or sizes.
        seed: of everything; the same seed gives the same ensemble.
        out: the folder; ``runs/calibration`` if not given.
        workers: processes, or an executor; the result does not depend on it.
        stage: shows progress, stage by stage.
        old_bank: take banks that another version of spsim has simulated.

    Raises:
        ConfigError: the survey file is wrong, or sizes are too small.
        SetupError: scikit-learn is missing, the folder holds another calibration, or the disk refuses.
    """
    named_in_code("calibration")
    table = load_pack().surveys_table() if surveys is None else read_surveys(surveys)
    folder = Path(out or Path("runs") / "calibration")
    chosen = SIZES[sizes] if isinstance(sizes, str) else sizes
    found = run(folder, table, chosen, seed, workers, stage, old_bank=old_bank)
    directory.write_results(
        folder, {**found.tables, "ensemble": found.ensemble}, found.scenario, manifest(found), csv=True
    )
    from spsim.viz import write_calibration  # matplotlib takes long to import

    write_calibration(found.tables, folder, found.seed, about(found))
    return CalibrationResult(found, folder)


def manifest(found: Calibration) -> dict[str, Any]:
    """Return what the manifest tells of a calibration: enough to make it again, and what came out."""
    held = found.patterns.groupby("pattern")["holds"].mean()
    return {
        "kind": "calibration",
        "seed": found.seed,
        "sizes": {**asdict(found.sizes), "held_out": found.sizes.held_out},
        "simulated_by": found.code,
        "not_ruled_out": round(found.not_ruled_out, 4),
        "accepted": round(found.accepted, 4),
        "figures": len(found.fit),
        "inside_90": int(found.fit["inside_90"].sum()),
        "recovered_90": round(float(found.recovery["covered_90"].mean()), 4),
        "patterns": {name: round(float(held[name]), 3) for name in HELD_TO},
    }
