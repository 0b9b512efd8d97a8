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
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model import opinion_rule as rule
from spsim.model import threads
from spsim.model.blocks import BLOCK, block_table, by_country
from spsim.model.outlets import Sources
from spsim.model.randomness import Stream
from spsim.model.state import State

Floats = NDArray[np.float64]

_MOVING, _COUNTING = 20, 2
"""About how many nanoseconds it takes to move one affect, and to count one person to an audience class."""

_MEANWHILE = 300_000
"""About how many nanoseconds all else takes that is worked out while citizens move."""

TERMS = (
    "social_influence", "anchor_return", "heritage", "threat", "memory", "investment", "education", "event_anchor",
    "event_jump", "noise", "common_noise", "clipping",
)
"""What moves affect beside the sources."""

(
    SOCIAL, RETURN, HERITAGE, THREAT, MEMORY, INVESTMENT, EDUCATION, EVENT_ANCHOR, JUMP, NOISE, COMMON, CLIPPING,
) = range(len(TERMS))


@njit(cache=True)
def climate(
    level: Floats, memory: Floats, projects: Floats, event_anchor: Floats, heritage_weight: Floats,
    threat_weight: Floats, threat: Floats, threat_impulse: Floats, memory_impulse: Floats, common_shock: Floats,
    jump_share: float, dt: float,
) -> Floats:
    """Return what all citizens of a country share in a step, [C, P, 9], in the order of the rule's ``SHARED``.

    Args:
        level: anchor of a citizen without traits, [C, P].
        memory: what is remembered of events, [C, P].
        projects: shift of anchors by hopes and let-downs, [C, P].
        event_anchor: shift of anchors by events and further channels, [C, P].
        heritage_weight: weight of a citizen's heritage, [P].
        threat_weight: weight of a threat, [P].
        threat: T, [C, P].
        threat_impulse: what events add to T, per year, [C, P].
        memory_impulse: what they take from affect, [C, P].
        common_shock: drawn once for a country and power, [C, P].
        jump_share: the part of an event's effect that is felt at once.
        dt: years.
    """
    shared = np.empty((*level.shape, len(rule.SHARED)))
    for c, p in np.ndindex(level.shape):
        row = shared[c, p]
        row[rule.LEVEL], row[rule.MEMORY], row[rule.PROJECTS] = level[c, p], memory[c, p], projects[c, p]
        row[rule.EVENT_ANCHOR] = event_anchor[c, p]
        row[rule.HERITAGE_WEIGHT], row[rule.THREAT] = heritage_weight[p], threat_weight[p] * threat[c, p]
        row[rule.THREAT_JUMP] = jump_share * threat_weight[p] * threat_impulse[c, p] * dt
        row[rule.MEMORY_JUMP] = jump_share * memory_impulse[c, p]
        row[rule.COMMON_SHOCK] = common_shock[c, p]
    return shared


@dataclass(frozen=True)
class Broadcast(Sources):
    """The sources of a step with the country-level part of their acceptance gates."""

    gate: Floats  # [K, C, P, 3]: constant, per heritage, per sensitivity


def broadcast(
    sources: Sources, threat: Floats, adaptation: Floats, p: Parameters, gate_heritage: Floats, gate_threat: Floats
) -> Broadcast:
    """Return the sources with the country-level part of their acceptance gates.

    Args:
        sources: the sources of all channels.
        threat: threat T by country and power, [C, P].
        adaptation: local adaptation by country and power, [C, P].
        p: parameters.
        gate_heritage: weight of heritage in the gate of a power's own sources, [P].
        gate_threat: weight of felt threat there, [P].
    """
    gate = _gates(
        sources.owner, sources.state, threat, adaptation, p.gate_base, p.state_source_discount, p.gate_adaptation,
        gate_heritage, gate_threat,
    )
    return Broadcast(**vars(sources), gate=gate)


