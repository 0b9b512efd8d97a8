"""Ask what moves the outcomes of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.api.running import with_settings
from spsim.config import Resolved, Scenario
from spsim.experiments import directory
from spsim.experiments.replicates import Progress
from spsim.experiments.sensitivity.run import run
from spsim.experiments.sensitivity.study import OUTCOMES_BY_DEFAULT, Sizes, Study, study
from spsim.experiments.workers import Workers

if TYPE_CHECKING:
    import pandas as pd

    from spsim.analysis.discovery import Box

CITIZENS = 300
"""Citizens in each country: few, as a study needs thousands of runs."""

BOX = ("points", "interesting", "reason", "density", "coverage", "mass")
"""What the manifest says of the box that was found."""


@dataclass
class SensitivityResult:
    """What a sensitivity study gives; tables have a row for each outcome, power, country and factor."""

    study: Study
    one_at_a_time: pd.DataFrame
    """What each factor changes by itself, from 5 to 95 % of its prior."""
    screening: pd.DataFrame
    """The Morris measures of all factors."""
    indices: pd.DataFrame
    """The Sobol indices of the most important factors."""
    noise: pd.DataFrame
    """How much of what each stage sees is chance."""
    top: tuple[str, ...]
    """The most important factors."""
    discovery: Box
    """Under which conditions what was asked happens, or why no such conditions were found."""
    cases: pd.DataFrame
    """The points of the discovery."""
    level: float
    """The outcome of the target as the scenario is."""
    failed: pd.DataFrame
    """Runs that failed, with stage and reason; what needs them is left out."""
    folder: Path


def plan_sensitivity(
    scenario: Resolved | Scenario | str | Path, *, vary: Sequence[str] | None = None,
    outcomes: Sequence[str] = OUTCOMES_BY_DEFAULT, years: tuple[int, int] | None = None, country: str = "CA5",
    power: str = "", discover: str = "protest_events>=2x", sizes: Sizes | None = None,
    citizens: int | None = CITIZENS, seed: int | None = None,
) -> Study:
    """Return a study that has been checked and not begun; arguments are those of :func:`sensitivity`.

    Raises:
        ConfigError: with every mistake found.
    """
    chosen = with_settings(scenario, citizens=citizens, seed=seed)
    return study(
        chosen, vary=vary, outcomes=outcomes, years=years, country=country, power=power, discover=discover, sizes=sizes,
    )


def sensitivity(
    scenario: Study | Resolved | Scenario | str | Path, *, vary: Sequence[str] | None = None,
    outcomes: Sequence[str] = OUTCOMES_BY_DEFAULT, years: tuple[int, int] | None = None, country: str = "CA5",
    power: str = "", discover: str = "protest_events>=2x", sizes: Sizes | None = None,
    citizens: int | None = CITIZENS, seed: int | None = None, out: str | Path | None = None,
    workers: Workers = None, progress: Progress | None = None,
) -> SensitivityResult:
    """Find what moves the outcomes of a scenario, and write tables and figures into a folder.

    One factor at a time, Morris screening of all factors, Sobol indices of the most important ones, and PRIM over the
    same. Finished runs are kept in the folder, so that the same call goes on where an earlier one stopped.

    Args:
        scenario: a name, a path, what :func:`load` returned, or a study of :func:`plan_sensitivity`, for which the
            arguments down to ``seed`` are not looked at.
        vary: factors: keys as after ``--set`` (their priors), ``KEY=LOW..HIGH`` (levers too), ``all``; every parameter
            with a prior if not given.
        outcomes: names of outcomes.
        years: first and last year over which outcomes are averaged; the last ten of recorded inputs if not given.
        country: the place by which factors are ranked, that figures show and that ``discover`` is about.
        power: the power by which factors are ranked and that figures show; all if empty.
        discover: what to look for conditions of, such as ``protest_events>=2x`` (twice its value as the scenario is).
        sizes: how much is computed.
        citizens: citizens in each country; None for the scenario's number.
        seed: root of all randomness; the scenario's if not given.
        out: the folder; ``runs/NAME-sensitivity`` if not given.
        workers: processes, or an executor; the result does not depend on it.
        progress: called with (done, total) runs.

    Raises:
        ConfigError: with every mistake found.
        SetupError: a library is missing, the folder holds another study, or the disk refuses.
    """
    asked = scenario if isinstance(scenario, Study) else plan_sensitivity(
        scenario, vary=vary, outcomes=outcomes, years=years, country=country, power=power, discover=discover,
        sizes=sizes, citizens=citizens, seed=seed,
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
        "top": list(found.top), "discover": str(asked.target), "country": asked.country, "level": found.level,
        "box": {name: getattr(box, name) for name in BOX},
    }
    directory.write_results(folder, tables, asked.scenario, about)
    from spsim.viz.sensitivity import write_sensitivity  # matplotlib takes long to import

    write_sensitivity(asked, found, folder)
    return SensitivityResult(
        asked, found.one_at_a_time, found.screening, found.indices, found.noise, found.top, box, found.cases,
        found.level, found.failed, folder,
    )
