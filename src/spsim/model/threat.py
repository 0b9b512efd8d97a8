"""Perceived threat, the opacity that feeds it, and the memory of events."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.inputs import Inputs
from spsim.model.state import Politics

Floats = NDArray[np.float64]


@njit(cache=True)
def pressure_of_presence(
    depend: Floats, labour: Floats, opacity: Floats, threat_labour: Floats, threat_opacity: Floats
) -> Floats:
    """Return the threat that dependence adds in a year through foreign labour and opacity, [C, P].

    Args:
        depend: dependence, [C, P].
        labour: share of foreign labour, [C, P].
        opacity: opacity, [C].
        threat_labour: what full foreign labour adds, [P].
        threat_opacity: what full opacity adds, [P].
    """
    presence = np.empty(depend.shape)
    for c, p in np.ndindex(depend.shape):
        presence[c, p] = depend[c, p] * (threat_labour[p] * labour[c, p] + threat_opacity[p] * opacity[c])
    return presence


def step(
    old: Politics, depend: Floats, labour: Floats, elite_mean: Floats, public_mean: Floats, press: Floats,
    opacity_base: Floats, now: Inputs, dt: float, p: Parameters, threat_weight: Floats, threat_labour: Floats,
    threat_opacity: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return threat, memory and security, [C, P], and opacity, [C] in [0, 1], after a step: news adds, time takes away.

        dT = (-threat_decay T + presence + impulses) dt
        memory of an event falls with it and fades, and so does the security that elites feel after one
        opacity -> base (1 - transparency) + opacity_gap max(0, gap) max(0, 1 - open / opacity_openness) - pressure

    Args:
        old: state at t.
        depend: dependence, [C, P].
        labour: share of foreign labour, [C, P].
        elite_mean: mean alignment, [C, P].
        public_mean: mean affect, [C, P]; the gap between both, which elites of a closed country hide, is averaged
            over the powers that can be felt as a threat.
        press: public pressure, which opens the books, [C].
        opacity_base: opacity without gap or pressure, [C].
        now: inputs; transparency lowers the base, a pin overrides everything.
        dt: years.
        p: parameters.
        threat_weight: weight of a threat; 0 for a power that nobody fears, [P].
        threat_labour: what full foreign labour adds to threat, [P].
        threat_opacity: what full opacity adds, [P].
    """
    presence = pressure_of_presence(depend, labour, old.opacity, threat_labour, threat_opacity)
    gap = _mean_where_feared(elite_mean - public_mean, threat_weight)
    return (
        *_impulses_and_decay(
            old.threat, old.memory, old.security, presence, now.threat_impulse, now.memory_impulse,
            now.security_impulse, p.threat_decay, p.memory_decay, p.security_decay, dt,
        ),
        _step_opacity(
            old.opacity, opacity_base, gap, press, now.openness, now.transparency, now.opacity_pin, p.opacity_gap,
            p.opacity_openness, p.concession_weight, p.opacity_rate, dt,
        ),
    )


@njit(cache=True)
def _impulses_and_decay(
    threat: Floats, memory: Floats, security: Floats, presence: Floats, threat_impulse: Floats,
    memory_impulse: Floats, security_impulse: Floats, threat_decay: float, memory_decay: float, security_decay: float,
    dt: float,
) -> tuple[Floats, Floats, Floats]:
    """Return threat, memory and security after a step, [C, P] each."""
    feared, remembered, secured = np.empty(threat.shape), np.empty(threat.shape), np.empty(threat.shape)
    for c, p in np.ndindex(threat.shape):
        feared[c, p] = threat[c, p] + dt * (presence[c, p] + threat_impulse[c, p] - threat_decay * threat[c, p])
        remembered[c, p] = memory[c, p] * (1 - dt * memory_decay) - memory_impulse[c, p]
        secured[c, p] = security[c, p] * (1 - dt * security_decay) + security_impulse[c, p]
    return feared, remembered, secured


@njit(cache=True)
def _step_opacity(
    opacity: Floats, base: Floats, gap: Floats, press: Floats, openness: Floats, transparency: Floats, pin: Floats,
    opacity_gap: float, opacity_openness: float, concession_weight: float, opacity_rate: float, dt: float,
) -> Floats:
    """Return opacity after a step, [C] in [0, 1]."""
    after = np.empty(opacity.shape)
    for c in range(opacity.size):
        hidden = opacity_gap * max(0.0, gap[c]) * max(0.0, 1 - openness[c] / opacity_openness)
        target = base[c] * (1 - transparency[c]) + hidden - 0.5 * concession_weight * press[c]
        free = min(1.0, max(0.0, opacity[c] + dt * opacity_rate * (target - opacity[c])))
        after[c] = free if math.isnan(pin[c]) else pin[c]
    return after


@njit(cache=True)
def _mean_where_feared(values: Floats, threat_weight: Floats) -> Floats:
    """Return the mean over the powers that can be felt as a threat, [C]; 0 without any."""
    mean = np.zeros(values.shape[0])
    feared = (threat_weight > 0).sum()
    for c, p in np.ndindex(values.shape):
        if threat_weight[p] > 0:
            mean[c] += values[c, p]
    return mean / feared if feared > 0 else mean


def loop_gain(depend: Floats, now: Inputs, p: Parameters, threat_weight: Floats, threat_opacity: Floats) -> Floats:
    """Return the gain of the loop gap -> opacity -> threat -> affect -> gap at rest, [C].

    One unit more of gap raises opacity by opacity_gap (1 - open / opacity_openness), threat by threat_opacity d /
    threat_decay times that, and lowers mean affect by threat_weight times the mean sensitivity times that.

    Args:
        depend: dependence, [C, P].
        now: inputs of the step.
        p: parameters.
        threat_weight: weight of a threat; 0 for a power that nobody fears, [P].
        threat_opacity: what full opacity adds to threat, [P].
    """
    strength = threat_weight * p.threat_sensitivity_mean * threat_opacity * depend
    per_power = strength / p.threat_decay if p.threat_decay > 0 else np.where(strength > 0, np.inf, 0.0)
    opened = p.opacity_gap * np.maximum(0, 1 - now.openness / p.opacity_openness)
    return np.asarray(opened * _mean_where_feared(per_power, threat_weight))
