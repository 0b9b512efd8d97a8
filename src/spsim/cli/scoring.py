"""``spsim validate --surveys``: the model against polls in a file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spsim.cli.experiments import EngineName, engaged, explain
from spsim.cli.running import task_progress
from spsim.cli.terminal import complain, console, say, show, table
from spsim.ground.words import counted

if TYPE_CHECKING:
    from spsim.experiments.survey_scores import Scores

WIDE = 118
"""Columns of a terminal from which on the table by series is shown in full."""

LEFT_OUT = (1, 4, 6)
"""Columns that a narrow one leaves out: error with its sign, inside 50 %, changes."""

UNCOVERED = 12
"""Reasons with their rows that are printed; all stand in a file."""


def score_surveys(
    file: Path, *, quick: bool, replicates: int | None, seed: int, out: Path | None, engine: EngineName, scheduler: str,
    workers: int | None,
) -> None:
    """Score the baseline against a survey file, and print the scores."""
    from spsim import api

    title = f"the polls of {file}"
    with engaged("validate", engine, scheduler, workers, kept=False) as by, task_progress(title, "run") as report:
        result = api.validate_surveys(
            file, quick=quick, replicates=replicates, seed=seed, out=out, workers=by, progress=report
        )
    title, *lines = result.headline()
    say(title, style="bold")
    for line in lines[:-1]:
        explain(line)
    print_scores(result.scores)
    for caution in result.cautions():
        complain(f"note: {caution}", style="yellow")
    if quick:
        say("A quick look: too few runs for a result. Leave out --quick for 200 replicates.")
    say(f"Tables (CSV and Parquet) and figure are in {result.folder}", style="bold")


def print_scores(scores: Scores) -> None:
    """Print scores by series and in all, naive forecasts beside them, order, and what could not be scored."""
    _print_series(scores)
    _print_tally(scores)
    _print_order(scores)
    _print_uncovered(scores)


def _print_series(scores: Scores) -> None:
    from spsim.analysis.duels import FIRST

    fought = scores.tally_by_series
    first = {row["series"]: row for row in fought[fought["forecast"] == FIRST].to_dict("records")}
    total = scores.tally[scores.tally["forecast"] == FIRST].to_dict("records")[0]
    brief = console().width < WIDE
    rows = [
        [_in_words(str(row["series"]), brief=brief), *_scores(row, first[row["series"]], brief=brief)]
        for row in scores.series.to_dict("records")
    ]
    for row in scores.overall.to_dict("records"):
        rows.append([str(row["which"]), *_scores(row, total if row["which"] == "all rows" else {}, brief=brief)])
    heads = ["rows", "error", "size of\nerror", "CRPS", "in 50 %", "in 90 %", "changes", "naive\nCRPS", "wins-\nlosses"]
    if brief:
        heads = [head for n, head in enumerate(heads) if n not in LEFT_OUT]
    say()
    show(table("Scores by series, points", ["series", *heads], rows, right=heads))
    signs = "" if brief else "Error: median minus polled, mean over rows; size of error: without its sign. "
    explain(
        f"{signs}CRPS: distance of the whole forecast from what was polled, 0 is perfect. In 90 %: polled values "
        f"inside that interval. {'' if brief else 'Changes: directions from poll to poll that are right. '}Naive: the "
        "first possible forecast without a model, on the rows where there is one; wins and losses of the model by CRPS "
        "on these rows. Empty: no comparison possible."
    )


def _in_words(series: str, *, brief: bool) -> str:
    """Return a series as it is read; on a narrow screen in two lines."""
    where, _, answers = series.replace("_", " ").partition(": ")
    shown = answers.replace("+", " + ")
    return f"{where}\n  {shown}" if brief else f"{where}: {shown}"


def _scores(row: Mapping[Hashable, Any], fought: Mapping[Hashable, Any], *, brief: bool) -> list[str]:
    count = int(row["rows"])
    compared = bool(fought) and fought["compared"] > 0
    cells = [
        str(count), _points(row["error"], "+.1f"), _points(row["absolute_error"]), _points(row["crps"]),
        f"{row['inside_50']} of {count}", f"{row['inside_90']} of {count}",
        f"{row['changes_right']} of {row['changes']}" if row["changes"] else "",
        _points(fought["naive_crps"]) if compared else "",
        f"{fought['wins']}-{fought['losses']}" if compared else "",
    ]
    return [cell for n, cell in enumerate(cells) if not brief or n not in LEFT_OUT]


def _points(value: float, form: str = ".1f") -> str:
    return f"{value:{form}}".replace("-", "−")


def _print_tally(scores: Scores) -> None:
    from spsim.analysis.duels import NO_COMPARISON

    heads = ["compared", "wins", "losses", "CRPS,\nmodel", "CRPS,\nnaive"]
    by_error = ["wins by\nerror", "losses by\nerror", "error,\nmodel", "error,\nnaive"]
    brief = console().width < WIDE
    rows = []
    for row in scores.tally.to_dict("records"):
        cells = [f"{row['compared']} of {row['rows']}", str(row["wins"]), str(row["losses"])]
        cells += [_points(row[name]) if row["compared"] else "" for name in ("model_crps", "naive_crps")]
        if not brief:
            cells += [str(row["wins_by_error"]), str(row["losses_by_error"])]
            cells += [
                _points(row[f"{who}_absolute_error"]) if row["compared_by_error"] else "" for who in ("model", "naive")
            ]
        better = {"model": "the model", "naive": "naive"}.get(row["better"], row["better"])
        rows.append([row["forecast"], *cells, better if row["compared"] else NO_COMPARISON])
    heads += [] if brief else by_error
    say()
    show(table("The model against forecasts without a model", ["forecast", *heads, "better"], rows, right=heads))
    spread = scores.spread
    width = (
        f"Their spread is that of the calibration polls: {_points(spread.per_year)} points in a year ({spread.changes} "
        f"changes, of which the printed ones are likely the large ones), {_points(spread.between)} points between "
        f"countries (groups compared: {spread.groups})."
    )
    explain(
        "First possible: persistence, else the regional mean, so that each row counts once. Better: by CRPS, where the "
        "95 % interval over questions leaves out zero; answers to a question, and its polls, are not independent. "
        f"{width}"
    )


def _print_order(scores: Scores) -> None:
    say()
    for name, pairs, what in (
        ("Order of countries", scores.order, "pairs of countries that were asked the same in a year"),
        ("Direction of changes", scores.changes, "changes from one poll of a series to the next"),
    ):
        if pairs.empty:
            explain(f"{name}: no comparison possible, there are no {what}.")
            continue
        clear = pairs[pairs["clear"]]
        text = f"{name}: {pairs['right'].sum()} of {len(pairs)} {what} are right"
        if clear.empty:
            text += "; none exceeds sampling error (95 %)"
        elif len(clear) < len(pairs):
            text += f"; of those that exceed sampling error (95 %) {clear['right'].sum()} of {len(clear)}"
        explain(text + ".")


def _print_uncovered(scores: Scores) -> None:
    left = scores.uncovered
    if left.empty:
        return
    reasons = left.groupby(["reason", "measure"], sort=False).size().reset_index(name="count")
    say()
    explain(f"Not scored ({counted(len(left), 'row')})", style="bold")
    for row in reasons.head(UNCOVERED).to_dict("records"):
        explain(f"{row['measure']} ({row['count']}): {row['reason']}")
    if len(reasons) > UNCOVERED:
        say(f"... and {len(reasons) - UNCOVERED} more, see uncovered.csv")
