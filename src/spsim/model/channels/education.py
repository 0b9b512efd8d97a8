"""Education: a state machine in persons, from student to alumnus, for every power and country.

student -> returnee -> employed -> ceiling, or returnee -> disappointed; who stays abroad, quits or forgets goes to
``left``, so that entries and first students equal the sum of all stocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.channels import Signal
from spsim.model.inputs import Inputs
from spsim.model.state import Pipeline

Floats = NDArray[np.float64]
STEPS_PER_YEAR = 24
"""Posts are filled within weeks, so the pipeline takes shorter steps than opinion."""


@dataclass(frozen=True)
class Terms:
    """Parameters of education as arrays: [P] for study years, [C, P] for the others."""

    study_years: Floats
    demand_rate: Floats
    seat_ceiling: Floats  # persons per year
    posts_per_bn: Floats


def terms(p: Parameters, countries: tuple[str, ...], powers: tuple[str, ...]) -> Terms:
    """Return the parameters in the order of the axes; a power that is not listed gets no students."""
    return Terms(
        study_years=p.over("study_years", powers),
        demand_rate=p.over("demand_rate", powers, countries),
        seat_ceiling=1000 * p.over("seat_ceiling", powers, countries),
        posts_per_bn=p.over("posts_per_bn", powers),
    )


def entries(pipeline: Pipeline, now: Inputs, budget: Floats, public_mean: Floats, p: Parameters, t: Terms) -> Floats:
    """Return new students a year: demand, up to the seats, and only across open borders; [C, P] persons per year."""
    return _entries(
        pipeline.expected_placement, now.scholarships, public_mean, now.youth, budget, now.demand_support, now.seats,
        now.closure, now.border_open, t.demand_rate, t.seat_ceiling, p.scholarship_share, p.demand_floor,
        p.demand_affect,
    )


@njit(cache=True)
def _entries(
    expected_placement: Floats, scholarships: Floats, public_mean: Floats, youth: Floats, budget: Floats,
    demand_support: Floats, seats: Floats, closure: Floats, border_open: Floats, demand_rate: Floats,
    seat_ceiling: Floats, scholarship_share: float, demand_floor: float, demand_affect: float,
) -> Floats:
    entering = np.empty(budget.shape)
    for c, p in np.ndindex(entering.shape):
        funded = 1 + scholarship_share * (scholarships[c, p] - 1)
        hopes = demand_floor + (1 - demand_floor) * expected_placement[c, p]
        mood = 1 + demand_affect * public_mean[c, p]
        demand = demand_rate[c, p] * youth[c] * budget[c, p] * hopes * mood * demand_support[c, p] * funded
        offered = seat_ceiling[c, p] * seats[c, p] * funded
        entering[c, p] = min(demand, offered) * ((1 - closure[c, p]) * border_open[c])
    return entering


def posts(amount: Floats, foreign_labour: Floats, now: Inputs, t: Terms) -> Floats:
    """Return posts for graduates that a power's exposure of ``amount`` bn USD offers, [C, P]."""
    return np.asarray(t.posts_per_bn * now.graduate_posts * amount * (1 - foreign_labour))


def step(
    pipeline: Pipeline, new_students: Floats, jobs: Floats, dt: float, p: Parameters, t: Terms
) -> tuple[Pipeline, Floats]:
    """Move everybody on by one step of the model, in shorter steps of half a month.

    Args:
        pipeline: state at t.
        new_students: persons per year, [C, P].
        jobs: posts, [C, P].
        dt: years.
        p: parameters.
        t: parameters as arrays.

    Returns:
        The state after the step, and the persons who entered each stage, [C, P, stages].
    """
    parts = max(1, round(dt * STEPS_PER_YEAR))
    after = Pipeline(
        stocks=pipeline.stocks.copy(), left=pipeline.left.copy(), entries=pipeline.entries.copy(),
        expected_placement=pipeline.expected_placement.copy(), placement=pipeline.placement.copy(),
    )
    entered = _short_steps(
        after.stocks, after.left, after.entries, after.expected_placement, after.placement, new_students, jobs,
        t.study_years, p.leave_share, p.vacancy_time, p.hire_rate, p.quit_rate, p.give_up, p.to_ceiling, p.fade,
        p.placement_learning, parts, dt / parts,
    )
    return after, entered


@njit(cache=True)
def _short_steps(
    stocks: Floats, left: Floats, entries: Floats, expected_placement: Floats, placement: Floats, new_students: Floats,
    jobs: Floats, study_years: Floats, leave_share: float, vacancy_time: float, hire_rate: float, quit_rate: float,
    give_up: float, to_ceiling: float, fade: float, placement_learning: float, parts: int, dt: float,
) -> Floats:
    """Move the pipeline on by ``parts`` Euler steps of ``dt``; return the persons who entered each stage."""
    entered = np.zeros(stocks.shape)
    for c, p in np.ndindex(left.shape):
        for _ in range(parts):
            student, returnee, employed, ceiling, disappointed = stocks[c, p]
            finishing = student / study_years[p]
            home = (1 - leave_share) * finishing
            quitting = quit_rate * (employed + ceiling)
            vacancies = max(0.0, jobs[c, p] - employed - ceiling) / vacancy_time + quitting
            hires = min(hire_rate * returnee, vacancies)
            giving_up = give_up * returnee
            promoted = to_ceiling * employed
            forgetting = fade * disappointed
            settled = hires + giving_up
            if settled > 0:
                placement[c, p] = hires / settled
            expected_placement[c, p] += dt * placement_learning * (placement[c, p] - expected_placement[c, p])
            left[c, p] += dt * (leave_share * finishing + quitting + forgetting)
            entries[c, p] += dt * new_students[c, p]
            inflows = (new_students[c, p], home, hires, promoted, giving_up)
            outflows = (finishing, settled, promoted + quit_rate * employed, quit_rate * ceiling, forgetting)
            for stage in range(len(inflows)):
                stocks[c, p, stage] = stocks[c, p, stage] + dt * inflows[stage] - dt * outflows[stage]
                entered[c, p, stage] += dt * inflows[stage]
    return entered


def stage_shifts(p: Parameters) -> Floats:
    """Return the shift of the anchor towards the power of study by stage, [stages]."""
    return np.array([p.affect_student, 0.0, p.affect_employed, p.affect_ceiling, p.affect_disappointed])


def signal(pipeline: Pipeline, adults: Floats, countries: int, powers: int) -> Signal:
    """Return the reach of education: the share of adults who study or have studied in a power, [C, P]."""
    reach = pipeline.stocks.sum(axis=-1) / adults[:, None]
    return Signal("education", reach_public=reach, reach_elite=np.zeros((countries, powers)))
