"""The model against the rows of a survey file: predictive draws, their scores, and naive forecasts beside them.

Naive forecasts rest on the shipped calibration rows and on nothing in the file that is scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from spsim.analysis import duels, naive, scoring
from spsim.config import ConfigError, Parameters, Place, Problem, Scenario, load
from spsim.config.checks import LAST_MONTH
from spsim.data import load_pack
from spsim.experiments.replicates import Progress
from spsim.experiments.surveys import Question, Uncovered, covariance, predict, questions, second_sources
from spsim.experiments.surveys.asking import scenario_for
from spsim.experiments.workers import Workers

MOVING = ("threat", "memory", "anchor")
"""Kinds of events that shift the opinion of the public."""


@dataclass(frozen=True)
class Sizes:
    """How much is computed."""

    citizens: int = 1000
    replicates: int = 200


FULL = Sizes()
QUICK = Sizes(citizens=300, replicates=20)


@dataclass(frozen=True)
class Scores:
    """What scoring a file gives; tables are described where they are made."""

    scenario: Scenario
    sizes: Sizes
    rows: pd.DataFrame
    """A row for each polled value: :func:`spsim.analysis.scoring.score`, and two columns more: ``in_calibration`` (the
    same question and years are among the calibration rows) and ``imposed`` (events put in by hand that fall between
    the last calibration value of the series and this one)."""
    series: pd.DataFrame
    """:func:`spsim.analysis.scoring.summary` by series."""
    overall: pd.DataFrame
    """The same by ``which`` rows: all, and, where only some are among the calibration rows, those that are not."""
    changes: pd.DataFrame
    """:func:`spsim.analysis.scoring.changes`."""
    order: pd.DataFrame
    """:func:`spsim.analysis.scoring.order_of_countries`."""
    duels: pd.DataFrame
    """:func:`spsim.analysis.duels.duels`, row by row."""
    tally: pd.DataFrame
    """:func:`spsim.analysis.duels.tally` over all rows."""
    tally_by_series: pd.DataFrame
    """The same by series."""
    uncovered: pd.DataFrame
    """Rows that could not be scored: row, measure, reason."""
    spread: naive.Spread
    """How much polls differ, from which naive forecasts take their spread."""

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the names of their files."""
        names = ("rows", "series", "overall", "changes", "order", "duels", "tally", "tally_by_series", "uncovered")
        return {name: getattr(self, name) for name in names}


def score_table(
    table: pd.DataFrame, name: str, sizes: Sizes = FULL, seed: int = 1, workers: Workers = None,
    progress: Progress | None = None,
) -> Scores:
    """Run the baseline, ask it what the rows of a survey table ask, and score the answers.

    Args:
        table: as :func:`spsim.config.surveys.read_surveys` returns it.
        name: of the file, for messages.
        sizes: how much is computed.
        seed: root of all randomness.
        workers: processes, or an executor; the result does not depend on it.
        progress: called with (done, total) after each run.

    Raises:
        ConfigError: no row can be scored.
    """
    baseline = load("baseline").scenario
    asked, left = _once(*_within_period(*questions(table), baseline.run.start))
    if not asked:
        reasons = pd.Series([one.reason for one in left], dtype=str).value_counts()
        told = "; ".join(f"{reason} ({count})" for reason, count in reasons.items())
        raise ConfigError([
            Problem(Place(name), "", f"none of its {len(left)} rows can be scored: {told}",
                    "questions of Gallup, the Central Asia Barometer, IRI or M-Vector (`spsim surveys format`)")
        ])
    scenario = scenario_for(asked, sizes.citizens, seed)
    draws = predict(scenario, asked, sizes.replicates, workers, progress).table(asked)
    known_questions = _once(*questions(load_pack().surveys_table()))[0]
    known, observed = (observed_table(rows, scenario.parameters) for rows in (known_questions, asked))
    moved, scored = scoring.changes(observed, draws), scoring.score(observed, draws)
    fought = duels.duels(scored, naive.score_forecasts(naive.forecasts(known, observed), observed))
    keys = ["series", "kind", "first_year", "last_year"]
    seen = set(known[keys].itertuples(index=False, name=None))
    scored["in_calibration"] = [key in seen for key in scored[keys].itertuples(index=False, name=None)]
    fitted = scored.loc[scored["in_calibration"], "row"].tolist()
    scored["imposed"] = [imposed_since(baseline, question, known_questions) for question in asked]
    return Scores(
        scenario=scenario, sizes=sizes, rows=scored, series=scoring.summary(scored, moved),
        overall=_overall(scored, moved),
        changes=moved, order=scoring.order_of_countries(observed, draws), duels=fought,
        tally=duels.tally(fought, fitted=fitted), tally_by_series=duels.tally(fought, "series", fitted),
        uncovered=pd.DataFrame([asdict(one) for one in left], columns=["row", "measure", "reason"]),
        spread=naive.spread(known),
    )


