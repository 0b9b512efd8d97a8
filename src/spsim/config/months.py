"""Months that a user names, as steps of a run."""

from __future__ import annotations

import re
from bisect import bisect

from spsim.config.errors import ConfigError, Place, Problem
from spsim.config.scenario import RunSettings

ONE_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def step_of(run: RunSettings, month: str, place: Place, earliest: str = "") -> int:
    """Return the number of the step that begins in a month; 0 is the start.

    Args:
        run: its start, end and length of a step.
        month: ``YYYY-MM``.
        place: where the month was named.
        earliest: first month that is allowed; the start of the run if not given.

    Raises:
        ConfigError: this is no month, it lies outside the period, or no step begins in it.
    """
    months = run.months
    first, last = earliest or months[0], months[-1]
    if not ONE_MONTH.fullmatch(month):
        raise ConfigError([Problem(place, "", f"got {month!r}", f"one month, such as {last}")])
    if not first <= month <= last:
        raise ConfigError([Problem(place, "", f"got {month}", f"a month from {first} to {last}")])
    if month not in months:
        after = bisect(months, month)
        nearby = f"{months[after - 1]} or {months[after]}"
        raise ConfigError([Problem(place, "", f"got {month}, between two steps of {run.step_months} months", nearby)])
    return months.index(month)