@njit(cache=True)
def _gates(
    owner: NDArray[np.int64], state: NDArray[np.bool_], threat: Floats, adaptation: Floats, gate_base: float,
    state_source_discount: float, gate_adaptation: float, gate_heritage: Floats, gate_threat: Floats,
) -> Floats:
    """Return the gates' constants, and their weights of heritage and of sensitivity to threat, [K, C, P, 3].

    Heritage and threat enter only for a source that the power itself owns: who is wary must not reject criticism.
    """
    countries, powers = threat.shape
    gate = np.zeros((owner.size, countries, powers, 3))
    for k, c in np.ndindex(owner.size, countries):
        gate[k, c, :, 0] = gate_base - state_source_discount * state[k]
        if owner[k] >= 0:
            own = gate[k, c, owner[k]]
            own[0] += gate_adaptation * adaptation[c, owner[k]]
            own[1] = gate_heritage[owner[k]]
            own[2] = -gate_threat[owner[k]] * threat[c, owner[k]]
    return gate


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
    state: State, people: Everybody, shared: Floats, voices: Broadcast, shocks: list[Stream], step: int, dt: float,
    p: Parameters, *, who: NDArray[np.uint32] | None = None,
) -> Callable[[], Moved]:
    """Begin to move all citizens by one step; what is returned waits for the end and gives what came of it.

    Meanwhile the caller works out what else happens in the step, and leaves the state as it is.

    Args:
        state: the state at t; only read.
        people: slots and pipeline agents.
        shared: what the citizens of a country share, see :func:`climate`.
        voices: the sources.
        shocks: one keyed stream for each power.
        step: number of the step, which keys the draws.
        dt: years.
        p: parameters.
        who: the rows that move, and over which means are taken; everybody if not given.
    """
    mover = _Mover(state, people, shared, voices, shocks, step, p, p.noise, who)
    moving = mover.begin(np.full(len(shared), dt), _MEANWHILE)

    def moved() -> Moved:
        moving.finish()
        return Moved(
            mover.after, *_account(by_country(mover.blocks, mover.sums, len(shared)), shared, mover.rates, dt)
        )

    return moved


def settle(
    state: State, people: Everybody, shared: Floats, voices: Broadcast, shocks: list[Stream], lengths: Floats,
    p: Parameters, *, who: NDArray[np.uint32] | None, within: float, most: int,
) -> None:
    """Move the affect of some citizens, step by step without noise, to where it stays; changes ``state.affect``.

    A country stops as soon as it is at rest, so that this does not depend on which others are simulated.

    Args:
        state: the state; nothing but affect changes.
        people: slots and pipeline agents.
        shared: what the citizens of a country share, see :func:`climate`.
        voices: the sources.
        shocks: one keyed stream for each power; not drawn from.
        lengths: years of one step by country, [C].
        p: parameters.
        who: the rows that move; everybody if not given.
        within: largest movement, in affect, that still counts as rest.
        most: largest number of steps.
    """
    mover = _Mover(state, people, shared, voices, shocks, 0, p, 0.0, who)
    for _ in range(most):
        mover.begin(lengths).finish()
        furthest = np.zeros(len(lengths))
        _take_over(mover.blocks, mover.rows, mover.after, state.affect, furthest)
        if not (furthest >= within).any():
            break
        mover.blocks = mover.blocks[(furthest >= within)[mover.blocks[:, 0]]]


@njit(cache=True, nogil=True)
def _take_over(
    blocks: NDArray[np.int64], rows: NDArray[np.uint32], after: NDArray[np.float32], affect: NDArray[np.float32],
    furthest: Floats,
) -> None:
    """Write affect after a step over affect before it, for the rows of some blocks; and the largest movement, [C]."""
    for b in range(blocks.shape[0]):
        moved = np.float32(0.0)
        for j in range(np.uint64(blocks[b, 1]), np.uint64(blocks[b, 2])):
            i = np.uint64(rows[j]) if rows.size > 0 else j
            for p in range(affect.shape[1]):
                moved = max(moved, abs(after[j, p] - affect[i, p]))
                affect[i, p] = after[j, p]
        furthest[blocks[b, 0]] = max(furthest[blocks[b, 0]], np.float64(moved))


