"""Scenarios that share a past: it is run once, and each goes on from where it parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spsim.config import Scenario, with_member
from spsim.model.past import shared_steps
from spsim.model.simulation import Simulation


@dataclass(frozen=True)
class Family:
    """Scenarios, the first of which the others part from."""

    scenarios: Sequence[Scenario]

    def parting(self, replicate: int) -> list[int]:
        """Return the last step that each scenario shares with the first; -1 for one that differs from the start.

        It is that of one replicate: a number of its parameter set may decide whether two inputs are the same.
        """
        first, *others = (with_member(scenario, replicate) for scenario in self.scenarios)
        steps = [shared_steps(first, other) for other in others]
        return [len(first.run.months), *(-1 if step is None else step for step in steps)]

    def simulations(self, replicate: int) -> Iterator[tuple[int, Simulation]]:
        """Give the index of each scenario and its simulation, ready to run to the end, those that part first first.

        Each gives to the last bit what a simulation from the start would give.
        """
        parting = self.parting(replicate)
        first = Simulation(self.scenarios[0], replicate)
        for index in sorted(range(1, len(self.scenarios)), key=parting.__getitem__):
            step, scenario = parting[index], self.scenarios[index]
            if step < 0:
                yield index, Simulation(scenario, replicate)
            else:
                first.run(until=step)
                yield index, first.branch(scenario)
        yield 0, first
