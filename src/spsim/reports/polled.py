"""Polled values beside what the model would have printed, as scores and calibrations show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from spsim.display import POWER_NAMES, signed
from spsim.reports.content import Figure
from spsim.viz.svg.dots import Dot, Row, dot_chart, with_interval
from spsim.viz.svg.drawing import power_colour

ALL = "all"
"""The place that stands for all places."""

MOST = 30
"""Polled values that a chart shows; of more those with the largest error."""

INSIDE, OUTSIDE = "ink", "c2"

READING = (
    "Dot in the colour of the power: median of the model, with its 50 and 90 % interval. Dark dot: polled. Amber: "
    "polled, and outside the 90 % interval. Error: median minus polled."
)


def reading(rows: pd.DataFrame) -> str:
    """Return how the charts are read, and what they leave out."""
    few = f" A chart shows the {MOST} with the largest error at most; all are in the table."
    return READING + (few if rows["power"].value_counts().max() > MOST else "")


def polled_figures(rows: pd.DataFrame, places: Mapping[str, str]) -> list[Figure]:
    """Return a chart of polled values for each power, by place.

    Args:
        rows: columns label, power, value, p05, p25, median, p75, p95 and inside_90, and countries if there are places.
        places: code -> name of the places that a reader can choose; ``ALL`` has all rows.
    """
    rows = rows.assign(error=rows["median"] - rows["value"])
    powers, figures = list(dict.fromkeys(map(str, rows["power"]))), []
    for power in powers:
        charts, name = {}, POWER_NAMES.get(power, power)
        for place, where in places.items():
            here = rows[rows["power"] == power]
            here = here if place == ALL else here[here["countries"] == place]
            kept = here["error"].abs().nlargest(MOST).index
            lines = [_row(row, power, powers) for row in here[here.index.isin(kept)].to_dict("records")]
            charts[place] = dot_chart(f"{name}, {where}", lines, "points: % of answers, or change", right="error",
                                      signs=False) if lines else "<p>Nothing was polled.</p>"
        figures.append(Figure(name, charts))
    return figures


def _row(row: Mapping[Any, Any], power: str, powers: list[str]) -> Row:
    low, lower, middle, upper, high = (float(row[key]) for key in ("p05", "p25", "median", "p75", "p95"))
    inside, value, label = bool(row["inside_90"]), float(row["value"]), _label(row)
    model = Dot(power_colour(powers, power), middle, low, high, True,
                f"{label}, model: {with_interval(middle, low, high, '.0f')}", (lower, upper))
    outside, colour = ("", INSIDE) if inside else (", outside the 90 % interval", OUTSIDE)
    polled = Dot(colour, value, value, value, True, f"{label}, polled: {value:.0f}{outside}")
    return Row(label, [model, polled], [(signed(float(row["error"])), colour)])


def _label(row: Mapping[Any, Any]) -> str:
    """Return a polled value in words that are short; which power it is about is said above."""
    return str(row["label"]).replace(f", {row['power']}:", ":").replace("Central Asia Barometer", "Barometer")
