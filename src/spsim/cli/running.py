"""``spsim run``: compute a scenario, write its results, print the table that answers first questions."""

from __future__ import annotations

import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spsim.cli.terminal import (
    Debug,
    Parameters,
    ScenarioName,
    Settings,
    complain,
    console,
    guarded,
    parse_settings,
    say,
)

if TYPE_CHECKING:
    from rich.console import Console

    from spsim.config import RunSettings
    from spsim.experiments.workers import Helper

RUNS = Path("runs")
PLAIN_LINES = 10
"""Most lines of progress where the output is not a terminal."""


@guarded
def run(
    scenario: ScenarioName,
    replicates: Annotated[
        int | None, typer.Option(min=1, metavar="N", max=1_000_000, help="Runs; two in a row share a parameter set.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, metavar="N", help="Root of all randomness.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to write, which must be new or empty; runs/NAME if left out."),
    ] = None,
    settings: Settings = None,
    parameters: Parameters = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Parallel processes; one for each core if left out.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables as CSV, too.")] = False,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Write no figures.")] = False,
    save_state: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="Keep the state of this month, for other scenarios to start from."),
    ] = None,
    state_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for --save-state, new or empty; beside --out if left out."),
    ] = None,
    from_state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Start from saved states; levers and events may differ after their month."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Run a scenario and write its tables and figures."""
    from spsim.config import load

    resolved = load(scenario, parse_settings(settings, parameters))
    folder = output_folder(out, resolved.scenario.name)
    probe_writable(folder)
    states = state_folder(state_dir, save_state, folder, resolved.scenario.run)

    with figure_helper(not no_figures) as helper:  # heavy: only when the input is known to be good
        from spsim import api

        count = replicates or resolved.scenario.run.replicates
        with task_progress(resolved.scenario.title, "replicate" if count > 1 else "year") as report:
            result = api.run(
                resolved, replicates=replicates, seed=seed, workers=workers, progress=report, save_state=save_state,
                state_dir=states, from_state=from_state,
            )
        if states is not None:
            say(f"The state of {save_state} is in {states}", style="bold")
        with writing_progress() as note:
            if folder.is_dir():
                folder.rmdir()  # empty, see output_folder: results come into place by a rename
            written = result.save(folder, csv=csv, figures=not no_figures, progress=note, helper=helper)

    from spsim.cli.summary import print_summary

    print_summary(result.summary(), result.interval)
    say()
    for line in result.notes:
        say(textwrap.fill(line, console().width))
    for warning in result.warnings:
        complain(f"note: {warning}", style="yellow")
    say(f"{'Tables' if no_figures else 'Figures and tables'} are in {written}", style="bold")


@contextmanager
def figure_helper(wanted: bool) -> Iterator[Helper | None]:
    """Start a process that gets ready to draw while the run is computed, where there is a processor for it."""
    from spsim.experiments.workers import Helper
    from spsim.model import threads

    if not wanted or threads.processors() < 2:
        yield None
        return
    with Helper(import_figures) as helper:
        yield helper


def import_figures() -> None:
    """Load what figures need: matplotlib takes long to import."""
    import spsim.viz  # noqa: F401


def output_folder(wanted: Path | None, name: str) -> Path:
    """Return the folder to write: the one wanted, or a new one below ``runs``. Nothing is ever overwritten.

    Raises:
        ConfigError: the folder wanted exists and holds something.
    """
    if wanted is None:
        folder, number = RUNS / name, 2
        while folder.exists():
            folder, number = RUNS / f"{name}-{number}", number + 1
        return folder
    refuse_full(wanted, "--out")
    return wanted


