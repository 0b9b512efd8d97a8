"""What the commands share that run many scenarios: options, words for numbers, and how they are stopped."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spsim.cli.terminal import complain, console, say
from spsim.display import POWER_NAMES

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from spsim.config import ConfigError

HEAD = 10
"""Letters in a line of a column's head."""

Workers = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Parallel processes; one for each core if left out.")
]


class EngineName(StrEnum):
    """Who does the work."""

    SERIAL = "serial"
    PROCESSES = "processes"
    DASK = "dask"


Engine = Annotated[
    EngineName, typer.Option(help="This process alone, several processes, or a dask cluster of many machines.")
]
Scheduler = Annotated[
    str, typer.Option(metavar="ADDRESS", help="For --engine dask: where its scheduler is, such as tcp://host:8786.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of the results; what it holds already is not run again.")
]
Outcomes = Annotated[
    list[str] | None, typer.Option("--outcome", metavar="NAME", help="approval, divergence, ...; may be repeated.")
]
Seed = Annotated[int | None, typer.Option(min=0, max=2**63 - 1, metavar="N", help="Root of all randomness.")]


def explain(text: str, style: str = "") -> None:
    """Print a paragraph as wide as the screen."""
    say(textwrap.fill(text, console().width), style)


@contextmanager
def resumable(command: str) -> Iterator[None]:
    """Say how to go on when the user stops work whose finished parts are kept."""
    try:
        yield
    except KeyboardInterrupt:
        complain(f"stopped; what was finished is kept: the same `spsim {command}` goes on from there")
        raise typer.Exit(130) from None


@contextmanager
def engaged(
    command: str, engine: EngineName, scheduler: str, workers: int | None, *, kept: bool = True
) -> Iterator[int | Executor | None]:
    """Give what does the work: a number of processes, or an executor.

    Args:
        command: what goes on where it was stopped.
        engine: who does the work.
        scheduler: address of a dask scheduler.
        workers: number of processes.
        kept: whether what was finished is kept when the user stops it.

    Raises:
        ConfigError: the options do not fit each other, or no scheduler answers.
    """
    if (engine is EngineName.DASK) != bool(scheduler):
        raise wrong("--scheduler", scheduler, "the address of a dask scheduler with --engine dask, and only then")
    if workers is not None and engine is not EngineName.PROCESSES:
        raise wrong("--workers", str(workers), "only with --engine processes")
    with resumable(command) if kept else nullcontext():
        if engine is EngineName.DASK:
            from spsim.experiments.cluster import dask_executor

            with dask_executor(scheduler) as executor:
                yield executor
        else:
            yield 1 if engine is EngineName.SERIAL else workers


def parse_years(text: str) -> tuple[int, int] | None:
    """Return the first and the last year of ``2015-2024`` or ``2015``; None where nothing is said."""
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text)
    if match is None:
        raise wrong("--years", text, "a year or two, such as 2015-2024")
    return int(match[1]), int(match[2] or match[1])


def place_asked(country: str, countries: Sequence[str]) -> str:
    """Return the country of a run that is asked for, or what stands for the region if none is.

    Raises:
        ConfigError: it is not in the run.
    """
    from spsim.data import REGION

    if country and country not in (*countries, REGION):
        raise wrong("--country", country, ", ".join([*countries, f"{REGION} (the region)"]))
    return country or REGION


def wrong(option: str, got: str, allowed: str) -> ConfigError:
    """Return the error for an option with a value that it cannot have."""
    from spsim.config import ConfigError, Place, Problem

    return ConfigError([Problem(Place(option), "", f"got {got!r}", allowed)])


def head(outcome: str, power: str) -> str:
    """Return the head of a column: outcome, power and unit in short lines."""
    from spsim.analysis.outcomes import OUTCOMES

    known = OUTCOMES[outcome]
    return "\n".join(
        [*textwrap.wrap(known.title, HEAD), *([POWER_NAMES.get(power, power)] if power else []),
         *textwrap.wrap(known.unit, HEAD)]
    )
