"""The channels of influence, one module each.

Media and culture broadcast through outlets (``spsim.model.outlets``). Every other channel says the same
things of itself each step (:class:`Signal`): what it adds to the anchors of the public, what it adds to the alignment
of elites, which sources it broadcasts through, and whom it reaches. A further channel is one module of a user's own,
see ``spsim.model.channels.further``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """A source that speaks to audiences; C countries, P powers, A audience classes."""

    name: str
    channel: str
    strength: Floats  # [C] per year, at full reach and acceptance; what the budget buys
    reach: Floats  # [C, A] share of a class that is reached
    stance: Floats  # [C, P] position on each power; nan where the source is silent
    owner: int = -1  # index of the power that owns it, -1 = none
    state: bool = False  # known to belong to some state


@dataclass(frozen=True)
class Signal:
    """What a channel does in one step."""

    channel: str
    anchor: Floats | None = None  # [C, P] added to everybody's anchor
    elite: Floats | None = None  # [C, P] added to the alignment that elites aim at
    sources: tuple[Source, ...] = field(default=())
    reach_public: Floats | None = None  # [C, P] share of adults concerned, where no source tells it
    reach_elite: Floats | None = None  # [C, P]
