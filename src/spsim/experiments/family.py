"""Scenarios that share a past: it is run once, and each goes on from where it parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from spsim.config import Scenario
from spsim.model.past import shared_steps
from spsim.model.simulation import Simulation


@dataclass(frozen=True)
class Family:
    """Scenarios, the first of which the others part from."""

    scenarios: Sequence[Scenario]

    @cached_property
    def parting(self) -> list[int]:
        """Last step that each scenario shares with the first; -1 for one that differs from the start."""
        steps = [shared_steps(self.scenarios[0], other) for other in self.scenarios[1:]]
        return [len(self.scenarios[0].run.months), *(-1 if step is None else step for step in steps)]

    def simulations(self, replicate: int) -> Iterator[tuple[int, Simulation]]:
        """Give the index of each scenario and its simulation, ready to run to the end, those that part first first.

        Each gives to the last bit what a simulation from the start would give.
        """
        first = Simulation(self.scenarios[0], replicate)
        for index in sorted(range(1, len(self.scenarios)), key=self.parting.__getitem__):
            step, scenario = self.parting[index], self.scenarios[index]
            if step < 0:
                yield index, Simulation(scenario, replicate)
            else:
                first.run(until=step)
                yield index, first.branch(scenario)
        yield 0, first
