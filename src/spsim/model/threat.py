"""Perceived threat, the opacity that feeds it, and the memory of events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.inputs import Inputs

Floats = NDArray[np.float64]


def pressure_of_presence(
    depend: Floats, labour: Floats, opacity: Floats, p: Parameters, powers: tuple[str, ...]
) -> Floats:
    """Return the threat that dependence adds in a year through foreign labour and opacity, [C, P]."""
    through_labour = p.over("threat_labour", powers) * labour
    through_opacity = p.over("threat_opacity", powers) * opacity[:, None]
    return np.asarray(depend * (through_labour + through_opacity))


def step_threat(threat: Floats, presence: Floats, now: Inputs, dt: float, p: Parameters) -> Floats:
    """Return threat after a step: dT = (-threat_decay T + presence + impulses) dt, [C, P]."""
    return np.asarray(threat + dt * (presence + now.threat_impulse - p.threat_decay * threat))


def step_memory(memory: Floats, now: Inputs, dt: float, p: Parameters) -> Floats:
    """Return the memory of events after a step: it falls with an event and fades, [C, P] affect."""
    return np.asarray(memory * (1 - dt * p.memory_decay) - now.memory_impulse)


def step_security(security: Floats, now: Inputs, dt: float, p: Parameters) -> Floats:
    """Return the security lift of elites after a step, [C, P] alignment."""
    return np.asarray(security * (1 - dt * p.security_decay) + now.security_impulse)


def feared(p: Parameters, powers: tuple[str, ...]) -> NDArray[np.bool_]:
    """Tell which powers can be felt as a threat, [P]."""
    return p.over("threat_weight", powers) > 0


def mean_gap(elite_mean: Floats, public_mean: Floats, p: Parameters, powers: tuple[str, ...]) -> Floats:
    """Return the elite-public gap, averaged over the powers that can be felt as a threat, [C]; 0 without any."""
    gap = (elite_mean - public_mean)[:, feared(p, powers)]
    return np.asarray(gap.mean(axis=1) if gap.size else np.zeros(elite_mean.shape[0]))


def step_opacity(
    opacity: Floats, base: Floats, gap: Floats, press: Floats, now: Inputs, dt: float, p: Parameters
) -> Floats:
    """Return opacity after a step, [C] in [0, 1].

    Args:
        opacity: opacity at t.
        base: opacity without gap or pressure.
        gap: elite-public gap, which elites of a closed country hide.
        press: public pressure, which opens the books.
        now: inputs; transparency lowers the base, a pin overrides everything.
        dt: years.
        p: parameters.
    """
    hidden = p.opacity_gap * np.maximum(0, gap) * np.maximum(0, 1 - now.openness / p.opacity_openness)
    target = base * (1 - now.transparency) + hidden - 0.5 * p.concession_weight * press
    after = np.clip(opacity + dt * p.opacity_rate * (target - opacity), 0, 1)
    return np.where(np.isnan(now.opacity_pin), after, now.opacity_pin)


def loop_gain(depend: Floats, now: Inputs, p: Parameters, powers: tuple[str, ...]) -> Floats:
    """Return the gain of the loop gap -> opacity -> threat -> affect -> gap at rest, [C].

    One unit more of gap raises opacity by opacity_gap (1 - open / opacity_openness), threat by threat_opacity d /
    threat_decay times that, and lowers mean affect by threat_weight times the mean sensitivity times that.
    """
    opened = p.opacity_gap * np.maximum(0, 1 - now.openness / p.opacity_openness)
    weight = p.over("threat_weight", powers) * p.threat_sensitivity_mean
    strength = weight * p.over("threat_opacity", powers) * depend
    per_power = strength / p.threat_decay if p.threat_decay > 0 else np.where(strength > 0, np.inf, 0.0)
    active = feared(p, powers)
    return np.asarray(opened * per_power[:, active].mean(axis=1)) if active.any() else np.zeros(depend.shape[0])
