"""The state of the model at one date: arrays by country (C) and power (P), and those of single agents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.model.network import Network
from spsim.model.pipeline_agents import PipelineAgents
from spsim.model.population import Citizens

Floats = NDArray[np.float64]

STAGES = ("student", "returnee", "employed", "ceiling", "disappointed")
"""Stages of the education pipeline whose members are agents; who has left is only counted."""


@dataclass
class Projects:
    """Investment: what is under way and what stands; all [C, P]."""

    works: Floats  # bn USD of 2015 under construction
    capital: Floats  # bn USD of 2015; 0 for a power without capital series, whose trade stands for it
    hopes: Floats  # announced projects over GDP, fading
    letdown: Floats  # unmet hopes over GDP, fading
    foreign_labour: Floats  # share


@dataclass
class Pipeline:
    """Education in persons; ``stocks`` is [C, P, stages], the rest [C, P]."""

    stocks: Floats
    left: Floats  # persons who left the pipeline since the start
    entries: Floats  # persons who entered since the start
    expected_placement: Floats  # share
    placement: Floats  # share of those leaving the queue who found a post


@dataclass
class Politics:
    """Threat, opacity and protest."""

    threat: Floats  # [C, P]
    memory: Floats  # [C, P] affect, fading; a fall is negative
    security: Floats  # [C, P] alignment, fading
    opacity: Floats  # [C]
    pressure: Floats  # [C] 0-1
    moratorium_until: Floats  # [C] decimal year
    protest_share: Floats  # [C] active share in the last step
    protest_events: Floats  # [C] events in the last step


@dataclass
class EliteMembers:
    """Members of the elites; E members a country."""

    alignment: Floats  # [C, E, P]
    rent: Floats  # [C, E], mean 1
    orientation: Floats  # [C, E, P]
    birth_year: NDArray[np.int64]  # [C, E]
    alma_mater: NDArray[np.int64]  # [C, E] index of the power where the member studied, -1 = none
    generation: NDArray[np.int64]  # [C, E] how often the seat changed hands


@dataclass
class State:
    """Everything that a step reads and writes."""

    citizens: Citizens
    network: Network
    agents: PipelineAgents
    affect: NDArray[np.float32]  # [slots + pipeline agents, P]
    weight: Floats  # [slots + pipeline agents] persons
    elites: EliteMembers
    projects: Projects
    pipeline: Pipeline
    politics: Politics
    public_mean: Floats  # [C, P] weighted mean affect
    mean_heritage: Floats  # [C] weighted mean heritage

    @property
    def elite_mean(self) -> Floats:
        """Mean alignment by country and power, [C, P]."""
        return _mean_over_members(self.elites.alignment)


@njit(cache=True)
def _mean_over_members(values: Floats) -> Floats:
    """Return the mean over the members of each country, [C, P] of [C, E, P]."""
    mean = np.zeros((values.shape[0], values.shape[2]))
    for c, e, p in np.ndindex(values.shape):
        mean[c, p] += values[c, e, p]
    mean /= values.shape[1]
    return mean
