"""The length of the step: what it changes in numbers, and that it changes no verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spsim.config import Scenario, load_text
from spsim.model.record import Record
from spsim.model.simulation import Simulation

PUBLIC, ELITE = 0, 1
APPROVAL = 2

QUIET: dict[str, Any] = {
    "run.parameters": "defaults",
    "noise": 0.0,
    "common_noise": 0.0,
    "concession_hazard": 0.0,  # whether a state concedes is drawn month by month; all else is the full model
    "citizens": 400,
    "elites": 10,
    "pipeline_agents": 2,
}

WHAT_IFS: dict[str, tuple[str, dict[str, Any]]] = {
    "local hiring of nine in ten": ("{lever: local_hiring_floor, to: 0.9, from: 2015-01}", {}),
    "four contracts in five published": ("{lever: contract_transparency, to: 0.8, from: 2015-01}", {}),
    "twice the investment": ("{lever: investment, power: CN, to: 2, from: 2015-01}", {}),
    "no Chinese-language television": ("{lever: source_chinese_language_tv, to: 0, from: 2015-01}", {}),
    "no weight of heritage": ("", {"heritage_weight": {"CN": 0.0, "RU": 0.0}}),
}


def _scenario(step_months: int, lever: str = "", **settings: Any) -> Scenario:
    levers = f"levers:\n  - {lever}\n" if lever else ""
    text = f"schema: 1\nname: steps\ntitle: The length of a step\nextends: baseline\n{levers}"
    return load_text(text, overrides={**QUIET, "step_months": step_months, **settings}).scenario


def _same_dates(records: dict[int, Record]) -> dict[int, np.ndarray]:
    """Return approval in points at the dates that all records share, [D, groups, regions, powers]."""
    longest = max(records)
    found = {months: 100 * record.opinion[:: longest // months, ..., APPROVAL] for months, record in records.items()}
    dates = min(len(approval) for approval in found.values())
    return {months: approval[:dates] for months, approval in found.items()}


def test_halving_the_step_changes_approval_by_less_than_a_third_of_a_point() -> None:
    """L13: from 2004 to 2024, with all channels and events, the public's approval differs by at most 0.3 points.

    Between steps of two months and of one, at any date, in any country, for either power. As the difference at least
    halves from one pair of steps to the next, about as much is left between monthly steps and none.

    Elites, as if polled, differ by up to two points, in 2020: they yield to the street, which calms down some weeks
    later with the longer step, and they are so much of one mind that .015 of alignment are two points.
    """
    records = {months: Simulation(_scenario(months, end="2024-09")).run() for months in (4, 2, 1)}
    two = _same_dates({months: records[months] for months in (2, 1)})
    difference = np.abs(two[2] - two[1])
    assert difference[:, PUBLIC].max() < 0.3
    assert difference[:, ELITE].max() < 2.3
    assert np.ptp(two[1][:, PUBLIC], axis=0).max() > 20, "opinion does move"
    both = _same_dates(records)
    coarse, fine = both[4] - both[2], both[2] - both[1]
    for group in (PUBLIC, ELITE):
        assert np.sqrt((coarse[:, group] ** 2).mean() / (fine[:, group] ** 2).mean()) > 1.9


@pytest.fixture(scope="module")
def untouched() -> dict[int, Record]:
    return {months: _run(months) for months in (1, 2)}


def _run(months: int, lever: str = "", **settings: Any) -> Record:
    return Simulation(_scenario(months, lever, end="2024-11", **settings)).run()


def _effects(changed: Record, untouched: Record, months: int) -> dict[str, np.ndarray]:
    """Return what a what-if does in the mean of 2015 to 2023, [regions, powers], in points and in affect."""
    years = np.s_[11 * 12 // months : 20 * 12 // months]
    return {
        "approval": 100 * (changed.opinion - untouched.opinion)[years, PUBLIC, ..., APPROVAL].mean(axis=0),
        "divergence in points": (changed.divergence - untouched.divergence)[years, ..., 1].mean(axis=0),
        "divergence in affect": (changed.divergence - untouched.divergence)[years, ..., 0].mean(axis=0),
    }


@pytest.mark.parametrize("name", list(WHAT_IFS))
def test_halving_the_step_changes_no_verdict(name: str, untouched: dict[int, Record]) -> None:
    """L13: a what-if does the same with steps of two months and of one: the same sign, and nearly the same size.

    The effect on approval differs by less than a tenth of a point, that on divergence by less than a fifth: for China
    in all countries and the region, for Russia too where the what-if concerns it.
    """
    lever, settings = WHAT_IFS[name]
    one, two = (_effects(_run(months, lever, **settings), untouched[months], months) for months in (1, 2))
    powers = 2 if "heritage_weight" in settings else 1
    for what, effect in one.items():
        differs = np.abs(effect - two[what]).max()
        assert differs < {"approval": 0.1, "divergence in points": 0.2, "divergence in affect": 0.002}[what], what
        here, there = effect[:, :powers], two[what][:, :powers]
        acting = np.abs(here) > 1e-6  # Turkmenistan has no recorded commitments to double
        assert acting[[0, 1, 2, 4, 5]].all(), what
        np.testing.assert_array_equal(np.sign(here[acting]), np.sign(there[acting]), err_msg=what)
