"""Protest as a threshold process (Granovetter 1978; Epstein 2002), its events, pressure and concession."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model import threads
from spsim.model.blocks import BLOCK, weighted_sum
from spsim.model.inputs import Inputs

Floats = NDArray[np.float64]
LONGEST_COUNT = 100_000
_MEASURING = 5
"""About how many nanoseconds it takes to measure one citizen's margin."""


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(
    affect: NDArray[np.float32], weight: Floats, sensitivity: NDArray[np.float32], threshold: NDArray[np.float32],
    mean_threshold: float, spread: float, threat: float, dislike: Floats, contagion: float,
) -> tuple[float, float, Floats, Floats]:
    """Return what protest needs to know of one country's citizens.

    A citizen's margin is threshold minus own grievance: what others must add before the citizen takes to the streets.

    Args:
        affect: affect of the slots, [slots, P].
        weight: persons, [slots].
        sensitivity: threat sensitivity, [slots].
        threshold: standardised protest threshold, [slots].
        mean_threshold: mean threshold of the country.
        spread: standard deviation of thresholds.
        threat: threat that is felt, summed over powers.
        dislike: grievance from one unit of negative affect, [P].
        contagion: grievance that full participation adds.

    Returns:
        Persons; standard deviation of their margins; margins and persons of those whom participation could move at all.
    """
    slots, powers = np.uint64(weight.size), np.uint64(affect.shape[1])
    margin, squared, ones = np.empty(BLOCK), np.empty(BLOCK), np.ones(BLOCK)
    ready_margin, ready_weight = np.empty(weight.size), np.empty(weight.size)
    ready = np.uint64(0)
    persons, total, total_squared, centre = 0.0, 0.0, 0.0, 0.0
    for start in range(np.uint64(0), slots, np.uint64(BLOCK)):
        n = min(np.uint64(BLOCK), slots - start)
        for j in range(n):
            i = start + j
            own = mean_threshold + spread * np.float64(threshold[i]) - np.float64(sensitivity[i]) * threat
            margin[j] = own
        for k in range(powers):
            for j in range(n):
                margin[j] -= dislike[k] * max(0.0, -np.float64(affect[start + j, k]))
        for j in range(n):
            ready_margin[ready], ready_weight[ready] = margin[j], weight[start + j]
            ready += np.uint64(margin[j] <= contagion)
        if start == 0:
            centre = margin[0]  # sums of small differences keep their digits
        for j in range(n):
            margin[j] -= centre
            squared[j] = margin[j] * margin[j]
        heads = weight[start : start + n]
        persons += weighted_sum(heads, ones)
        total += weighted_sum(heads, margin)
        total_squared += weighted_sum(heads, squared)
    mean = total / persons
    deviation = math.sqrt(max(0.0, total_squared / persons - mean * mean))
    return persons, deviation, ready_margin[:ready].copy(), ready_weight[:ready].copy()


@njit(cache=True, nogil=True)
def fixed_point(margin: Floats, weight: Floats, persons: float, contagion: float, start: float) -> float:
    """Return the participation at which nobody else joins or leaves.

    Args:
        margin: threshold minus own grievance of those whom participation could move.
        weight: persons, of the same.
        persons: persons in all.
        contagion: grievance that full participation adds.
        start: 0 for the least fixed point, 1 for the greatest.
    """
    share = start
    for _ in range(margin.size + 1):
        active = 0.0
        for i in range(margin.size):
            active += weight[i] if margin[i] <= contagion * share else 0.0
        after = min(1.0, active / persons)
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


def step(affect: NDArray[np.float32], weight: Floats, sensitivity: NDArray[np.float32], threshold: NDArray[np.float32],
         threat: Floats, now: Inputs, adults: Floats, draws: Floats, dt: float, p: Parameters, threat_weight: Floats,
         dislike_weight: Floats) -> Unrest:
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
        threat_weight: weight of a threat, [P]; nobody feels one of a power with none.
        dislike_weight: grievance from one unit of negative affect, [P].
    """
    countries, thresholds = threat.shape[0], mean_threshold(now, p)
    share, upper, slope = np.empty(countries), np.empty(countries), np.empty(countries)

    def settle(first: int, last: int) -> None:
        _settle(
            first, last, affect, weight, sensitivity, threshold, thresholds, p.threshold_spread, threat, threat_weight,
            dislike_weight, p.contagion, share, upper, slope,
        )

    threads.share_out(settle, countries, _MEASURING * weight.size)
    crowd = share + p.background_protest * now.openness
    mean = p.protest_scale * (adults / 1e6) ** p.adults_exponent * crowd * dt
    return Unrest(share, upper, slope, _counts(draws, mean, p.event_shape * dt * 12))


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(
    first: int, last: int, affect: NDArray[np.float32], weight: Floats, sensitivity: NDArray[np.float32],
    threshold: NDArray[np.float32], mean_thresholds: Floats, spread: float, threat: Floats, threat_weight: Floats,
    dislike: Floats, contagion: float, share: Floats, upper: Floats, slope: Floats,
) -> None:
    """Write the fields of :class:`Unrest` that are no events, for the countries from ``first`` up to ``last``."""
    slots = weight.size // share.size
    for c in range(first, last):
        feared = 0.0
        for p in range(threat.shape[1]):
            feared += threat[c, p] * (threat_weight[p] > 0)
        begin, end = c * slots, (c + 1) * slots
        persons, deviation, margin, heads = _measure(
            affect[begin:end], weight[begin:end], sensitivity[begin:end], threshold[begin:end], mean_thresholds[c],
            spread, feared, dislike, contagion,
        )
        slope[c] = threshold_slope(deviation, contagion)
        share[c] = upper[c] = fixed_point(margin, heads, persons, contagion, 0.0)
        if slope[c] > 1:
            upper[c] = fixed_point(margin, heads, persons, contagion, 1.0)


@njit(cache=True)
def _counts(draws: Floats, mean: Floats, shape: float) -> Floats:
    """Return the counted events of each country."""
    counts = np.empty(draws.size)
    for c in range(draws.size):
        counts[c] = negative_binomial(draws[c], mean[c], shape)
    return counts


@njit(cache=True, nogil=True)
def threshold_slope(spread: float, contagion: float) -> float:
    """Return contagion / (sqrt(2 pi) spread), the steepest slope of a threshold map of normal margins."""
    if spread == 0:  # all margins are equal
        return math.inf if contagion > 0 else 0.0
    return contagion / (math.sqrt(2 * math.pi) * spread)


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
