"""The model's own clock: steps, months, years."""

from __future__ import annotations

from dataclasses import dataclass

from spsim.config import RunSettings, month_index, month_text


@dataclass(frozen=True)
class Clock:
    """Translates steps into dates; step 0 is the start, before anything has moved."""

    first_month: int
    step_months: int
    steps: int

    @classmethod
    def of(cls, run: RunSettings) -> Clock:
        """Return the clock of a run."""
        first, last = month_index(run.start), month_index(run.end)
        return cls(first, run.step_months, (last - first) // run.step_months)

    @property
    def dt(self) -> float:
        """Length of a step in years."""
        return self.step_months / 12

    def month(self, step: int) -> int:
        """Return the month (counted from year 0) in which a step begins."""
        return self.first_month + step * self.step_months

    def year(self, step: int) -> int:
        """Return the calendar year in which a step begins."""
        return self.month(step) // 12

    def decimal_year(self, step: int) -> float:
        """Return the date at which a step begins, as a decimal year."""
        return self.month(step) / 12

    def text(self, step: int) -> str:
        """Return the date at which a step begins as ``YYYY-MM``."""
        return month_text(self.month(step))

    def opens_year(self, step: int) -> bool:
        """Tell whether a calendar year begins between the step before and this one."""
        return step > 0 and self.year(step) > self.year(step - 1)
