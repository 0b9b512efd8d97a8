"""Investment: from commitments to works to capital; what capital does to elites, and projects to hopes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.channels import Signal
from spsim.model.inputs import Inputs
from spsim.model.state import Politics, Projects

Floats = NDArray[np.float64]


def exposure(projects: Projects, now: Inputs) -> Floats:
    """Return what stands for a power's economic weight, bn USD of 2015, [C, P].

    Capital where it is recorded; for a power without capital series its trade with the country.
    """
    return _exposure(projects.capital, now.trade, now.gdp)


@njit(cache=True)
def _exposure(capital: Floats, trade: Floats, gdp: Floats) -> Floats:
    out = np.empty(capital.shape)
    for c, p in np.ndindex(out.shape):
        out[c, p] = capital[c, p] + trade[c, p] * gdp[c]
    return out


def dependence(amount: Floats, gdp: Floats, p: Parameters) -> Floats:
    """Return dependence d = K / (K + k_half GDP) in [0, 1), [C, P]."""
    return _dependence(amount, gdp, p.k_half)


@njit(cache=True, error_model="numpy")
def _dependence(amount: Floats, gdp: Floats, k_half: float) -> Floats:
    out = np.empty(amount.shape)
    for c, p in np.ndindex(out.shape):
        out[c, p] = amount[c, p] / (amount[c, p] + k_half * gdp[c])
    return out


def cycle(projects: Projects, p: Parameters) -> Floats:
    """Return the shift of anchors by hopes and let-downs (Wang, McCauley and Pearson 2022), [C, P]."""
    return _cycle(
        projects.hopes, projects.letdown, p.announcement_weight, p.disappointment_weight, p.project_half
    )


@njit(cache=True, error_model="numpy")
def _cycle(
    hopes: Floats, letdown: Floats, announcement_weight: float, disappointment_weight: float, project_half: float
) -> Floats:
    shift = np.empty(hopes.shape)
    for c, p in np.ndindex(shift.shape):
        rise = announcement_weight * hopes[c, p] / (hopes[c, p] + project_half)
        fall = disappointment_weight * letdown[c, p] / (letdown[c, p] + project_half)
        shift[c, p] = rise - fall
    return shift


def signal(projects: Projects, depend: Floats, p: Parameters) -> Signal:
    """Return what investment does: the project cycle to the public, rents to elites; both reach everybody."""
    everybody = np.ones_like(depend)
    return Signal("investment", anchor=cycle(projects, p), elite=p.rent_weight * depend, reach_public=everybody,
                  reach_elite=everybody)


def step(projects: Projects, politics: Politics, now: Inputs, press: Floats, dt: float, p: Parameters,
         localisation: Floats) -> Projects:
    """Return projects after one step.

    Args:
        projects: state at t.
        politics: state at t; a moratorium cuts commitments that are projected, not those on record.
        now: inputs of the step.
        press: public pressure, [C].
        dt: years.
        p: parameters.
        localisation: strength of localisation by country, [C].
    """
    works, capital, hopes, letdown = _works_and_hopes(
        projects.works, projects.capital, projects.hopes, projects.letdown, projects.foreign_labour, now.commitments,
        now.gdp, (now.projected > 0) & (now.decimal_year < politics.moratorium_until), p.moratorium_factor,
        p.realised_share, p.works_lag, p.depreciation, p.local_jobs, p.announcement_years, p.disappointment_years, dt,
    )
    labour = _labour(
        projects.foreign_labour, press, localisation, now.hiring_floor, now.labour_pin, p.localisation_press,
        p.localisation_drift, p.labour_floor, dt,
    )
    return Projects(works, capital, hopes, letdown, labour)


@njit(cache=True)
def _works_and_hopes(
    works: Floats, capital: Floats, hopes: Floats, letdown: Floats, labour: Floats, recorded: Floats, gdp: Floats,
    stopped: NDArray[np.bool_], moratorium_factor: float, realised_share: float, works_lag: float,
    depreciation: float, local_jobs: float, announcement_years: float, disappointment_years: float, dt: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return works, capital, hopes and let-downs after a step, [C, P] each."""
    built_on, stock = np.empty(works.shape), np.empty(works.shape)
    hoped, let_down = np.empty(works.shape), np.empty(works.shape)
    for c, p in np.ndindex(works.shape):
        commitments = recorded[c, p] * (moratorium_factor if stopped[c] else 1.0) * realised_share
        built = works[c, p] / works_lag
        share = commitments / gdp[c]
        hopes_met = hopes[c, p] * local_jobs * (1 - labour[c, p])
        hopes_out = hopes[c, p] / announcement_years
        built_on[c, p] = works[c, p] + dt * (commitments - built)
        stock[c, p] = capital[c, p] + dt * (built - depreciation * capital[c, p])
        hoped[c, p] = hopes[c, p] + dt * (share - hopes_out)
        let_down[c, p] = letdown[c, p] + dt * (hopes[c, p] - hopes_met - letdown[c, p] / disappointment_years)
    return built_on, stock, hoped, let_down


@njit(cache=True)
def _labour(
    share: Floats, press: Floats, localisation: Floats, hiring_floor: Floats, pin: Floats, localisation_press: float,
    localisation_drift: float, labour_floor: float, dt: float,
) -> Floats:
    """Return the share of foreign labour after a step: pressure and practice lower it, a hiring floor bounds it."""
    free = np.empty(share.shape)
    for c, p in np.ndindex(share.shape):
        rate = localisation[c] * (localisation_press * press[c] + localisation_drift)
        now = float(share[c, p])
        free[c, p] = max(now * (1.0 - dt * float(rate)), min(now, labour_floor))
    return bound_labour(free, hiring_floor, pin)


@njit(cache=True)
def bound_labour(share: Floats, hiring_floor: Floats, pin: Floats) -> Floats:
    """Return the share of foreign labour within the hiring floor, or where a scenario pins it, [C, P]."""
    bounded = np.empty(share.shape)
    for c, p in np.ndindex(share.shape):
        within = min(share[c, p], 1 - hiring_floor[c])
        bounded[c, p] = within if math.isnan(pin[c, p]) else pin[c, p]
    return bounded
