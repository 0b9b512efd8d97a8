"""One replicate from start to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace

from spsim.config import Place, Scenario, with_member
from spsim.model.past import Past
from spsim.model.record import Record, Recorder
from spsim.model.start import build
from spsim.model.step import Report, step
from spsim.model.world import World


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C arrive as what it is: in compiled code it becomes the cause of a ``SystemError``, or of its cause."""
    try:
        yield
    except SystemError as error:
        cause: BaseException | None = error
        while isinstance(cause, SystemError):
            cause = cause.__cause__
        if isinstance(cause, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise


class Simulation:
    """A world with its record; ``advance`` moves it by one step, ``run`` to the end.

    A replicate runs with its own parameter set of the ensemble, unless the scenario says ``run.parameters: defaults``;
    ``world.scenario`` holds the numbers that it runs with. With ``events_only`` the record holds protest events and
    nothing else, which saves a quarter of the time of small runs.
    """

    def __init__(self, scenario: Scenario, replicate: int = 0, *, events_only: bool = False) -> None:
        with interruptible():
            self.world: World = build(with_member(scenario, replicate), replicate)
            self.recorder = Recorder(self.world, events_only=events_only)
        self.step_number, self._behind = 0, True
        self._catch_up()

    @classmethod
    def resume(cls, world: World, record: Record, step_number: int) -> Simulation:
        """Return a simulation that goes on from a world at the date ``step_number``.

        Args:
            world: becomes the simulation's own.
            record: what was written down up to and with that date; it is copied.
            step_number: number of the step that comes next.
        """
        made = cls.__new__(cls)
        made.world, made.recorder, made.step_number, made._behind = world, Recorder(world), step_number, False
        made.recorder.take_over(record, step_number)
        return made

    @property
    def record(self) -> Record:
        """What has been written down so far."""
        return self.recorder.record

    @property
    def date(self) -> str:
        """The present date as ``YYYY-MM``."""
        return self.world.clock.text(self.step_number)

    @property
    def finished(self) -> bool:
        """Whether the last month has been reached."""
        return self.step_number >= self.world.clock.steps

    def advance(self) -> Report:
        """Move by one step.

        Raises:
            ValueError: the end has been reached.
        """
        if self.finished:
            raise ValueError(f"the run has ended in {self.date}")
        with interruptible():
            report = self._step()
            self._catch_up()
        return report

    def run(self, until: int | None = None) -> Record:
        """Move to the end, or to the date of step ``until``, and return the record."""
        end = self.world.clock.steps if until is None else min(until, self.world.clock.steps)
        with interruptible():
            try:
                while self.step_number < end:
                    self._step()
            finally:
                self._catch_up()
        return self.record

    def _step(self) -> Report:
        """Move by one step and write down what moved whom; the date before is written down while citizens move."""
        report = step(self.world, self.step_number, self._catch_up)
        self.step_number += 1
        self._behind = True
        self.recorder.moved(self.step_number, report)
        return report

    def _catch_up(self) -> None:
        """Write down the present date, if that is not yet done."""
        if self._behind:
            self.recorder.observe(self.step_number)
            self._behind = False

    def branch(self, scenario: Scenario) -> Simulation:
        """Return a simulation of another scenario with the same past, at the same date; this one stays as it is.

        It gives to the last bit what a simulation of that scenario from its start would give.

        Args:
            scenario: its levers and events may differ after the present date only; of its run settings ``end`` and
                ``replicates`` may differ.

        Raises:
            ConfigError: it has another past.
        """
        world, step = self.world, self.step_number
        scenario = with_member(scenario, world.replicate)
        past, coming = Past(world.scenario, world.clock, world.inputs, step), Past.of(scenario, step)
        past.require(coming, Place(f"branch in {self.date}"))
        ties = world.state.network  # nothing ever changes them: branches share them
        state = deepcopy(world.state, {id(ties): ties})
        return Simulation.resume(
            replace(world, scenario=scenario, clock=coming.clock, inputs=coming.inputs, state=state), self.record, step
        )
