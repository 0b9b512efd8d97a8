"""The data pack: the region's tables read once, series without holes, population, outlines and registers.

Tables are read from the folder of the region: the package itself, or a user's own. The papers' claims, and what is
wrong or in tension in them, belong to the model and are the package's in any region.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from spsim.data.fill import build_series
from spsim.data.region import SHIPPED, lacking, region, region_file
from spsim.data.series import COUNTRIES, COUNTRY_NAMES, YEARS, FloatArray, Series, positions

__all__ = [
    "AGES",
    "COUNTRIES",
    "COUNTRY_NAMES",
    "POPULATION_PROJECTED_FROM",
    "POPULATION_YEARS",
    "YEARS",
    "DataPack",
    "Outlines",
    "Series",
    "load_pack",
    "read_table",
]

AGES: Final = range(101)
"""Single years of age; the last one, 100, holds everybody of 100 and more."""

POPULATION_YEARS: Final = range(1991, 2051)
"""Years of the age pyramids."""

POPULATION_PROJECTED_FROM: Final = region().population_projected_from
"""First year of the age pyramids that is a projection."""

Outlines = dict[str, list[list[FloatArray]]]
"""Country -> polygons -> rings (the outer one first, then its holes), each [n, 2] longitude, latitude."""

NEEDED: Final = ("budget_index", "drivers", "population_by_age", "sources")
"""Tables without which nothing runs."""

_PRINTED: Final = ("events", "protests_calibration", "survey_calibration", "un_votes")
"""Tables that a region may lack; what reads one says so."""

_OF_THE_MODEL: Final = frozenset({"claims", "seed_inconsistencies"})


def table_file(name: str) -> Path:
    """Return the file of a table, which the region may lack."""
    return SHIPPED / f"{name}.csv" if name in _OF_THE_MODEL else region_file(f"{name}.csv")


def read_table(name: str) -> pd.DataFrame:
    """Read one table of the region, or of the model.

    Args:
        name: file name without ".csv".

    Returns:
        The table; an empty cell of a text column is "".

    Raises:
        FileNotFoundError: if there is no such table.
    """
    with table_file(name).open(encoding="utf-8-sig") as stream:
        table = pd.read_csv(stream)
    text = table.select_dtypes(exclude="number").columns
    table[text] = table[text].fillna("")
    return table


def read_outlines(name: str) -> Outlines:
    """Read a GeoJSON file; outer rings come out counter-clockwise, holes clockwise.

    The files share ring data between a hole and the country that fills it, whose winding therefore
    carries no meaning; a plotting library that fills by winding would paint over enclaves.
    """
    features = json.loads(region_file(name).read_text(encoding="utf-8"))["features"]
    outlines: Outlines = {}
    for feature in features:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"]
        if geometry["type"] == "Polygon":
            polygons = [polygons]
        outlines[feature["id"]] = [
            [_wind(np.array(ring, dtype=np.float64), outer=index == 0) for index, ring in enumerate(polygon)]
            for polygon in polygons
        ]
    return outlines


def _wind(ring: FloatArray, *, outer: bool) -> FloatArray:
    """Return a closed ring [n, 2] counter-clockwise if `outer`, else clockwise."""
    x, y = ring.T
    counter_clockwise = bool(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) > 0)
    return ring if counter_clockwise is outer else ring[::-1].copy()


@dataclass(frozen=True, eq=False)
class DataPack:
    """All that is known, as the model and its readers use it.

    The accessors hand out copies. `dataclasses.replace` makes a changed pack, for tests of
    `check_pack` and for a user who brings other data.

    Attributes:
        series: name -> series without holes over `YEARS` and `COUNTRIES`.
        tables: name -> shipped table as read; treat as read-only.
    """

    series: Mapping[str, Series]
    tables: Mapping[str, pd.DataFrame]

    @cached_property
    def _pyramids(self) -> FloatArray:
        """[POPULATION_YEARS, COUNTRIES, AGES] persons; nan where the table has no row."""
        table = self.tables["population_by_age"]
        table = table[table["country"].isin(COUNTRIES) & table["year"].isin(POPULATION_YEARS)]
        dense = np.full((len(POPULATION_YEARS), len(COUNTRIES), len(AGES)), np.nan)
        country = pd.Index(COUNTRIES).get_indexer(pd.Index(table["country"]))
        year = table["year"].to_numpy() - POPULATION_YEARS.start
        dense[year, country, table["age"].to_numpy()] = table["population"].to_numpy()
        return dense

    def population(self, countries: Sequence[str], years: Sequence[int]) -> FloatArray:
        """Return mid-year age pyramids.

        Args:
            countries: country codes.
            years: calendar years within 1991-2050; a projection from `POPULATION_PROJECTED_FROM`.

        Returns:
            [years, countries, 101] persons by single year of age, the last class 100 and over.

        Raises:
            KeyError: if a country or year is not covered.
        """
        rows = positions(years, POPULATION_YEARS, "year")
        columns = positions(countries, COUNTRIES, "country")
        return self._pyramids[np.ix_(rows, columns)]

    def adults(self, countries: Sequence[str], years: Sequence[int]) -> FloatArray:
        """Return [years, countries] persons of 18 and over."""
        return np.asarray(self.population(countries, years)[:, :, 18:].sum(axis=2))

    def youth(self, countries: Sequence[str], years: Sequence[int]) -> FloatArray:
        """Return [years, countries] persons of 15 to 24."""
        return np.asarray(self.population(countries, years)[:, :, 15:25].sum(axis=2))

    def budget_knots(self) -> dict[tuple[str, str], list[tuple[float, float]]]:
        """Return (power, channel) -> knots (decimal year, index with 1 = full strength).

        The index is linear between knots and held outside. Two knots of one year are a step: the
        first is the level reached before it, the second holds from that moment on.
        """
        knots: dict[tuple[str, str], list[tuple[float, float]]] = {}
        table = self.tables["budget_index"]
        columns = (table["power"], table["channel"], table["year"], table["index"])
        for power, channel, year, index in zip(*columns, strict=True):
            knots.setdefault((str(power), str(channel)), []).append((float(year), float(index)))
        return knots

    def drivers_table(self, variable: str | None = None) -> pd.DataFrame:
        """Return the recorded rows with source and note, all or those of one variable.

        Raises:
            KeyError: if no row has that variable.
        """
        table = self.tables["drivers"]
        if variable is None:
            return table.copy()
        rows = table[table["variable"] == variable]
        if rows.empty:
            raise KeyError(f"variable {variable!r} is not in drivers.csv")
        return rows.reset_index(drop=True)

    def events_table(self) -> pd.DataFrame:
        """Return dated events; `start` and `end` are months, `precision` says how exact they are.

        An event known only by its year spans January to December.
        """
        return self._printed("events", "the list of dated events")

    def surveys_table(self) -> pd.DataFrame:
        """Return the published survey figures; printed beside the model, never read by it."""
        return self._printed("survey_calibration", "comparing with published polls")

    def protests_table(self) -> pd.DataFrame:
        """Return the published protest counts; printed beside the model, never read by it."""
        return self._printed("protests_calibration", "comparing with counted protest")

    def votes_table(self) -> pd.DataFrame:
        """Return how near each country votes to each power in the UN General Assembly; read by validation only."""
        return self._printed("un_votes", "comparing elites with UN votes")

    def _printed(self, name: str, what: str) -> pd.DataFrame:
        """Return a table that the region may lack; ConfigError if it does."""
        if name not in self.tables:
            raise lacking(f"{name}.csv", what)
        return self.tables[name].copy()

    def sources_table(self) -> pd.DataFrame:
        """Return the register of sources with licence and processing."""
        return self.tables["sources"].copy()

    def inconsistencies_table(self) -> pd.DataFrame:
        """Return what is wrong or in tension in the two papers, and what the model does about it."""
        return self.tables["seed_inconsistencies"].copy()

    def claims_table(self) -> pd.DataFrame:
        """Return the claims of the two papers, one row each."""
        return read_table("claims")

    def outlines(self) -> Outlines:
        """Return the outlines of the countries in degrees; none if the region has no map."""
        facts = region().map
        return read_outlines(facts.countries) if facts else {}

    def neighbour_outlines(self) -> Outlines:
        """Return the coarse outlines of what lies around in degrees: China (CN) and Russia (RU) in the shipped pack.

        Russia crosses 180 degrees east: its far end comes as polygons near -180.
        """
        facts = region().map
        return read_outlines(facts.neighbours) if facts and facts.neighbours else {}


@cache
def load_pack() -> DataPack:
    """Read the pack of the region, once for each process."""
    there = [name for name in _PRINTED if table_file(name).is_file()]
    tables = {name: read_table(name) for name in sorted([*NEEDED, *there, "seed_inconsistencies"])}
    return DataPack(series=build_series(tables["drivers"], tables["sources"]), tables=tables)
