"""Opinion: how affect towards each power moves in one step.

Friedkin and Johnsen (1990) with stubborn sources. For citizen i and power p

    dx = [social_rate * mean over ties (x_j - x)  +  anchor_rate (b - x)  +  sum over sources mu (m - x)] dt
         + noise dW + common_noise dB
    b  = level + own anchor + heritage_weight h - threat_weight s T + memory + projects + events (+ alumni shift)
    mu = strength * reach * acceptance,  acceptance after Zaller (1992)

The rule itself is compiled (``spsim.model.opinion_rule``); here stand what a country shares, what is broadcast, and the
account of what moved the mean: every term is known exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model import opinion_rule as rule
from spsim.model import threads
from spsim.model.blocks import block_table, by_country
from spsim.model.channels import Source
from spsim.model.randomness import Stream
from spsim.model.state import State

Floats = NDArray[np.float64]

_MOVING, _COUNTING = 30, 2
"""About how many nanoseconds it takes to move one affect, and to count one person to an audience class."""

TERMS = (
    "social_influence", "anchor_return", "heritage", "threat", "memory", "investment", "education", "event_anchor",
    "event_jump", "noise", "common_noise", "clipping",
)
"""What moves affect beside the sources."""

(
    SOCIAL, RETURN, HERITAGE, THREAT, MEMORY, INVESTMENT, EDUCATION, EVENT_ANCHOR, JUMP, NOISE, COMMON, CLIPPING,
) = range(len(TERMS))


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


@dataclass(frozen=True)
class Everybody:
    """Slots and pipeline agents side by side, as the rule reads them; built anew each year.

    N rows: slots first, country after country, then A pipeline agents, who have the traits of their homes.
    """

    country: NDArray[np.uint8]  # [N]
    audience: NDArray[np.uint8]  # [N]
    identity: NDArray[np.uint64]  # [N]
    traits: NDArray[np.float32]  # [N, 2 + P] heritage, sensitivity, own anchors
    home: NDArray[np.uint32]  # [A] the slot whose ties an agent uses
    shifts: Floats  # [A, P] shift of the anchor by the stage of education
    factors: Floats  # [A, P] factor on threat sensitivity
    blocks: NDArray[np.int64]  # [blocks, 3] of one country, slots or agents; see spsim.model.blocks
    turns: NDArray[np.uint8]  # [N] the order in which those of a block are asked for their ties


@dataclass(frozen=True)
class Moved:
    """What a step of opinion did; R rows moved, C countries, P powers, K sources."""

    affect: NDArray[np.float32]  # [R, P] after the step
    terms: Floats  # [C, P, 12 + K] what moved the mean, in the order of TERMS and the sources, in units of affect
    mean: Floats  # [C, P] mean affect after the step


def step_citizens(
    state: State, people: Everybody, climate: Climate, voices: Broadcast, shocks: list[Stream], step: int, dt: float,
    p: Parameters, *, who: NDArray[np.uint32] | None = None,
) -> Moved:
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
        who: the rows that move, and over which means are taken; everybody if not given.
    """
    mover = _Mover(state, people, climate, voices, shocks, step, dt, p, p.noise, who)
    mover.move()
    total = by_country(mover.blocks, mover.sums, len(climate.level))
    return Moved(mover.after, _terms(total, climate, mover.rates, dt), _over_persons(total)[..., rule.AFTER])


def settle(
    state: State, people: Everybody, climate: Climate, voices: Broadcast, shocks: list[Stream], dt: float,
    p: Parameters, *, who: NDArray[np.uint32], within: float, most: int,
) -> None:
    """Move the affect of some citizens, step by step without noise, to where it stays; changes ``state.affect``.

    Args:
        state: the state; nothing but affect changes.
        people: slots and pipeline agents.
        climate: what the citizens of a country share.
        voices: the sources.
        shocks: one keyed stream for each power; not drawn from.
        dt: years.
        p: parameters.
        who: the rows that move.
        within: largest movement, in affect, that still counts as rest.
        most: largest number of steps.
    """
    mover = _Mover(state, people, climate, voices, shocks, 0, dt, p, 0.0, who)
    for _ in range(most):
        mover.move()
        furthest = np.abs(mover.after - state.affect[who]).max()
        state.affect[who] = mover.after
        if furthest < within:
            break


class _Mover:
    """Everything that the compiled rule needs for a step, in its own order; ``move`` reads the state as it then is."""

    def __init__(
        self, state: State, people: Everybody, climate: Climate, voices: Broadcast, shocks: list[Stream], step: int,
        dt: float, p: Parameters, noise: float, who: NDArray[np.uint32] | None,
    ) -> None:
        shared = climate.packed()
        slots, first = people.country.size - people.home.size, state.network.first
        self.blocks = people.blocks if who is None else block_table(people.country[who], who >= slots)
        turns = people.turns if who is None else rule.in_turn(self.blocks, who, people.home, first)
        self.rates = np.array([p.anchor_rate, p.social_rate, noise, p.gate_opinion, p.backlash])
        self.after = np.empty((people.country.size if who is None else who.size, shared.shape[1]), dtype=np.float32)
        self.sums = np.empty((len(self.blocks), shared.shape[1], rule.SOURCES_FROM + len(voices.names)))
        self.known = (
            rule.EVERYBODY if who is None else who, turns, state.affect, state.weight, people.identity,
            people.audience, people.traits, people.home, people.shifts, people.factors, first,
            state.network.alters, shared, np.ascontiguousarray(voices.strength.T),
            np.ascontiguousarray(voices.reach.transpose(1, 2, 0)),
            np.ascontiguousarray(voices.stance.transpose(1, 2, 0)),
            np.ascontiguousarray(voices.gate.transpose(1, 2, 0, 3)),
            np.array([[key.first, key.second] for key in shocks], dtype=np.uint64), np.uint64(step), self.rates,
            p.confidence_bound, dt, self.after,
        )

    def move(self) -> None:
        """Write affect after the step to ``after``, and the sums of each block to ``sums``."""
        threads.share_out(self._move_some, len(self.blocks), _MOVING * self.after.size)

    def _move_some(self, first: int, last: int) -> None:
        rule.move_blocks(self.blocks[first:last], *self.known, self.sums[first:last])


