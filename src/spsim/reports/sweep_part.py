"""What a report says of a sweep: what comes out at other values, drawn as the values vary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from spsim.analysis.outcomes import OUTCOMES, named
from spsim.data import REGION
from spsim.display import Grid, number
from spsim.experiments.sweeps.store import SweepFolder
from spsim.ground.words import counted
from spsim.reports import registers
from spsim.reports.content import Answer, Figure, Part, Section
from spsim.reports.folders import Folder
from spsim.reports.registers import part_of
from spsim.reports.words import Change, listed, moved, sentence, share, span
from spsim.viz.style import signed
from spsim.viz.svg.sweeps import MOST_DOTS, MOST_VALUES, cloud_chart, lines_chart, map_charts
from spsim.viz.swept import KEYS, Pair, Swept, cloud, key_name, positions, strongest, word

LISTED = 60
"""Points up to which each has a row of its own in a table."""
SAID = 4
"""Outcomes of which the answer speaks."""


def sweep_part(folder: Folder) -> Part:
    """Return the part of a sweep."""
    manifest, swept = folder.manifest, Swept.of(SweepFolder(folder.path))
    badge = registers.badges(manifest["vary"])
    tables = [Grid("What varies", ["key", "badge"], [[key, badge[key]] for key in manifest["vary"]], 9)]
    sentences, figures, places, text = ["No run has ended, so there is nothing to tell."], [], {}, []
    if not swept.runs.empty:
        codes = list(dict.fromkeys(map(str, swept.runs["country"])))
        place = REGION if REGION in codes else codes[0]
        places = registers.place_names([code for code in codes if code != REGION])
        inside, text = places.get(place, place).rstrip("*"), [_reading(swept)]
        sentences, figures = _answer(swept, place), _figures(swept, places)
        tables = [*_by_point(swept, place, inside), _over(swept, place, inside), *tables]
    done = manifest["done"]
    question = f"What comes out at other values of {listed(list(map(key_name, manifest['vary'])))}?"
    part = part_of(
        folder, title=manifest["title"], question=question,
        answers=[Answer([*sentences, f"{done['failed']} of {done['runs']} runs failed."])],
        intervals=f"Intervals: 95 % of the mean over replicates ({swept.basis}). Spans over points are no intervals.",
        sections=[Section("What comes out, by the values that vary", figures, tables, text)],
        command="spsim sweep design.yaml", places=places,
    )
    design = (folder.path / "design.yaml").read_text(encoding="utf-8")
    return replace(part, files={**part.files, "design.yaml": design})


def _answer(swept: Swept, place: str) -> list[str]:
    first = _spans(swept, place).to_dict("records")[0]
    what = f"{named(first['outcome'], first['power'])} in {first['scenario']}"
    points = counted(len(swept.points), "point")
    span = f"Over {points}, {what} lies between {number(first['min'])} and {number(first['max'])}."
    return [span, *_from_end_to_end(swept, place), *_across(swept, place)]


def _over(swept: Swept, place: str, inside: str) -> Grid:
    rows = [[named(r["outcome"], r["power"]), r["scenario"], *(number(r[k]) for k in ("min", "median", "max"))]
            for r in _spans(swept, place).to_dict("records")]
    head = ["outcome", "scenario", "least", "median", "largest"]
    return Grid(f"{inside}: means of points over their replicates", head, rows, 2)


def _spans(swept: Swept, place: str) -> pd.DataFrame:
    """Return least, median and largest mean of a point by outcome, power and scenario."""
    here = swept.runs[swept.runs["country"] == place]
    means = here.groupby(["outcome", "power", "scenario", "point"], sort=False)["value"].mean()
    by_scenario = means.groupby(level=["outcome", "power", "scenario"], sort=False)
    return by_scenario.agg(["min", "median", "max"]).reset_index()


def _from_end_to_end(swept: Swept, place: str) -> list[str]:
    """Return what the only varied key does between its ends, replicate by replicate."""
    if swept.shape != "lines":
        return []
    key, said = swept.varied[0], []
    values = swept.points.assign(at=positions(swept.points[key])[0]).sort_values("at")[key].tolist()
    if len(values) < 2:
        return []
    for pair in swept.pairs[:SAID]:
        rows = swept.rows(pair, place)
        rows = rows[rows["scenario"] == swept.scenarios[0]]
        low, high = (rows[rows[key] == value].groupby("replicate")["value"].mean() for value in (values[0], values[-1]))
        pairs = (high - low).dropna()
        if len(pairs):
            change = Change.of(pairs.to_numpy(), swept.sets_of(pairs.index))
            said.append(f"{named(*pair)} is {moved(change, OUTCOMES[pair[0]].unit, form='+.2f')}")
    words = f"With {key_name(key)} at {word(values[-1])} instead of {word(values[0])}, in {swept.scenarios[0]}"
    return [sentence(f"{words}: {'; '.join(said)}")] if said else []


def _across(swept: Swept, place: str) -> list[str]:
    """Return how far points agree on the difference of the second scenario to the first.

    Points are places in a design that somebody chose and no witnesses, so there is a range and no interval.
    """
    if len(swept.scenarios) < 2:
        return []
    first, second, pair = *swept.scenarios[:2], swept.pairs[0]
    apart = cloud(swept, pair, place)
    pairs = apart.loc[apart["scenario"] == second, "value"].to_numpy()
    if not len(pairs):
        return []
    low, middle, high = (signed(float(value), "+.2f") for value in np.quantile(pairs, [0, 0.5, 1]))
    agree = int((np.sign(pairs) == np.sign(np.median(pairs))).sum())
    return [sentence(
        f"{second} minus {first}, over the points: {named(*pair)} differs by {middle} {OUTCOMES[pair[0]].unit} in the "
        f"median and by {low} to {high} in all; {share(agree, len(pairs))} points have the sign of the median"
    )]


def _figures(swept: Swept, places: dict[str, str]) -> list[Figure]:
    """Return a figure for each outcome and power, by place."""
    figures, keys = [], list(swept.varied)
    if swept.shape == "clouds":
        keys = strongest(keys, [cloud(swept, pair, next(iter(places))) for pair in swept.pairs])
    for pair in swept.pairs:
        what = named(*pair)
        charts = {place: _charts(swept, pair, place, f"{what}, {name}", keys) for place, name in places.items()}
        if any(charts.values()):
            drawn = {place: _beside(every) for place, every in charts.items()}
            wide = max(map(len, charts.values())) > 1
            figures.append(Figure(f"{what[:1].upper()}{what[1:]}", drawn, wide=wide))
    return figures


def _charts(swept: Swept, pair: Pair, place: str, title: str, keys: Sequence[str]) -> list[str]:
    match swept.shape:
        case "lines":
            return [lines_chart(swept, pair, place, title)]
        case "map":
            return map_charts(swept, pair, place, title)
        case _:
            dots, unit = cloud(swept, pair, place), OUTCOMES[pair[0]].unit
            return [cloud_chart(swept, dots, key, unit, title) for key in keys]


def _beside(charts: Sequence[str]) -> str:
    return charts[0] if len(charts) == 1 else f'<div class="panels">{"".join(charts)}</div>'


def _reading(swept: Swept) -> str:
    """Return how the charts are read."""
    shared = "All points share their draws, so what two of them differ by is surer than the bars."
    match swept.shape:
        case "lines":
            return f"Dot: mean over replicates; bar: its 95 % interval. {shared} Vertical axes need not begin at zero."
        case "map":
            many = any(swept.points[key].nunique() > MOST_VALUES for key in swept.varied)
            few = f" Of many values along an axis at most {MOST_VALUES} are drawn." if many else ""
            return (
                "Number: mean over replicates, or mean difference to the first scenario with the same draws. Next to "
                f"nothing has no colour.{few}"
            )
        case _:
            left = max(0, len(swept.varied) - KEYS)
            more = f" Shown are the values with the largest rank correlation; not shown: {left}." if left else ""
            few = f" A cloud shows {MOST_DOTS} points at most." if len(swept.points) > MOST_DOTS else ""
            of = f" of the difference to {swept.scenarios[0]} with the same draws" if len(swept.scenarios) > 1 else ""
            return (
                f"Dot: a point, mean over its replicates{of}; line: mean of the nearest fifth of the points. Points "
                f"differ in all values at once, so a cloud is wide where other values matter more.{more}{few}"
            )


def _by_point(swept: Swept, place: str, inside: str) -> list[Grid]:
    """Return each point with its means, where there are not too many."""
    if len(swept.points) > LISTED:
        return []
    cells: dict[tuple[str, int], list[str]] = {}
    for pair in swept.pairs:
        rows = swept.rows(pair, place)
        for scenario in swept.scenarios:
            for point in swept.points["point"]:
                of = rows[(rows["scenario"] == scenario) & (rows["point"] == point)]
                cells.setdefault((scenario, point), []).append(_mean(swept, of.set_index("replicate")["value"]))
    values: dict[int, dict[Any, Any]] = {row["point"]: row for row in swept.points.to_dict("records")}
    body = [
        [*(_value(values[point][key]) for key in swept.varied), scenario, *each]
        for (scenario, point), each in cells.items()
    ]
    head = [*map(key_name, swept.varied), "scenario", *(f"{named(*pair)}\n{OUTCOMES[pair[0]].unit}"
                                                       for pair in swept.pairs)]
    return [Grid(f"{inside}: mean of {swept.years} and its 95 % interval, point by point", head, body,
                 len(swept.varied) + 1)]


def _value(value: Any) -> str:  # noqa: ANN401 - a number or a word
    """Return a varied value in a few figures; a missing one is left as the scenario has it."""
    if isinstance(value, str):
        return value
    return "as it is" if pd.isna(value) else word(float(f"{value:.4g}"))


def _mean(swept: Swept, values: pd.Series[float]) -> str:
    if values.empty:
        return "–"
    mean, low, high = swept.mean(values)
    return f"{number(mean)}\n{span(low, high)}" if math.isfinite(low) else number(mean)
