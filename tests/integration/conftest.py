"""What several tests of branching share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from branched import at, scenario

from spsim.model.simulation import Simulation


@pytest.fixture(scope="session")
def commons() -> Callable[..., Simulation]:
    """Return a function that gives a simulation of the small scenario at a date, computed once."""
    kept: dict[str, Simulation] = {}

    def common(date: str, **overrides: Any) -> Simulation:
        key = f"{date} {overrides}"
        if key not in kept:
            kept[key] = at(date, scenario(**overrides))
        return kept[key]

    return common
