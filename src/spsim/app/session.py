"""One visitor's model: what moves it, what the page may look at, and the thread that plays it.

Whatever happens to the model happens under one lock, and the page reads an immutable view only. So a click in mid-step
waits for the step to end, and a redraw never sees half of one. No method raises: a mistake becomes a message.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from spsim.analysis.snapshot import Snapshot
from spsim.app.levers import pulled
from spsim.config import ConfigError, Place, Problem, Scenario, SpsimError
from spsim.model.simulation import Simulation

BREATH = 0.02
"""Least seconds between two steps of the play, in which the page can draw and answer."""

ROOM = 0.005
"""Seconds between two steps of a pinned run, in which others can work: it is not seen, so it may take longer."""

SLOW_SCREEN = 2.0
"""Seconds after which the play goes on though nobody has said that the last step is on the screen."""

MOST_CITIZENS = 100_000
"""Citizens in all countries together beyond which a step takes too long for a page."""

THREAD = "spsim-session"

log = logging.getLogger(__name__)
Listener = Callable[["View"], None]
Told = TypeVar("Told")


@dataclass(frozen=True)
class View:
    """What the page shows at one moment; ``picked`` is the scenario before any lever was pulled on the page."""

    snapshot: Snapshot
    picked: Scenario
    playing: bool = False
    speed: float = 6.0
    reference: Snapshot | None = None
    completing: bool = False
    message: str = ""


class Session:
    """A model that is stepped, played, reset and branched.

    Args:
        scenario: what is run first.

    Raises:
        ConfigError: it is too large for a page.
    """

    def __init__(self, scenario: Scenario) -> None:
        check_size(scenario)
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._stop = threading.Event()
        self._pin = threading.Event()
        self._drawn = threading.Event()
        self._closed = False
        self._simulation: Simulation | None = Simulation(scenario)
        self._view = View(self._snapshot(), scenario)

    @property
    def view(self) -> View:
        """What the page shows now."""
        return self._view

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with each new view until the function that is returned is called."""
        self._listeners.append(listener)

        def leave() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return leave

    def drawn(self) -> None:
        """Tell that what listeners were told is on the screen: the play waits for it before it goes on."""
        self._drawn.set()

    # what a visitor does ----------------------------------------------------------------------------------------

    def step(self, count: int = 1) -> None:
        """Move by some steps, at most to the end."""

        def work() -> None:
            for _ in range(count):
                if not self._model.finished:
                    self._model.advance()

        self._act(work)

    def year(self) -> None:
        """Move by twelve months."""
        self.step(max(1, 12 // self._view.snapshot.scenario.run.step_months))

    def play(self) -> None:
        """Go on by itself, at the chosen speed, to the end."""

        def work() -> None:
            if self._view.playing or self._model.finished:
                return
            self._stop = threading.Event()
            self._view = replace(self._view, playing=True)
            self._start(self._play, self._stop)

        self._act(work)

    def pause(self) -> None:
        """Stop going on; no step follows."""
        self._act(self._halt)

    def set_speed(self, months_a_second: float) -> None:
        """Choose how fast it goes on; infinity is as fast as the machine can."""

        def work() -> None:
            self._view = replace(self._view, speed=months_a_second)

        self._act(work)

    def reset(self) -> None:
        """Go back to the start of the scenario that was picked, with all levers where they were there."""
        self._act(lambda: self._load(self._view.picked))

    def choose(self, scenario: Scenario) -> None:
        """Start another scenario."""
        self._act(lambda: self._load(scenario))

    def set_seed(self, seed: int) -> None:
        """Start again with other chances."""

        def work() -> None:
            run = self._view.picked.run
            if not 0 <= seed < 2**63:
                raise ConfigError([Problem(Place("seed"), "", f"got {seed}", "a whole number from 0 to 2^63 - 1")])
            self._load(self._view.picked.model_copy(update={"run": run.model_copy(update={"seed": seed})}))

        self._act(work)

    def pull(self, lever: str, power: str, value: float) -> None:
        """Move a lever in all countries from the next step on."""

        def work() -> None:
            model = self._model
            self._simulation = model.branch(pulled(model.world.scenario, model.step_number, lever, power, value))

        self._act(work)

    def pin(self) -> None:
        """Keep the present run as the one to compare with, and run it to its end in the background."""

        def work() -> None:
            self._pin.set()
            self._pin = threading.Event()
            self._view = replace(self._view, reference=self._snapshot(), completing=True)
            model = self._model
            self._start(self._complete, model.branch(model.world.scenario), self._pin)

        self._act(work)

    def unpin(self) -> None:
        """Forget the run of reference."""

        def work() -> None:
            self._pin.set()
            self._view = replace(self._view, reference=None, completing=False)

        self._act(work)

    def say(self, message: str) -> None:
        """Show a message; an empty one takes it away."""
        with self._lock:
            self._view = replace(self._view, message=message)
        self._tell()

    def close(self) -> None:
        """Let go of the model and tell the threads to end; they may outlive the call by a step.

        It does not wait for them: one of them may just be waiting for the page that is being closed.
        """
        with self._lock:
            self._closed = True
            self._stop.set()
            self._pin.set()
            self._simulation = None
            self._listeners.clear()

    # how it is done ---------------------------------------------------------------------------------------------

    @property
    def _model(self) -> Simulation:
        assert self._simulation is not None, "the session is closed"
        return self._simulation

    def _snapshot(self) -> Snapshot:
        model = self._model
        return Snapshot.of(model.world.scenario, model.record, model.step_number)

    def _act(self, work: Callable[[], None], *, by_itself: bool = False) -> None:
        """Do something to the model and show what it has become; what goes on by itself takes no message away."""
        with self._lock:
            if self._closed:
                return
            message = self._view.message if by_itself else ""
            try:
                work()
            except SpsimError as error:
                message = str(error)
            except Exception as error:
                log.exception("a visitor's model failed")
                message = f"internal error, please report it: {type(error).__name__}: {error}"
                self._halt()
            self._view = replace(self._view, snapshot=self._snapshot(), message=message)
        self._tell()

    def _tell(self) -> None:
        if self._listeners:
            self._drawn.clear()
        else:
            self._drawn.set()

        def tell(view: View) -> None:
            for listener in list(self._listeners):
                listener(view)

        tell_newest(tell, lambda: self._view)

    def _load(self, scenario: Scenario) -> None:
        check_size(scenario)
        self._halt()
        self._simulation = Simulation(scenario)
        self._view = replace(self._view, picked=scenario)

    def _halt(self) -> None:
        self._stop.set()
        self._view = replace(self._view, playing=False)

    def _start(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True, name=THREAD)
        thread.start()

    def _play(self, stop: threading.Event) -> None:
        """Step until told to stop, at the pace of the speed that is chosen at the moment."""

        def work() -> None:
            if stop.is_set():
                return
            if not self._model.finished:
                self._model.advance()
            if self._model.finished:
                self._halt()

        due = time.monotonic()
        while not stop.is_set():
            self._act(work, by_itself=True)
            self._drawn.wait(SLOW_SCREEN)  # a page that is told more than it can draw would never end drawing
            due += self._view.snapshot.scenario.run.step_months / self._view.speed
            now = time.monotonic()
            due = max(due, now - 0.5)  # what was missed by more than half a second is not made up for in a rush
            stop.wait(max(due - now, BREATH))

    def _complete(self, model: Simulation, stop: threading.Event) -> None:
        """Run a pinned model to its end."""
        try:
            while not model.finished and not stop.is_set():
                model.advance()
                time.sleep(ROOM)
        except Exception as error:
            log.exception("a pinned model failed")
            with self._lock:
                if not stop.is_set():
                    said = f"the pinned run could not be completed: {type(error).__name__}: {error}"
                    self._view = replace(self._view, completing=False, message=said)
            self._tell()
            return
        with self._lock:
            if self._closed or stop.is_set():
                return
            done = Snapshot.of(model.world.scenario, model.record, model.step_number)
            self._view = replace(self._view, reference=done, completing=False)
        self._tell()


def tell_newest(tell: Callable[[Told], None], newest: Callable[[], Told]) -> None:
    """Tell what is newest, and again if it changed meanwhile, so that the last that is told is the last there is.

    A thread waits for its turn to draw; what it has come to tell may be out of date when its turn comes.
    """
    told: Told | None = None
    while told is not (now := newest()):
        tell(now)
        told = now


def check_size(scenario: Scenario) -> None:
    """Make sure that a scenario is small enough for a page.

    Raises:
        ConfigError: it is not.
    """
    run = scenario.run
    total = run.citizens * len(run.countries)
    if total > MOST_CITIZENS:
        most = MOST_CITIZENS // len(run.countries)
        raise ConfigError([Problem(Place(scenario.name), "run.citizens", f"got {run.citizens:,}",
                                   f"at most {most:,} on the page (`spsim run` takes more)")])
