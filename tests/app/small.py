"""A small run for the tests of the page, and what they share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from spsim.config import Scenario, load_text

SMALL: dict[str, Any] = {"citizens": 200, "elites": 6, "pipeline_agents": 1, "start": "2015-01", "end": "2017-12"}


def small(text: str = "", **overrides: Any) -> Scenario:
    """Return the baseline as a small run; ``text`` is added to the file."""
    base = f"schema: 1\nname: small\ntitle: A small run\nextends: baseline\n{text}"
    return load_text(base, overrides={**SMALL, **overrides}).scenario


def wait_for(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.01)
