"""Model against naive forecasts, row by row: wins and losses are both counted."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from spsim.analysis.intervals import mean_interval
from spsim.analysis.naive import NAMES

FIRST = "first possible"
"""The first of the naive forecasts that can be made for a row, so that each row counts once."""

NO_COMPARISON = "no comparison possible"

FITTED = "fitted to them, so no test"
"""In place of a verdict on rows that the model was all fitted to."""


def duels(scored: pd.DataFrame, naive: pd.DataFrame) -> pd.DataFrame:
    """Return the model against each naive forecast of each row.

    Args:
        scored: the model's scores (:func:`spsim.analysis.scoring.score`).
        naive: of :func:`spsim.analysis.naive.score_forecasts`.

    Returns:
        Columns row, series, forecast, basis, polled; of the model and the naive forecast median, absolute error and
        CRPS; ``by_crps`` and ``by_error``: "win", "loss" or "draw" of the model, "no comparison possible" where the
        naive forecast or its spread does not exist. Each row stands once under each of
        :data:`spsim.analysis.naive.NAMES` and once under :data:`FIRST`.
    """
    scores = ["median", "absolute_error", "crps"]
    mine = scored[["row", "series", "value", *scores]].rename(
        columns={"value": "polled", **{name: f"model_{name}" for name in scores}}
    )
    theirs = naive[["row", "forecast", "basis", *scores]].rename(columns={name: f"naive_{name}" for name in scores})
    order = theirs["forecast"].map({name: n for n, name in enumerate(NAMES)})
    first = theirs.loc[order.groupby(theirs["row"]).idxmin()]
    first = first.assign(basis=first["forecast"] + ": " + first["basis"], forecast=FIRST)
    pairs = mine.merge(pd.DataFrame({"forecast": [*NAMES, FIRST]}), how="cross")
    both = pairs.merge(pd.concat([theirs, first]), on=["row", "forecast"], how="left").fillna({"basis": ""})
    return judged(both)


def judged(fought: pd.DataFrame) -> pd.DataFrame:
    """Add who was nearer, ``by_crps`` and ``by_error``, to a table with both scores of model and naive forecast."""
    verdicts = {}
    for name, measure in (("by_crps", "crps"), ("by_error", "absolute_error")):
        gain = fought[f"naive_{measure}"] - fought[f"model_{measure}"]
        verdicts[name] = np.select([gain.isna(), gain > 0, gain < 0], [NO_COMPARISON, "win", "loss"], default="draw")
    return fought.assign(**verdicts)


def tally(fought: pd.DataFrame, by: str | None = None, fitted: Collection[int] = ()) -> pd.DataFrame:
    """Return wins and losses of the model against each naive forecast.

    Args:
        fought: of :func:`duels`.
        by: a column whose values become rows as well, such as ``series``.
        fitted: numbers of the rows that the model was fitted to.

    Returns:
        Columns ``by``, forecast, rows (asked), compared (by CRPS), wins, losses, model_crps and naive_crps (means over
        the compared rows); compared_by_error, wins_by_error, losses_by_error, and means of the absolute errors over
        these; gain (mean over questions of naive minus model CRPS), low and high (its 95 % interval, Student's t over
        questions: answers to one question, and its polls through time, are not independent), and ``better``: "model",
        "naive", "undetermined" where the interval holds zero or there is one question, or :data:`FITTED` where the
        model was fitted to all rows that are compared.
    """
    rows = []
    for keys, here in fought.groupby([*([by] if by else []), "forecast"], sort=False):
        told: dict[str, Any] = dict(zip([*([by] if by else []), "forecast"], keys, strict=True))
        told["rows"] = len(here)
        for measure, how, end in (("crps", "by_crps", ""), ("absolute_error", "by_error", "_by_error")):
            met = here[here[how] != NO_COMPARISON]
            told[f"compared{end}"] = len(met)
            told[f"wins{end}"], told[f"losses{end}"] = (int((met[how] == word).sum()) for word in ("win", "loss"))
            told[f"model_{measure}"], told[f"naive_{measure}"] = (
                met[f"{who}_{measure}"].mean() for who in ("model", "naive")
            )
        rows.append({**told, **_verdict(here[here["by_crps"] != NO_COMPARISON], fitted)})
    order = {name: n for n, name in enumerate((*NAMES, FIRST))}
    table = pd.DataFrame(rows)
    return table.sort_values("forecast", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)


def _verdict(met: pd.DataFrame, fitted: Collection[int]) -> dict[str, Any]:
    # a series is "place power item: answers"; what stands before the answers is one question
    question = met["series"].str.partition(": ")[0] if len(met) else met["series"]
    gains = (met["naive_crps"] - met["model_crps"]).groupby(question).mean().to_numpy(dtype=np.float64)
    gain, low, high = mean_interval(gains) if gains.size else (math.nan, math.nan, math.nan)
    better = "model" if low > 0 else "naive" if high < 0 else "undetermined"
    if len(met) and len(fitted) and met["row"].isin(list(fitted)).all():
        better = FITTED
    return {"gain": gain, "low": low, "high": high, "better": better}
