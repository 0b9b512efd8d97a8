"""``spsim compare``: scenarios beside each other with common random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
from spsim.cli.terminal import Debug, Parameters, Settings, guarded, parse_settings, say, show, table
from spsim.display import NEGLIGIBLE, difference, number, single_sets

if TYPE_CHECKING:
    import pandas as pd

GAIN = 1000
"""Gain by common draws beyond which a figure says no more."""


@guarded
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="REFERENCE SCENARIO...", help="Files, or names of shipped scenarios.")
    ],
    outcomes: Outcomes = None,
    years: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="Years whose mean is printed; the last five if left out.")
    ] = "",
    country: Annotated[
        str, typer.Option(metavar="CODE", help="What the figure shows and --half-width is about; the region without.")
    ] = "",
    replicates: Annotated[
        int | None,
        typer.Option(min=2, max=1_000_000, metavar="N", help="Runs of each; two in a row share a parameter set."),
    ] = None,
    half_width: Annotated[
        float | None,
        typer.Option(min=1e-6, metavar="POINTS", help="Run until the interval of the first outcome is this sharp."),
    ] = None,
    most: Annotated[
        int, typer.Option(min=2, max=1_000_000, metavar="N", help="Replicates at which --half-width gives up.")
    ] = 1000,
    seed: Seed = None,
    settings: Settings = None,
    parameters: Parameters = None,
    out: Out = None,
    workers: Workers = None,
    engine: Engine = EngineName.PROCESSES,
    scheduler: Scheduler = "",
    debug: Debug = False,
) -> None:
    """Compare scenarios with the first one: what would differ, and how sure is that?"""
    from spsim import api
    from spsim.config import load
    from spsim.experiments.compare import OUTCOMES_BY_DEFAULT

    overrides = parse_settings(settings, parameters)
    resolved = [load(name, overrides) for name in scenarios]
    country = place_asked(country, resolved[0].scenario.run.countries)
    title = " and ".join(each.scenario.name for each in resolved)
    with engaged("compare", engine, scheduler, workers) as by, task_progress(title, "replicate") as report:
        result = api.compare(
            *resolved, outcomes=outcomes or OUTCOMES_BY_DEFAULT, years=parse_years(years), country=country,
            replicates=replicates, half_width=half_width, most=most, seed=seed, out=out, workers=by,
            progress=report,
        )
    for scenario in result.scenarios[1:]:
        print_differences(result.summary, scenario.name, result.scenarios[0].name)
    explain(sharpness(result.summary, half_width))
    say(f"Tables and figure are in {result.folder}", style="bold")


def print_differences(summary: pd.DataFrame, name: str, reference: str) -> None:
    """Print what one scenario differs by: a row for each country, a column for each outcome."""
    from spsim.analysis.outcomes import named
    from spsim.data import COUNTRY_NAMES, REGION
    from spsim.data.places import illustrations, starred

    here = summary[summary["scenario"] == name]
    columns = list(here[["outcome", "power"]].drop_duplicates().itertuples(index=False, name=None))
    heads = [head(*column) for column in columns]
    cells = {(row["country"], row["outcome"], row["power"]): row for row in here.to_dict("records")}
    places = list(dict.fromkeys(here["country"]))
    rows = [
        [starred(place) if place in COUNTRY_NAMES else "Region",
         *(difference(cells[(place, *column)]) for column in columns)]
        for place in places
    ]
    say()
    show(
        table(f"{name} minus {reference}, mean of {here['years'].iloc[0]}", ["Country", *heads], rows, right=heads)
    )
    place = REGION if REGION in places else places[0]
    spans = [f"{named(*column)}: {span}" for column in columns if (span := single_sets(cells[(place, *column)]))]
    if spans:
        where = "the region" if place == REGION else COUNTRY_NAMES[place]
        explain(f"Single parameter sets lie further apart; nine in ten, in {where}: {'; '.join(spans)}.")
    for note in illustrations(places):
        explain(f"{note} The region counts it in.")


def sharpness(summary: pd.DataFrame, half_width: float | None) -> str:
    """Return what the intervals rest on, in words."""
    from spsim.analysis.intervals import rests_on, undetermined_words
    from spsim.config import members
    from spsim.config.ensemble import PER_SET

    told = summary[(summary["difference"].abs() >= NEGLIGIBLE)]
    sets = int(summary["sets"].max())
    gained = told["variance_reduction"].median()
    wanted = summary[summary["outcome"] == summary["outcome"].iloc[0]]["replicates_needed"].max()
    text = (
        f"Same draws in all scenarios. 95 % interval of the mean over {rests_on(summary['replicates'].max(), sets)}; "
        f"{undetermined_words(sets)}. "
    )
    if sets > 1:
        text += "% of sets: parameter sets in which the difference has the sign of the mean. "
    if len(told):
        factor = number(gained) if gained < GAIN else f"more than {GAIN:,}"
        text += f"Common draws save a factor of {factor} in replicates against independent seeds (median). "
    width = 0.5 if half_width is None else half_width
    if sets > 1 and wanted > PER_SET * len(members()):
        return text + (
            f"A half-width of {width:g} in every cell of the first outcome is out of reach: all {len(members())} "
            "parameter sets together leave more open."
        )
    return text + (
        f"A half-width of {width:g} in every cell of the first outcome takes {wanted:,} replicates (--half-width)."
    )
