"""Bring survey figures: a file in the documented format, or one's own file of the Central Asia Barometer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spsim.config.surveys import read_protests, read_surveys
from spsim.experiments.surveys import barometer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["import_barometer", "read_protests", "read_surveys"]


def import_barometer(
    path: str | Path, wave: int, *, china: str = "", russia: str = "", weight: str = "", country_column: str = "",
    country: str = "", countries: Mapping[str, str] | None = None, codes: Mapping[str, str] | None = None,
    strata: str = "", cluster: str = "", year: int | None = None, month: int | None = None, sheet: str = "",
    note: Callable[[str], None] = print,
) -> pd.DataFrame:
    """Return the shares of answers in a file of the Central Asia Barometer, as rows of the survey format.

    Only shares leave this function, with standard errors under the survey's design (Taylor linearisation; without
    strata and clusters it counts the weights alone). ``rows.to_csv(path, index=False)`` writes them.

    Args:
        path: the file, Excel (.xlsx; needs ``pip install "spsim[surveys]"``) or CSV.
        wave: number of the wave. To wave 6 the columns are OpinionChina, OpinionRussia and totwt, later E1a, E1b and
            FinalWgt1, unless something else is said; which of E1a and E1b asks about which power stands in the
            questionnaire.
        china: column with the opinion of China.
        russia: column with the opinion of Russia.
        weight: column with the weights; "none" for none.
        country_column: column with the country; ``country`` if not given.
        country: code of the country of a file without such a column.
        countries: value of that column -> code, where values are not names or codes; others are left out.
        codes: value -> answer, where values are neither labels nor the usual codes.
        strata: column with the strata.
        cluster: column with the clusters.
        year: year of the interviews; by rule if not given (to wave 12).
        month: month of the interviews; by rule if not given.
        sheet: sheet of the workbook; the first one if not given.
        note: told of everything that was taken for granted or left out.

    Raises:
        ConfigError: with every mistake found.
        SetupError: the library for workbooks is not installed.
    """
    how = barometer.Wave(wave, china, russia, weight, country_column, country, countries or {}, codes or {}, strata,
                         cluster, year, month)
    return barometer.import_barometer(path, how, sheet, note)
