"""``spsim calibrate``: fit the model to published polls, and say how far to trust the fit."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spsim.cli.experiments import Engine, EngineName, Out, Scheduler, Workers, engaged, explain
from spsim.cli.running import task_progress
from spsim.cli.terminal import Debug, complain, guarded, say, show, table

if TYPE_CHECKING:
    from spsim.experiments.replicates import Progress

SEED = 2026


@guarded
def calibrate(
    surveys: Annotated[
        Path | None, typer.Argument(help="A survey file (`spsim surveys format`); the shipped rows if left out.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few, small runs: to see how it works.")] = False,
    sets: Annotated[
        int | None, typer.Option(min=50, metavar="N", help="Parameter sets from the priors, three runs each.")
    ] = None,
    members: Annotated[int | None, typer.Option(min=2, metavar="N", help="Parameter sets of the ensemble.")] = None,
    old_bank: Annotated[
        bool, typer.Option("--old-bank", help="Take simulations in the folder that another version of spsim has made.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Root of all randomness.")] = SEED,
    out: Out = None,
    workers: Workers = None,
    engine: Engine = EngineName.PROCESSES,
    scheduler: Scheduler = "",
    debug: Debug = False,
) -> None:
    """Fit a dozen parameters to published polls, test the method on known ones, and write an ensemble.

    Takes about an hour and a half on two processors; the same command goes on where it was stopped.
    """
    from dataclasses import replace

    from spsim import api
    from spsim.api.calibrating import SIZES

    sizes = SIZES["quick" if quick else "full"]
    sizes = replace(sizes, **{key: value for key, value in {"sets": sets, "members": members}.items() if value})

    def stage(title: str) -> AbstractContextManager[Progress | None]:
        return task_progress(title, "task", pace=True)

    with engaged("calibrate", engine, scheduler, workers) as by:
        result = api.calibrate(
            surveys, sizes=sizes, seed=seed, out=out, workers=by, stage=stage, old_bank=old_bank
        )
    title, *lines = result.headline()
    say(title, style="bold")
    for line in lines[:-1]:
        explain(line)
    for grid in result.grids():
        show(table(grid.caption, grid.head, grid.rows))
    for caution in result.cautions():
        complain(f"note: {caution}", style="yellow")
    if quick:
        say("A quick look: too few runs for a result. Leave out --quick for the real one.")
    say(f"Tables, figures and the ensemble are in {result.folder}", style="bold")
