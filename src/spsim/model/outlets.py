"""Outlets: the sources of media and culture, which are there in every month.

What an outlet is, whom it reaches and what it says stands fixed or follows from data and levers, and is worked out
once for all months. Only its budget, and what elites think whose voice it is, are asked for from month to month.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spsim.model.channels import Source

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outlet:
    """A source of all months; C countries, P powers, A audience classes."""

    name: str
    channel: str  # whose budget pays for it, if it has an owner
    full_strength: float  # per year, at full reach and acceptance and with a full budget
    reach: Floats  # [steps, C, A] share of a class that is reached
    stance: Floats | None  # [C, P] position on each power, nan where it is silent; None: what elites think
    owner: int = -1  # index of the power that owns it, -1 = none
    state: bool = False  # known to belong to some state


@dataclass(frozen=True)
class Sources:
    """The sources of one month side by side: K sources; the fields are those of a :class:`Source`."""

    names: tuple[str, ...]
    channels: tuple[str, ...]
    strength: Floats  # [K, C]
    reach: Floats  # [K, C, A]
    stance: Floats  # [K, C, P]
    owner: NDArray[np.int64]  # [K]
    state: NDArray[np.bool_]  # [K]

    def joined_by(self, others: Sequence[Source]) -> Sources:
        """Return these sources and, after them, others."""
        if not others:
            return self
        return Sources(
            names=(*self.names, *(other.name for other in others)),
            channels=(*self.channels, *(other.channel for other in others)),
            strength=np.concatenate([self.strength, [other.strength for other in others]]),
            reach=np.concatenate([self.reach, [other.reach for other in others]]),
            stance=np.concatenate([self.stance, [other.stance for other in others]]),
            owner=np.concatenate([self.owner, [other.owner for other in others]]),
            state=np.concatenate([self.state, [other.state for other in others]]),
        )


class Outlets:
    """All outlets of a scenario."""

    def __init__(self, outlets: Sequence[Outlet], countries: int, powers: int) -> None:
        self.names = tuple(outlet.name for outlet in outlets)
        self.channels = tuple(outlet.channel for outlet in outlets)
        self.full_strength = np.array([outlet.full_strength for outlet in outlets])
        self.reach = np.stack([outlet.reach for outlet in outlets], axis=1)  # [steps, K, C, A]
        silent = np.full((countries, powers), np.nan)
        self.stance = np.array([silent if outlet.stance is None else outlet.stance for outlet in outlets])
        self.elites_voices = [k for k, outlet in enumerate(outlets) if outlet.stance is None]
        self.owner = np.array([outlet.owner for outlet in outlets])
        self.state = np.array([outlet.state for outlet in outlets])
        self.paid_by: dict[str, list[int]] = {}  # channel -> its outlets with an owner
        for k, outlet in enumerate(outlets):
            if outlet.owner >= 0:
                self.paid_by.setdefault(outlet.channel, []).append(k)

    def at(self, step: int, budgets: Mapping[str, Floats], elite_mean: Floats) -> Sources:
        """Return what is said in one step.

        Args:
            step: its number.
            budgets: effective budget index of each channel, [C, P].
            elite_mean: mean alignment of elites, which national state media speak for, [C, P].
        """
        bought = np.ones((len(self.names), len(elite_mean)))
        for channel, here in self.paid_by.items():
            bought[here] = budget_strength(budgets[channel])[:, self.owner[here]].T
        stance = self.stance.copy()
        stance[self.elites_voices] = elite_mean
        return Sources(
            self.names, self.channels, self.full_strength[:, None] * bought, self.reach[step], stance, self.owner,
            self.state,
        )


def budget_strength(budget: Floats) -> Floats:
    """Return the share of full strength that a budget index buys, with falling returns; 1 at an index of 1."""
    return np.asarray((1 - np.exp(-budget)) / (1 - np.exp(-1.0)))


def about(power: str, position: float, countries: Sequence[str], powers: Sequence[str]) -> Floats:
    """Return the stance of a source that speaks about one power only, [C, P]."""
    stance = np.full((len(countries), len(powers)), np.nan)
    stance[:, powers.index(power)] = position
    return stance
