"""Tidy tables, and what is computed from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spsim.analysis.attribution import START, standing_contributions
from spsim.analysis.intervals import bands, summary, yearly
from spsim.analysis.tables import UNITS, Tabulator, diagnostics
from spsim.config import Scenario, load
from spsim.model.record import Record
from spsim.model.simulation import Simulation

POWERS = ["CN", "RU"]
COUNTRIES = ["KZ", "KG", "TJ", "TM", "UZ"]

COLUMNS = {
    "opinion": "replicate date country group power affect affect_sd approval disapproval no_opinion",
    "generations": "replicate date country power cohort weight affect approval",
    "divergence": "replicate date country power divergence_affect divergence_points wasserstein",
    "country": "replicate date country openness opacity press protest_share protest_events heritage adults",
    "country_power": "replicate date country power threat capital_usd_bn dependence foreign_labour_share students "
    "returnees employed ceiling disappointed placement_rate job_belief",
    "channels": "replicate date country group power kind channel reach contribution",
}
"""The columns that were promised, in their order."""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load(
        "baseline",
        {"citizens": 200, "elites": 10, "pipeline_agents": 1, "start": "2016-01", "end": "2019-02", "replicates": 2},
    ).scenario


@pytest.fixture(scope="module")
def records(scenario: Scenario) -> list[Record]:
    return [Simulation(scenario, number).run() for number in range(2)]


@pytest.fixture(scope="module")
def tables(scenario: Scenario, records: list[Record]) -> dict[str, pd.DataFrame]:
    return Tabulator(scenario, records).tables()


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_columns_are_those_promised(tables: dict[str, pd.DataFrame], name: str) -> None:
    """Names and order of the columns, and a unit for each value."""
    assert list(tables[name].columns) == COLUMNS[name].split()
    keys = {"replicate", "date", "country", "group", "power", "cohort", "kind", "channel"}
    assert set(UNITS[name]) == set(tables[name].columns) - keys


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("opinion", 2 * 38 * 2 * 6 * 2),
        ("generations", 2 * 38 * 5 * 2 * 3),
        ("divergence", 2 * 38 * 6 * 2),
        ("country", 2 * 38 * 5),
        ("country_power", 2 * 38 * 5 * 2),
    ],
)
def test_there_is_one_row_for_each_key(tables: dict[str, pd.DataFrame], name: str, rows: int) -> None:
    """38 dates, two replicates, no key twice."""
    table = tables[name]
    assert len(table) == rows
    keys = [key for key in table.columns if key not in UNITS[name]]
    assert not table.duplicated(keys).any()


def test_dates_are_the_starts_of_months(tables: dict[str, pd.DataFrame]) -> None:
    """From the first month to the last, each month once; contributions begin with the second."""
    expected = pd.date_range("2016-01-01", "2019-02-01", freq="MS")
    for name, table in tables.items():
        if "date" in table:
            assert pd.DatetimeIndex(table["date"].unique()).equals(expected[1:] if name == "channels" else expected)


def test_groups_cohorts_and_regions_are_named_in_words(tables: dict[str, pd.DataFrame]) -> None:
    """The categories that the reader meets."""
    assert list(tables["opinion"]["group"].unique()) == ["public", "elite"]
    assert list(tables["opinion"]["country"].unique()) == [*COUNTRIES, "CA5"]
    assert list(tables["divergence"]["country"].unique()) == [*COUNTRIES, "CA5"]
    assert list(tables["generations"]["cohort"].unique()) == ["soviet", "transition", "independence"]
    assert "CA5" not in set(tables["country"]["country"])
    assert {"media", "culture", "education", "investment", "heritage", "diplomacy", "threat"} <= set(
        tables["channels"]["kind"]
    )


def test_the_region_is_the_population_weighted_mean(tables: dict[str, pd.DataFrame]) -> None:
    """Every share and mean of the CA5 row, for publics and elites, is the mean of the countries by their adults."""
    keys = ["replicate", "date", "group", "power"]
    merged = tables["opinion"].merge(
        tables["country"][["replicate", "date", "country", "adults"]], on=[*keys[:2], "country"]
    )
    region = tables["opinion"][tables["opinion"]["country"] == "CA5"].set_index(keys).sort_index()
    for column in ("affect", "approval", "disapproval", "no_opinion"):
        weighted = (merged[column] * merged["adults"]).groupby([merged[k] for k in keys], observed=True).sum()
        expected = weighted / merged.groupby(keys, observed=True)["adults"].sum()
        np.testing.assert_allclose(region[column], expected.reindex(region.index), rtol=1e-6, atol=1e-9)
    # the spread is that of all adults together: at least the one inside the countries
    square = (merged["affect_sd"] ** 2 * merged["adults"]).groupby([merged[k] for k in keys], observed=True).sum()
    within = square / merged.groupby(keys, observed=True)["adults"].sum()
    assert (region["affect_sd"] ** 2 >= within.reindex(region.index) - 1e-9).all()


def test_divergence_is_elite_minus_public(tables: dict[str, pd.DataFrame]) -> None:
    """In affect and in points of approval, also for the region; the distance is at least that of the means."""
    keys = ["replicate", "date", "country", "power"]
    by_group = tables["opinion"].pivot_table(index=keys, columns="group", values=["affect", "approval"], observed=True)
    table = tables["divergence"].set_index(keys).sort_index()
    affect = (by_group["affect"]["elite"] - by_group["affect"]["public"]).reindex(table.index)
    points = 100 * (by_group["approval"]["elite"] - by_group["approval"]["public"]).reindex(table.index)
    np.testing.assert_allclose(table["divergence_affect"], affect, atol=1e-12)
    np.testing.assert_allclose(table["divergence_points"], points, atol=1e-9)
    assert (table["wasserstein"] >= table["divergence_affect"].abs() - 1e-4).all()


def test_generations_add_up_to_the_public(tables: dict[str, pd.DataFrame]) -> None:
    """Weights sum to the adults; means and approval, weighted, to those of the public."""
    keys = ["replicate", "date", "country", "power"]
    table = tables["generations"]
    total = table.groupby(keys, observed=True)["weight"].sum()
    adults = tables["country"].set_index(keys[:3])["adults"]
    np.testing.assert_allclose(total, adults.reindex(total.index.droplevel("power")), rtol=1e-9)
    public = tables["opinion"][(tables["opinion"]["group"] == "public") & (tables["opinion"]["country"] != "CA5")]
    public = public.set_index(keys)
    for column in ("affect", "approval"):
        part = (table[column] * table["weight"]).groupby([table[k] for k in keys], observed=True).sum() / total
        np.testing.assert_allclose(part, public[column].reindex(part.index), atol=1e-9)


def test_contributions_add_up_in_the_table(tables: dict[str, pd.DataFrame]) -> None:
    """For both groups, all kinds together are the change of the mean affect since the date before."""
    keys = ["group", "replicate", "country", "power", "date"]
    moved = tables["channels"].groupby(keys, observed=True)["contribution"].sum()
    opinion = tables["opinion"][tables["opinion"]["country"] != "CA5"].set_index(keys).sort_index()
    change = opinion["affect"].groupby(level=keys[:4], observed=True).diff().dropna()
    assert len(change) == len(moved)
    np.testing.assert_allclose(moved.reindex(change.index), change, atol=1e-6)


def test_reach_tells_inert_channels_from_those_that_reach_everybody(tables: dict[str, pd.DataFrame]) -> None:
    """Education and Chinese-language television reach few; threat and heritage everybody; noise has no reach."""
    public = tables["channels"][tables["channels"]["group"] == "public"]
    reach = public.groupby("channel", observed=True)["reach"].max()
    assert reach["education"] < 0.05
    assert reach["chinese_language_tv"] < 0.03
    assert reach["heritage"] == reach["event_jump"] == 1
    assert np.isnan(reach["noise"])
    assert 0.3 < reach["state_media"] <= 0.55
    silent = public[(public["channel"] == "private_press") & (public["power"] == "RU")]
    assert not silent["reach"].any()
    assert not silent["contribution"].any()


def test_capital_is_empty_where_no_series_exists(tables: dict[str, pd.DataFrame]) -> None:
    """Russia's exposure is trade, not capital: an empty cell, not a zero."""
    capital = tables["country_power"].set_index("power")["capital_usd_bn"]
    assert capital.loc["RU"].isna().all()
    assert (capital.loc["CN"] > 0).all()


