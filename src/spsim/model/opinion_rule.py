"""The rule of opinion, compiled: how the citizens of a block move in one step.

What is known of the persons of a block (``spsim.model.blocks``) is laid out in columns, one number a person, so that
the processor moves several persons at once; every function below does one thing to whole columns.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.model.blocks import BLOCK, weighted_sum
from spsim.model.randomness import fill_normals

Floats = NDArray[np.float64]

SUMS = (
    "persons", "before", "after", "tie_pull", "own_anchor", "heritage", "felt", "alumni_shift", "shock", "clipped",
)
"""What is summed up over the persons of a block, each weighted by the adults whom they stand for; sources follow."""

PERSONS, BEFORE, AFTER, TIE_PULL, OWN_ANCHOR, HERITAGE, FELT, ALUMNI_SHIFT, SHOCK, CLIPPED = range(len(SUMS))
SOURCES_FROM = len(SUMS)

SHARED = (
    "level", "memory", "projects", "event_anchor", "heritage_weight", "threat", "threat_jump", "memory_jump",
    "common_shock",
)
"""What the citizens of a country share: four parts of the anchor, what heritage and threat weigh in it, and what is
felt at once by those who are wary, by everybody after an event, and by everybody for no reason."""

LEVEL, MEMORY, PROJECTS, EVENT_ANCHOR, HERITAGE_WEIGHT, THREAT, THREAT_JUMP, MEMORY_JUMP, COMMON_SHOCK = range(
    len(SHARED)
)

ANCHOR_RATE, SOCIAL_RATE, NOISE, GATE_OPINION, BACKLASH = range(5)

EVERYBODY = np.empty(0, dtype=np.uint32)
"""Given instead of the rows that move, if all do."""

_MANY_TIES = 63  # from which on the number of ties orders nobody

_LOG2_E, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 6.93145751953125e-1, 1.42860682030941723212e-6
_ROUNDER = 6755399441055744.0  # 1.5 * 2**52: what is added to it is rounded to a whole number, held in the low bits


@njit(cache=True, inline="always", error_model="numpy")
def exponential(x: float) -> float:
    """Return e**x to 3e-15 of its value, for |x| < 700; unlike the library's it works on many numbers at once."""
    rounded = x * _LOG2_E + _ROUNDER
    turns = rounded - _ROUNDER
    r = (x - turns * _LN2_HIGH) - turns * _LN2_LOW  # |r| <= ln(2) / 2, where the series below has converged
    series = 1.0 / 479001600.0
    series = series * r + 1.0 / 39916800.0
    series = series * r + 1.0 / 3628800.0
    series = series * r + 1.0 / 362880.0
    series = series * r + 1.0 / 40320.0
    series = series * r + 1.0 / 5040.0
    series = series * r + 1.0 / 720.0
    series = series * r + 1.0 / 120.0
    series = series * r + 1.0 / 24.0
    series = series * r + 1.0 / 6.0
    series = series * r + 0.5
    series = series * r + 1.0
    series = series * r + 1.0
    exponent = (np.float64(rounded).view(np.int64) + np.int64(1023)) << np.int64(52)
    return series * np.int64(exponent).view(np.float64)


@njit(cache=True, inline="always", error_model="numpy")
def acceptance(opinion: float, message: float, always: float, per_heritage: float, per_felt: float, heritage: float,
               felt: float, gate_opinion: float, backlash: float) -> float:
    """Return how far a citizen accepts a message, in [-backlash, 1] (Zaller 1992, with backlash)."""
    logit = always + gate_opinion * message * opinion + per_heritage * heritage + per_felt * felt
    logit = min(max(logit, -600.0), 600.0)
    return (1.0 + backlash) / (1.0 + exponential(-logit)) - backlash


