"""Opinion: how affect towards each power moves in one step.

Friedkin and Johnsen (1990) with stubborn sources. For citizen i and power p

    dx = [social_rate * mean over ties (x_j - x)  +  anchor_rate (b - x)  +  sum over sources mu (m - x)] dt
         + noise dW + common_noise dB
    b  = level + own anchor + heritage_weight h - threat_weight s T + memory + projects + events (+ alumni shift)
    mu = strength * reach * acceptance,  acceptance after Zaller (1992)

The rule for one citizen is ``citizen_step``. It is compiled, and the uncompiled function (``citizen_step.py_func``)
is the oracle of its test. Everything is added up term by term, so that the contributions to a country's mean are
known exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.channels import Source
from spsim.model.randomness import Stream, standard_normal
from spsim.model.state import State

Floats = NDArray[np.float64]

TERMS = (
    "social_influence", "anchor_return", "heritage", "threat", "memory", "investment", "education", "event_anchor",
    "event_jump", "noise", "common_noise", "clipping",
)
"""What moves affect beside the sources; the order is that of the terms written by ``citizen_step``."""

(
    SOCIAL, RETURN, HERITAGE, THREAT, MEMORY, INVESTMENT, EDUCATION, EVENT_ANCHOR, JUMP, NOISE, COMMON, CLIPPING,
) = range(len(TERMS))
SOURCES_FROM = len(TERMS)


@dataclass(frozen=True)
class Climate:
    """What all citizens of a country share in a step; every array is [C, P]."""

    level: Floats  # anchor of a citizen without traits
    memory: Floats
    projects: Floats
    event_anchor: Floats
    heritage_weight: Floats
    threat: Floats  # threat_weight * T
    threat_jump: Floats  # fall at once, for a sensitivity of one
    memory_jump: Floats  # fall at once, for everybody
    common_shock: Floats  # drawn once for a country and power

    def packed(self) -> Floats:
        """Return the arrays stacked for the kernel, [C, P, 9], in the order of the fields."""
        return np.stack(list(vars(self).values()), axis=-1)


@dataclass(frozen=True)
class Broadcast:
    """Sources of a step as arrays: K sources, C countries, P powers, A audience classes."""

    names: tuple[str, ...]
    channels: tuple[str, ...]
    strength: Floats  # [K, C]
    reach: Floats  # [K, C, A]
    stance: Floats  # [K, C, P], nan = silent
    gate: Floats  # [K, C, P, 3]: constant, per heritage, per sensitivity


def broadcast(
    sources: tuple[Source, ...], threat: Floats, adaptation: Floats, p: Parameters, powers: tuple[str, ...]
) -> Broadcast:
    """Return the sources with the country-level part of their acceptance gates.

    Heritage and threat enter only for a source that the power itself owns: who is wary must not reject criticism.

    Args:
        sources: the sources of all channels.
        threat: threat T by country and power, [C, P].
        adaptation: local adaptation by country and power, [C, P].
        p: parameters.
        powers: codes in the order of the power axis.
    """
    countries = threat.shape[0]
    heritage, wary = p.over("gate_heritage", powers), p.over("gate_threat", powers)
    gate = np.zeros((len(sources), countries, len(powers), 3))
    for k, source in enumerate(sources):
        gate[k, :, :, 0] = p.gate_base - p.state_source_discount * source.state
        if source.owner >= 0:
            o = source.owner
            gate[k, :, o, 0] += p.gate_adaptation * adaptation[:, o]
            gate[k, :, o, 1] = heritage[o]
            gate[k, :, o, 2] = -wary[o] * threat[:, o]
    return Broadcast(
        names=tuple(source.name for source in sources), channels=tuple(source.channel for source in sources),
        strength=np.stack([source.strength for source in sources]),
        reach=np.stack([source.reach for source in sources]), stance=np.stack([source.stance for source in sources]),
        gate=gate,
    )


@njit(cache=True, inline="always")
def acceptance(opinion: float, message: float, gate: Floats, heritage: float, sensitivity: float,
               gate_opinion: float, backlash: float) -> float:
    """Return how far a citizen accepts a message, in [-backlash, 1] (Zaller 1992, with backlash)."""
    logit = gate[0] + gate_opinion * message * opinion + gate[1] * heritage + gate[2] * sensitivity
    return (1.0 + backlash) / (1.0 + math.exp(-logit)) - backlash


@njit(cache=True)
def citizen_step(
    affect: float, tie_pull: float, own_anchor: float, heritage: float, sensitivity: float, alumni_shift: float,
    threat_factor: float, climate: Floats, strength: Floats, reach: Floats, stance: Floats, gate: Floats, shock: float,
    rates: Floats, dt: float, terms: Floats,
) -> np.float32:
    """Move one citizen's affect towards one power by one step; the whole rule.

    Args:
        affect: affect x in [-1, 1].
        tie_pull: mean over ties of x_j - x.
        own_anchor: trait u.
        heritage: trait h.
        sensitivity: trait s.
        alumni_shift: shift of the anchor by the stage of education.
        threat_factor: factor on the sensitivity to this power's threat (alumni).
        climate: what the country shares, in the order of ``Climate``, [9].
        strength: strength of the sources, [K].
        reach: their reach in this citizen's audience class, [K].
        stance: their stance on this power, [K], nan = silent.
        gate: their acceptance gates, [K, 3].
        shock: the citizen's standard normal draw.
        rates: anchor_rate, social_rate, noise, gate_opinion, backlash.
        dt: years.
        terms: written; what each term adds to affect in this step, [12 + K].

    Returns:
        The affect after the step, as it is stored (float32).
    """
    anchor_rate, social_rate, noise, gate_opinion, backlash = rates[0], rates[1], rates[2], rates[3], rates[4]
    level, memory, projects, event_anchor, heritage_weight = climate[0], climate[1], climate[2], climate[3], climate[4]
    threat, threat_jump, memory_jump, common_shock = climate[5], climate[6], climate[7], climate[8]
    felt = sensitivity * threat_factor

    terms[SOCIAL] = social_rate * tie_pull * dt
    terms[RETURN] = anchor_rate * (level + own_anchor - affect) * dt
    terms[HERITAGE] = anchor_rate * heritage_weight * heritage * dt
    terms[THREAT] = -anchor_rate * felt * threat * dt
    terms[MEMORY] = anchor_rate * memory * dt
    terms[INVESTMENT] = anchor_rate * projects * dt
    terms[EDUCATION] = anchor_rate * alumni_shift * dt
    terms[EVENT_ANCHOR] = anchor_rate * event_anchor * dt
    terms[JUMP] = -felt * threat_jump - memory_jump
    terms[NOISE] = noise * math.sqrt(dt) * shock
    terms[COMMON] = common_shock
    total = affect
    for n in range(CLIPPING):
        total += terms[n]
    for k in range(strength.size):
        pull = 0.0
        if reach[k] > 0.0 and not math.isnan(stance[k]):
            accept = acceptance(affect, stance[k], gate[k], heritage, felt, gate_opinion, backlash)
            pull = strength[k] * reach[k] * accept * (stance[k] - affect) * dt
        terms[SOURCES_FROM + k] = pull
        total += pull
    after = np.float32(min(1.0, max(-1.0, total)))
    terms[CLIPPING] = np.float64(after) - total  # also takes up the rounding to float32, below 1e-7
    return after


@njit(cache=True)
def _step_all(
    who: NDArray[np.int64],
    affect: NDArray[np.float32],
    weight: Floats,
    home: NDArray[np.uint32],
    country: NDArray[np.uint32],
    audience: NDArray[np.uint8],
    first: NDArray[np.uint32],
    alters: NDArray[np.uint32],
    traits: NDArray[np.float32],
    shifts: Floats,
    factors: Floats,
    identity: NDArray[np.uint64],
    climate: Floats,
    strength: Floats,
    reach: Floats,
    stance: Floats,
    gate: Floats,
    keys: NDArray[np.uint64],
    step: np.uint64,
    rates: Floats,
    bound: float,
    dt: float,
) -> tuple[NDArray[np.float32], Floats]:
    """Move those in ``who`` by one step; see :func:`step_citizens`."""
    powers = affect.shape[1]
    after = affect.copy()
    moved = np.zeros((climate.shape[0], powers, SOURCES_FROM + strength.shape[1]))
    terms = np.empty(SOURCES_FROM + strength.shape[1])
    draws = rates[2] > 0.0
    for i in who:
        c, h, own = country[i], home[i], audience[i]
        begin, end = first[h], first[h + np.uint32(1)]
        for p in range(powers):
            x = np.float64(affect[i, p])
            pull = 0.0
            for e in range(begin, end):
                distance = np.float64(affect[alters[e], p]) - x
                if abs(distance) <= bound:
                    pull += distance
            if end > begin:
                pull /= np.float64(end - begin)
            shock = standard_normal(keys[p, 0], keys[p, 1], step, identity[i]) if draws else 0.0
            after[i, p] = citizen_step(
                x, pull, np.float64(traits[h, 2 + p]), np.float64(traits[h, 0]), np.float64(traits[h, 1]),
                shifts[i, p], factors[i, p], climate[c, p], strength[c], reach[c, own], stance[c, p], gate[c, p],
                shock, rates, dt, terms,
            )
            for n in range(terms.size):
                moved[c, p, n] += weight[i] * terms[n]
    return after, moved


@dataclass(frozen=True)
class Everybody:
    """Slots and pipeline agents side by side, as the kernel reads them; built anew each year."""

    home: NDArray[np.uint32]  # [N] the slot whose traits and ties are used
    country: NDArray[np.uint32]  # [N]
    audience: NDArray[np.uint8]  # [N]
    identity: NDArray[np.uint64]  # [N]
    traits: NDArray[np.float32]  # [slots, 2 + P] heritage, sensitivity, own anchors
    shifts: Floats  # [N, P] shift of the anchor by the stage of education
    factors: Floats  # [N, P] factor on threat sensitivity


def step_citizens(
    state: State, people: Everybody, climate: Climate, voices: Broadcast, shocks: list[Stream], step: int, dt: float,
    p: Parameters, *, noise: float | None = None, who: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.float32], Floats]:
    """Return affect after the step and what each term added to the weighted mean.

    Args:
        state: the state at t; only read.
        people: slots and pipeline agents.
        climate: what the citizens of a country share.
        voices: the sources.
        shocks: one keyed stream for each power.
        step: number of the step, which keys the draws.
        dt: years.
        p: parameters.
        noise: replaces the parameter (0 while a point of rest is sought).
        who: those who move; everybody if not given.

    Returns:
        Affect [N, P] and contributions [C, P, 12 + K] in units of affect.
    """
    rates = np.array([p.anchor_rate, p.social_rate, p.noise if noise is None else noise, p.gate_opinion, p.backlash])
    keys = np.array([[key.first, key.second] for key in shocks], dtype=np.uint64)
    after, moved = _step_all(
        np.arange(people.country.size) if who is None else who,
        state.affect,
        state.weight,
        people.home,
        people.country,
        people.audience,
        state.network.first,
        state.network.alters,
        people.traits,
        people.shifts,
        people.factors,
        people.identity,
        climate.packed(),
        np.ascontiguousarray(voices.strength.T),
        np.ascontiguousarray(voices.reach.transpose(1, 2, 0)),
        np.ascontiguousarray(voices.stance.transpose(1, 2, 0)),
        np.ascontiguousarray(voices.gate.transpose(1, 2, 0, 3)),
        keys,
        np.uint64(step),
        rates,
        p.confidence_bound,
        dt,
    )
    heads = np.bincount(people.country, weights=state.weight, minlength=moved.shape[0])
    return after, moved / heads[:, None, None]


def source_reach(voices: Broadcast, people: Everybody, weight: Floats) -> Floats:
    """Return the share of adults whom each source reaches, [K, C]; a source without strength reaches nobody."""
    countries, classes = voices.reach.shape[1:]
    cell = people.country.astype(np.int64) * classes + people.audience
    heads = np.bincount(cell, weights=weight, minlength=countries * classes).reshape(countries, classes)
    return np.asarray((voices.reach * heads[None]).sum(axis=2) / heads.sum(axis=1) * (voices.strength > 0))


@njit(cache=True)
def _accepted(
    affect: NDArray[np.float32], weight: Floats, home: NDArray[np.uint32], country: NDArray[np.uint32],
    audience: NDArray[np.uint8], traits: NDArray[np.float32], factors: Floats, reach: Floats, stance: Floats,
    gate: Floats, gate_opinion: float, backlash: float,
) -> tuple[Floats, Floats]:
    """Return the sums over those reached of acceptance and of persons, [K, C, P]; see :func:`mean_acceptance`."""
    accepted = np.zeros(stance.shape)
    heard = np.zeros(stance.shape)
    for i in range(country.size):
        c, h = country[i], home[i]
        for k in range(stance.shape[0]):
            persons = weight[i] * reach[k, c, audience[i]]
            for p in range(stance.shape[2]):
                if persons > 0.0 and not math.isnan(stance[k, c, p]):
                    felt = np.float64(traits[h, 1]) * factors[i, p]
                    accept = acceptance(
                        np.float64(affect[i, p]), stance[k, c, p], gate[k, c, p], np.float64(traits[h, 0]), felt,
                        gate_opinion, backlash,
                    )
                    accepted[k, c, p] += persons * accept
                    heard[k, c, p] += persons
    return accepted, heard


def mean_acceptance(voices: Broadcast, state: State, people: Everybody, p: Parameters) -> Floats:
    """Return how far those whom a source reaches accept it, [K, C, P] in [-backlash, 1]; nan where nobody hears it."""
    accepted, heard = _accepted(
        state.affect, state.weight, people.home, people.country, people.audience, people.traits, people.factors,
        voices.reach, voices.stance, voices.gate, p.gate_opinion, p.backlash,
    )
    return np.divide(accepted, heard, out=np.full_like(heard, np.nan), where=heard > 0)
