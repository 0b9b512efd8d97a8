"""Asking the model what a poll would print: expected answers of the public at the dates of the waves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters, Scenario, load
from spsim.experiments.surveys.questions import Question
from spsim.model.observation import Item, country_item, leadership_item, relations_item
from spsim.model.simulation import Simulation

Floats = NDArray[np.float64]

OFFSET = 0.1
"""Shift of an item by which the slope of its answers is measured, in units of affect."""


def item_of(question: Question, country: str, p: Parameters) -> Item:
    """Return the survey item of a question; confidence in a leader takes the cuts of approval of a leadership."""
    match question.item:
        case "country":
            return country_item(question.power, p)
        case "relations":
            return relations_item(p)
        case "leader":
            same = leadership_item(question.power, p, country)
            return Item("confidence in a leader", "M-Vector", ("no_confidence", "no_opinion", "confidence"), same.cuts,
                        same.offset, same.noise)
    return leadership_item(question.power, p, country)


def scenario_for(
    questions: Sequence[Question], citizens: int, seed: int, *, parameters: str = "ensemble"
) -> Scenario:
    """Return the baseline up to the last wave, with the ensemble or with the hand-set defaults."""
    last = max(month for question in questions for month in question.months)
    settings = {"citizens": citizens, "seed": seed, "end": last, "replicates": 1, "parameters": parameters}
    return load("baseline", {f"run.{key}": value for key, value in settings.items()}).scenario


def ask(
    scenario: Scenario, replicate: int, questions: Sequence[Question], *, recorded: bool = False
) -> tuple[Floats, Simulation]:
    """Run one replicate and return what its public answers.

    Args:
        scenario: what is run.
        replicate: its number.
        questions: what is asked.
        recorded: whether the simulation's record holds more than protest events.

    Returns:
        Expected figures in points, without house effect or sampling error, [questions, 3]: with the item lowered by
        ``OFFSET``, as it is, raised by it; and the simulation at its end.
    """
    wanted = {month for question in questions for month in question.months}
    simulation = Simulation(scenario, replicate, events_only=not recorded)
    seen = {}
    while True:
        if simulation.date in wanted:
            seen[simulation.date] = simulation.recorder.public_distributions(simulation.step_number).sum(axis=1)
        if simulation.finished:
            break
        simulation.advance()
    return shares(scenario, seen, questions), simulation


def slopes(found: Floats) -> Floats:
    """Return how figures change with the offset of their item, points per unit of affect: [..., 3] -> [...].

    Args:
        found: figures as :func:`ask` gives them.
    """
    return np.asarray((found[..., 2] - found[..., 0]) / (2 * OFFSET))


def shares(scenario: Scenario, seen: dict[str, Floats], questions: Sequence[Question]) -> Floats:
    """Return the figures of questions from distributions of affect.

    Args:
        scenario: names the places of countries and powers, and the parameters of items.
        seen: month -> weights on the grid of affect, [C, P, BINS].
        questions: what is asked.

    Returns:
        Points, [questions, 3], as :func:`ask` gives them.
    """
    run, p = scenario.run, scenario.parameters

    @cache
    def answers(item: str, power: str, country: str, month: str) -> tuple[tuple[str, ...], Floats]:
        asked = next(q for q in questions if q.item == item and q.power == power)
        one = item_of(asked, country, p)
        place = list(run.countries).index(country)
        weights = seen[month][place, run.powers.index(power)]
        moved = [
            Item(one.name, one.pollster, one.answers, one.cuts, one.offset + by, one.noise).shares(weights)
            for by in (-OFFSET, 0.0, OFFSET)
        ]
        return one.answers, 100 * np.array(moved)  # [3, answers]

    def figure(question: Question, month: str) -> Floats:
        found = []
        for country in question.countries:
            names, values = answers(question.item, question.power, country, month)
            found.append(values[:, [names.index(answer) for answer in question.answers]].sum(axis=1))
        return np.asarray(np.mean(found, axis=0))

    def one(question: Question) -> Floats:
        by_wave = [figure(question, month) for month in question.months]
        return by_wave[-1] - by_wave[0] if question.kind == "change" else np.mean(by_wave, axis=0)

    return np.stack([one(question) for question in questions])