def test_replicates_are_numbered_in_their_order(scenario: Scenario, records: list[Record]) -> None:
    """Replicate 1 holds the second record."""
    table = Tabulator(scenario, records).tables()["country"]
    assert list(table["replicate"].unique()) == list(range(len(records)))
    np.testing.assert_array_equal(table.loc[table["replicate"] == 1, "opacity"], records[1].country[..., 1].ravel())


def test_diagnostics_are_the_extremes_of_the_records(records: list[Record]) -> None:
    """Slope, second equilibrium and loop gain are finite and those written down."""
    found = diagnostics(records)
    assert found["protest_slope_max"] == max(record.protest_slope.max() for record in records)
    assert 0 < found["opacity_loop_gain_mean"] <= found["opacity_loop_gain_max"] < 0.1
    assert found["protest_second_equilibrium_gap_max"] >= 0


# intervals and attribution --------------------------------------------------------------------------------------------


def test_bands_are_the_quantiles_over_replicates() -> None:
    """Known numbers: 0 to 100 has its median at 50 and its 90 % band from 5 to 95."""
    table = pd.DataFrame({"replicate": range(101), "country": "KZ", "value": np.arange(101.0)[::-1]})
    row = bands(table, "value", ["country"]).iloc[0]
    assert row[["p05", "p25", "median", "p75", "p95"]].tolist() == [5, 25, 50, 75, 95]