def _over_persons(total: Floats) -> Floats:
    """Return means from weighted sums; nan in a country where nobody moved."""
    persons = total[..., rule.PERSONS, None]
    return np.divide(total, persons, out=np.full_like(total, np.nan), where=persons > 0)


def _terms(total: Floats, climate: Climate, rates: Floats, dt: float) -> Floats:
    """Return what each term added to the mean, [C, P, 12 + K], from sums over persons, [C, P, 10 + K].

    Most terms are one number times a trait, so that their sum over persons needs the sum of the trait alone.
    """
    mean = _over_persons(total)
    anchor_rate, social_rate, noise = rates[0], rates[1], rates[2]
    terms = np.empty((*total.shape[:2], len(TERMS) + total.shape[2] - rule.SOURCES_FROM))
    terms[..., SOCIAL] = social_rate * dt * mean[..., rule.TIE_PULL]
    terms[..., RETURN] = anchor_rate * dt * (climate.level + mean[..., rule.OWN_ANCHOR] - mean[..., rule.BEFORE])
    terms[..., HERITAGE] = anchor_rate * dt * climate.heritage_weight * mean[..., rule.HERITAGE]
    terms[..., THREAT] = -anchor_rate * dt * climate.threat * mean[..., rule.FELT]
    terms[..., MEMORY] = anchor_rate * dt * climate.memory
    terms[..., INVESTMENT] = anchor_rate * dt * climate.projects
    terms[..., EDUCATION] = anchor_rate * dt * mean[..., rule.ALUMNI_SHIFT]
    terms[..., EVENT_ANCHOR] = anchor_rate * dt * climate.event_anchor
    terms[..., JUMP] = -mean[..., rule.FELT] * climate.threat_jump - climate.memory_jump
    terms[..., NOISE] = noise * np.sqrt(dt) * mean[..., rule.SHOCK]
    terms[..., COMMON] = climate.common_shock
    terms[..., CLIPPING] = mean[..., rule.CLIPPED]
    terms[..., len(TERMS) :] = mean[..., rule.SOURCES_FROM:]
    return terms


@njit(cache=True, nogil=True)
def _add_heads(
    blocks: NDArray[np.int64], audience: NDArray[np.uint8], weight: Floats, heads: Floats
) -> None:
    """Add the persons of each block to their audience classes, [blocks, classes]."""
    for b in range(blocks.shape[0]):
        for i in range(np.uint64(blocks[b, 1]), np.uint64(blocks[b, 2])):
            heads[b, audience[i]] += weight[i]


def source_reach(voices: Broadcast, people: Everybody, weight: Floats) -> Floats:
    """Return the share of adults whom each source reaches, [K, C]; a source without strength reaches nobody."""
    countries, classes = voices.reach.shape[1:]
    sums = np.zeros((len(people.blocks), classes))

    def work(first: int, last: int) -> None:
        _add_heads(people.blocks[first:last], people.audience, weight, sums[first:last])

    threads.share_out(work, len(sums), _COUNTING * weight.size)
    heads = by_country(people.blocks, sums, countries)
    return np.asarray((voices.reach * heads[None]).sum(axis=2) / heads.sum(axis=1) * (voices.strength > 0))


@njit(cache=True)
def _accepted(
    affect: NDArray[np.float32], weight: Floats, slots: int, country: NDArray[np.uint8], audience: NDArray[np.uint8],
    traits: NDArray[np.float32], factors: Floats, reach: Floats, stance: Floats, gate: Floats, gate_opinion: float,
    backlash: float,
) -> tuple[Floats, Floats]:
    """Return the sums over those reached of acceptance and of persons, [K, C, P]; see :func:`mean_acceptance`."""
    accepted = np.zeros(stance.shape)
    heard = np.zeros(stance.shape)
    for i in range(country.size):
        c = country[i]
        for k in range(stance.shape[0]):
            persons = weight[i] * reach[k, c, audience[i]]
            for p in range(stance.shape[2]):
                if persons > 0.0 and not math.isnan(stance[k, c, p]):
                    felt = np.float64(traits[i, 1]) * (factors[i - slots, p] if i >= slots else 1.0)
                    constant, per_heritage, per_felt = gate[k, c, p]
                    accept = rule.acceptance(
                        np.float64(affect[i, p]), stance[k, c, p], constant, per_heritage, per_felt,
                        np.float64(traits[i, 0]), felt, gate_opinion, backlash,
                    )
                    accepted[k, c, p] += persons * accept
                    heard[k, c, p] += persons
    return accepted, heard


def mean_acceptance(voices: Broadcast, state: State, people: Everybody, p: Parameters) -> Floats:
    """Return how far those whom a source reaches accept it, [K, C, P] in [-backlash, 1]; nan where nobody hears it."""
    accepted, heard = _accepted(
        state.affect, state.weight, people.country.size - people.home.size, people.country, people.audience,
        people.traits, people.factors, voices.reach, voices.stance, voices.gate, p.gate_opinion, p.backlash,
    )
    return np.divide(accepted, heard, out=np.full_like(heard, np.nan), where=heard > 0)