def state_folder(wanted: Path | None, month: str | None, folder: Path, settings: RunSettings) -> Path | None:
    """Return the folder for the state of a month: the one wanted, or one beside the folder of the run.

    Raises:
        ConfigError: no state can be saved in this month, or not in this folder.
        SetupError: a folder above it cannot be written.
    """
    from spsim.config import ConfigError, Place, Problem
    from spsim.config.months import step_of

    if month is None:
        if wanted is not None:
            raise ConfigError([Problem(Place(f"--state-dir {wanted}"), "", "needs --save-state", "a month to save")])
        return None
    step_of(settings, month, Place(f"--save-state {month}"))
    chosen = wanted or folder.with_name(f"{folder.name}-state-{month}")
    if chosen.absolute().is_relative_to(folder.absolute()):
        inside = f"lies in {folder}, which is written at the end of the run"
        raise ConfigError([Problem(Place(f"--state-dir {chosen}"), "", inside, "a folder of its own")])
    refuse_full(chosen, "--state-dir")
    probe_writable(chosen)
    return chosen


def refuse_full(folder: Path, option: str) -> None:
    """Make sure that a folder is new or empty.

    Raises:
        ConfigError: it exists and holds something.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        from spsim.config import ConfigError, Place, Problem

        raise ConfigError([Problem(Place(f"{option} {folder}"), "", "exists already", "a new or empty folder")])


def probe_writable(folder: Path) -> None:
    """Make sure that ``folder`` can be made, before anything is computed in vain; leave nothing behind.

    Raises:
        SetupError: a folder above it cannot be written, or is a file.
    """
    from spsim.config import SetupError

    above = folder.absolute().parent
    try:
        while not above.exists() and above != above.parent:
            above = above.parent
        with tempfile.TemporaryDirectory(dir=above, prefix=".spsim-"):
            pass
    except OSError as error:
        raise SetupError(f"{folder}: cannot be made: {above}: {error.strerror or error}") from None


@contextmanager
def task_progress(title: str, unit: str, *, pace: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show how many tasks are done: a bar on a terminal, a few plain lines elsewhere.

    Args:
        title: what is computed.
        unit: what one task is called.
        pace: say how fast it goes, and how long the rest takes at this pace.
    """
    speed = Pace() if pace else None
    screen = console(stderr=True)
    if not screen.is_terminal:
        screen.print(f"running: {title}", soft_wrap=True)
        yield PlainProgress(screen, unit, speed)
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}") if pace else TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(f"{unit}s", total=None, pace="")
        yield lambda done, total: bar.update(
            task, completed=done, total=total, pace=speed.note(done, total) if speed else ""
        )


class Pace:
    """Tells how fast tasks are done and how long the rest takes; what was done before the start does not count."""

    def __init__(self) -> None:
        self.before: int | None = None
        self.begun = 0.0

    def note(self, done: int, total: int) -> str:
        """Return the pace in words, ``3.2 a second, 2 min left``; nothing before the first task is done."""
        now = time.monotonic()
        if self.before is None:
            self.before, self.begun = done, now
        if done == self.before or now == self.begun:
            return ""
        rate = (done - self.before) / (now - self.begun)
        speed = f"{rate:.1f} a second" if rate >= 1 else f"{rate * 60:.1f} a minute"
        seconds = (total - done) / rate
        left = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
        if seconds >= 90 * 60:
            left = f"{seconds / 3600:.1f} h"
        return f"{speed}, {left} left" if done < total else speed


class PlainProgress:
    """Prints at most :data:`PLAIN_LINES` lines, evenly spread."""

    def __init__(self, screen: Console, unit: str, pace: Pace | None = None) -> None:
        self.screen, self.unit, self.pace = screen, unit, pace
        self.printed = 0

    def __call__(self, done: int, total: int) -> None:
        """Note that ``done`` of ``total`` tasks are ready."""
        reached = done * PLAIN_LINES // max(total, 1)
        speed = self.pace.note(done, total) if self.pace else ""
        if done and reached > self.printed:
            self.printed = reached
            text = f"{self.unit} {done} of {total} ({done / total:.0%})".replace("%", " %")
            self.screen.print(f"{text}, {speed}" if speed else text)


@contextmanager
def writing_progress() -> Iterator[Callable[[str], None]]:
    """Show what is being written: a spinner on a terminal, one line elsewhere."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        screen.print("writing tables and figures")
        yield lambda _: None
        return
    with screen.status("writing") as status:
        yield lambda text: status.update(f"writing {text}")
