"""``spsim sweep`` and ``spsim merge``: many points of parameters and levers, in one process or on many machines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spsim.cli.experiments import Engine, EngineName, Out, Scheduler, Workers, engaged, explain
from spsim.cli.running import task_progress
from spsim.cli.terminal import Debug, Parameters, complain, guarded, say
from spsim.ground.words import counted

if TYPE_CHECKING:
    from spsim.api import SweepResult

REASONS = 5
"""Most reasons of failed runs that are printed; all of them are in the parts."""


@guarded
def sweep(
    design: Annotated[Path, typer.Argument(metavar="DESIGN", help="A design file (YAML).")],
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Do every N-th part, from the I-th: one job of an array of N.")
    ] = "",
    parameters: Parameters = None,
    out: Out = None,
    workers: Workers = None,
    engine: Engine = EngineName.PROCESSES,
    scheduler: Scheduler = "",
    debug: Debug = False,
) -> None:
    """Run scenarios at many points of parameters and levers; what is stopped goes on where it was."""
    from spsim import api
    from spsim.experiments.sweeps.design import read_design

    plan = read_design(design, run={"parameters": parameters.value} if parameters else None)
    share = parse_shard(shard)
    title = plan.design.title
    with engaged("sweep", engine, scheduler, workers) as by, task_progress(title, "run", pace=True) as report:
        result = api.sweep(plan, out=out, workers=by, shard=share, progress=report)
    tell(result)
    say(whereabouts(result), style="bold")
    if share and result.missing:
        explain(f"This is shard {share[0]} of {share[1]}: `spsim merge` puts the folders of all shards together.")


@guarded
def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of the shards of one sweep.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")],
    debug: Debug = False,
) -> None:
    """Put the shards of a sweep together, as if one machine had run it all."""
    from spsim import api

    result = api.merge(folders, out, lambda text: complain(f"note: {text}", style="yellow"))
    tell(result)
    say(whereabouts(result), style="bold")
    if result.missing:
        count = result.manifest["yields"]["parts"]
        complain(f"missing: {ranges(result.missing)} of {count} parts (numbered from 0); "
                 f"`spsim sweep DESIGN --out {result.folder}` runs them")
        raise typer.Exit(1)


def parse_shard(text: str) -> tuple[int, int] | None:
    """Return i and n of ``i/n``; None where nothing is said.

    Raises:
        ConfigError: it is something else.
    """
    from spsim.config import ConfigError, Place, Problem

    if not text:
        return None
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise ConfigError([Problem(Place("--shard"), "", f"got {text!r}", "i/n with i from 1 to n, such as 2/8")])
    return int(match[1]), int(match[2])


def whereabouts(result: SweepResult) -> str:
    """Return what is where."""
    picture = (result.folder / "sweep.png").is_file()
    return f"Design, points{', parts and a first picture' if picture else ' and parts'} are in {result.folder}"


def tell(result: SweepResult) -> None:
    """Print how many runs there are, and why some failed."""
    done = result.manifest["done"]
    whole = result.manifest["yields"]
    of = f" of {whole['runs']:,}" if result.missing else ""
    say(f"{done['runs']:,}{of} runs at {counted(whole['points'], 'point')}, {done['failed']:,} failed")
    if not done["failed"]:
        return
    reasons = result.failed.groupby("reason", sort=False)["point"].agg(["size", "first"])
    for reason, (count, point) in list(zip(reasons.index, reasons.itertuples(index=False), strict=True))[:REASONS]:
        complain(f"note: {count:,} failed, first at point {point}: {reason}", style="yellow")
    if len(reasons) > REASONS:
        complain(f"note: ... and {len(reasons) - REASONS:,} more reasons: SweepResult.failed", style="yellow")


def ranges(numbers: tuple[int, ...]) -> str:
    """Return numbers in ascending order as text, such as ``3, 7-9``."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][-1] == number - 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return ", ".join("-".join(str(each) for each in span) for span in found)
