"""Threat, opacity, protest, and what states concede."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docking_reference.country import Country


def feared(country: Country) -> list[str]:
    """Return the powers that can be felt as a threat."""
    return [power for power in country.powers if country.rules.threat_weight[power] > 0]


def next_threat(country: Country, power: str, dt: float) -> float:
    """Return threat after a step: dependence feeds it through foreign labour and opacity, events hit, time heals."""
    rules, old = country.rules, country.threat[power]
    labour = rules.threat_labour[power] * country.projects[power].foreign_labour
    secrecy = rules.threat_opacity[power] * country.opacity
    presence = country.dependence[power] * (labour + secrecy)
    return old + dt * (presence + country.month.threat_impulse[power] - rules.threat_decay * old)


def next_memory(country: Country, power: str, dt: float) -> float:
    """Return the memory of events after a step; below 0 for a bad one."""
    return country.memory[power] * (1 - country.rules.memory_decay * dt) - country.month.memory_impulse[power]


def next_security(country: Country, power: str, dt: float) -> float:
    """Return the lift of elites by security events after a step."""
    return country.security[power] * (1 - country.rules.security_decay * dt) + country.month.security_impulse[power]


def next_opacity(country: Country, dt: float) -> float:
    """Return opacity after a step: elites of closed countries hide what the public would not like."""
    rules, month = country.rules, country.month
    if not math.isnan(month.opacity_pin):
        return month.opacity_pin
    gaps = [country.elite_mean[power] - country.public_mean[power] for power in feared(country)]
    gap = sum(gaps) / len(gaps) if gaps else 0.0
    hidden = rules.opacity_gap * max(0.0, gap) * max(0.0, 1 - month.openness / rules.opacity_openness)
    conceded = 0.5 * rules.concession_weight * country.press
    aim = rules.opacity_base * (1 - month.transparency) + hidden - conceded
    after = country.opacity + rules.opacity_rate * (aim - country.opacity) * dt
    return min(1.0, max(0.0, after))


def participation(crowd: Iterable[tuple[float, float]], contagion: float) -> float:
    """Return the share of a public that protests (Granovetter 1978): the least one at which nobody else joins.

    Those who need nobody start; whoever is carried along by them joins; and so on.

    Args:
        crowd: (reluctance, persons) of everybody; who is reluctant by less than what others add, joins.
        contagion: what full participation adds.
    """
    waiting = sorted(crowd, key=lambda one: one[0])
    total = sum(persons for _, persons in waiting)
    active, joined = 0.0, 0
    while True:
        carried = contagion * active / total
        before = joined
        while joined < len(waiting) and waiting[joined][0] <= carried:
            active += waiting[joined][1]
            joined += 1
        if joined == before:
            return active / total


def greatest_participation(crowd: Iterable[tuple[float, float]], contagion: float) -> float:
    """Return the greatest share at which nobody leaves: everybody starts, whoever is not carried goes home."""
    staying = sorted(crowd, key=lambda one: one[0])
    total = sum(persons for _, persons in staying)
    while True:
        carried = contagion * sum(persons for _, persons in staying) / total
        still = [one for one in staying if one[0] <= carried]
        if len(still) == len(staying):
            return sum(persons for _, persons in staying) / total
        staying = still


def threshold_slope(crowd: list[tuple[float, float]], contagion: float) -> float:
    """Return the steepest slope of the map from protest to protest, were reluctance normal; above 1 two rests."""
    total = sum(persons for _, persons in crowd)
    mean = sum(reluctance * persons for reluctance, persons in crowd) / total
    variance = sum((reluctance - mean) ** 2 * persons for reluctance, persons in crowd) / total
    return contagion / (math.sqrt(2 * math.pi) * math.sqrt(variance))


def events_counted(draw: float, mean: float, shape: float) -> tuple[int, float]:
    """Return the number of events at the quantile ``draw`` of a negative binomial, and how close the draw is to a step.

    Args:
        draw: a number between 0 and 1.
        mean: expected number of events.
        shape: shape; the variance is mean + mean squared / shape.
    """
    if mean <= 0:
        return 0, math.inf
    log_stay, log_go = math.log(shape / (shape + mean)), math.log(mean / (shape + mean))
    count, share_below, closest = 0, 0.0, math.inf
    while True:
        ways = math.lgamma(count + shape) - math.lgamma(shape) - math.lgamma(count + 1)
        share_below += math.exp(ways + shape * log_stay + count * log_go)
        closest = min(closest, abs(draw - share_below))
        if share_below >= draw:
            return count, closest
        count += 1


def expected_events(country: Country, share: float, adults: float, dt: float) -> float:
    """Return the number of protest events to be expected in a step."""
    rules = country.rules
    crowd = share + rules.background_protest * country.month.openness
    return rules.protest_scale * (adults / 1e6) ** rules.adults_exponent * crowd * dt


def next_pressure(country: Country, share: float, dt: float) -> float:
    """Return the pressure of the street after a step."""
    rules = country.rules
    heard = min(rules.press_gain * share, 1.0)
    return country.pressure + rules.press_rate * (heard - country.pressure) * dt


def chance_of_moratorium(country: Country, dt: float) -> float:
    """Return the chance that a state stops new projects in a step."""
    return 1 - math.exp(-country.rules.concession_hazard * country.press * dt)


def loop_gain(country: Country) -> float:
    """Return the gain of the loop from the gap through opacity, threat and affect back to the gap."""
    rules, powers = country.rules, feared(country)
    if not powers:
        return 0.0
    hiding = rules.opacity_gap * max(0.0, 1 - country.month.openness / rules.opacity_openness)
    gains = [
        hiding * country.dependence[power] * rules.threat_opacity[power] / rules.threat_decay
        * rules.threat_weight[power] * rules.threat_sensitivity_mean
        for power in powers
    ]
    return sum(gains) / len(gains)