@njit(cache=True, nogil=True, error_model="numpy")
def in_turn(
    blocks: NDArray[np.int64], rows: NDArray[np.uint32], home: NDArray[np.uint32], first: NDArray[np.uint32]
) -> NDArray[np.uint8]:
    """Return in which order the persons of each block are asked for their ties: those with few ties first.

    A loop that is as long for the next person as for the last one is foreseen by the processor. Nothing else depends
    on the order; so those with ``_MANY_TIES`` or more may stand in any.

    Args:
        blocks: as for :func:`move_blocks`.
        rows: those who move; empty if all do.
        home: slot whose ties a pipeline agent uses.
        first: where ties begin, [slots + 1].

    Returns:
        Positions in the block, [rows].
    """
    slots = np.uint64(first.size - 1)
    turns = np.empty(blocks[-1, 2] if blocks.shape[0] > 0 else 0, dtype=np.uint8)
    ties, place = np.empty(BLOCK, dtype=np.uint8), np.empty(_MANY_TIES + 2, dtype=np.uint64)
    for b in range(blocks.shape[0]):
        start, n = np.uint64(blocks[b, 1]), np.uint64(blocks[b, 2] - blocks[b, 1])
        place[:] = 0
        for j in range(n):
            i = np.uint64(rows[start + j]) if rows.size > 0 else start + j
            i = i if i < slots else np.uint64(home[i - slots])
            ties[j] = min(first[i + np.uint64(1)] - first[i], np.uint32(_MANY_TIES))
            place[np.uint64(ties[j]) + np.uint64(1)] += np.uint64(1)
        for number in range(1, place.size):
            place[number] += place[number - 1]
        for j in range(n):
            turns[start + place[ties[j]]] = j
            place[ties[j]] += np.uint64(1)
    return turns


@njit(cache=True, error_model="numpy")
def _listen(
    turns: NDArray[np.uint8], listeners: NDArray[np.uint64], one: np.uint64, two: np.uint64,
    affect: NDArray[np.float32], first: NDArray[np.uint32], alters: NDArray[np.uint32], bound: float, x: Floats,
    pull: Floats,
) -> None:
    """Write for two powers the mean over ties of x_j - x, over those ties alone that are within the confidence bound.

    What a neighbour thinks of either stands side by side in memory, so that both cost little more than one.
    """
    for j in turns:
        begin, end = np.uint64(first[listeners[j]]), np.uint64(first[listeners[j] + np.uint64(1)])
        ties = np.float64(end - begin) if end > begin else 1.0
        x_one, x_two, total_one, total_two = x[one, j], x[two, j], 0.0, 0.0
        for e in range(begin, end):
            alter = np.uint64(alters[e])
            to_one, to_two = np.float64(affect[alter, one]) - x_one, np.float64(affect[alter, two]) - x_two
            total_one += to_one if abs(to_one) <= bound else 0.0
            total_two += to_two if abs(to_two) <= bound else 0.0
        pull[one, j], pull[two, j] = total_one / ties, total_two / ties


@njit(cache=True, error_model="numpy")
def _anchor_and_shocks(
    x: Floats, tie_pull: Floats, own: Floats, heritage: Floats, felt: Floats, alumni_shift: Floats, shock: Floats,
    climate: Floats, rates: Floats, dt: float, moved: Floats,
) -> None:
    """Write affect after everything but the sources."""
    social, back, noise = rates[SOCIAL_RATE] * dt, rates[ANCHOR_RATE] * dt, rates[NOISE] * math.sqrt(dt)
    shared = climate[LEVEL] + climate[MEMORY] + climate[PROJECTS] + climate[EVENT_ANCHOR]
    at_once = climate[COMMON_SHOCK] - climate[MEMORY_JUMP]
    per_heritage, per_felt = climate[HERITAGE_WEIGHT], climate[THREAT]
    jump = climate[THREAT_JUMP]
    for j in range(x.size):
        anchor = shared + own[j] + per_heritage * heritage[j] - per_felt * felt[j] + alumni_shift[j]
        moved[j] = x[j] + social * tie_pull[j] + back * (anchor - x[j]) + noise * shock[j] + at_once - jump * felt[j]


@njit(cache=True, error_model="numpy")
def _judge(
    message: float, gate: Floats, x: Floats, heritage: Floats, felt: Floats, rates: Floats, accept: Floats
) -> None:
    """Write how far each person accepts a source."""
    always, per_heritage, per_felt = gate[0], gate[1], gate[2]
    opinion, backlash = rates[GATE_OPINION], rates[BACKLASH]
    for j in range(x.size):
        accept[j] = acceptance(x[j], message, always, per_heritage, per_felt, heritage[j], felt[j], opinion, backlash)


@njit(cache=True, error_model="numpy")
def _hear(reached: Floats, accept: Floats, message: float, x: Floats, pull: Floats, moved: Floats) -> None:
    """Add what one source adds to affect; ``reached`` is strength * reach * dt, person by person."""
    for j in range(x.size):
        pull[j] = reached[j] * accept[j] * (message - x[j])
        moved[j] += pull[j]


