"""Every shipped scenario runs small and gives what it gave when its baseline was committed.

A change here is news: regenerate with ``pytest tests/regression --force-regen`` and say in the changelog why.
"""

from __future__ import annotations

import numpy as np
import pytest
from pytest_regressions.num_regression import NumericRegressionFixture

from spsim.config import load, shipped_scenarios
from spsim.model.record import COUNTRY, COUNTRY_POWER, DIVERGENCE, OPINION
from spsim.model.simulation import Simulation

SMALL = {"citizens": 200, "elites": 10, "replicates": 1, "pipeline_agents": 2}
TOLERANCE = {"rtol": 1e-4, "atol": 1e-6}


@pytest.mark.parametrize("name", list(shipped_scenarios()))
def test_scenario_gives_its_committed_results(name: str, num_regression: NumericRegressionFixture) -> None:
    scenario = load(name, SMALL).scenario
    model = Simulation(scenario)
    record = model.run()
    decembers = np.arange(11, model.world.clock.steps + 1, 36)  # one December in three
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
    num_regression.check(columns, basename=name, default_tolerance=TOLERANCE)
