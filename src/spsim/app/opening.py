"""With which scenario the page opens; the command line sets it, each visitor reads it."""

from __future__ import annotations

from spsim.config import Scenario, load

_chosen: list[Scenario] = []


def open_with(scenario: Scenario) -> None:
    """Let every visitor begin with a scenario."""
    _chosen[:] = [scenario]


def first_scenario() -> Scenario:
    """Return the scenario that a visitor begins with: the baseline unless another one was set."""
    return _chosen[0] if _chosen else load("baseline").scenario
