"""Rolling origins: fit to what was known up to a year, forecast what came after it, and score that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from spsim.analysis import duels, naive
from spsim.analysis.scoring import score

COLUMNS = (
    "origin", "row", "label", "series", "year", "value", "median", "p05", "p25", "p75", "p95", "error",
    "absolute_error", "crps", "inside_50", "inside_90", "persistence", "persistence_crps",
)


@dataclass(frozen=True)
class Origin:
    """A year, the numbers of the rows that are known at its end, and of those that come after it and are scored."""

    year: int
    fit: tuple[int, ...]
    score: tuple[int, ...]


Forecast = Callable[[Origin], pd.DataFrame]
"""Fits to the rows ``origin.fit`` and to no others, and returns draws (row, draw, value) of ``origin.score``."""


def rolling_origins(observed: pd.DataFrame) -> list[Origin]:
    """Return the years up to which one can fit so that something remains to be scored.

    Scored are rows of series, that is of questions that were asked in two or more years, and values that are a change
    against the year before. Origins are the last years of such rows. All rows up to the origin are known then, also
    those that form no series; a value over a range of years is known at its end, and scored only if all of the range
    comes after the origin. A row that says the same of the same years as an earlier one is a second source for one
    poll: it is neither known nor scored.

    Args:
        observed: rows with the columns of :data:`spsim.analysis.scoring.OBSERVED`.
    """
    observed = observed.drop_duplicates(["series", "kind", "first_year", "last_year", "value"])
    spans = observed[["series", "kind", "first_year", "last_year"]].drop_duplicates()
    again = spans.groupby(["series", "kind"]).size()
    keys = pd.MultiIndex.from_frame(observed[["series", "kind"]])
    in_series = (again.reindex(keys) > 1).to_numpy() | (observed["kind"] == "change").to_numpy()
    found = []
    for year in sorted(set(observed.loc[in_series, "last_year"].tolist())):
        known = observed["last_year"] <= year
        later = in_series & (observed["first_year"] > year)
        if later.any():
            found.append(Origin(int(year), tuple(observed.loc[known, "row"]), tuple(observed.loc[later, "row"])))
    return found


def hindcast(observed: pd.DataFrame, forecast: Forecast) -> pd.DataFrame:
    """Return how forecasts from each origin did, beside persistence from what was known then.

    Args:
        observed: rows with the columns of :data:`spsim.analysis.scoring.OBSERVED`.
        forecast: what fits and forecasts.

    Returns:
        A row for each origin and later poll, with :data:`COLUMNS`; persistence is empty where the series has no value
        up to the origin, and its CRPS also where no known polls tell how fast polls move.
    """
    tables = []
    for origin in rolling_origins(observed):
        known, later = (observed[observed["row"].isin(rows)] for rows in (origin.fit, origin.score))
        scored = score(later, forecast(origin))
        simple = naive.score_forecasts(naive.forecasts(known, later), later)
        last = simple[simple["forecast"] == "persistence"].set_index("row").reindex(scored["row"])
        tables.append(scored.assign(
            origin=origin.year, year=scored["last_year"], persistence=last["point"].to_numpy(),
            persistence_crps=last["crps"].to_numpy(),
        ))
    return pd.concat(tables)[list(COLUMNS)].reset_index(drop=True) if tables else pd.DataFrame(columns=COLUMNS)


def distinct(table: pd.DataFrame) -> tuple[int, int]:
    """Return how many figures a hindcast was asked about, each counted once, and how many polls they are of.

    Answers to one item about one power in one place and year are one poll.

    Args:
        table: of :func:`hindcast`, or read from ``hindcast.csv``.
    """
    polls = table.assign(asked=table["series"].str.partition(": ")[0])
    return len(polls.drop_duplicates("row")), len(polls.drop_duplicates(["asked", "year"]))


def against_persistence(table: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return wins and losses of the hindcast against persistence.

    Args:
        table: of :func:`hindcast`, or read from ``hindcast.csv``.
        by: a column whose values become rows, such as ``origin`` or ``series``.

    Returns:
        The columns of :func:`spsim.analysis.duels.tally`.
    """
    model = table.rename(columns={"value": "polled", "median": "model_median", "crps": "model_crps"})
    fought = model.assign(
        forecast="persistence", basis="", model_absolute_error=(table["median"] - table["value"]).abs(),
        naive_median=table["persistence"], naive_absolute_error=(table["persistence"] - table["value"]).abs(),
        naive_crps=table["persistence_crps"],
    )
    return duels.tally(duels.judged(fought), by)