@njit(cache=True, error_model="numpy")
def _reach_of_classes(
    strength: Floats, reach: Floats, dt: float, by_class: Floats, hearing: NDArray[np.uint64]
) -> None:
    """Write strength * reach * dt, [K, classes], and which classes hear a source at all, one bit a class, [K]."""
    for k in range(strength.size):
        hearing[k] = 0
        for a in range(reach.shape[0]):
            by_class[k, a] = strength[k] * reach[a, k] * dt
            hearing[k] |= np.uint64(by_class[k, a] != 0.0) << np.uint64(a)


@njit(cache=True, error_model="numpy")
def _judged_like(k: int, speaks: NDArray[np.bool_], stance: Floats, gate: Floats) -> int:
    """Return the first source that is judged as source ``k`` is: a power's own sources say the same of it.

    Args:
        k: number of the source.
        speaks: whether anybody here hears a source, [K].
        stance: stance of the sources, [K].
        gate: their acceptance gates, [K, 3].
    """
    for other in range(k):
        if speaks[other] and stance[other] == stance[k] and (
            gate[other, 0] == gate[k, 0] and gate[other, 1] == gate[k, 1] and gate[other, 2] == gate[k, 2]
        ):
            return other
    return k


@njit(cache=True, error_model="numpy")
def _settle(moved: Floats, stored: NDArray[np.float32], clipped: Floats) -> None:
    """Write affect as it is stored, within [-1, 1], and what that cut off; rounding to float32 counts as cut off."""
    for j in range(moved.size):
        stored[j] = np.float32(min(1.0, max(-1.0, moved[j])))
        clipped[j] = np.float64(stored[j]) - moved[j]


