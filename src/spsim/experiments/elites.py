"""Run replicates of a scenario and put its elites beside the votes of their countries in the UN."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spsim.analysis.elites import Beside, votes
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import ConfigError, Place, Problem, Scenario
from spsim.data import load_pack
from spsim.experiments.cases import Log, Progress, code_digest, run_cases
from spsim.experiments.workers import Workers
from spsim.ground.words import counted
from spsim.model.simulation import Simulation

SETTLING = 5
"""Years after the start that are left out: elites start at an assumed alignment and need that long to leave it."""

FEWEST_COUNTRIES, FEWEST_YEARS = 3, 6
"""Below these there is no order and no movement to compare."""


@dataclass(frozen=True)
class Study:
    """A scenario that ends where the votes end, and what of it is compared."""

    scenario: Scenario
    years: tuple[int, ...]
    countries: tuple[str, ...]
    powers: tuple[str, ...]


def study(scenario: Scenario) -> Study:
    """Return what can be compared: the years, countries and powers of a scenario for which there are votes.

    Raises:
        ConfigError: with everything of which there is too little.
    """
    table, run = load_pack().votes_table(), scenario.run
    last = min(int(run.end[:4]), int(table["year"].max()))
    years = tuple(range(max(int(run.start[:4]) + SETTLING, int(table["year"].min())), last + 1))
    countries = tuple(code for code in run.countries if code in set(table["country"]))
    powers = tuple(code for code in run.powers if code in set(table["power"]))
    problems = [
        Problem(Place("elites"), key, got, allowed)
        for key, few, got, allowed in (
            ("run", len(years) < FEWEST_YEARS, f"{run.start} to {run.end} has {counted(len(years), 'year')} with "
             f"votes that are {SETTLING} or more after its start", f"{FEWEST_YEARS} or more; votes go from "
             f"{table['year'].min()} to {table['year'].max()}"),
            ("run.countries", len(countries) < FEWEST_COUNTRIES, f"{len(countries)} with votes",
             f"{FEWEST_COUNTRIES} or more of {', '.join(sorted(set(table['country'])))}"),
            ("run.powers", not powers, "none with votes", " or ".join(sorted(set(table["power"])))),
        )
        if few
    ]
    if problems:
        raise ConfigError(problems)
    shorter = scenario.model_copy(update={"run": run.model_copy(update={"end": f"{last}-12"})})
    return Study(shorter, years, countries, powers)


def measure(asked: Study, replicate: int) -> list[list[list[float]]]:
    """Run one replicate and return the alignment of elites by year, [years][countries][powers]."""
    run = asked.scenario.run
    values = OUTCOMES["alignment"].yearly(Simulation(asked.scenario, replicate).run(), asked.scenario, asked.years)
    places = [run.countries.index(code) for code in asked.countries]
    found: list[list[list[float]]] = values[:, places][..., [run.powers.index(code) for code in asked.powers]].tolist()
    return found


def beside(asked: Study, log: Path, workers: Workers = None, progress: Progress | None = None) -> Beside:
    """Run the replicates that the log does not hold yet, and return their elites beside the votes.

    Args:
        asked: the study.
        log: file of finished replicates, from which an interrupted study goes on.
        workers: processes, or an executor; the result does not depend on it.
        progress: told after each replicate.

    Raises:
        SetupError: the log belongs to another experiment, or the disk refuses.
    """
    keys = [f"replicate {n}" for n in range(asked.scenario.run.replicates)]
    gives = run_cases(measure, asked, keys, Log(log, _design(asked)), workers, progress)
    voted = votes(load_pack().votes_table(), asked.years, asked.countries, asked.powers)
    alignment = np.array([gives[key] for key in keys], dtype=np.float64)
    return Beside(asked.years, asked.countries, asked.powers, alignment, voted)


def _design(asked: Study) -> dict[str, Any]:
    scenario = asked.scenario.model_copy(
        update={"run": asked.scenario.run.model_copy(update={"replicates": 1})}  # more of them may be added later
    )
    return {
        "experiment": "elites",
        "code": code_digest(),
        "scenario": hashlib.sha256(scenario.model_dump_json().encode()).hexdigest()[:16],
    }
