"""What common random numbers are worth, measured with seeds that are really independent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import spsim

SIZES = {
    "start": "2022-01", "end": "2027-12", "citizens": 400, "elites": 8, "pipeline_agents": 2, "parameters": "defaults"
}
COUNT = 24


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    scenarios = [spsim.load(name, SIZES) for name in ("baseline", "publish-contracts")]
    out = tmp_path_factory.mktemp("compared")
    return spsim.compare(*scenarios, replicates=COUNT, years=(2027, 2027), seed=1, out=out).summary


def approval(name: str, seed: int) -> pd.DataFrame:
    """Return approval of publics in 2027, a row for each replicate and a column for each country and power."""
    opinion = spsim.run(spsim.load(name, SIZES), replicates=COUNT, seed=seed).tables["opinion"]
    opinion["date"] = pd.to_datetime(opinion["date"])
    last = opinion[(opinion["date"].dt.year == 2027) & (opinion["group"] == "public")]
    return 100 * last.pivot_table(index="replicate", columns=["country", "power"], values="approval", observed=True)


def test_paired_differences_are_at_least_five_times_tighter_than_with_independent_seeds(
    compared: pd.DataFrame,
) -> None:
    apart = approval("publish-contracts", 2) - approval("baseline", 1)
    rows = compared[(compared["outcome"] == "approval") & (compared["power"] == "CN")].set_index("country")
    for country in ("KZ", "KG", "TJ", "UZ"):
        independent = apart[country, "CN"].std(ddof=1)
        half = (rows.loc[country, "high"] - rows.loc[country, "low"]) / 2
        paired = half / 2.0687 * np.sqrt(COUNT)  # Student's quantile with 23 degrees of freedom
        assert independent > 5 * paired
        # what the table says it gains is what independent seeds show; both are estimates from 24 replicates
        assert rows.loc[country, "variance_reduction"] == pytest.approx((independent / paired) ** 2, rel=0.9)
        assert rows.loc[country, "low"] <= rows.loc[country, "difference"] <= rows.loc[country, "high"]
        assert abs(apart[country, "CN"].mean() - rows.loc[country, "difference"]) < 4 * independent / np.sqrt(COUNT)
