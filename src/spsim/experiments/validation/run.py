"""Run the validation: replicates of the baseline, draws from the priors, and runs without a mechanism.

Every case gives the measured value of each pattern; verdicts are drawn from these values and from nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from spsim.config import Scenario, SpsimError, at_defaults, load
from spsim.config.ensemble import ENSEMBLE
from spsim.experiments.ablation import without
from spsim.experiments.cases import Log, Progress, code_digest, run_cases
from spsim.experiments.priors import draw
from spsim.experiments.validation.measures import BASE
from spsim.experiments.validation.patterns import ARMS, LAST_MONTH, Pattern, arm, patterns
from spsim.experiments.validation.readings import read
from spsim.experiments.workers import Workers

Kind = Literal["base", "prior", "without"]


@dataclass(frozen=True)
class Sizes:
    """How much is computed."""

    citizens: int = 1000
    replicates: int = 40
    draws: int = 200
    ablation_replicates: int = 10


FULL = Sizes()
QUICK = Sizes(citizens=300, replicates=5, draws=16, ablation_replicates=2)


@dataclass(frozen=True)
class Case:
    """Runs that share their draws: a replicate as it is, a draw from the priors, or one without something."""

    kind: Kind
    number: int
    without: str = ""

    @property
    def key(self) -> str:
        """What the log calls it."""
        return f"{self.kind} {self.without} {self.number}" if self.without else f"{self.kind} {self.number}"


@dataclass(frozen=True)
class Plan:
    """What every case needs, and the cases."""

    scenario: Scenario
    cases: tuple[Case, ...]


def plan(sizes: Sizes, seed: int | None = None, parameters: str = ENSEMBLE) -> Plan:
    """Return the cases of a validation of the baseline.

    Args:
        sizes: how much is computed.
        seed: root of all randomness; the baseline's if not given.
        parameters: ``ensemble`` or ``defaults``; draws from the priors set every number themselves.
    """
    removed = dict.fromkeys(pattern.without for pattern in patterns() if pattern.without)
    settings: dict[str, Any] = {
        "citizens": sizes.citizens, "end": LAST_MONTH, "replicates": 1, "run.parameters": parameters,
    }
    scenario = load("baseline", settings | ({} if seed is None else {"seed": seed})).scenario
    cases = [
        *(Case("base", n) for n in range(sizes.replicates)),
        *(Case("without", n, name) for n in range(sizes.ablation_replicates) for name in removed),
        *(Case("prior", n) for n in range(sizes.draws)),
    ]
    return Plan(scenario, tuple(cases))


def measure(plan: Plan, number: int) -> dict[str, Any]:
    """Do one case: run its arms and return pattern -> value, or why it failed."""
    case, scenario = plan.cases[number], plan.scenario
    wanted = [pattern for pattern in patterns() if not case.without or pattern.without == case.without]
    try:
        if case.kind == "prior":
            scenario = at_defaults(scenario).with_parameters(draw(scenario.run.seed, case.number))
        elif case.without:
            scenario = without(scenario, case.without)
        needed = [name for name in ARMS if name == BASE or any(name in pattern.arms for pattern in wanted)]
        evidence = {name: read(arm(scenario, name), case.number, look=name == BASE) for name in needed}
    except SpsimError as error:
        return {"failed": str(error)}
    return {"values": {pattern.id: pattern.measure(evidence) for pattern in wanted}}


def design(plan: Plan) -> dict[str, Any]:
    """Return what decides the value of a case, for the log."""
    return {
        "experiment": "validation",
        "code": code_digest(),
        "scenario": hashlib.sha256(plan.scenario.model_dump_json().encode()).hexdigest()[:16],
        "citizens": plan.scenario.run.citizens,
        "seed": plan.scenario.run.seed,
    }


def values(
    plan: Plan, folder: Path, workers: Workers = None, progress: Progress | None = None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Measure all patterns in all cases, going on where a log in ``folder`` stops.

    Returns:
        One row for each case and pattern: kind, without, number, pattern, value, passed; and the failed cases with
        their reasons, which count as not passed.

    Raises:
        SetupError: the log belongs to another experiment, or the disk refuses.
    """
    log = Log(folder / "log.jsonl", design(plan))
    gives = run_cases(measure, plan, [case.key for case in plan.cases], log, workers, progress)
    failed = {key: given["failed"] for key, given in gives.items() if "failed" in given}
    by_id = {pattern.id: pattern for pattern in patterns()}
    rows = [
        (case.kind, case.without, case.number, name, value, by_id[name].passes(value))
        for case in plan.cases
        for name, value in _measured(case, gives[case.key], by_id.values())
    ]
    return pd.DataFrame(rows, columns=["kind", "without", "number", "pattern", "value", "passed"]), failed


def _measured(case: Case, given: dict[str, Any], all_patterns: Iterable[Pattern]) -> Iterable[tuple[str, float]]:
    """Return the patterns of a case with their values; a failed case has none, which no pattern passes."""
    if "values" in given:
        return [(name, float(value)) for name, value in given["values"].items()]
    return [(p.id, float("nan")) for p in all_patterns if not case.without or p.without == case.without]
