"""What a report says of the model against polls in a file: where it is right, and what a forecast without it gives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spsim.analysis.duels import FIRST, FITTED, NO_COMPARISON
from spsim.analysis.scoring import expected_inside
from spsim.config.ensemble import ENSEMBLE, PER_SET
from spsim.data import COUNTRY_NAMES
from spsim.display import POWER_NAMES, Grid, number, signed
from spsim.experiments.survey_scores import cautions
from spsim.ground.words import counted
from spsim.reports.content import Answer, Figure, Part, Section
from spsim.reports.folders import Folder
from spsim.reports.polled import ALL, polled_figures, reading
from spsim.reports.registers import part_of
from spsim.reports.words import listed, sentence, span
from spsim.viz.svg.dots import Dot, Row, dot_chart

NAMED = 4
"""Series with more losses than wins that are named in a sentence."""

DUEL = {"win": "model wins", "loss": "model loses", "draw": "draw"}
BETTER = {"model": "the model", "naive": "the naive forecast"}

INTERVALS = (
    "chance, sampling error, house effects, wording and the model’s own error. CRPS, in points, is the distance of the "
    "whole forecast from what was polled: 0 is perfect. Which forecast is better is undetermined where the 95 % "
    "interval of the mean difference over questions (a place, a power and an item) holds zero: answers to a question, "
    "and its polls through time, are no independent witnesses."
)


def _held(folder: Folder) -> str:
    """Return that intervals hold parameters, where replicates ran with several parameter sets."""
    drawn = folder.manifest.get("parameters_from", {}).get("kind") == ENSEMBLE
    return "parameters, " if drawn and folder.manifest["sizes"]["replicates"] > PER_SET else ""


def scores_part(folder: Folder) -> Part:
    """Return the part of scored polls."""
    manifest, rows, duels = folder.manifest, folder.table("rows"), folder.table("duels")
    file, sizes = str(manifest["survey_file"]), manifest["sizes"]
    uncovered = folder.table("uncovered")
    places = _places(rows)
    first = duels[duels["forecast"] == FIRST].set_index("row")
    sections = [
        Section("What was polled, and what the model would have printed", polled_figures(rows, places),
                [_rows(rows, first)], [reading(rows)]),
        Section("Wins and losses against forecasts without a model", [_by_series(folder)],
                [_tally(folder.table("tally")), _series(folder)]),
        Section("Order of countries, and direction of changes", tables=_directions(folder), text=_directed(folder)),
    ]
    if len(uncovered):
        sections.append(_left_out(uncovered))
    return part_of(
        folder, title=f"The model against the polls of {file}",
        question="How near is the model to what was polled, and nearer than forecasts that need no model?",
        answers=[Answer(_answer(folder))], intervals=f"Intervals hold {_held(folder)}{INTERVALS}", sections=sections,
        command=f"spsim validate --surveys {file} --replicates {sizes['replicates']} --seed {manifest['seed']}",
        places=places, cautions=[sentence(text) for text in cautions(rows, duels, uncovered)],
    )


def _answer(folder: Folder) -> list[str]:
    whole = folder.table("overall").to_dict("records")
    count, inside = int(whole[0]["rows"]), int(whole[0]["inside_90"])
    low, high = expected_inside(count, 0.9)
    return [
        f"Of {count} polled values {inside} lie inside the 90 % interval of the model ({low} to {high} would be "
        f"expected), and its median is off by {number(whole[0]['absolute_error'])} points on average.",
        _duel(folder.table("tally")),
        *_unfriendly(folder),
        _not_fitted_to(folder, whole[1:]),
    ]


def _not_fitted_to(folder: Folder, apart: Sequence[Mapping[Any, Any]]) -> str:
    """Return how the model does where nothing was fitted, which alone tests it."""
    rows, duels = folder.table("rows"), folder.table("duels")
    new = rows[~rows["in_calibration"].astype(bool)]
    if new.empty:
        return "The model was fitted to every one of these polls, so that none of this is a test."
    if len(new) == len(rows):
        return "The model was fitted to none of these polls."
    told = duels[(duels["forecast"] == FIRST) & duels["row"].isin(new["row"])]["by_crps"]
    wins, losses = (int((told == word).sum()) for word in ("win", "loss"))
    return (
        f"Only the {len(new)} values that it was not fitted to are a test: {apart[0]['inside_90']} of them inside the "
        f"interval, median off by {number(apart[0]['absolute_error'])} points, {wins} wins and {losses} losses."
    )


def _duel(tally: pd.DataFrame) -> str:
    """Return wins and losses against the first naive forecast that is possible."""
    row = tally[tally["forecast"] == FIRST].to_dict("records")[0]
    if not row["compared"]:
        return "Against forecasts without a model there is no comparison possible."
    gap = f"{number(row['model_crps'])} against {number(row['naive_crps'])} points of CRPS on average"
    if row["better"] == FITTED:
        better = "but the model was fitted to all of these, so that this is no test"
    elif row["better"] in BETTER:
        better = f"over questions {BETTER[row['better']]} is better"
    else:
        better = "which of the two is better is undetermined"
    if math.isfinite(row["low"]) and row["better"] != FITTED:
        better += f" (gain of the model {signed(row['gain'])} points, {signed(row['low'])} to {signed(row['high'])})"
    return sentence(
        f"Against the first possible forecast without a model it wins {row['wins']} times and loses {row['losses']} "
        f"times in {row['compared']} comparisons, {gap}; {better}"
    )


def _unfriendly(folder: Folder) -> list[str]:
    """Return the series in which the model loses more often than it wins, and the others."""
    fought = _fought(folder)
    counted = {name: (int(row["wins"]), int(row["losses"])) for name, row in fought.items() if row["compared"]}
    lost = [name for name, (wins, losses) in counted.items() if losses > wins]
    won = [name for name, (wins, losses) in counted.items() if wins > losses]
    if not counted:
        return []
    shown = [_in_words(name) for name in lost[:NAMED]] + (["others"] if len(lost) > NAMED else [])
    return [sentence(f"By series, it wins more often than it loses in {len(won)} of {len(counted)} and loses more "
                     f"often in {len(lost)}{f': {listed(shown)}' if lost else ''}")]


def _fought(folder: Folder) -> dict[str, dict[Any, Any]]:
    """Return series -> wins and losses against the first possible forecast."""
    table = folder.table("tally_by_series")
    return {str(row["series"]): row for row in table[table["forecast"] == FIRST].to_dict("records")}


def _places(rows: pd.DataFrame) -> dict[str, str]:
    """Return what a reader chooses from: all rows, or those of a country or of several that were pooled."""
    names = {
        code: listed([COUNTRY_NAMES.get(each, each) for each in code.split("+")])
        for code in sorted(dict.fromkeys(map(str, rows["countries"])))
    }
    return {ALL: "All", **names} if len(names) > 1 else {ALL: "All"}


def _rows(rows: pd.DataFrame, first: pd.DataFrame) -> Grid:
    body = []
    for row in rows.to_dict("records"):
        naive = first.loc[row["row"]]
        met = naive["by_crps"] != NO_COMPARISON
        body.append([
            str(row["label"]), number(row["value"]), number(row["median"]),
            f"{span(row['p05'], row['p95'])}\n{'inside' if row['inside_90'] else 'outside'}",
            signed(row["error"]), number(row["crps"]),
            f"{number(naive['naive_crps'])}\n{DUEL[str(naive['by_crps'])]}" if met else "no comparison",
            "yes" if row["in_calibration"] else "no", str(row["imposed"]).replace(", ", "\n") or "–",
        ])
    head = ["polled", "value", "model", "90 % interval", "error", "CRPS", "CRPS, naive", "fitted to",
            "put in by hand since"]
    return Grid("Every polled value, in points", head, body, 1)


def _by_series(folder: Folder) -> Figure:
    """Return CRPS of model and naive forecast by series, with wins and losses."""
    rows = []
    for name, row in sorted(_fought(folder).items(), key=lambda pair: pair[1]["model_crps"] - pair[1]["naive_crps"]
                            if pair[1]["compared"] else float("inf")):
        if row["compared"]:
            model, naive = float(row["model_crps"]), float(row["naive_crps"])
            label = _in_words(name)
            rows.append(Row(label, [
                Dot("accent", model, model, model, True, f"{label}, model: {model:.1f}"),
                Dot("c4", naive, naive, naive, False, f"{label}, naive: {naive:.1f}"),
            ], [(f"{row['wins']}–{row['losses']}", "ink")]))
    title = "CRPS by series: less is better"
    note = ("Filled: the model; hollow: the first possible forecast without a model. From the series where the model "
            "gains most to that where it loses most.")
    if not rows:
        return Figure(title, {"": ""}, "No comparison possible.")
    return Figure(title, {"": dot_chart(title, rows, "CRPS, points", right="wins–losses", signs=False)}, note)


def _in_words(series: str) -> str:
    """Return a series as it is read."""
    return series.replace("_", " ").replace("+", " + ")


def _tally(tally: pd.DataFrame) -> Grid:
    body = []
    for row in tally.to_dict("records"):
        met = bool(row["compared"])
        ends = f"\n{signed(row['low'])} to {signed(row['high'])}" if math.isfinite(row["low"]) else ""
        body.append([
            str(row["forecast"]), f"{row['compared']} of {row['rows']}", str(row["wins"]), str(row["losses"]),
            number(row["model_crps"]), number(row["naive_crps"]), f"{signed(row['gain'])}{ends}" if met else "–",
            BETTER.get(row["better"], str(row["better"])) if met else NO_COMPARISON,
        ])
    head = ["forecast without a model", "compared", "wins", "losses", "CRPS, model", "CRPS, naive",
            "gain over questions", "better"]
    return Grid("The model against forecasts without a model, by CRPS", head, body, 1)


def _series(folder: Folder) -> Grid:
    fought, body = _fought(folder), []
    for row in folder.table("series").to_dict("records"):
        duel, count = fought.get(str(row["series"]), {}), int(row["rows"])
        body.append([
            _in_words(str(row["series"])), str(count), signed(row["error"]), number(row["absolute_error"]),
            number(row["crps"]), f"{row['inside_50']} of {count}", f"{row['inside_90']} of {count}",
            f"{row['changes_right']} of {row['changes']}" if row["changes"] else "–",
            f"{duel['wins']}–{duel['losses']}" if duel.get("compared") else NO_COMPARISON,
        ])
    head = ["series", "values", "error", "size of error", "CRPS", "in 50 %", "in 90 %", "changes right", "wins–losses"]
    return Grid("By series, points", head, body, 1)


def _directed(folder: Folder) -> list[str]:
    """Return how often order and direction are right; by chance it would be half of the pairs."""
    said = []
    for name, title, what in (
        ("order", "Order of countries", "pairs of countries that were asked the same in a year"),
        ("changes", "Direction of changes", "changes from one poll of a series to the next"),
    ):
        pairs = folder.table(name)
        if pairs.empty:
            said.append(f"{title}: no comparison possible, there are no {what}.")
            continue
        clear = pairs[pairs["clear"]]
        more = "; none exceeds sampling error (95 %), so they test nothing"
        if len(clear):
            more = f"; of those that exceed sampling error (95 %) {clear['right'].sum()} of {len(clear)}"
        said.append(f"{title}: {pairs['right'].sum()} of {len(pairs)} {what} are right{more}. By chance it is half.")
    return said


def _directions(folder: Folder) -> list[Grid]:
    """Return each pair of countries and each change."""
    grids = []
    for name, caption in (("order", "Pairs of countries"), ("changes", "Changes from poll to poll")):
        pairs = folder.table(name)
        body = [
            [_about(row), str(row["what"]), signed(row["polled"]), signed(row["median"]),
             f"{100 * row['probability']:.0f} %", "right" if row["right"] else "wrong",
             "yes" if row["clear"] else "no"]
            for row in pairs.to_dict("records")
        ]
        if body:
            head = ["asked", "what", "polled, points", "model, points", "draws that agree", "model is",
                    "exceeds sampling error"]
            grids.append(Grid(caption, head, body, 2))
    return grids


def _left_out(uncovered: pd.DataFrame) -> Section:
    """Return the rows that could not be scored, and in words how many for which reason."""
    reasons = uncovered["reason"].value_counts(sort=False)
    said = listed([f"{reason} ({count})" for reason, count in reasons.items()])
    body = [[str(r["row"]), str(r["measure"]), str(r["reason"])] for r in uncovered.to_dict("records")]
    caption = f"{counted(len(body), 'row')} that could not be scored"
    grid = Grid(caption, ["row of the file", "measure", "reason"], body, 9)
    return Section("What could not be scored", text=[sentence(f"Left out: {said}")], folded=[grid])


def _about(row: Mapping[Any, Any]) -> str:
    """Return what was asked: a series, or a year with its question."""
    if "series" in row:
        return _in_words(str(row["series"]))
    power = POWER_NAMES.get(str(row["power"]), str(row["power"]))
    return f"{row['year']}, {power}, {_in_words(str(row['item']))}: {_in_words(str(row['answer']))}"
