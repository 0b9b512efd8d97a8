"""Who listens to whom: a directed network inside each country, homophilous in language and kind of place.

Out-degrees are one plus a Poisson number; each tie stays in the citizen's own group (Russian or not, town or country)
with probability ``homophily`` and goes to anybody in the country otherwise. Ties belong to slots, so they outlive
those who occupy them. Weights are equal, which makes the influence matrix row-stochastic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spsim.model.population import RUSSIAN, URBAN
from spsim.model.randomness import identities, stream, uniforms


@dataclass(frozen=True)
class Network:
    """Ties in compressed rows: citizen ``i`` listens to ``alters[first[i]:first[i + 1]]``."""

    first: NDArray[np.uint32]
    alters: NDArray[np.uint32]

    def of(self, citizen: int) -> NDArray[np.uint32]:
        """Return those to whom a citizen listens."""
        return self.alters[self.first[citizen] : self.first[citizen + 1]]


def create(
    seed: int,
    replicate: int,
    countries: tuple[str, ...],
    audience: NDArray[np.uint8],
    mean_ties: float,
    homophily: float,
) -> Network:
    """Draw the network of all countries.

    Args:
        seed: root seed.
        replicate: number of the replicate.
        countries: codes; citizens of each stand together, in equal number.
        audience: audience class of each citizen; language and place are read from it.
        mean_ties: mean out-degree, at least 1.
        homophily: share of ties inside the own group.
    """
    slots = audience.size // len(countries)
    firsts, alters = [np.zeros(1, dtype=np.int64)], []
    for index, code in enumerate(countries):
        group = audience[index * slots : (index + 1) * slots] & np.uint8(RUSSIAN | URBAN)
        who = identities(code, slots)
        key = stream(seed, replicate, "network/degree")
        degree = 1 + stats.poisson.ppf(uniforms(key, 0, who), max(mean_ties - 1, 0)).astype(np.int64)
        alters.append(index * slots + _alters(seed, replicate, who, degree, group, homophily))
        firsts.append(firsts[-1][-1] + np.cumsum(degree))
    return Network(np.concatenate(firsts).astype(np.uint32), np.concatenate(alters).astype(np.uint32))


def _alters(
    seed: int,
    replicate: int,
    who: NDArray[np.uint64],
    degree: NDArray[np.int64],
    group: NDArray[np.uint8],
    homophily: float,
) -> NDArray[np.int64]:
    """Return the alters (slots of one country) of all ties, tie by tie; nobody listens to himself."""
    ego = np.repeat(np.arange(who.size), degree)
    number = np.arange(ego.size) - np.repeat(np.cumsum(degree) - degree, degree)
    # the number of the tie goes where the generation stands in identities, which are all of generation 0 here
    tie = who[ego] + (number.astype(np.uint64) << np.uint64(32))
    stay = uniforms(stream(seed, replicate, "network/stay"), 0, tie) < homophily
    place = uniforms(stream(seed, replicate, "network/alter"), 0, tie)
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], group[ego])
    size = np.searchsorted(group[order], group[ego], side="right") - start
    lone = size < 2  # a group of one has nobody else to listen to
    start, size = np.where(stay & ~lone, start, 0), np.where(stay & ~lone, size, who.size)
    # draw among the others: step over the ego's own position in the ordered list
    own = np.empty_like(order)
    own[order] = np.arange(who.size)
    chosen = start + np.minimum((place * (size - 1)).astype(np.int64), size - 2)
    inside = (own[ego] >= start) & (own[ego] < start + size)
    chosen += inside & (chosen >= own[ego])
    return np.asarray(order[chosen])
