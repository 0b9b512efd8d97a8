"""Elites: multi-vector hedging between rents, the public, pressure and security.

For every power

    y* = rent r_e d + listen open xbar - bow press - hedge max(0, d - hedge_above) + security + own leaning
    dy = elite_rate (y* - y) dt
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.inputs import Inputs
from spsim.model.randomness import NEXT_GENERATION, identities, normals, stream, uniforms
from spsim.model.state import EliteMembers

Floats = NDArray[np.float64]

TERMS = ("investment", "listening", "pressure", "hedging", "diplomacy", "orientation", "alignment_return", "clipping")
INVESTMENT, LISTENING, PRESSURE, HEDGING, DIPLOMACY, ORIENTATION, RETURN, CLIPPING = range(len(TERMS))
ENTRY_AGE, OLDEST_AT_START = 35, 60
_SEATS = 2**29  # seats are numbered above the slots of citizens, so that no draw is shared


@lru_cache(maxsize=8)
def _seats(countries: tuple[str, ...], members: int) -> NDArray[np.uint64]:
    """Return the identity of each seat in its first generation, [C, E]; read-only, as it is asked for every year."""
    seats = np.stack([identities(code, members) + np.uint64(_SEATS) for code in countries])
    seats.setflags(write=False)
    return seats


def create(seed: int, replicate: int, countries: tuple[str, ...], powers: tuple[str, ...], members: int, year: int,
           p: Parameters) -> EliteMembers:
    """Create the elites at the start: rents, leanings, ages; alignment around its starting value."""
    shape = (len(countries), members)
    elites = EliteMembers(
        alignment=np.zeros((*shape, len(powers))),
        rent=np.ones(shape),
        orientation=np.zeros((*shape, len(powers))),
        birth_year=np.zeros(shape, dtype=np.int64),
        alma_mater=np.full(shape, -1),
        generation=np.zeros(shape, dtype=np.int64),
    )
    start = p.over("initial_alignment", powers)
    seats = _seats(countries, members)
    _give_traits(elites, np.ones(shape, dtype=np.bool_), seats, seed, replicate, powers, p)
    age = ENTRY_AGE + (OLDEST_AT_START - ENTRY_AGE) * uniforms(stream(seed, replicate, "elite/age"), 0, seats.ravel())
    elites.birth_year = year - age.astype(np.int64).reshape(shape)
    elites.alignment = np.clip(start + elites.orientation, -1, 1)
    return elites


def _give_traits(elites: EliteMembers, who: NDArray[np.bool_], seats: NDArray[np.uint64], seed: int, replicate: int,
                 powers: tuple[str, ...], p: Parameters) -> None:
    """Draw rent shares (lognormal, mean 1) and leanings of some members, [C, E], of the generation they belong to."""
    identity = (seats + NEXT_GENERATION * elites.generation.astype(np.uint64))[who]
    draw = normals(stream(seed, replicate, "elite/rent"), 0, identity)
    elites.rent[who] = np.exp(p.rent_spread * draw - p.rent_spread**2 / 2)
    for i, power in enumerate(powers):
        leaning = normals(stream(seed, replicate, f"elite/orientation/{power}"), 0, identity)
        elites.orientation[who, i] = p.orientation_spread * leaning


def step(
    elites: EliteMembers,
    depend: Floats,
    public_mean: Floats,
    press: Floats,
    diplomacy: Floats,
    rents: Floats,
    now: Inputs,
    dt: float,
    p: Parameters,
    bow: Floats,
) -> tuple[Floats, Floats]:
    """Return alignment after a step, and what each term added to the mean.

    Args:
        elites: members at t.
        depend: dependence, [C, P].
        public_mean: mean affect of the public, [C, P].
        press: public pressure, [C].
        diplomacy: what diplomacy and further channels add to the target, [C, P].
        rents: what investment adds to the target of a member with a rent share of one, [C, P].
        now: inputs of the step.
        dt: years.
        p: parameters.
        bow: how far elites bow to public pressure, [P].

    Returns:
        Alignment [C, E, P] and contributions [C, P, 8].
    """
    terms = _shared_aims(depend, public_mean, press, diplomacy, now.openness, p.listen, bow, p.hedge, p.hedge_above)
    after = _step_members(elites.alignment, elites.rent, elites.orientation, rents, terms, p.elite_rate * dt)
    return after, terms


@njit(cache=True)
def _shared_aims(
    depend: Floats, public_mean: Floats, press: Floats, diplomacy: Floats, openness: Floats, listen: float,
    bow: Floats, hedge: float, hedge_above: float,
) -> Floats:
    """Return what all members of a country aim at alike, term by term, [C, P, 8]."""
    terms = np.zeros((*depend.shape, len(TERMS)))
    for c, p in np.ndindex(depend.shape):
        terms[c, p, LISTENING] = listen * openness[c] * public_mean[c, p]
        terms[c, p, PRESSURE] = -bow[p] * press[c]
        terms[c, p, HEDGING] = -hedge * max(0.0, float(depend[c, p]) - hedge_above)
        terms[c, p, DIPLOMACY] = diplomacy[c, p]
    return terms


@njit(cache=True)
def _step_members(
    alignment: Floats, rent: Floats, orientation: Floats, rents: Floats, terms: Floats, pace: float
) -> Floats:
    """Move every member by one step and return the alignment after it, [C, E, P].

    Args:
        alignment: alignment at t, [C, E, P].
        rent: the members' rent shares, [C, E].
        orientation: their own leanings, [C, E, P].
        rents: what investment adds to the target of a member with a rent share of one, [C, P].
        terms: holds what all members of a country aim at alike; becomes what each term adds to the mean, [C, P, 8].
        pace: share of the way to the target that is gone in a step.
    """
    countries, members, powers = alignment.shape
    after = np.empty(alignment.shape)
    for c, p in np.ndindex(countries, powers):
        own = np.zeros(len(TERMS))  # sums over members of what differs between them
        for e in range(members):
            raw = rent[c, e] * rents[c, p]
            own[INVESTMENT] += raw
            for shared in (LISTENING, PRESSURE, HEDGING, DIPLOMACY):
                raw += terms[c, p, shared]
            raw += orientation[c, e, p]
            target = min(1.0, max(-1.0, raw))
            after[c, e, p] = alignment[c, e, p] + pace * (target - alignment[c, e, p])
            own[ORIENTATION] += orientation[c, e, p]
            own[RETURN] -= alignment[c, e, p]
            own[CLIPPING] += target - raw
        terms[c, p] = pace * (terms[c, p] + own / members)
    return after


def replace_members(elites: EliteMembers, alumni_share: Floats, seed: int, replicate: int, countries: tuple[str, ...],
                    powers: tuple[str, ...], year: int, p: Parameters) -> None:
    """Let some members leave at the turn of a year; newcomers bring own traits, some a foreign degree.

    Args:
        elites: changed in place.
        alumni_share: alumni of each power over adults, [C, P].
        seed: root seed.
        replicate: number of the replicate.
        countries: codes in the order of the country axis.
        powers: codes in the order of the power axis.
        year: the year that begins.
        p: parameters.
    """
    seats = _seats(countries, elites.rent.shape[1])

    def chance(name: str) -> Floats:
        return uniforms(stream(seed, replicate, name), year, seats.ravel()).reshape(seats.shape)

    leaves = chance("elite/turnover") < p.elite_turnover
    elites.generation[leaves] += 1
    elites.birth_year[leaves] = year - ENTRY_AGE
    _give_traits(elites, leaves, seats, seed, replicate, powers, p)
    degrees = p.alumni_recruitment * alumni_share
    degrees = degrees / np.maximum(1.0, degrees.sum(axis=1, keepdims=True))
    school = (np.cumsum(degrees, axis=1)[:, None, :] <= chance("elite/alma_mater")[..., None]).sum(axis=2)
    elites.alma_mater[leaves] = np.where(school < len(powers), school, -1)[leaves]
    for i in range(len(powers)):
        elites.orientation[leaves & (school == i), i] += p.alumni_orientation
    # a newcomer starts where the leavers stood: seats change hands, not sides
