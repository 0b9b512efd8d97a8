"""``spsim validate`` and ``spsim ablate``: what the model shows, what that is worth, and what it comes from."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
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
    wrong,
)
from spsim.cli.running import task_progress
from spsim.cli.scoring import score_surveys
from spsim.cli.terminal import (
    Debug,
    Parameters,
    ScenarioName,
    Settings,
    complain,
    console,
    guarded,
    listing,
    parse_settings,
    say,
    show,
    table,
)
from spsim.display import difference, number
from spsim.ground.words import counted

if TYPE_CHECKING:
    import pandas as pd



LONG_NAME = 17
NARROW = 105
"""Columns of a terminal below which contributions are shown without their intervals."""


@guarded
def validate(
    quick: Annotated[bool, typer.Option("--quick", help="Few, small runs: has anything broken?")] = False,
    replicates: Annotated[
        int | None, typer.Option(min=1, max=100_000, metavar="N", help="Runs of the baseline.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, metavar="N", help="Parameter sets from the priors.")
    ] = None,
    seed: Seed = None,
    parameters: Parameters = None,
    out: Out = None,
    workers: Workers = None,
    engine: Engine = EngineName.PROCESSES,
    scheduler: Scheduler = "",
    surveys: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Score the baseline against the polls of a file instead.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Hold the baseline against the patterns of the literature, and say what passing is worth."""
    if surveys is not None:
        if draws is not None:
            raise wrong("--draws", str(draws), "only without --surveys")
        score_surveys(surveys, quick=quick, replicates=replicates, seed=1 if seed is None else seed, out=out,
                      engine=engine, scheduler=scheduler, workers=workers)
        return
    from spsim import api

    title = "validation of the baseline"
    with engaged("validate", engine, scheduler, workers) as by, task_progress(title, "case") as report:
        result = api.validate(
            quick=quick, replicates=replicates, draws=draws, seed=seed,
            parameters=parameters or "ensemble", out=out, workers=by, progress=report,
        )
    print_verdicts(result.table)
    for case, reason in result.failed.items():
        complain(f"note: {case} could not be run and counts as not passed: {reason}", style="yellow")
    if quick:
        say("A quick look: too few runs for a result. `spsim validate` takes its time.")
    say(f"Tables and figure are in {result.folder}", style="bold")


def print_verdicts(verdicts: pd.DataFrame) -> None:
    """Print the table of patterns, a block for each verdict."""
    from spsim.analysis.intervals import rests_on
    from spsim.experiments.validation.verdicts import MEANINGS

    for name, meaning in MEANINGS.items():
        chosen = verdicts[verdicts["verdict"] == name]
        if chosen.empty:
            continue
        say()
        explain(f"{name.capitalize()} ({len(chosen)}): {meaning}", style="bold")
        listing(
            ("pattern", "what", "bounds", "measured", "passes", "severity", "without", "then passes", "source"),
            [_verdict_row(row) for row in chosen.to_dict("records")],
            long=("what", "source"),
        )
    first = verdicts.iloc[0]
    say()
    explain(
        f"Measured: median and 5 to 95 % of the baseline over {rests_on(first['replicates'], first['sets'])}. "
        f"Severity: share of {first['draws']} parameter sets from the priors that fail. Without: what must break it, "
        f"over {counted(int(verdicts['replicates_without'].max()), 'replicate')}."
    )


def _verdict_row(row: Mapping[Hashable, Any]) -> list[str]:
    low, middle, high = (number(row[name]) for name in ("value_low", "value", "value_high"))
    broken = {"yes": "breaks it", "no": "does not", "": ""}[str(row["broken"])]
    left = _percent(row["pass_rate_without"]) + (f": {broken}" if broken else "") if row["without"] else ""
    return [
        str(row["pattern"]),
        f"{row['statement']} [{row['unit']}]",
        str(row["target"]).replace("-", "−"),
        middle if low == high else f"{middle} ({low}..{high})",
        _percent(row["pass_rate"]),
        f"{row['severity']:.2f}",
        str(row["without"]) or "(a bound)",
        left,
        str(row["source"]),
    ]


@guarded
def ablate(
    scenario: ScenarioName,
    mechanism: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What to take out, such as heritage or event:xinjiang; may be repeated. "
                     "Everything that acts if left out."),
    ] = None,
    outcomes: Outcomes = None,
    years: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="Years whose mean counts; 2015-2024 if left out.")
    ] = "",
    country: Annotated[str, typer.Option(metavar="CODE", help="What to print; the region if left out.")] = "",
    replicates: Annotated[
        int, typer.Option(min=1, max=1_000_000, metavar="N", help="Runs of each; two in a row share a parameter set.")
    ] = 10,
    seed: Seed = None,
    settings: Settings = None,
    parameters: Parameters = None,
    out: Out = None,
    workers: Workers = None,
    engine: Engine = EngineName.PROCESSES,
    scheduler: Scheduler = "",
    debug: Debug = False,
) -> None:
    """Take out each mechanism in turn, and say what it contributes."""
    from spsim import api
    from spsim.config import load
    from spsim.experiments.ablation import OUTCOMES_BY_DEFAULT

    resolved = load(scenario, parse_settings(settings, parameters))
    country = place_asked(country, resolved.scenario.run.countries)
    title = f"ablation of {resolved.scenario.title}"
    with engaged("ablate", engine, scheduler, workers) as by, task_progress(title, "run") as report:
        result = api.ablate(
            resolved, mechanisms=mechanism, outcomes=outcomes or OUTCOMES_BY_DEFAULT, years=parse_years(years),
            country=country, replicates=replicates, seed=seed, out=out, workers=by, progress=report,
        )
    print_contributions(result.table, result.years, country)
    say(f"Tables and figure are in {result.folder}", style="bold")


def print_contributions(contributions: pd.DataFrame, years: str, country: str) -> None:
    """Print what each mechanism contributes in one place: rows by what is taken out, a column for each outcome."""
    from spsim.analysis.intervals import rests_on, undetermined_words
    from spsim.data import COUNTRY_NAMES
    from spsim.experiments.ablation import ranking

    here = contributions[contributions["country"] == country]
    columns = list(here[["outcome", "power"]].drop_duplicates().itertuples(index=False, name=None))
    cells = {(row["without"], row["outcome"], row["power"]): row for row in here.to_dict("records")}
    order = ranking(here)
    heads = [head(*column) for column in columns]
    level = ["(level as it is)", *(number(cells[(order[0], *column)]["level"]) for column in columns)]
    brief = console().width < NARROW
    rows = [
        [_in_lines(name), *(difference(cells[(name, *column)], brief=brief) for column in columns)]
        for name in order
    ]
    place, sets = COUNTRY_NAMES.get(country, "the region"), int(here["sets"].max())
    show(
        table(f"What each mechanism contributes in {place}, mean of {years}", ["without", *heads], [level, *rows],
              right=heads)
    )
    explain(
        f"As it is minus without, same draws{'' if brief else '; below it the 95 % interval of the mean'}; "
        f"{rests_on(here['replicates'].max(), sets)}; {undetermined_words(sets)}. "
        f"{'' if brief or sets < 2 else '% of sets: parameter sets that have the sign of the mean. '}"
        "Contributions do not add up: mechanisms work through one another."
    )


def _in_lines(name: str) -> str:
    """Return a long name in two lines."""
    return re.sub(r"^(.{8,16}[_:=])(?=.{5})", r"\1\n", name) if len(name) > LONG_NAME else name


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