class _Mover:
    """Everything that the compiled rule needs for a step, in its own order; ``begin`` reads the state as it then is."""

    def __init__(
        self, state: State, people: Everybody, shared: Floats, voices: Broadcast, shocks: list[Stream], step: int,
        p: Parameters, noise: float, who: NDArray[np.uint32] | None,
    ) -> None:
        slots, first = people.country.size - people.home.size, state.network.first
        self.rows = rule.EVERYBODY if who is None else who
        self.blocks = people.blocks if who is None else block_table(people.country[who], who >= slots)
        turns = people.turns if who is None else rule.in_turn(self.blocks, who, people.home, first)
        self.rates = np.array([p.anchor_rate, p.social_rate, noise, p.gate_opinion, p.backlash])
        self.after = np.empty((people.country.size if who is None else who.size, shared.shape[1]), dtype=np.float32)
        self.sums = np.empty((len(self.blocks), shared.shape[1], rule.SOURCES_FROM + len(voices.names)))
        self.known = (
            self.rows, turns, state.affect, state.weight, people.identity,
            people.audience, people.traits, people.home, people.shifts, people.factors, first,
            state.network.alters, shared, np.ascontiguousarray(voices.strength.T),
            np.ascontiguousarray(voices.reach.transpose(1, 2, 0)),
            np.ascontiguousarray(voices.stance.transpose(1, 2, 0)),
            np.ascontiguousarray(voices.gate.transpose(1, 2, 0, 3)),
            np.array([[key.first, key.second] for key in shocks], dtype=np.uint64), np.uint64(step), self.rates,
            p.confidence_bound,
        )

    def begin(self, lengths: Floats, aside: float = 0.0) -> threads.Underway:
        """Begin to write affect after a step to ``after``, and the sums of each block to ``sums``.

        Args:
            lengths: years of the step by country, [C].
            aside: nanoseconds that the caller does something else meanwhile.
        """

        def work(first: int, last: int) -> None:
            rule.move_blocks(self.blocks[first:last], *self.known, lengths, self.after, self.sums[first:last])

        nanoseconds = _MOVING * BLOCK * self.after.shape[1] * len(self.blocks)
        return threads.begin(work, len(self.blocks), nanoseconds, aside)


@njit(cache=True, error_model="numpy")
def _account(total: Floats, shared: Floats, rates: Floats, dt: float) -> tuple[Floats, Floats]:
    """Return what each term added to the mean, [C, P, 12 + K], and the mean after it, [C, P].

    Most terms are one number times a trait, so that their sum over persons needs the sum of the trait alone.

    Args:
        total: sums over persons, [C, P, 10 + K]; where nobody moved, all is nan.
        shared: what the citizens of a country share, [C, P, 9].
        rates: as for the rule.
        dt: years.
    """
    countries, powers, columns = total.shape
    terms = np.empty((countries, powers, len(TERMS) + columns - rule.SOURCES_FROM))
    after = np.empty((countries, powers))
    back, social, noise = rates[rule.ANCHOR_RATE] * dt, rates[rule.SOCIAL_RATE] * dt, rates[rule.NOISE] * math.sqrt(dt)
    for c, p in np.ndindex(countries, powers):
        persons = total[c, p, rule.PERSONS]
        mean, here, row = total[c, p] / (persons if persons > 0 else np.nan), shared[c, p], terms[c, p]
        felt = mean[rule.FELT]
        row[SOCIAL] = social * mean[rule.TIE_PULL]
        row[RETURN] = back * (here[rule.LEVEL] + mean[rule.OWN_ANCHOR] - mean[rule.BEFORE])
        row[HERITAGE] = back * here[rule.HERITAGE_WEIGHT] * mean[rule.HERITAGE]
        row[THREAT] = -back * here[rule.THREAT] * felt
        row[MEMORY] = back * here[rule.MEMORY]
        row[INVESTMENT] = back * here[rule.PROJECTS]
        row[EDUCATION] = back * mean[rule.ALUMNI_SHIFT]
        row[EVENT_ANCHOR] = back * here[rule.EVENT_ANCHOR]
        row[JUMP] = -felt * here[rule.THREAT_JUMP] - here[rule.MEMORY_JUMP]
        row[NOISE] = noise * mean[rule.SHOCK]
        row[COMMON] = here[rule.COMMON_SHOCK]
        row[CLIPPING] = mean[rule.CLIPPED]
        row[len(TERMS) :] = mean[rule.SOURCES_FROM :]
        after[c, p] = mean[rule.AFTER]
    return terms, after


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
