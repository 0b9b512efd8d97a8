"""Many replicates of what a visitor has made, and their paired difference to the pinned run, in the background."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from spsim.analysis.comparison import Runs
from spsim.app.session import check_size, tell_newest
from spsim.config import ConfigError, Place, Problem, Scenario, SpsimError
from spsim.experiments import compare
from spsim.experiments.workers import run_tasks
from spsim.model.threads import processors

OUTCOMES = ("approval", "elite_approval", "divergence", "protest_events")
MOST_REPLICATES = 200
PAUSE = 0.2
"""Seconds between two signs of progress: a page that is told more than it can draw would never end drawing."""

NOW, REFERENCE = "edited", "reference"
"""Names of the two scenarios in the results; their own may be the same."""

_one_at_a_time = threading.Lock()
"""Ensembles of several visitors run one after the other: together they would only wait for the same processors."""

log = logging.getLogger(__name__)
Status = Literal["idle", "waiting", "running", "stopping", "done", "cancelled", "failed"]
Listener = Callable[["Progress"], None]


class _CancelledError(Exception):
    """The visitor does not want the result any more."""


@dataclass(frozen=True, eq=False)
class Result:
    """What an ensemble gives: outcomes by year, and what was run."""

    compared: compare.Comparison
    runs: Runs
    replicates: int

    @property
    def sets(self) -> tuple[int, ...]:
        """The parameter set of each replicate; empty where they differ in chance only."""
        found = self.compared.sets(self.replicates)
        return found if len(set(found)) > 1 else ()

    @property
    def paired(self) -> bool:
        """Whether there is a run of reference."""
        return REFERENCE in self.runs


@dataclass(frozen=True)
class Progress:
    """How far an ensemble is."""

    status: Status = "idle"
    done: int = 0
    total: int = 0
    result: Result | None = None
    message: str = ""

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.status in {"waiting", "running", "stopping"}


class Ensemble:
    """Runs ensembles for one visitor, one at a time."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._cancel = threading.Event()
        self._lock = threading.Lock()
        self._listener: Listener | None = None

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        return self._progress

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with each progress until the function that is returned is called."""
        self._listener = listener

        def leave() -> None:
            self._listener = None

        return leave

    def start(self, scenario: Scenario, reference: Scenario | None, replicates: int) -> None:
        """Run replicates in the background, of the reference as well where there is one."""
        with self._lock:
            if self._progress.busy:
                return
            self._cancel = threading.Event()
            try:
                compared = plan(scenario, reference, replicates)
            except SpsimError as error:
                self._progress = Progress("failed", message=str(error))
            else:
                self._progress = Progress("waiting", 0, replicates, self._progress.result)
                work = threading.Thread(
                    target=self._run, args=(compared, replicates, self._cancel), daemon=True, name="spsim-ensemble"
                )
                work.start()
        self._tell()

    def cancel(self) -> None:
        """Stop what is under way; replicates that are just being computed are thrown away."""
        with self._lock:
            self._cancel.set()
            if self._progress.busy:
                self._progress = replace(self._progress, status="stopping")
        self._tell()

    def close(self) -> None:
        """Stop what is under way and tell nobody."""
        self._listener = None
        self.cancel()

    def _run(self, compared: compare.Comparison, replicates: int, cancel: threading.Event) -> None:
        found: dict[int, dict[str, Any]] = {}
        shown = 0.0

        def receive(number: int, values: dict[str, Any]) -> None:
            if cancel.is_set():
                raise _CancelledError
            found[number] = values
            nonlocal shown
            if time.monotonic() - shown > PAUSE:
                shown = time.monotonic()
                self._show(cancel, Progress("running", len(found), replicates))

        try:
            while not _one_at_a_time.acquire(timeout=0.2):
                if cancel.is_set():
                    raise _CancelledError
            try:
                self._show(cancel, Progress("running", 0, replicates))
                # two processes at least: in this one, an ensemble would hold up every visitor's page
                run_tasks(compare.measure, compared, range(replicates), receive, max(2, processors()))
            finally:
                _one_at_a_time.release()
            end = Progress("done", replicates, replicates, Result(compared, _gathered(compared, found), replicates))
        except _CancelledError:
            end = Progress("cancelled", len(found), replicates)
        except SpsimError as error:
            end = Progress("failed", message=str(error))
        except Exception as error:
            log.exception("an ensemble failed")
            end = Progress("failed", message=f"internal error, please report it: {type(error).__name__}: {error}")
        with self._lock:
            self._progress = end
        self._tell()

    def _show(self, cancel: threading.Event, progress: Progress) -> None:
        with self._lock:
            if not cancel.is_set():
                self._progress = progress
        self._tell()

    def _tell(self) -> None:
        def tell(progress: Progress) -> None:
            listener = self._listener
            if listener is not None:
                listener(progress)

        tell_newest(tell, lambda: self._progress)


def plan(scenario: Scenario, reference: Scenario | None, replicates: int) -> compare.Comparison:
    """Return what is run: the scenario of reference first, where there is one.

    Raises:
        ConfigError: too many replicates or too few, too large, or two runs that share no draws.
    """
    if not 2 <= replicates <= MOST_REPLICATES:
        raise ConfigError([Problem(Place("ensemble"), "run.replicates", f"got {replicates}",
                                   f"from 2 to {MOST_REPLICATES} on the page (`spsim run` and `compare` take more)")])
    check_size(scenario)
    now = scenario.model_copy(update={"name": NOW})
    if reference is None:
        return compare.Comparison((now,), OUTCOMES)
    return compare.comparison([reference.model_copy(update={"name": REFERENCE}), now], OUTCOMES)


def _gathered(compared: compare.Comparison, found: dict[int, dict[str, Any]]) -> Runs:
    """Return the outcomes of all replicates in their order, whatever the order of the work."""
    return {
        name: {
            outcome: np.array([found[number][name][outcome] for number in sorted(found)], dtype=np.float64)
            for outcome in compared.outcomes
        }
        for name in compared.names
    }
