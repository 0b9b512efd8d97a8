"""Protest as a threshold process (Granovetter 1978; Epstein 2002), its events, pressure and concession."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.inputs import Inputs

Floats = NDArray[np.float64]
LONGEST_COUNT = 100_000


@njit(cache=True)
def _share_active(margin: Floats, weight: Floats, lift: float) -> float:
    """Return the weighted share of those whose threshold is reached with ``lift`` from others."""
    active = 0.0
    total = 0.0
    for i in range(margin.size):
        total += weight[i]
        if margin[i] <= lift:
            active += weight[i]
    return active / total


@njit(cache=True)
def fixed_point(margin: Floats, weight: Floats, contagion: float, start: float) -> float:
    """Return the participation at which nobody else joins or leaves.

    Args:
        margin: threshold minus own grievance, [citizens].
        weight: persons, [citizens].
        contagion: grievance that full participation adds.
        start: 0 for the least fixed point, 1 for the greatest.
    """
    share = start
    for _ in range(margin.size + 1):
        after = _share_active(margin, weight, contagion * share)
        if after == share:
            break
        share = after
    return share


@njit(cache=True)
def negative_binomial(draw: float, mean: float, shape: float) -> int:
    """Return the count at the quantile ``draw`` of a negative binomial (NB2) with the given mean and shape."""
    if mean <= 0.0:
        return 0
    step = mean / (mean + shape)
    chance = (1.0 - step) ** shape
    below = chance
    count = 0
    while below < draw and count < LONGEST_COUNT:
        count += 1
        chance *= step * (count - 1 + shape) / count
        below += chance
    return count


@dataclass(frozen=True)
class Unrest:
    """Protest in one step, by country, [C]."""

    share: Floats  # active share of adults (least fixed point)
    upper_share: Floats  # greatest fixed point; differs from ``share`` where two equilibria exist
    slope: Floats  # contagion / (sqrt(2 pi) sd(margin)); above 1 two equilibria are possible
    events: Floats  # counted events


def mean_threshold(now: Inputs, p: Parameters) -> Floats:
    """Return the mean threshold by country: protest costs more where it is less free, [C]."""
    return np.asarray(p.threshold_base + p.threshold_closed * (1 - freedom(now, p)))


def freedom(now: Inputs, p: Parameters) -> Floats:
    """Return how free protest is, [C] in [0, 1]."""
    return np.minimum(now.openness / p.openness_full, 1.0)


def margins(affect: Floats, sensitivity: Floats, threshold: Floats, threat: Floats, dislike: Floats) -> Floats:
    """Return threshold minus grievance, [..., citizens].

    Args:
        affect: [..., citizens, P].
        sensitivity: [..., citizens].
        threshold: [..., citizens].
        threat: T, [..., P].
        dislike: grievance from one unit of negative affect, [P].
    """
    grievance = sensitivity * threat.sum(axis=-1)[..., None] + np.maximum(0.0, -affect) @ dislike
    return np.asarray(threshold - grievance)


def step(affect: Floats, weight: Floats, sensitivity: Floats, threshold: Floats, threat: Floats, now: Inputs,
         adults: Floats, draws: Floats, dt: float, p: Parameters, powers: tuple[str, ...]) -> Unrest:
    """Return protest in one step.

    Args:
        affect: affect of the slots, [slots, P], country after country.
        weight: persons of each slot.
        sensitivity: threat sensitivity of each slot.
        threshold: standardised protest threshold of each slot.
        threat: T, [C, P].
        now: inputs of the step.
        adults: persons, [C].
        draws: one uniform number for each country.
        dt: years.
        p: parameters.
        powers: codes in the order of the power axis.
    """
    shape = (threat.shape[0], -1)
    dislike = p.over("dislike_weight", powers)
    thresholds = mean_threshold(now, p)[:, None] + p.threshold_spread * threshold.reshape(shape)
    feared = threat * (p.over("threat_weight", powers) > 0)  # of a power that is not feared nobody feels a threat
    margin = margins(affect.reshape(*shape, len(powers)), sensitivity.reshape(shape), thresholds, feared, dislike)
    heads = weight.reshape(shape)
    slope = threshold_slope(margin, heads, p.contagion)
    share = np.array([fixed_point(*row, p.contagion, 0.0) for row in zip(margin, heads, strict=True)])
    upper = share.copy()
    for c in np.flatnonzero(slope > 1):
        upper[c] = fixed_point(margin[c], heads[c], p.contagion, 1.0)
    crowd = share + p.background_protest * now.openness
    mean = p.protest_scale * (adults / 1e6) ** p.adults_exponent * crowd * dt
    events = [negative_binomial(draw, rate, p.event_shape * dt * 12) for draw, rate in zip(draws, mean, strict=True)]
    return Unrest(share, upper, slope, np.array(events, dtype=np.float64))


def threshold_slope(margin: Floats, heads: Floats, contagion: float) -> Floats:
    """Return contagion / (sqrt(2 pi) sd(margin)), the steepest slope of a normal threshold map, [C]."""
    total = heads.sum(axis=1)
    centre = (margin * heads).sum(axis=1) / total
    spread = np.sqrt(((margin - centre[:, None]) ** 2 * heads).sum(axis=1) / total)
    steepest = np.full_like(spread, np.inf if contagion > 0 else 0.0)  # where all margins are equal
    return np.asarray(np.divide(contagion, np.sqrt(2 * np.pi) * spread, out=steepest, where=spread > 0))


def press(pressure: Floats, now: Inputs, p: Parameters) -> Floats:
    """Return what reaches decision makers of the pressure in the street, [C]: less in a closed country."""
    return np.asarray(freedom(now, p) * pressure)


def step_pressure(pressure: Floats, share: Floats, dt: float, p: Parameters) -> Floats:
    """Return pressure after a step: it follows participation, [C] in [0, 1]."""
    return np.asarray(pressure + dt * p.press_rate * (np.minimum(p.press_gain * share, 1) - pressure))


def step_moratorium(until: Floats, pressing: Floats, now: Inputs, draws: Floats, dt: float, p: Parameters) -> Floats:
    """Return until when a moratorium on projected commitments holds, [C] decimal years; it acts from the next step."""
    conceded = (draws < 1 - np.exp(-p.concession_hazard * pressing * dt)) & (until <= now.decimal_year)
    return np.where(conceded, now.decimal_year + dt + p.moratorium_years, until)
