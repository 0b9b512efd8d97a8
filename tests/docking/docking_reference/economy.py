"""What powers build and whom they teach: projects with their labour, and the education pipeline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docking_reference.country import Country

STAGES = ("student", "returnee", "employed", "ceiling", "disappointed")
STAGE_BEFORE = {"returnee": "student", "employed": "returnee", "ceiling": "employed", "disappointed": "returnee"}


@dataclass(frozen=True)
class Projects:
    """The projects of one power in one country."""

    works: float  # bn USD under construction
    capital: float  # bn USD that stand
    hopes: float  # what was announced, over GDP, fading
    letdown: float  # what was hoped for in vain, over GDP, fading
    foreign_labour: float  # share


def exposure(projects: Projects, month: SimpleNamespace, power: str) -> float:
    """Return a power's weight in an economy, bn USD: its capital, or its trade where no capital is on record."""
    return projects.capital + month.trade[power] * month.gdp


def dependence(amount: float, rules: SimpleNamespace, gdp: float) -> float:
    """Return dependence, from 0 to 1; one half where the exposure is ``k_half`` times GDP."""
    return amount / (amount + rules.k_half * gdp)


def project_cycle(projects: Projects, rules: SimpleNamespace) -> float:
    """Return how announced projects raise the public's anchor and running ones lower it, with falling returns."""
    half = rules.project_half
    rise = rules.announcement_weight * projects.hopes / (projects.hopes + half)
    fall = rules.disappointment_weight * projects.letdown / (projects.letdown + half)
    return rise - fall


def next_projects(country: Country, power: str, dt: float) -> Projects:
    """Return the projects of a power after a step."""
    old, rules, month = country.projects[power], country.rules, country.month
    commitments = month.commitments[power]
    if month.projected > 0 and month.decimal_year < country.moratorium_until:  # what is on record cannot be undone
        commitments *= rules.moratorium_factor
    realised = rules.realised_share * commitments
    finished = old.works / rules.works_lag
    local_jobs = rules.local_jobs * (1 - old.foreign_labour)
    return Projects(
        works=old.works + dt * (realised - finished),
        capital=old.capital + dt * (finished - rules.depreciation * old.capital),
        hopes=old.hopes + dt * (realised / month.gdp - old.hopes / rules.announcement_years),
        letdown=old.letdown + dt * (old.hopes * (1 - local_jobs) - old.letdown / rules.disappointment_years),
        foreign_labour=_next_labour(old.foreign_labour, country, power, dt),
    )


def _next_labour(share: float, country: Country, power: str, dt: float) -> float:
    """Return the share of foreign labour after a step: pressure and practice lower it, law bounds it."""
    rules, month = country.rules, country.month
    if not math.isnan(month.labour_pin[power]):
        return month.labour_pin[power]
    rate = rules.localisation * (rules.localisation_press * country.press + rules.localisation_drift)
    after = share - rate * share * dt
    if after < rules.labour_floor:  # practice goes no lower than this, but does not raise a lower share
        after = min(share, rules.labour_floor)
    return min(after, 1 - month.hiring_floor)


@dataclass(frozen=True)
class Pipeline:
    """Those who study or have studied in one power, in persons."""

    stock: dict[str, float]  # by stage
    left: float  # who stayed abroad, quit or forgot, since the start
    entries: float  # who entered, since the start
    expected_placement: float  # what applicants think of their chance to find a post
    placement: float  # share of those leaving the queue who did find one


def applicants_admitted(country: Country, power: str) -> float:
    """Return new students a year: those who want to go, as far as there are seats and borders are open."""
    rules, month, pipeline = country.rules, country.month, country.pipeline[power]
    scholarships = 1 + rules.scholarship_share * (month.scholarships[power] - 1)
    prospects = rules.demand_floor + (1 - rules.demand_floor) * pipeline.expected_placement
    demand = (
        rules.demand_rate[power]
        * month.youth
        * country.budget[power]["education"]
        * prospects
        * (1 + rules.demand_affect * country.public_mean[power])
        * month.demand_support[power]
        * scholarships
    )
    seats = 1000 * rules.seat_ceiling[power] * month.seats[power] * scholarships
    return min(demand, seats) * (1 - month.closure[power]) * month.border_open


def posts_for_graduates(country: Country, power: str) -> float:
    """Return the posts that a power's weight in the economy offers to local graduates."""
    per_bn = country.rules.posts_per_bn[power] * country.month.graduate_posts[power]
    amount = exposure(country.projects[power], country.month, power)
    return per_bn * amount * (1 - country.projects[power].foreign_labour)


def next_pipeline(country: Country, power: str, dt: float) -> tuple[Pipeline, dict[str, float]]:
    """Return the pipeline after a step, in half-months, and how many persons entered each stage."""
    pipeline, entered = country.pipeline[power], dict.fromkeys(STAGES, 0.0)
    admitted, posts = applicants_admitted(country, power), posts_for_graduates(country, power)
    parts = max(1, round(24 * dt))
    for _ in range(parts):
        pipeline, moved = _half_month(pipeline, admitted, posts, country.rules, power, dt / parts)
        for stage in STAGES:
            entered[stage] += moved[stage]
    return pipeline, entered


def _half_month(
    old: Pipeline, admitted: float, posts: float, rules: SimpleNamespace, power: str, dt: float
) -> tuple[Pipeline, dict[str, float]]:
    """Return the pipeline after one short step, and how many persons entered each stage in it."""
    student, returnee, employed, ceiling, disappointed = (old.stock[stage] for stage in STAGES)
    in_post = employed + ceiling
    finish = dt * student / rules.study_years[power]
    return_home = (1 - rules.leave_share) * finish
    openings = max(0.0, posts - in_post) / rules.vacancy_time + rules.quit_rate * in_post
    hired = dt * min(rules.hire_rate * returnee, openings)
    give_up = dt * rules.give_up * returnee
    promoted = dt * rules.to_ceiling * employed
    quit_early, quit_late = dt * rules.quit_rate * employed, dt * rules.quit_rate * ceiling
    forget = dt * rules.fade * disappointed
    placement = hired / (hired + give_up) if hired + give_up > 0 else old.placement
    entered = {
        "student": dt * admitted, "returnee": return_home, "employed": hired, "ceiling": promoted,
        "disappointed": give_up,
    }
    after = Pipeline(
        stock={
            "student": student + entered["student"] - finish,
            "returnee": returnee + return_home - hired - give_up,
            "employed": employed + hired - promoted - quit_early,
            "ceiling": ceiling + promoted - quit_late,
            "disappointed": disappointed + give_up - forget,
        },
        left=old.left + (finish - return_home) + quit_early + quit_late + forget,
        entries=old.entries + entered["student"],
        expected_placement=old.expected_placement
        + dt * rules.placement_learning * (placement - old.expected_placement),
        placement=placement,
    )
    return after, entered