def _overall(scored: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Return the scores over all rows and, if some but not all were fitted to, over the others."""
    parts = [("all rows", scored, moved)]
    new = scored[~scored["in_calibration"]]
    if 0 < len(new) < len(scored):
        # a change is new if its series holds no row that was fitted to
        fitted = set(scored.loc[scored["in_calibration"], "series"])
        parts.append(("rows not fitted to", new, moved[~moved["series"].isin(fitted)]))
    return pd.concat(
        [scoring.summary(rows.assign(which=name), steps.assign(which=name), "which") for name, rows, steps in parts],
        ignore_index=True,
    )


def _once(asked: Sequence[Question], left: Sequence[Uncovered]) -> tuple[list[Question], list[Uncovered]]:
    """Put aside rows that are a second source for a figure, which would count twice."""
    again = second_sources(asked)
    rows = {one.row for one in again}
    return [one for one in asked if one.row not in rows], sorted([*left, *again], key=lambda one: one.row)


def _within_period(
    asked: Sequence[Question], left: Sequence[Uncovered], start: str
) -> tuple[list[Question], list[Uncovered]]:
    """Put aside questions about months that the model does not have."""
    inside = [question for question in asked if start <= question.months[0] and question.months[-1] <= LAST_MONTH]
    outside = [
        Uncovered(question.row, question.label, f"the model goes from {start} to {LAST_MONTH}")
        for question in asked if question not in inside
    ]
    return inside, sorted([*left, *outside], key=lambda one: one.row)


def observed_table(asked: Sequence[Question], parameters: Parameters) -> pd.DataFrame:
    """Return questions as a table with the columns of :data:`spsim.analysis.scoring.OBSERVED`."""
    values = np.array([question.value for question in asked])
    # without a slope and a discrepancy what is left of the covariance is sampling
    sampling = covariance(asked, values, np.zeros(len(asked)), parameters, discrepancy=0.0)
    rows = [
        {
            "row": question.row, "label": question.label, "series": question.series,
            "countries": "+".join(question.countries),
            "first_year": question.year if question.kind == "change" else int(question.months[0][:4]),
            "last_year": question.year, "power": question.power, "item": question.item,
            "answer": "+".join(question.answers), "kind": question.kind, "pollster": question.pollster,
            "value": question.value, "se": error,
        }
        for question, error in zip(asked, np.sqrt(np.diagonal(sampling)).tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(scoring.OBSERVED))


def imposed_since(scenario: Scenario, question: Question, known: Sequence[Question]) -> str:
    """Return the events put in by hand that a naive forecast cannot know of and the model is told.

    Args:
        scenario: names the events.
        question: what is asked.
        known: questions with known values.

    Returns:
        Names of events that shift opinion of this power in a polled country, and that begin after the last known value
        of the series (where a change is asked for: after its first wave) and no later than the poll; "" if there are
        none, or if no earlier value is known.
    """
    if question.kind == "change":
        since = question.months[0]
    else:
        first = question.months[0][:4]
        earlier = [
            one.months[-1] for one in known
            if one.series == question.series and one.kind == "share" and one.months[-1][:4] < first
        ]
        if not earlier:
            return ""
        since = max(earlier)
    return ", ".join(
        event.name for event in scenario.acting_events
        if event.kind in MOVING and question.power in event.powers and set(question.countries) & set(event.countries)
        and event.from_ is not None and since <= event.from_ <= question.months[-1]
    )


def cautions(rows: pd.DataFrame, duels: pd.DataFrame, uncovered: pd.DataFrame) -> list[str]:
    """Return in words what a reader must know before using scores; tables are those of :class:`Scores`."""
    told = []
    fitted = int(rows["in_calibration"].sum())
    if fitted:
        told.append(
            f"calibration rows, which the model's parameters were set or fitted to: {fitted} of {len(rows)}; on them "
            "the scores are no test"
        )
    wins = duels[(duels["forecast"] == "persistence") & (duels["by_crps"] == "win")]
    imposed = int(rows.set_index("row").loc[wins["row"], "imposed"].ne("").sum())
    if imposed:
        told.append(
            f"wins over persistence after an event that is put into the model by hand: {imposed} of {len(wins)}; they "
            "show that it reproduces the event, not that it would have foreseen it"
        )
    if len(uncovered):
        told.append(f"rows that could not be scored: {len(uncovered)}, see uncovered.csv")
    return told
