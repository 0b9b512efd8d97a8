"""What every figure of a run needs to know: the powers, the countries, the period, the events, the small print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from spsim._version import __version__
from spsim.analysis.snapshot import decimal_year
from spsim.config import Event, Scenario, month_index, month_text, sets_of
from spsim.data import COUNTRY_NAMES, REGION
from spsim.data.places import HOW_MANY, illustrations, starred
from spsim.ground.words import counted
from spsim.viz.looks import Look, looks
from spsim.viz.style import GREY, INK, INNER, OUTER, PALE, SMALL, Floats, Sheet, sheet, spread

LAST_OBSERVED = 2024
"""The last year of observed inputs where a run carries no table of inputs to tell."""

INSTRUMENT = "expected answers to Gallup's leadership item, no sampling error"


@dataclass(frozen=True)
class Mark:
    """One date at which something is imposed: events under a number, decisions under a letter."""

    sign: str
    when: float
    text: str
    countries: frozenset[str]


def _unbroken(text: str) -> str:
    """Return a short text with spaces at which no line is broken."""
    return text.replace(" ", "\u00a0") if len(text) < 100 else text


@dataclass(frozen=True)
class Context:
    """A run, as the figures look at it."""

    tables: Mapping[str, pd.DataFrame]
    scenario: Scenario
    only: str = ""
    """The one place to draw, where a figure draws places; all if empty."""

    @cached_property
    def powers(self) -> dict[str, Look]:
        """How each power is drawn."""
        return looks(self.scenario.run.powers)

    @cached_property
    def countries(self) -> list[str]:
        """Codes of the countries of the run."""
        return list(self.scenario.run.countries)

    @cached_property
    def places(self) -> list[str]:
        """The countries and, where there are several, the region."""
        if self.only:
            return [self.only]
        return [*self.countries, REGION] if len(self.countries) > 1 else self.countries

    def name(self, place: str) -> str:
        """Return the name of a country or the region; a star leads to a note on what is illustration only."""
        if place == REGION:
            count = len(self.countries)
            if count == 2:
                return "Both countries"
            return f"All {HOW_MANY} countries" if count == len(COUNTRY_NAMES) else f"All {count} countries"
        return starred(place)

    @cached_property
    def dates(self) -> pd.DatetimeIndex:
        """The dates of the run."""
        return pd.DatetimeIndex(np.sort(self.tables["opinion"]["date"].unique()))

    @cached_property
    def years(self) -> Floats:
        """The dates as decimal years."""
        return np.asarray(self.dates.year + (self.dates.month - 1) / 12, dtype=np.float64)

    @cached_property
    def replicates(self) -> int:
        """Number of replicates in the tables."""
        return int(self.tables["opinion"]["replicate"].nunique())

    @cached_property
    def sets(self) -> tuple[int, ...]:
        """The parameter set of each replicate; empty where they differ in chance only."""
        found = sets_of(self.scenario, self.replicates)
        return found if len(set(found)) > 1 else ()

    @property
    def bands(self) -> bool:
        """Whether there is anything to draw a band of."""
        return self.replicates > 1

    @cached_property
    def extrapolated_from(self) -> int:
        """First year whose economic or political inputs are extrapolated, by the marks of the input table."""
        inputs = self.tables.get("inputs")
        if inputs is None or inputs.empty:
            return LAST_OBSERVED + 1
        known = inputs[inputs["variable"].isin(["gdp", "openness"]) & ~inputs["filled"].astype(bool)]
        return (int(known["year"].max()) if len(known) else LAST_OBSERVED) + 1

    @cached_property
    def marks(self) -> list[Mark]:
        """Events and decisions of the period, one mark for each date."""
        events = [e for e in self.scenario.acting_events if set(e.powers) & set(self.powers)]
        return [*self._event_marks(events), *self._lever_marks()]

    def _event_marks(self, events: Sequence[Event]) -> list[Mark]:
        first, last = self.scenario.run.start, self.scenario.run.end
        dated: dict[str, list[tuple[str, set[str]]]] = {}
        for event in events:
            start, end = event.from_ or first, event.to or last
            where: set[str] = {code for code in self.countries if code in event.countries}
            if where and start <= last and end >= first:
                text = f"{event.title or event.name} ({self._span(start, end)}{self._where(where)})"
                dated.setdefault(max(start, first), []).append((_unbroken(text), where))
        return [
            Mark(
                str(n),
                decimal_year(month),
                "; ".join(text for text, _ in found),
                frozenset().union(*(where for _, where in found)),
            )
            for n, (month, found) in enumerate(sorted(dated.items()), start=1)
        ]

    def _lever_marks(self) -> list[Mark]:
        # month -> what is decided -> the countries where, of those that are drawn
        dated: dict[str, dict[tuple[str, str], set[str]]] = {}
        for lever in self.scenario.levers:
            where = {code for code in self.countries if code in (lever.countries or self.countries)}
            owner = f"{self.powers[lever.power].name}: " if lever.power in self.powers else ""
            until = f" to {month_text(month_index(lever.until) - 1)}" if lever.until else ""
            held = ", forced" if lever.hold else ""
            said = f"{owner}{lever.lever.replace('_', ' ')} to {lever.to:g} ({lever.from_}{until}", f"{held})"
            if where:
                dated.setdefault(lever.from_, {}).setdefault(said, set()).update(where)
        return [
            Mark(
                chr(ord("a") + n % 26),
                decimal_year(month),
                "; ".join(_unbroken(f"{head}{self._where(where)}{tail}") for (head, tail), where in found.items()),
                frozenset().union(*found.values()),
            )
            for n, (month, found) in enumerate(sorted(dated.items()))
        ]

    def _where(self, where: set[str]) -> str:
        """Return the countries of an event unless it concerns them all."""
        return "" if where == set(self.countries) else ", " + " ".join(c for c in self.countries if c in where)

    @staticmethod
    def _span(start: str, end: str) -> str:
        return start if start == end else f"{start} to {end}"

    def sheet(
        self,
        title: str,
        reading: str,
        body: float,
        *,
        notes: Sequence[str] = (),
        marks: bool = True,
        width: float = 10.0,
    ) -> Sheet:
        """Return an empty sheet with title, facts of the run, small print and footer.

        Args:
            title: what is to be seen.
            reading: how to read it.
            body: height of the part for axes, inches.
            notes: paragraphs of small print.
            marks: whether the figure marks events.
            width: of the figure, inches.
        """
        run = self.scenario.run
        count = counted(self.replicates, "replicate")
        count += f" of {counted(len(set(self.sets)), 'parameter set')}" if self.sets else ""
        small = list(notes)
        if marks and self.marks:
            small.insert(
                0, "Imposed on the model:  " + "   ".join(f"{mark.sign}\u00a0{mark.text}" for mark in self.marks)
            )
        if marks and self.years[-1] >= self.extrapolated_from:
            small.append(
                f"Grey ground: from {self.extrapolated_from} on the model runs on extrapolated inputs "
                "(Chinese commitments: from 2022 on)."
            )
        small += illustrations(self.countries)
        return sheet(
            title,
            [f"{self.scenario.title} · seed {run.seed} · {count}", reading],
            small,
            f"spsim {__version__} · scenario {self.scenario.name} · seed {run.seed}",
            body,
            self._banner(),
            width,
        )

    def _banner(self) -> str:
        """Return what a reader must know first: states that are pinned, mechanisms that are switched."""
        forced, switches = ", ".join(self.scenario.forced), ", ".join(self.scenario.switches)
        said = [f"forced: {forced} (a state pinned by hand: an experiment of thought)"] if forced else []
        return "; ".join([*said, f"mechanisms switched: {switches}"] if switches else said)

    def statistic(self, *, keyed: bool = False) -> str:
        """Return what lines and bands are; a key may say it of the bands."""
        if self.sets and keyed:
            return "median and two bands"
        if self.sets:
            return "median; outer band: 90 % of all runs, inner band: 90 % by chance alone"
        return "median, 50 and 90 % of replicates" if self.bands else "one replicate, hence no bands"

    @property
    def bars(self) -> str:
        """What the two bars around a mark are, where intervals are drawn as bars."""
        if self.sets:
            return "thin bar: 90 % of all runs, thick bar: 90 % by chance alone"
        return "thick and thin bar: 50 and 90 % of replicates" if self.bands else "one replicate, hence no bars"

    def band_key(self) -> list[Patch]:
        """Return what a key says of the two bands; nothing where replicates differ in chance only."""
        if not self.sets:
            return []
        count = len(set(self.sets))
        words = f"90 % of all runs (chance, {count} parameter sets)", "90 % by chance alone"
        strengths = OUTER, 1 - (1 - OUTER) * (1 - INNER)  # the inner band lies on the outer one
        return [
            Patch(facecolor=INK, alpha=strength, linewidth=0, label=label)
            for label, strength in zip(words, strengths, strict=True)
        ]

    def ground(self, ax: Axes, place: str, *, signs: bool = True, end: float | None = None) -> None:
        """Shade the extrapolated years and mark the events that concern a place; limits must be set before."""
        first, last = ax.get_xlim()
        last = last if end is None else end
        if last > self.extrapolated_from:
            ax.axvspan(max(self.extrapolated_from, first), last, color=PALE, linewidth=0, zorder=0)
        here = [m for m in self.marks if first <= m.when <= last and (place == REGION or place in m.countries)]
        for mark in here:
            ax.axvline(mark.when, color=GREY, linewidth=0.6, linestyle=(0, (1, 1.6)), zorder=1)
        if not signs or not here:
            return
        inches = ax.bbox.width / ax.figure.dpi
        letters = max(len(mark.sign) for mark in here)
        gap = (0.65 * letters + 0.5) * SMALL / 72 / inches * (last - first)
        # where there are more marks than room, every second or third one has its sign; the lines are all there
        here = here[:: int(np.ceil(len(here) * gap / (last - first)))]
        for mark, x in zip(here, spread([mark.when for mark in here], gap, first, last), strict=True):
            ax.annotate(
                mark.sign,
                (x, 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 2.5),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=SMALL,
                color=GREY,
            )