@njit(cache=True, nogil=True, error_model="numpy")
def move_blocks(
    blocks: NDArray[np.int64],
    rows: NDArray[np.uint32],
    turns: NDArray[np.uint8],
    affect: NDArray[np.float32],
    weight: Floats,
    identity: NDArray[np.uint64],
    audience: NDArray[np.uint8],
    traits: NDArray[np.float32],
    home: NDArray[np.uint32],
    shifts: Floats,
    factors: Floats,
    first: NDArray[np.uint32],
    alters: NDArray[np.uint32],
    climate: Floats,
    strength: Floats,
    reach: Floats,
    stance: Floats,
    gate: Floats,
    keys: NDArray[np.uint64],
    step: np.uint64,
    rates: Floats,
    bound: float,
    lengths: Floats,
    after: NDArray[np.float32],
    sums: Floats,
) -> None:
    """Move the persons of some blocks by one step.

    Args:
        blocks: country, first and last + 1 position in ``rows``, [blocks, 3]; of slots or of pipeline agents, not both.
        rows: those who move, as rows of ``affect``; empty if all do, in their order.
        turns: the order in which they are asked for their ties, see :func:`in_turn`, [rows].
        affect: affect at t of slots and pipeline agents, [N, P].
        weight: persons, [N].
        identity: what keys the draws, [N].
        audience: audience classes, [N].
        traits: heritage, sensitivity and own anchors, [N, 2 + P].
        home: slot whose ties a pipeline agent uses, [A].
        shifts: shift of the anchor of pipeline agents, [A, P].
        factors: factor on their sensitivity to threat, [A, P].
        first: where ties begin, [slots + 1].
        alters: those to whom one listens, tie by tie.
        climate: what countries share, [C, P, 9].
        strength: strength of the sources, [C, K].
        reach: their reach by audience class, [C, classes, K].
        stance: their stance, [C, P, K], nan = silent.
        gate: their acceptance gates, [C, P, K, 3].
        keys: key of the noise for each power, [P, 2].
        step: number of the step.
        rates: anchor_rate, social_rate, noise, gate_opinion, backlash.
        bound: confidence bound.
        lengths: years of the step by country, [C].
        after: written; affect after the step, [rows, P].
        sums: written; weighted sums of each block, [blocks, P, 10 + K].
    """
    slots = np.uint64(first.size - 1)
    powers = np.uint64(affect.shape[1])
    classes, sources = reach.shape[1], reach.shape[2]
    room = np.int64(0)
    for b in range(blocks.shape[0]):
        room = max(room, blocks[b, 2] - blocks[b, 1])
    who, listeners = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.uint64)
    names, hears_as = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.uint8)
    persons, heritage, ones = np.empty(room), np.empty(room), np.ones(room)
    affects, pulls = np.empty((powers, room)), np.empty((powers, room))
    own, felt, shift = np.empty(room), np.empty(room), np.empty(room)
    shock, moved, heard = np.zeros(room), np.empty(room), np.empty(room)
    reached, clipped, stored = np.empty(room), np.empty(room), np.empty(room, dtype=np.float32)
    accept, speaks = np.empty((sources, room)), np.empty(sources, dtype=np.bool_)
    by_class, hearing = np.empty((sources, classes)), np.empty(sources, dtype=np.uint64)
    for b in range(blocks.shape[0]):
        c, start = blocks[b, 0], np.uint64(blocks[b, 1])
        n = np.uint64(blocks[b, 2]) - start
        if b == 0 or c != blocks[b - 1, 0]:
            dt = lengths[c]
            _reach_of_classes(strength[c], reach[c], dt, by_class, hearing)
        present = np.uint64(0)
        for j in range(n):
            i = np.uint64(rows[start + j]) if rows.size > 0 else start + j
            who[j], listeners[j] = i, i if i < slots else np.uint64(home[i - slots])
            names[j], hears_as[j] = identity[i], audience[i]
            present |= np.uint64(1) << np.uint64(audience[i])
            persons[j], shift[j] = weight[i], 0.0
            heritage[j], felt[j] = np.float64(traits[i, 0]), np.float64(traits[i, 1])
            for p in range(powers):
                affects[p, j] = np.float64(affect[i, p])
        for p in range(np.uint64(0), powers, np.uint64(2)):
            second = min(p + np.uint64(1), powers - np.uint64(1))  # the last of an odd number is its own second
            _listen(
                turns[start : start + n], listeners, np.uint64(p), second, affect, first, alters, bound, affects, pulls
            )
        graduates = n > 0 and who[0] >= slots
        heads, total_heritage, total_felt, total_shift = (
            weighted_sum(persons[:n], ones), weighted_sum(persons[:n], heritage), weighted_sum(persons[:n], felt), 0.0
        )
        for p in range(powers):
            x, pull = affects[p, :n], pulls[p, :n]
            for j in range(n):
                own[j] = np.float64(traits[who[j], np.uint64(2) + p])
            if graduates:
                for j in range(n):
                    threat_factor = factors[who[j] - slots, p]
                    felt[j] = np.float64(traits[who[j], 1]) * threat_factor
                    shift[j] = shifts[who[j] - slots, p]
                total_felt, total_shift = weighted_sum(persons[:n], felt), weighted_sum(persons[:n], shift)
            if rates[NOISE] > 0.0:
                fill_normals(keys[p, 0], keys[p, 1], step, names[:n], shock[:n])
            _anchor_and_shocks(
                x, pull, own, heritage, felt, shift, shock, climate[c, p], rates, dt, moved
            )
            total = sums[b, p]
            for k in range(sources):
                speaks[k] = (hearing[k] & present) != 0 and not math.isnan(stance[c, p, k])
                if not speaks[k]:
                    total[SOURCES_FROM + k] = 0.0
                    continue
                for j in range(n):
                    reached[j] = by_class[k, hears_as[j]]
                alike = _judged_like(k, speaks, stance[c, p], gate[c, p])
                if alike == k:
                    _judge(stance[c, p, k], gate[c, p, k], x, heritage, felt, rates, accept[k])
                _hear(reached, accept[alike], stance[c, p, k], x, heard, moved)
                total[SOURCES_FROM + k] = weighted_sum(persons[:n], heard)
            _settle(moved[:n], stored, clipped)
            for j in range(n):
                after[start + j, p] = stored[j]
                heard[j] = np.float64(stored[j])
            total[PERSONS], total[HERITAGE] = heads, total_heritage
            total[BEFORE], total[AFTER] = weighted_sum(persons[:n], x), weighted_sum(persons[:n], heard)
            total[TIE_PULL], total[SHOCK], total[CLIPPED] = (
                weighted_sum(persons[:n], pull), weighted_sum(persons[:n], shock), weighted_sum(persons[:n], clipped)
            )
            total[OWN_ANCHOR], total[FELT], total[ALUMNI_SHIFT] = (
                weighted_sum(persons[:n], own), total_felt, total_shift
            )
