"""The part of one run: where opinion stands, what moved it, protest, education, generations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spsim.analysis.attribution import START
from spsim.analysis.outcomes import OUTCOMES
from spsim.analysis.records import NEEDED, records_of
from spsim.analysis.snapshot import Snapshot
from spsim.config import Scenario, load
from spsim.data import REGION
from spsim.model.clock import Clock
from spsim.model.record import Record
from spsim.reports import registers
from spsim.reports.folders import Folder
from spsim.viz.looks import looks
from spsim.viz.svg.ensemble import band_words
from spsim.viz.svg.timeline import Mark, timeline
from spsim.viz.svg.yearly import Course

Floats = NDArray[np.float64]


class Run:
    """A run as it was read from its directory, replicate by replicate."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.scenario: Scenario = load(folder.path / "scenario.yaml").scenario
        self.records: list[Record] = records_of(self.scenario, {name: folder.table(name) for name in NEEDED})
        self.clock = Clock.of(self.scenario.run)
        self.names = looks(self.scenario.run.powers)
        self.places = registers.place_names(self.scenario.run.countries)
        self._read: dict[str, Floats] = {}

    @cached_property
    def snapshots(self) -> list[Snapshot]:
        """The last date of each replicate, with all before it."""
        return [Snapshot.of(self.scenario, record, self.clock.steps) for record in self.records]

    @cached_property
    def mean(self) -> Snapshot:
        """The last date of the mean of the replicates, for pictures that show one number a country."""
        first = self.records[0]
        mean = Record(**{
            name: np.mean([getattr(record, name) for record in self.records], axis=0)
            for name in ("opinion", "divergence", "country", "country_power")
        }, cohorts=first.cohorts, contributions=first.contributions, reach=first.reach, terms=first.terms)
        return Snapshot.of(self.scenario, mean, self.clock.steps)

    @cached_property
    def sets(self) -> tuple[int, ...]:
        """The parameter set of each replicate, as the run wrote it; empty where they differ in chance only."""
        found = self.folder.manifest.get("parameters_from", {}).get("member_of_replicate", ())
        return tuple(found) if len(set(found)) > 1 else ()

    @property
    def bands(self) -> str:
        """What lines and bands are, in words."""
        return band_words(self.sets) if len(self.records) > 1 else "one replicate, hence no bands"

    @property
    def spread(self) -> str:
        """What the 90 % beside a level are of, in words."""
        return "all runs" if self.sets else "replicates"

    @cached_property
    def of_year(self) -> NDArray[np.int64]:
        """The year of each date."""
        return np.array([self.clock.year(step) for step in range(self.clock.steps + 1)])

    @cached_property
    def years(self) -> list[int]:
        """The years of the run."""
        return sorted(set(self.of_year.tolist()))

    @property
    def main(self) -> str:
        """The place that is shown at first: the region, or the only country."""
        return next(iter(self.places))

    @property
    def extrapolated_from(self) -> int:
        """First year whose inputs are extrapolated."""
        return self.mean.extrapolated_from

    def marks(self, place: str) -> list[Mark]:
        """What was imposed and decided in a place."""
        return timeline(self.scenario, place)

    def outcome(self, name: str, place: str, power: str = "") -> Floats:
        """Return an outcome by year, [replicates, years]."""
        if name not in self._read:
            self._read[name] = np.stack(
                [OUTCOMES[name].yearly(record, self.scenario, self.years) for record in self.records]
            )
        values = self._read[name][:, :, self.snapshots[0].place(place)]
        return values[..., self.scenario.run.powers.index(power)] if power else values

    def yearly(self, read: Callable[[Snapshot], Floats]) -> Floats:
        """Return yearly means of a series of each replicate, [replicates, years]; nan where nothing is known."""
        dated = np.stack([read(snapshot) for snapshot in self.snapshots])
        return np.stack([_mean(dated[:, self.of_year == year]) for year in self.years], axis=1)

    def course(self, name: str, colour: str, values: Floats, **look: object) -> Course:
        """Return a line of a chart with its bands, from values [replicates, years]."""
        return Course.of(name, colour, values, self.sets, **look)

    def moved(self, place: str) -> tuple[list[str], Floats, Floats]:
        """Return channels, what each has added to affect and is still there in hundredths, and its reach in per cent.

        Both are [replicates, powers, channels]; reach is nan where the notion has no sense.
        """
        found = [snapshot.moved(place) for snapshot in self.snapshots]
        names = [channel for kind, channel in found[0][0] if (kind, channel) != START]
        kept = slice(0, len(names))
        return (
            names, 100 * np.stack([standing[:, kept] for _, standing, _ in found]),
            100 * np.stack([reach[:, kept] for _, _, reach in found]),
        )

    def total(self, place: str) -> Floats:
        """Return the change of mean public affect since the start in hundredths, [replicates, powers]."""
        found = [snapshot.moved(place)[1].sum(axis=1) for snapshot in self.snapshots]
        return 100 * np.stack(found)

    @property
    def region(self) -> str:
        """The main place in a sentence."""
        return "the region" if self.main == REGION else self.places[self.main].rstrip("*")


def _mean(values: Floats) -> Floats:
    """Return means over the dates of a year, [replicates, dates] -> [replicates]; nan where all are."""
    known = np.isfinite(values)
    sums, counts = np.where(known, values, 0).sum(axis=1), known.sum(axis=1)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))
