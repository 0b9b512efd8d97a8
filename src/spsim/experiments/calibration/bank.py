"""The bank: simulations at parameter sets from the priors, each with what the polls would have printed.

A member of a bank is a parameter set with a few replicates. What it gives depends on the seed, its number and the
code, and on nothing else; finished members are lines of a log, so that a kill loses the members at work and no more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.config import Scenario, SetupError
from spsim.experiments.calibration.dimensions import DIMENSIONS, NAMES, scenario_at, values_at
from spsim.experiments.cases import Log, Progress, code_digest, run_cases
from spsim.experiments.surveys import Question, ask
from spsim.experiments.surveys.asking import slopes
from spsim.experiments.validation.readings import Reading
from spsim.experiments.workers import Workers
from spsim.model.simulation import Simulation

Floats = NDArray[np.float64]

REPLICATES = 3
"""Runs of each parameter set: enough to tell chance from parameters over the whole bank."""

COUNTED = ("KZ+KG", "2018-01", "2020-11")
"""Where and when anti-China events were counted."""

ORDERED = (("KZ", "KG", "UZ", "TJ", "TM"), "2018-01", "2020-08")
"""Countries from most to least protest of any kind, and when; these counts score the order and nothing else."""


@dataclass(frozen=True)
class Bank:
    """What a bank gives: N parameter sets, R replicates, Q questions."""

    shares: Floats
    """Places in the priors, [N, dimensions]."""
    figures: Floats
    """Expected figures in points, [N, R, Q]."""
    slopes: Floats
    """Change of a figure with its item's offset, points per unit of affect, [N, R, Q]."""
    events: Floats
    """Anti-China events that were counted, KZ and KG, [N, R]."""
    concordance: Floats
    """Share of the ten pairs of countries whose events stand in the observed order, [N, R]."""

    @property
    def values(self) -> pd.DataFrame:
        """The parameter sets, a column for each dimension."""
        return pd.DataFrame(values_at(self.shares), columns=list(NAMES))

    def part(self, members: NDArray[np.integer] | slice) -> Bank:
        """Return some members."""
        return Bank(*(getattr(self, name)[members] for name in self.__dataclass_fields__))

    def joined(self, other: Bank) -> Bank:
        """Return the members of both."""
        return Bank(*(np.concatenate([getattr(self, n), getattr(other, n)]) for n in self.__dataclass_fields__))


def prior_shares(count: int, seed: int, dimensions: int = len(DIMENSIONS)) -> Floats:
    """Return the parameter sets of the first bank as places in the priors: a scrambled Sobol sequence, [N, D]."""
    from scipy.stats import qmc  # takes long to import, and a run does without

    with_power = qmc.Sobol(dimensions, seed=np.random.default_rng(seed)).random_base2((count - 1).bit_length())
    return np.asarray(with_power[:count], dtype=np.float64)


@dataclass(frozen=True)
class Plan:
    """What every member needs, and the members."""

    scenario: Scenario
    questions: tuple[Question, ...]
    shares: tuple[tuple[float, ...], ...]
    replicates: int = REPLICATES
    first: int = 0
    """Number of the first member: it keys the draws of its replicates, which no other member shares."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints of code and scenario in a log that another version has written and that is taken as it is."""


def simulate(plan: Plan, number: int, look: Callable[[Simulation], None] | None = None) -> dict[str, Any]:
    """Run the replicates of one parameter set; ``look`` is shown each of them at its end."""
    scenario = scenario_at(plan.scenario, plan.shares[number])
    found: dict[str, list[Any]] = {"figures": [], "slopes": [], "events": [], "concordance": []}
    for replicate in range(plan.replicates):
        one = (plan.first + number) * plan.replicates + replicate
        printed, simulation = ask(scenario, one, plan.questions, recorded=look is not None)
        if look:
            look(simulation)
        reading = Reading(scenario, simulation.record)
        found["figures"].append(np.round(printed[:, 1], 4).tolist())
        found["slopes"].append(np.round(slopes(printed), 3).tolist())
        places, first, last = COUNTED
        found["events"].append(float(reading.events(places.split("+"), first, last).sum()))
        found["concordance"].append(_concordance(reading.events(*ORDERED)))
    return found


def _concordance(counts: Floats) -> float:
    """Return the share of pairs in falling order; a tie is half a pair."""
    first, second = np.triu_indices(counts.size, 1)
    return float(np.mean(0.5 * (1 + np.sign(counts[first] - counts[second]))))


def build(folder: Path, name: str, plan: Plan, workers: Workers = None, progress: Progress | None = None) -> Bank:
    """Return a bank, simulating the members that its log does not hold yet.

    Args:
        folder: where the log is, ``{name}.jsonl``.
        name: of the bank.
        plan: what is run.
        workers: processes, or an executor.
        progress: told after each member.

    Raises:
        SetupError: the log holds another bank, or the disk refuses.
    """
    return build_with(simulate, folder, name, plan, workers, progress)[0]


def build_with(
    work: Callable[[Plan, int], dict[str, Any]], folder: Path, name: str, plan: Plan, workers: Workers,
    progress: Progress | None,
) -> tuple[Bank, list[dict[str, Any]]]:
    """Return a bank whose members do what ``work`` says, and everything that they give."""
    log = Log(folder / f"{name}.jsonl", _design(plan))
    keys = [f"set {plan.first + n}" for n in range(len(plan.shares))]
    found = list(run_cases(work, plan, keys, log, workers, progress).values())
    columns = {key: np.array([one[key] for one in found]) for key in ("figures", "slopes", "events", "concordance")}
    return Bank(shares=np.array(plan.shares), **columns), found


def _design(plan: Plan) -> dict[str, Any]:
    """Return what decides the members, for the log."""
    asked = repr([(q.countries, q.months, q.power, q.item, q.answers, q.kind) for q in plan.questions])
    return {
        "experiment": "bank",
        "code": code_digest(),
        "scenario": _digest(plan.scenario.model_dump_json()),
        "questions": _digest(asked),
        "sets": _digest(repr(plan.shares)),
        "replicates": plan.replicates,
        "citizens": plan.scenario.run.citizens,
        "seed": plan.scenario.run.seed,
        "first": plan.first,
        **plan.kept,
    }


def fingerprints(folder: Path) -> dict[str, str]:
    """Return the fingerprints of code and scenario with which the bank in a folder was begun; empty if there is none.

    Raises:
        SetupError: the log is damaged.
    """
    path = folder / "prior.jsonl"
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8") as file:
            design = json.loads(file.readline())["design"]
        return {key: str(design[key]) for key in ("code", "scenario")}
    except (OSError, ValueError, KeyError):
        raise SetupError(f"{path}: its first line is damaged; choose another --out") from None


def rows(shares: Floats) -> tuple[tuple[float, ...], ...]:
    """Return parameter sets as a plan holds them."""
    return tuple(map(tuple, shares.tolist()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
