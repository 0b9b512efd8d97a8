"""Who listens to whom: a directed network inside each country, homophilous in language and kind of place.

Out-degrees are one plus a Poisson number; each tie stays in the citizen's own group (Russian or not, town or country)
with probability ``homophily`` and goes to anybody in the country otherwise. Ties belong to slots, so they outlive
those who occupy them. Weights are equal, which makes the influence matrix row-stochastic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import pdtr

from spsim.config import SpsimError
from spsim.model.population import RUSSIAN, URBAN
from spsim.model.randomness import Stream, country_word, identities, stream, threefry, uniforms, unit_interval

MOST_TIES = 2**32 - 1
"""What the numbers of ties, which have 32 bits, can count."""


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

    Raises:
        SpsimError: more ties than can be numbered.
    """
    slots = audience.size // len(countries)
    first = np.zeros(audience.size + 1, dtype=np.uint32)
    ties = 0
    for index, code in enumerate(countries):
        ends = ties + np.cumsum(_degrees(stream(seed, replicate, "network/degree"), identities(code, slots), mean_ties))
        ties = int(ends[-1])
        if ties > MOST_TIES:
            raise SpsimError(
                f"{audience.size:,} citizens with {mean_ties:g} ties each are too many: no more than {MOST_TIES:,} "
                "ties can be numbered; lower citizens or mean_ties"
            )
        first[index * slots + 1 : (index + 1) * slots + 1] = ends
    alters = np.empty(ties, dtype=np.uint32)
    stay, alter = stream(seed, replicate, "network/stay"), stream(seed, replicate, "network/alter")
    for index, code in enumerate(countries):
        group = audience[index * slots : (index + 1) * slots] & np.uint8(RUSSIAN | URBAN)
        _draw_alters(
            country_word(code), stay.first, stay.second, alter.first, alter.second, homophily,
            np.argsort(group, kind="stable").astype(np.uint32), np.cumsum(np.bincount(group)),
            first[index * slots : (index + 1) * slots + 1], index * slots, alters,
        )
    return Network(first, alters)


def _degrees(key: Stream, who: NDArray[np.uint64], mean_ties: float) -> NDArray[np.int64]:
    """Return the out-degrees, one plus a Poisson number: the least number whose cumulated chance reaches the draw."""
    mean = max(mean_ties - 1, 0.0)
    longest = int(mean + 20 * np.sqrt(mean)) + 30  # no draw is so near to 1 that it asks for more
    return np.asarray(1 + np.searchsorted(pdtr(np.arange(longest), mean), uniforms(key, 0, who)))


@njit(cache=True, nogil=True)
def _draw_alters(
    word: np.uint64, stay0: np.uint64, stay1: np.uint64, alter0: np.uint64, alter1: np.uint64, homophily: float,
    order: NDArray[np.uint32], ends: NDArray[np.int64], first: NDArray[np.uint32], offset: int,
    alters: NDArray[np.uint32],
) -> None:
    """Draw the alters of one country's ties; nobody listens to himself.

    Args:
        word: stands for the country in identities.
        stay0: first half of the key of the draws that decide who stays in the own group.
        stay1: its second half.
        alter0: first half of the key of the draws of whom.
        alter1: its second half.
        homophily: share of ties inside the own group.
        order: slots of the country, group after group, [slots].
        ends: where each group ends in ``order``; groups may be empty.
        first: number of each slot's first tie, [slots + 1].
        offset: number of the country's first citizen.
        alters: the country's part is written.
    """
    everybody, begin = order.size, 0
    for end in ends:
        for own in range(begin, end):
            ego = order[own]
            for tie in range(first[ego], first[ego + np.uint32(1)]):
                # the number of the tie goes where the generation stands in identities, which are all of generation 0
                who = word + np.uint64(ego) + (np.uint64(tie - first[ego]) << np.uint64(32))
                stays = unit_interval(threefry(stay0, stay1, np.uint64(0), who)[0]) < homophily
                # a group of one has nobody else to listen to
                start, size = (begin, end - begin) if stays and end - begin > 1 else (0, everybody)
                # draw among the others: step over the own position
                place = unit_interval(threefry(alter0, alter1, np.uint64(0), who)[0])
                chosen = start + min(int(place * (size - 1)), size - 2)
                if chosen >= own:
                    chosen += 1
                alters[tie] = chosen  # a place in the order, for now
        begin = end
    # places in the order become citizens in a loop of its own, which waits for many of these far loads at once
    for tie in range(first[0], first[-1]):
        alters[tie] = offset + order[alters[tie]]
