"""Every shipped scenario runs small and gives what it gave when its baseline was committed.

A change here is news: regenerate with ``pytest tests/regression --force-regen`` and say in the changelog why. The
scenarios run with the hand-set defaults, so that another ensemble moves nothing here; one baseline holds the ensemble.
"""

from __future__ import annotations

import numpy as np
import pytest
from pytest_regressions.num_regression import NumericRegressionFixture

from spsim.config import Scenario, load, shipped_scenarios
from spsim.model.record import COUNTRY, COUNTRY_POWER, DIVERGENCE, OPINION
from spsim.model.simulation import Simulation

SMALL = {"citizens": 200, "elites": 10, "replicates": 1, "pipeline_agents": 2}
TOLERANCE = {"rtol": 1e-4, "atol": 1e-6}


@pytest.mark.parametrize("name", list(shipped_scenarios()))
def test_scenario_gives_its_committed_results(name: str, num_regression: NumericRegressionFixture) -> None:
    scenario = load(name, {**SMALL, "run.parameters": "defaults"}).scenario
    num_regression.check(_results(scenario), basename=name, default_tolerance=TOLERANCE)


def test_first_member_of_the_ensemble_gives_its_committed_results(num_regression: NumericRegressionFixture) -> None:
    results = _results(load("baseline", SMALL).scenario)
    num_regression.check(results, basename="baseline-with-ensemble", default_tolerance=TOLERANCE)


def _results(scenario: Scenario) -> dict[str, np.ndarray]:
    """Return what the first replicate of a scenario gives, in one December of three."""
    model = Simulation(scenario)
    record = model.run()
    decembers = np.arange(11, model.world.clock.steps + 1, 36)
    columns = {"month": decembers.astype(float)}
    for p, power in enumerate(scenario.run.powers):
        for c, country in enumerate([*scenario.run.countries, "CA5"]):
            for g, group in enumerate(("public", "elite")):
                columns[f"{group}_approval_{power}_{country}"] = record.opinion[
                    decembers, g, c, p, OPINION.index("approval")
                ]
            columns[f"wasserstein_{power}_{country}"] = record.divergence[
                decembers, c, p, DIVERGENCE.index("wasserstein")
            ]
        for column in ("threat", "dependence", "students", "placement_rate"):
            rows = record.country_power[decembers, :, p, COUNTRY_POWER.index(column)]
            columns |= {f"{column}_{power}_{country}": rows[:, c] for c, country in enumerate(scenario.run.countries)}
    for column in ("opacity", "heritage"):
        rows = record.country[decembers, :, COUNTRY.index(column)]
        columns |= {f"{column}_{country}": rows[:, c] for c, country in enumerate(scenario.run.countries)}
    return columns
