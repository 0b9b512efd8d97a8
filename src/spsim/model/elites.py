"""Elites: multi-vector hedging between rents, the public, pressure and security.

For every power

    y* = rent r_e d + listen open xbar - bow press - hedge max(0, d - hedge_above) + security + own leaning
    dy = elite_rate (y* - y) dt
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters
from spsim.model.channels import Signal
from spsim.model.inputs import Inputs
from spsim.model.randomness import NEXT_GENERATION, identities, normals, stream, uniforms
from spsim.model.state import EliteMembers

Floats = NDArray[np.float64]

TERMS = ("investment", "listening", "pressure", "hedging", "diplomacy", "orientation", "alignment_return", "clipping")
ENTRY_AGE, OLDEST_AT_START = 35, 60
_SEATS = 2**29  # seats are numbered above the slots of citizens, so that no draw is shared


def _seat_identities(code: str, members: int, generation: NDArray[np.int64] | int = 0) -> NDArray[np.uint64]:
    seats = identities(code, members) + np.uint64(_SEATS)
    return np.asarray(seats + NEXT_GENERATION * np.asarray(generation, dtype=np.uint64), dtype=np.uint64)


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
    for c, code in enumerate(countries):
        everyone = np.arange(members)
        _give_traits(elites, c, code, everyone, seed, replicate, powers, p)
        age = ENTRY_AGE + (OLDEST_AT_START - ENTRY_AGE) * uniforms(
            stream(seed, replicate, "elite/age"), 0, _seat_identities(code, members)
        )
        elites.birth_year[c] = year - age.astype(np.int64)
    elites.alignment = np.clip(start + elites.orientation, -1, 1)
    return elites


def _give_traits(elites: EliteMembers, c: int, code: str, who: NDArray[np.int64], seed: int, replicate: int,
                 powers: tuple[str, ...], p: Parameters) -> None:
    """Draw rent shares (lognormal, mean 1) and leanings of the members ``who`` of a country."""
    seats = _seat_identities(code, elites.rent.shape[1], elites.generation[c])[who]
    draw = normals(stream(seed, replicate, "elite/rent"), 0, seats)
    elites.rent[c, who] = np.exp(p.rent_spread * draw - p.rent_spread**2 / 2)
    for i, power in enumerate(powers):
        leaning = normals(stream(seed, replicate, f"elite/orientation/{power}"), 0, seats)
        elites.orientation[c, who, i] = p.orientation_spread * leaning


def step(
    elites: EliteMembers,
    depend: Floats,
    public_mean: Floats,
    press: Floats,
    diplomacy: Signal,
    investment: Signal,
    now: Inputs,
    powers: tuple[str, ...],
    dt: float,
    p: Parameters,
) -> tuple[Floats, Floats]:
    """Return alignment after a step, and what each term added to the mean.

    Args:
        elites: members at t.
        depend: dependence, [C, P].
        public_mean: mean affect of the public, [C, P].
        press: public pressure, [C].
        diplomacy: signal of diplomacy.
        investment: signal of investment, whose ``elite`` part is multiplied by the members' rent shares.
        now: inputs of the step.
        powers: codes in the order of the power axis.
        dt: years.
        p: parameters.

    Returns:
        Alignment [C, E, P] and contributions [C, P, 8].
    """
    assert investment.elite is not None and diplomacy.elite is not None
    rents = elites.rent[:, :, None] * investment.elite[:, None, :]
    listening = p.listen * now.openness[:, None] * public_mean
    bowing = -p.over("bow", powers) * press[:, None]
    hedging = -p.hedge * np.maximum(0, depend - p.hedge_above)
    raw = rents
    for shared in (listening, bowing, hedging, diplomacy.elite):
        raw = raw + shared[:, None, :]
    raw = raw + elites.orientation
    target = np.clip(raw, -1, 1)
    pace = p.elite_rate * dt
    after = elites.alignment + pace * (target - elites.alignment)
    terms = (
        _mean(rents), listening, bowing, hedging, diplomacy.elite, _mean(elites.orientation),
        -_mean(elites.alignment), _mean(target - raw),
    )
    return after, pace * np.stack(terms, axis=-1)


def _mean(values: Floats) -> Floats:
    """Return the mean over members, [C, P]."""
    return np.asarray(values.sum(axis=1) / values.shape[1])


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
    members = elites.rent.shape[1]
    for c, code in enumerate(countries):
        seats = _seat_identities(code, members)
        leaves = uniforms(stream(seed, replicate, "elite/turnover"), year, seats) < p.elite_turnover
        who = np.flatnonzero(leaves)
        elites.generation[c, who] += 1
        elites.birth_year[c, who] = year - ENTRY_AGE
        _give_traits(elites, c, code, who, seed, replicate, powers, p)
        chance = p.alumni_recruitment * alumni_share[c]
        chance = chance / max(1.0, chance.sum())
        draw = uniforms(stream(seed, replicate, "elite/alma_mater"), year, seats)
        school = np.searchsorted(np.cumsum(chance), draw[who], side="right")
        elites.alma_mater[c, who] = np.where(school < len(powers), school, -1)
        for i in range(len(powers)):
            elites.orientation[c, who[school == i], i] += p.alumni_orientation
        # a newcomer starts where the leavers stood: seats change hands, not sides