def test_yearly_sums_and_means(tables: dict[str, pd.DataFrame]) -> None:
    """Events of a year are summed, shares are averaged; each year's dates only."""
    events = yearly(tables["country"], "protest_events", ["country"], "sum")
    assert set(events["year"]) == {2016, 2017, 2018, 2019}
    chosen = tables["country"]
    chosen = chosen[(chosen["replicate"] == 1) & (chosen["country"] == "KG") & (chosen["date"].dt.year == 2018)]
    row = events[(events["replicate"] == 1) & (events["country"] == "KG") & (events["year"] == 2018)]
    assert row["protest_events"].item() == chosen["protest_events"].sum()
    mean = yearly(tables["country"], "opacity", ["country"], "mean")
    row = mean[(mean["replicate"] == 1) & (mean["country"] == "KG") & (mean["year"] == 2018)]
    assert row["opacity"].item() == pytest.approx(chosen["opacity"].mean())


def test_the_summary_is_first_and_last_year(tables: dict[str, pd.DataFrame]) -> None:
    """Approval of every country and the region at the start and at the end, as medians over replicates."""
    found = summary(tables)
    assert set(found["measure"]) == {"approval", "elite_approval", "divergence_points", "protest_events"}
    assert len(found[found["measure"] == "approval"]) == 12
    row = found[(found["measure"] == "approval") & (found["country"] == "KZ") & (found["power"] == "CN")].iloc[0]
    public = tables["opinion"]
    public = public[(public["group"] == "public") & (public["country"] == "KZ") & (public["power"] == "CN")]
    for name, year in (("start", 2016), ("end", 2019)):
        chosen = public[public["date"].dt.year == year].groupby("replicate")["approval"].mean()
        assert row[name] == pytest.approx(chosen.median())
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]


def test_standing_contributions_add_up_to_the_change_since_the_start(
    scenario: Scenario, tables: dict[str, pd.DataFrame]
) -> None:
    """At every date, country and power the terms sum to affect minus affect at the start."""
    standing = standing_contributions(tables["channels"], tables["opinion"], scenario.parameters.anchor_rate, 1 / 12)
    keys = ["replicate", "country", "power", "date"]
    total = standing.groupby(keys, observed=True)["standing"].sum()
    public = tables["opinion"][(tables["opinion"]["group"] == "public") & (tables["opinion"]["country"] != "CA5")]
    affect = public.set_index(keys)["affect"].sort_index()
    since = affect - affect.groupby(level=keys[:3], observed=True).transform("first")
    np.testing.assert_allclose(total, since.reindex(total.index), atol=1e-6)
    assert START in set(standing[["kind", "channel"]].itertuples(index=False, name=None))


def test_a_push_fades_at_the_anchor_rate() -> None:
    """One push by an event in the second step: what stands of it falls by 1 - rate dt a step."""
    dates = pd.date_range("2020-01-01", periods=6, freq="MS")
    rate, dt = 1.2, 1 / 12
    push, level, back = np.array([0, 0.5, 0, 0, 0]), [0.0], []
    for step in range(5):
        back.append(-rate * dt * level[-1])
        level.append(level[-1] + push[step] + back[-1])
    keys = {"replicate": 0, "country": "KZ", "group": "public", "power": "CN"}
    rows = []
    for step in range(5):
        rows.append(
            {**keys, "date": dates[step + 1], "kind": "event", "channel": "event_jump", "contribution": push[step]}
        )
        rows.append(
            {**keys, "date": dates[step + 1], "kind": "anchor", "channel": "anchor_return", "contribution": back[step]}
        )
    opinion = pd.DataFrame([{**keys, "date": date, "affect": value} for date, value in zip(dates, level, strict=True)])
    standing = standing_contributions(pd.DataFrame(rows), opinion, rate, dt)
    event = standing.loc[standing["channel"] == "event_jump", "standing"]
    np.testing.assert_allclose(event, [0, 0.5, 0.45, 0.405, 0.3645], atol=1e-12)
    anchor = standing.loc[standing["channel"] == "anchor_return", "standing"]
    np.testing.assert_allclose(anchor, 0, atol=1e-12)
    np.testing.assert_allclose(event, level[1:], atol=1e-12)
