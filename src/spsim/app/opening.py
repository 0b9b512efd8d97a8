"""With which scenario the page opens; the command line sets it, each visitor reads it."""

from __future__ import annotations

from spsim.config import Resolved, load

_chosen: list[Resolved] = []


def open_with(scenario: Resolved) -> None:
    """Let every visitor begin with a scenario."""
    _chosen[:] = [scenario]


def opening() -> Resolved:
    """Return the scenario that a visitor begins with: the baseline unless another one was set."""
    return _chosen[0] if _chosen else load("baseline")
