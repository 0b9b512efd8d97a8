"""Citizens in the education pipeline as weighted agents.

Students, returnees and alumni are about a thousandth of the adults, too few for citizens of equal weight. Each stage
of each power and country has a few agents, and each of them stands for its share of the stage's head-count. Agent k
of every stage is the twin of one citizen, the home: it shares the home's traits and ties, so the home is its matched
peer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.model.population import ADULT_AGE, AGES, CHINESE, RUSSIAN, Citizens
from spsim.model.randomness import identities, stream, uniforms

STAGE_COUNT = 5
HOME_AGE_LIMIT = 35
_CAME_FROM = (0, 0, 1, 2, 1)
"""Stage before each stage; who becomes a student comes from home."""

STUDY_LANGUAGE = {"CN": CHINESE, "RU": RUSSIAN}
"""The language that alumni of a power follow."""

Floats = NDArray[np.float64]


@dataclass
class PipelineAgents:
    """Agents of the pipeline, in the order country, power, stage, number; arrays are flat over these four axes."""

    shape: tuple[int, int, int, int]
    country: NDArray[np.int64]
    power: NDArray[np.int64]
    stage: NDArray[np.int64]
    home: NDArray[np.int64]
    identity: NDArray[np.uint64]

    @property
    def count(self) -> int:
        """Number of agents."""
        return int(self.country.size)


def create(countries: tuple[str, ...], powers: tuple[str, ...], numbers: int) -> PipelineAgents:
    """Lay out the agents; their homes are chosen by :func:`choose_homes`."""
    shape = (len(countries), len(powers), STAGE_COUNT, numbers)
    country, power, stage, _ = (axis.ravel() for axis in np.indices(shape))
    # identities above those of the slots, with the power's name in them: unmoved when a power is added or dropped
    words = [
        identities(code, STAGE_COUNT * numbers) + np.uint64((int.from_bytes(name.encode(), "big") << 10) + (1 << 30))
        for code in countries for name in powers
    ]
    return PipelineAgents(shape, country, power, stage, np.zeros(country.size, dtype=np.int64), np.concatenate(words))


def choose_homes(
    agents: PipelineAgents, citizens: Citizens, seed: int, replicate: int, year: int, countries: tuple[str, ...],
    powers: tuple[str, ...], *, everyone: bool,
) -> None:
    """Give a home to every agent at the start, and later a new one to those whose home has grown too old.

    A home is a citizen of the same country, from eighteen to ``HOME_AGE_LIMIT`` years old, chosen by a keyed draw.
    """
    home = agents.home.reshape(agents.shape)
    numbers = np.arange(agents.shape[3], dtype=np.uint64)
    for c, code in enumerate(countries):
        here, youngest, oldest = citizens.of(c), c * AGES + ADULT_AGE, c * AGES + HOME_AGE_LIMIT
        young = here.start + np.flatnonzero(
            (citizens.age_index[here] >= youngest) & (citizens.age_index[here] <= oldest)
        )
        for p, power in enumerate(powers):
            stale = everyone | (citizens.age_index[home[c, p, 0]] > oldest)
            if stale.any():
                draw = uniforms(stream(seed, replicate, f"home/{code}/{power}"), year, numbers)
                chosen = young[(draw * young.size).astype(np.int64)]
                home[c, p] = np.where(stale, chosen, home[c, p])
    agents.home = home.ravel()


def weights(agents: PipelineAgents, stocks: Floats) -> Floats:
    """Return the persons that each agent stands for; ``stocks`` is [C, P, stages]; shape [agents]."""
    return np.repeat(stocks.ravel() / agents.shape[3], agents.shape[3])


def audience(agents: PipelineAgents, citizens: Citizens, powers: tuple[str, ...]) -> NDArray[np.uint8]:
    """Return the audience class of each agent: that of the home, with the language of study."""
    language = np.array([STUDY_LANGUAGE.get(power, 0) for power in powers], dtype=np.uint8)
    return np.asarray(citizens.audience[agents.home] | language[agents.power])


def mix_in_newcomers(
    agents: PipelineAgents, affect: NDArray[np.float32], slots: int, stocks: Floats, inflows: Floats
) -> None:
    """Let those who enter a stage bring the affect that they had in the stage before; changes ``affect``.

    Args:
        agents: the agents.
        affect: affect of slots and agents, [slots + agents, P].
        slots: number of slots.
        stocks: persons after the step, [C, P, stages].
        inflows: persons who entered each stage in the step, same shape.
    """
    _mix(affect[slots:], affect, agents.home, stocks, inflows, agents.shape[3])


@njit(cache=True)
def _mix(
    members: NDArray[np.float32], affect: NDArray[np.float32], home: NDArray[np.int64], stocks: Floats, inflows: Floats,
    numbers: int,
) -> None:
    """Write to ``members``, the last rows of ``affect``, what :func:`mix_in_newcomers` says."""
    one = np.float32(1)
    for c, power in np.ndindex(stocks.shape[:2]):
        for stage in range(STAGE_COUNT - 1, -1, -1):  # later stages first: each needs what the one before thought
            there = stocks[c, power, stage]
            share = np.float32(min(1.0, max(0.0, inflows[c, power, stage] / there)) if there > 0 else 1.0)
            first = ((c * stocks.shape[1] + power) * STAGE_COUNT + stage) * numbers
            before = ((c * stocks.shape[1] + power) * STAGE_COUNT + _CAME_FROM[stage]) * numbers
            for k in range(numbers):
                for p in range(affect.shape[1]):
                    came = affect[home[first + k], p] if stage == 0 else members[before + k, p]
                    members[first + k, p] = (one - share) * members[first + k, p] + share * came
