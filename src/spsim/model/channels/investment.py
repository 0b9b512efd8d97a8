"""Investment: from commitments to works to capital; what capital does to elites, and projects to hopes."""

from __future__ import annotations

import numpy as np
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
    return np.asarray(projects.capital + now.trade * now.gdp[:, None])


def dependence(amount: Floats, gdp: Floats, p: Parameters) -> Floats:
    """Return dependence d = K / (K + k_half GDP) in [0, 1), [C, P]."""
    return np.asarray(amount / (amount + p.k_half * gdp[:, None]))


def cycle(projects: Projects, p: Parameters) -> Floats:
    """Return the shift of anchors by hopes and let-downs (Wang, McCauley and Pearson 2022), [C, P]."""
    rise = p.announcement_weight * projects.hopes / (projects.hopes + p.project_half)
    fall = p.disappointment_weight * projects.letdown / (projects.letdown + p.project_half)
    return np.asarray(rise - fall)


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
    stopped = (now.projected > 0) & (now.decimal_year < politics.moratorium_until)
    commitments = now.commitments * np.where(stopped, p.moratorium_factor, 1.0)[:, None] * p.realised_share
    built = projects.works / p.works_lag
    share = commitments / now.gdp[:, None]
    hopes_met = projects.hopes * p.local_jobs * (1 - projects.foreign_labour)
    hopes_out = projects.hopes / p.announcement_years
    return Projects(
        works=projects.works + dt * (commitments - built),
        capital=projects.capital + dt * (built - p.depreciation * projects.capital),
        hopes=projects.hopes + dt * (share - hopes_out),
        letdown=projects.letdown + dt * (projects.hopes - hopes_met - projects.letdown / p.disappointment_years),
        foreign_labour=_labour(projects.foreign_labour, now, press, dt, p, localisation),
    )


def _labour(share: Floats, now: Inputs, press: Floats, dt: float, p: Parameters, localisation: Floats) -> Floats:
    """Return the share of foreign labour after a step: pressure and practice lower it, a hiring floor bounds it."""
    rate = localisation * (p.localisation_press * press + p.localisation_drift)
    free = np.maximum(share * (1 - dt * rate[:, None]), np.minimum(share, p.labour_floor))
    return bound_labour(free, now)


def bound_labour(share: Floats, now: Inputs) -> Floats:
    """Return the share of foreign labour within the hiring floor, or where a scenario pins it, [C, P]."""
    bounded = np.minimum(share, 1 - now.hiring_floor[:, None])
    return np.where(np.isnan(now.labour_pin), bounded, now.labour_pin)
