"""``spsim elites``: elites beside the votes of their countries in the UN General Assembly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spsim.cli.experiments import Engine, EngineName, Out, Scheduler, Seed, Workers, engaged, explain
from spsim.cli.running import task_progress
from spsim.cli.terminal import Debug, Parameters, Settings, guarded, parse_settings, say, show, table
from spsim.display import POWER_NAMES, number, signed

if TYPE_CHECKING:
    import pandas as pd


@guarded
def elites(
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="A scenario file, or the name of a shipped one.")
    ] = "baseline",
    replicates: Annotated[int | None, typer.Option(min=1, max=1_000_000, metavar="N", help="Runs of it.")] = None,
    seed: Seed = None,
    settings: Settings = None,
    parameters: Parameters = None,
    out: Out = None,
    workers: Workers = None,
    engine: Engine = EngineName.PROCESSES,
    scheduler: Scheduler = "",
    debug: Debug = False,
) -> None:
    """Hold elites against UN votes, to which nothing was fitted: same order of countries, same changes?"""
    from spsim import api
    from spsim.config import load

    resolved = load(scenario, parse_settings(settings, parameters))
    title = f"elites beside UN votes: {resolved.scenario.title}"
    with engaged("elites", engine, scheduler, workers) as by, task_progress(title, "replicate") as report:
        result = api.elites(resolved, replicates=replicates, seed=seed, out=out, workers=by, progress=report)
    print_order(result.order)
    print_changes(result.changes)
    explain(f"What these rest on: {result.basis}.")
    say(f"Tables and figure are in {result.folder}", style="bold")


def print_order(order: pd.DataFrame) -> None:
    """Print whether the countries stand in the same order as in the votes."""
    heads = ["by votes alike", "p", "by ideal points", "p "]
    rows = [[POWER_NAMES.get(power, power), years, *cells] for (power, years), cells in _pairs(order, "years").items()]
    first = order.iloc[0]
    say()
    show(table("Do the countries stand in the same order?", ["towards", "years", *heads], rows, right=heads))
    explain(
        f"Rank correlation over {first['countries']} countries, median and 5 to 95 % over replicates. p: share of the "
        f"{first['orders']} orders of these countries that give a correlation as far from zero, counted exactly."
    )


def print_changes(changes: pd.DataFrame) -> None:
    """Print whether elites move when votes move."""
    from spsim.data import COUNTRY_NAMES

    heads = ["by votes alike", "p", "by ideal points", "p "]
    alike = changes[changes["yardstick"] == "agreement"]
    paths = {(str(row["power"]), str(row["country"])): row for row in alike.to_dict("records")}
    rows = [
        [POWER_NAMES.get(power, power), COUNTRY_NAMES.get(country, "all"), *cells, _path(paths[power, country])]
        for (power, country), cells in _pairs(changes, "country").items()
    ]
    columns = ["towards", "country", *heads, "elites\nand votes alike"]
    say()
    show(table("Do elites move when votes move, from year to year?", columns, rows, right=heads))
    first = changes.iloc[0]
    explain(
        f"Rank correlation over {first['changes']} yearly changes, median and 5 to 95 % over replicates. p: share of "
        f"all {first['rotations']} rotations of the votes in time that give a correlation as far from zero. Last "
        "column: change of alignment and of votes alike (points) from the first to the last third of the years, and "
        "whether both go the same way; undetermined: replicates disagree on the sign."
    )


def _pairs(judged: pd.DataFrame, key: str) -> dict[tuple[str, str], list[str]]:
    """Return the cells of both yardsticks by (power, ``key``)."""
    cells: dict[tuple[str, str], list[str]] = {}
    for row in judged.to_dict("records"):
        cells.setdefault((str(row["power"]), str(row[key])), []).extend(_judged(row))
    return cells


def _judged(row: Mapping[Hashable, Any]) -> list[str]:
    low, middle, high = (number(float(row[name])) for name in ("low", "correlation", "high"))
    interval = f" ({low}..{high})" if row["replicates"] > 1 else ""
    return [f"{middle}{interval}", f"{row['p']:.2f}"]


def _path(row: Mapping[Hashable, Any]) -> str:
    return f"{signed(row['moved'])} and {signed(100 * row['votes_moved'])}: {row['direction']}"
