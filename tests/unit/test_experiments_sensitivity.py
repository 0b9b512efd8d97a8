"""Points of the designs of sensitivity analysis, the factors of a study, and what a study refuses."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import spsim
from spsim.api import plan_sensitivity
from spsim.config import ConfigError, Scenario, SetupError, library, load, parameter_table, shipped_scenarios
from spsim.experiments.priors import at_share
from spsim.experiments.sensitivity.factors import factors
from spsim.experiments.sensitivity.study import study
from spsim.experiments.sensitivity.tables import analyse, one_at_a_time
from spsim.experiments.sweeps.design import Sweep, read_design

RUN = {"citizens": 200, "elites": 4, "pipeline_agents": 1, "countries": ["KZ", "KG"], "start": "2018-01"}
VARY = {"threat_decay": {"prior": True}, "heritage_level": {"prior": True}, "investment.CN": {"low": 0.5, "high": 2}}


def plan(method: str, points: int | None = None, **more: Any) -> Sweep:
    design = {
        "name": "small", "title": "Small", "scenarios": ["baseline"], "method": method, "points": points, "vary": VARY,
        "outcomes": ["approval"], "years": 2018, "run": RUN, **more,
    }
    return read_design({key: value for key, value in design.items() if value is not None})


def scenario(**overrides: Any) -> Scenario:
    return load("baseline", {**RUN, **overrides}).scenario


# points ---------------------------------------------------------------------------------------------------------------


def test_one_at_a_time_moves_one_key_and_leaves_the_others_as_they_are() -> None:
    sweep = plan("one-at-a-time")
    values = sweep.points.drop(columns="point")
    assert len(values) == 2 * 3 + 1
    assert values.notna().sum(axis=1).tolist() == [0, 1, 1, 1, 1, 1, 1]
    low, high = parameter_table()["threat_decay"][3].prior_of().interval(0.8)
    wanted = [low + 0.05 * (high - low), high - 0.05 * (high - low)]
    assert values["threat_decay"].dropna().tolist() == pytest.approx(wanted)
    assert values["heritage_level"].dropna().tolist() == pytest.approx([0.05, 0.95]), "places in the prior of a table"
    assert values["investment.CN"].dropna().tolist() == [0.5, 2], "ends that were asked for are kept"
    assert sweep.scenario(0, 0).parameters == sweep.base(0).parameters
    assert sweep.scenario(0, 0).levers == sweep.base(0).levers


def test_morris_moves_one_key_from_point_to_point() -> None:
    values = plan("morris", 5).points.drop(columns="point")
    assert len(values) == 5 * (3 + 1)
    for trajectory in range(5):
        steps = values[4 * trajectory : 4 * trajectory + 4].diff()[1:]
        assert (steps != 0).sum(axis=1).tolist() == [1, 1, 1] and (steps != 0).sum().tolist() == [1, 1, 1]
    assert values["heritage_level"].between(0.05, 0.95).all() and values["investment.CN"].between(0.5, 2).all()


def test_saltelli_crosses_two_samples_key_by_key() -> None:
    values = plan("saltelli", 8).points.drop(columns="point")
    assert len(values) == 8 * (3 + 2)
    for first in range(0, len(values), 5):
        one, *crossed, other = values[first : first + 5].to_numpy()
        for n, row in enumerate(crossed):
            expected = one.copy()
            expected[n] = other[n]
            np.testing.assert_array_equal(row, expected)


@pytest.mark.parametrize(("method", "points"), [("morris", 3), ("saltelli", 4), ("one-at-a-time", None)])
def test_points_are_keyed_by_the_seed(method: str, points: int | None) -> None:
    np.random.seed(1)  # noqa: NPY002 - what a library might draw from
    one = plan(method, points, seed=0).points
    pd.testing.assert_frame_equal(one, plan(method, points, seed=0).points)
    assert (method == "one-at-a-time") == one.equals(plan(method, points, seed=2).points)


@pytest.mark.parametrize(
    ("method", "points", "message"),
    [
        ("morris", None, "points: is missing"),
        ("morris", 1, "points: got 1; allowed: at least 2 for morris"),
        ("saltelli", 12, "points: got 12; allowed: a power of two for saltelli, such as 8 or 16"),
        ("one-at-a-time", 4, "points: got 4, but method one-at-a-time counts its own points"),
    ],
)
def test_numbers_of_points_that_cannot_be_are_refused(method: str, points: int | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan(method, points)


def test_a_table_that_is_fixed_or_a_part_that_is_not_there_is_refused() -> None:
    for key, message in (("gate_base", "no prior to draw from"), ("heritage_level.XX", "XX")):
        with pytest.raises(ConfigError, match=message):
            plan("one-at-a-time", vary={key: {"prior": True}})


def test_a_table_moves_as_one_and_leaves_what_is_fixed_alone() -> None:
    sweep = plan("one-at-a-time", vary={"heritage_level": {"prior": True}, "xinjiang_kinship": {"prior": True}})
    base, low, high = (sweep.scenario(0, n).parameters.heritage_level for n in (0, 1, 2))
    for country, value in base.items():
        prior = parameter_table()["heritage_level"][3].prior_of(country)
        assert low[country] == pytest.approx(prior.quantile(0.05, value))
        assert high[country] == pytest.approx(min(1.0, prior.quantile(0.95, value)))
    kinship = sweep.scenario(0, 4).parameters.xinjiang_kinship
    assert kinship["KZ"] == 1.0 and kinship["KG"] > sweep.base(0).parameters.xinjiang_kinship["KG"]


def test_a_table_in_proportion_follows_its_first_country() -> None:
    default = parameter_table()["war_memory"][2]
    table = at_share("war_memory", (), 0.9)
    ratios = [table[country] / default[country] for country in default]
    assert ratios == pytest.approx([ratios[0]] * len(ratios))
    assert at_share("war_memory", ("KG",), 0.9) == table["KG"]
    assert at_share("war_memory", ("XX",), 0.9) is None


def test_a_sweep_by_morris_can_be_analysed_afterwards(tmp_path: Path) -> None:
    result = spsim.sweep(
        {"name": "small", "title": "Small", "scenarios": ["baseline"], "method": "morris", "points": 2,
         "vary": {"threat_decay": {"prior": True}, "demonstration_stance": {"prior": True}}, "replicates": 2,
         "outcomes": ["approval"], "years": 2018, "run": RUN}, out=tmp_path / "done", workers=1,
    )
    found = analyse(result.folder)
    here = found[(found["power"] == "CN") & (found["country"] == "KZ")].set_index("factor")
    assert here.loc["threat_decay", "mu_star"] > 0 and here.loc["demonstration_stance", "direction"] == "none"
    runs = result.runs
    runs = runs[(runs["power"] == "CN") & (runs["country"] == "KZ")].groupby("point")["value"].mean()
    moved = result.points["threat_decay"].diff()
    steps = [abs(runs[n] - runs[n - 1]) / (2 / 3) for n in (1, 2, 4, 5) if moved[n] != 0]
    assert here.loc["threat_decay", "mu_star"] == pytest.approx(np.mean(steps))
    with pytest.raises(ConfigError, match="a whole sweep by morris or saltelli"):
        analyse(spsim.sweep(
            {"name": "grid", "title": "Grid", "scenarios": ["baseline"], "method": "grid", "outcomes": ["approval"],
             "vary": {"threat_decay": {"values": [1]}}, "years": 2018, "run": RUN}, out=tmp_path / "grid", workers=1,
        ).folder)


# factors --------------------------------------------------------------------------------------------------------------


def test_every_parameter_with_a_prior_is_a_factor_tables_by_country_as_one() -> None:
    found = factors(scenario())
    assert {"threat_decay", "heritage_level", "heritage_weight.CN", "heritage_weight.RU"} <= set(found.vary)
    assert found.left_out["gate_base"] == found.left_out["hedge"] == "fixed, or silent by default"
    assert found.left_out["visa_contact"] == "event visa-waivers is off"
    heads = {key.split(".")[0] for key in found.vary}
    assert heads | set(found.left_out) == set(parameter_table()) and not heads & set(found.left_out)


def test_what_is_silent_in_the_scenario_is_left_out() -> None:
    found = factors(scenario(**{"mechanisms.heritage": "off"}))
    assert found.left_out["heritage_weight"] == "mechanism heritage is off"
    alone = factors(load("baseline", {**RUN, "countries": ["KZ"]}).scenario)
    assert alone.left_out["xinjiang_kinship"] == "fixed for the powers and countries of the scenario"


def test_factors_can_be_named_with_limits_and_levers_beside_all() -> None:
    few = factors(scenario(), ["threat_decay", "investment.CN=0.5..2"])
    assert few.vary == {"threat_decay": {"prior": True}, "investment.CN": {"low": 0.5, "high": 2.0}}
    assert few.levers == ("investment.CN",) and not few.left_out
    many = factors(scenario(), ["all", "threat_decay=-1e-1..2"])
    assert many.vary["threat_decay"] == {"low": -0.1, "high": 2.0} and len(many.vary) > 100


# what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vary": ["threat_dekay"]}, "vary.threat_dekay: there is no such key.*did you mean 'threat_decay'"),
        ({"vary": ["gate_base"]}, "vary.gate_base.prior: has no prior to draw from"),
        ({"vary": ["threat_decay=2..1"]}, "got low 2.0 and high 1.0; allowed: both, low below high"),
        ({"vary": ["threat_decay=1-2"]}, "vary: got 'threat_decay=1-2'; allowed: KEY, KEY=LOW..HIGH, or all"),
        ({"vary": ["investment.CN"]}, "only a parameter has a prior"),
        ({"vary": ["citizens=200..400"]}, "is a run setting"),
        ({"vary": ["all", "heritage_level.KZ"]}, "heritage_level.KZ: is part of heritage_level"),
        ({"outcomes": ["aproval"]}, "outcome: aproval: there is no such outcome.*did you mean 'approval'"),
        ({"country": "UZ"}, "country: got 'UZ'; allowed: KZ, KG, CA5"),
        ({"power": "US"}, "power: got 'US'; allowed: CN, RU"),
        ({"years": (2010, 2011)}, "years: got 2010 to 2011; allowed: years from 2018 to 2030"),
        ({"discover": "protest>=2x"}, "discover: protest: there is no such outcome"),
        ({"discover": "approval>=30"}, "allowed: approval.CN or approval.RU"),
        ({"discover": "protest_events.CN>=2"}, "allowed: protest_events"),
        ({"discover": "more protest"}, "such as protest_events>=2x"),
        ({"base": 12}, "base: got 12; allowed: a power of two, such as 8 or 16"),
        ({"trajectories": 1, "top": 0}, "trajectories: got 1; allowed: at least 2\ntop: got 0"),
        ({"citizens": 1}, "citizens"),
    ],
)
def test_a_study_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_sensitivity(scenario(), **{"vary": ["threat_decay"], **change})


def test_targets_are_read_as_they_are_written() -> None:
    study = plan_sensitivity(scenario(), vary=["threat_decay"], discover="approval <= 30", power="CN")
    assert str(study.target) == "approval.CN<=30" and study.target.limit(50) == 30
    study = plan_sensitivity(scenario(), vary=["threat_decay"], outcomes=["approval"])
    assert str(study.target) == "protest_events>=2x" and study.target.limit(50) == 100
    assert study.outcomes == ("approval", "protest_events")
    assert study.panels == [("approval", "CN"), ("approval", "RU"), ("protest_events", "")]


def test_a_missing_library_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("SALib"):
            raise ModuleNotFoundError("No module named 'SALib'", name="SALib")
        return real(name, *rest, **more)

    for name in [name for name in sys.modules if name.startswith("SALib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "SALib", None)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SetupError, match=r'^SALib is not installed: pip install "spsim\[sensitivity\]"$'):
        library("SALib.sample.morris", "sensitivity")


@pytest.mark.parametrize("name", shipped_scenarios())
def test_every_shipped_scenario_can_be_studied(name: str) -> None:
    """Also in years before its levers are pulled."""
    asked = study(load(name).scenario, vary=["threat_decay"], years=(2015, 2024))
    assert asked.years == (2015, 2024)


def test_chance_is_no_sign_of_one_factor_at_a_time() -> None:
    vary = {f"threat_weight.{code}" if code else "threat_decay": {"prior": True} for code in ("", "CN")}
    design = plan("one-at-a-time", vary=vary, replicates=2)
    rng = np.random.default_rng(1)
    noise = {("approval", "CN", f"{n}"): rng.normal(size=(5, 2)) for n in range(400)}
    table = one_at_a_time(design, noise)
    assert table[["low_sign", "high_sign"]].isin(["up", "down"]).to_numpy().mean() < 0.15
    moved = {label: values + np.array([0, 20, -20, 20, -20])[:, None] for label, values in noise.items()}
    assert (one_at_a_time(design, moved)["low_sign"] == "up").mean() > 0.95
