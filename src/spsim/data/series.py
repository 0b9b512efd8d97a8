"""The unit of data: one variable for all countries and years, with the mark of every filled cell.

A `Series` never has a hole. A cell that was not recorded says so (`filled`) and names the rule
that filled it (`rule`), so that figures can shade it and reports can count it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.data.region import region

FloatArray = NDArray[np.float64]

COUNTRY_NAMES: Final = dict(region().countries)
"""ISO code -> name of the countries of the region."""

COUNTRIES: Final = tuple(COUNTRY_NAMES)
"""Codes of the countries, in the order of every array of the package."""

REGION: Final = region().code
"""What stands for the region as a whole in tables."""

YEARS: Final = range(2000, 2051)
"""Years that every series covers."""


def positions(wanted: Sequence[Any], known: Sequence[Any], what: str) -> NDArray[np.intp]:
    """Find where items stand in a list of known ones.

    Args:
        wanted: items to find.
        known: items in the order of an array axis.
        what: word for an item in the error message, for example "country".

    Returns:
        [len(wanted)] index of each item in `known`.

    Raises:
        KeyError: if an item is unknown; the message names it and the known range.
    """
    where = {item: index for index, item in enumerate(known)}
    missing = [item for item in wanted if item not in where]
    if missing:
        raise KeyError(f"{what} {missing[0]!r} is not in the data ({known[0]} .. {known[-1]})")
    return np.array([where[item] for item in wanted], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Series:
    """One yearly variable of all countries, without holes; its arrays are read-only copies.

    Attributes:
        name: short name, the key in `DataPack.series`.
        description: one sentence.
        unit: unit of `values`.
        source: id of a row of `sources.csv`.
        years: [years] calendar years.
        countries: country codes, the second axis of the tables below.
        values: [years, countries] in `unit`.
        filled: [years, countries] True where the cell was not recorded.
        rule: [years, countries] text of the filling rule, "" where the cell was recorded.
    """

    name: str
    description: str
    unit: str
    source: str
    years: NDArray[np.int64]
    countries: tuple[str, ...]
    values: FloatArray
    filled: NDArray[np.bool_]
    rule: NDArray[np.object_]

    def __post_init__(self) -> None:
        """Copy the arrays and lock the copies, and refuse shapes that do not fit.

        Raises:
            ValueError: if a table is not [years, countries].
        """
        shape = (len(self.years), len(self.countries))
        for name in ("years", "values", "filled", "rule"):
            array = np.array(getattr(self, name))
            if name != "years" and array.shape != shape:
                raise ValueError(f"series {self.name}: {name} has shape {array.shape}, expected {shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def at(self, country: str, year: int) -> float:
        """Return one cell in `unit`; KeyError if the country or year is not covered."""
        return float(self.select([country], [year])[0, 0])

    def select(self, countries: Sequence[str], years: Sequence[int]) -> FloatArray:
        """Return some cells in the order asked for.

        Args:
            countries: country codes.
            years: calendar years.

        Returns:
            [years, countries] a new array in `unit`.

        Raises:
            KeyError: if a country or year is not covered.
        """
        return self.values[self._cells(countries, years)]

    def select_filled(self, countries: Sequence[str], years: Sequence[int]) -> NDArray[np.bool_]:
        """Return [years, countries] True where the cell was filled by a rule."""
        return self.filled[self._cells(countries, years)]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a cell: year, country, variable, value, unit, filled, rule, source."""
        n_years, n_countries = self.values.shape
        return pd.DataFrame(
            {
                "year": np.repeat(self.years, n_countries),
                "country": list(self.countries) * n_years,
                "variable": self.name,
                "value": self.values.ravel(),
                "unit": self.unit,
                "filled": self.filled.ravel(),
                "rule": self.rule.ravel().astype(str),
                "source": self.source,
            }
        )

    def _cells(
        self, countries: Sequence[str], years: Sequence[int]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        rows = positions(years, self.years.tolist(), "year")
        columns = positions(countries, self.countries, "country")
        mesh = np.ix_(rows, columns)
        return mesh[0], mesh[1]
