"""One replicate from start to end."""

from __future__ import annotations

from spsim.config import Scenario
from spsim.model.record import Record, Recorder
from spsim.model.start import build
from spsim.model.step import Report, step
from spsim.model.world import World


class Simulation:
    """A world with its record; ``advance`` moves it by one step, ``run`` to the end."""

    def __init__(self, scenario: Scenario, replicate: int = 0) -> None:
        self.world: World = build(scenario, replicate)
        self.recorder = Recorder(self.world)
        self.recorder.observe(0)
        self.step_number = 0

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
        report = step(self.world, self.step_number)
        self.step_number += 1
        self.recorder.moved(self.step_number, report)
        self.recorder.observe(self.step_number)
        return report

    def run(self) -> Record:
        """Move to the end and return the record."""
        while not self.finished:
            self.advance()
        return self.record
