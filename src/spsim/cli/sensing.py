"""``spsim sensitivity``: what moves the outcomes of a scenario, and under which conditions something happens."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spsim.cli.experiments import (
    Engine,
    EngineName,
    Out,
    Outcomes,
    Scheduler,
    Seed,
    Workers,
    engaged,
    explain,
    head,
    parse_years,
    place_asked,
)
from spsim.cli.running import task_progress
from spsim.cli.terminal import Debug, ScenarioName, Settings, complain, guarded, parse_settings, say, show, table
from spsim.display import limits_in_words, number, strength, total_index
from spsim.ground.words import counted

if TYPE_CHECKING:
    from spsim.api import SensitivityResult

REASONS = 3
"""Most reasons of failed runs that are printed."""


@guarded
def sensitivity(
    scenario: ScenarioName,
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY[=LOW..HIGH]", help="A parameter (its prior), or a parameter or lever between two "
                     "values; `all` is every parameter with a prior, which is also taken if nothing is said; may be "
                     "repeated."),
    ] = None,
    outcomes: Outcomes = None,
    country: Annotated[
        str, typer.Option(metavar="CODE", help="Place by which factors are ranked; the region if left out.")
    ] = "",
    power: Annotated[str, typer.Option(metavar="CODE", help="Power by which they are ranked; all if left out.")] = "",
    years: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="Years whose mean counts; 2015-2024 if left out.")
    ] = "",
    trajectories: Annotated[int, typer.Option(min=2, metavar="N", help="Of the Morris screening.")] = 4,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="Factors that go on to Sobol indices and PRIM.")] = 8,
    base: Annotated[int, typer.Option(min=2, metavar="N", help="Base points of the Sobol indices: 32, 64, ...")] = 64,
    discover: Annotated[
        str, typer.Option(metavar="TARGET", help="What to look for conditions of: protest_events>=2x (twice its value "
                          "as it is), approval.CN<=30, ...")
    ] = "protest_events>=2x",
    discovery_points: Annotated[int, typer.Option(min=20, metavar="N", help="Points for PRIM.")] = 256,
    replicates: Annotated[
        int, typer.Option(min=1, max=1_000_000, metavar="N", help="Runs of each point that differ in chance only.")
    ] = 2,
    seed: Seed = None,
    settings: Settings = None,
    out: Out = None,
    workers: Workers = None,
    engine: Engine = EngineName.PROCESSES,
    scheduler: Scheduler = "",
    debug: Debug = False,
) -> None:
    """Find which parameters move the outcomes, how much of it is chance, and when something happens.

    Small runs (300 citizens a country unless --set citizens=N says otherwise), but thousands of them.
    """
    from spsim import api
    from spsim.api.sensitivity import CITIZENS
    from spsim.config import load
    from spsim.experiments.sensitivity.study import OUTCOMES_BY_DEFAULT

    given = parse_settings(settings)
    said = any(key.removeprefix("run.") == "citizens" for key in given)
    resolved = load(scenario, given)
    country = place_asked(country, resolved.scenario.run.countries)
    study = api.plan_sensitivity(
        resolved, vary=vary, outcomes=outcomes or OUTCOMES_BY_DEFAULT, years=parse_years(years), country=country,
        power=power, discover=discover, citizens=None if said else CITIZENS, seed=seed,
        trajectories=trajectories, top=top, base=base, discovery_points=discovery_points, replicates=replicates,
    )
    factors = study.factors
    complain(
        f"{counted(len(factors.vary), 'factor')}, {study.sizes.runs(len(factors.vary)):,} runs of "
        f"{study.scenario.run.citizens:,} citizens a country", style="",
    )
    title = f"sensitivity of {study.scenario.title}"
    with engaged("sensitivity", engine, scheduler, workers) as by, task_progress(title, "run", pace=True) as report:
        result = api.sensitivity(study, out=out, workers=by, progress=report)
    print_findings(result)
    say(f"Tables and figures are in {result.folder}", style="bold")


def print_findings(result: SensitivityResult) -> None:
    """Print the most important factors, the box, what is undetermined, and what could not be run."""
    print_factors(result)
    print_box(result)
    left_out = result.study.factors.left_out
    if left_out:
        reasons: dict[str, list[str]] = {}
        for name, reason in left_out.items():
            reasons.setdefault(reason, []).append(name)
        say()
        for reason, names in reasons.items():
            explain(f"Left out, {reason}: {', '.join(names)}.")
    for stage, here in result.failed.groupby("stage", sort=False):
        failed = counted(len(here), "run")
        complain(f"note: {failed} of {stage} failed, and what needs them is left out", style="yellow")
        for reason in list(dict.fromkeys(here["reason"]))[:REASONS]:
            complain(f"note: {reason}", style="yellow")


def print_factors(result: SensitivityResult) -> None:
    """Print a row for each of the most important factors, and two columns for each outcome."""
    from spsim.analysis.sensitivity import doubts
    from spsim.experiments.sensitivity.factors import badge

    study = result.study
    if not result.top:
        explain("No factor moves any outcome by more than chance does: no indices.")
        return

    def here(name: str, outcome: str, power: str) -> dict[str, dict[Hashable, Any]]:
        rows = getattr(result, name)
        rows = rows[(rows["outcome"] == outcome) & (rows["power"] == power) & (rows["country"] == study.country)]
        return {str(row["factor"]): row for row in rows.to_dict("records")}

    cells: dict[str, list[str]] = {key: [key, badge(key)] for key in result.top}
    heads: list[str] = []
    notes: list[str] = []
    for outcome, power in study.panels:
        screening, indices = here("screening", outcome, power), here("indices", outcome, power)
        heads += [f"{head(outcome, power)}\nμ*", f"{head(outcome, power)}\nST"]
        for key in result.top:
            cells[key] += [strength(screening[key]), total_index(indices[key])]
        of = result.noise
        noise = of[(of["stage"] == "indices") & (of["outcome"] == outcome) & (of["power"] == power)
                   & (of["country"] == study.country)].iloc[0]
        name = outcome.replace("_", " ") + (f" {power}" if power else "")
        if noise["chance"] == noise["chance"]:
            notes.append(f"{name}: chance makes {noise['chance']:.0%} of the variance of one run and "
                         f"{noise['left']:.1%} of that of these means".replace("%", " %"))
        rows = result.indices
        rows = rows[(rows["outcome"] == outcome) & (rows["power"] == power) & (rows["country"] == study.country)]
        notes += [f"{name}: {doubt}" for doubt in doubts(rows)]
    from spsim.data import COUNTRY_NAMES

    where = COUNTRY_NAMES.get(study.country, "the region")
    say(f"What moves outcomes in {where}, mean of {study.period}", style="bold")
    # columns in blocks of two outcomes, so that a table fits a page
    for first in range(0, len(heads), 4):
        columns = heads[first : first + 4]
        body = [[*row[:2], *row[2 + first : 6 + first]] for row in cells.values()]
        show(table("", ["factor", "value from", *columns], body, right=columns))
    explain(
        f"μ*: mean size of the change over the prior (5 to 95 %), {study.sizes.trajectories} trajectories; ± where it "
        f"goes both ways. ST: share of the variance in which the factor takes part among these {len(result.top)}, with "
        "its 95 % bootstrap interval. Undetermined: zero, or what chance gives, is inside the interval."
    )
    for note in notes:
        explain(f"{note}.")


def print_box(result: SensitivityResult) -> None:
    """Print the conditions that were found, or why there are none."""
    from spsim.analysis.outcomes import OUTCOMES

    box, study = result.discovery, result.study
    target = study.target
    unit = OUTCOMES[target.outcome].unit
    say()
    say(f"When is {target}?", style="bold")
    explain(f"As it is {number(result.level)} {unit}; of interest from {number(target.limit(result.level))} "
            f"{'up' if target.above else 'down'}: {box.interesting} of {box.points} points.")
    if box.reason:
        explain(f"Nothing found: {box.reason}.")
        return
    for row in box.limits.to_dict("records"):
        span = f"of {number(row['least'])} to {number(row['most'])}"
        say(f"  {row['factor']} {limits_in_words(row)}, {span}")
    explain(
        f"There {box.density:.0%} of the points are of interest (density); {box.coverage:.0%} of all points of "
        f"interest lie there (coverage); it is {box.mass:.0%} of the points. A table by country is given as the place "
        "in its prior, 0 to 1. The numbers are those of the points the box was made with, so a little too good."
        .replace("%", " %")
    )
