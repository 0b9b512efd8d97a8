"""With which scenario the page opens; the command line sets it, each visitor reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spsim.config import Scenario, load


@dataclass(frozen=True)
class Opening:
    """A scenario, the name or path under which it was asked for, and what was set above it."""

    scenario: Scenario
    source: str
    settings: Mapping[str, Any] = field(default_factory=dict)


_chosen: list[Opening] = []


def open_with(chosen: Opening) -> None:
    """Let every visitor begin with a scenario."""
    _chosen[:] = [chosen]


def opening() -> Opening:
    """Return what a visitor begins with: the baseline unless something else was set."""
    return _chosen[0] if _chosen else Opening(load("baseline").scenario, "baseline")
