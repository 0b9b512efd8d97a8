"""The model in ema_workbench, SALib and Mesa's batch runs, each by the real library."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Iterator

import mesa
import numpy as np
import pytest

import spsim
from spsim import connectors
from spsim.config import ConfigError, parameter_table

BASE = spsim.load("baseline", citizens=200, elites=5, pipeline_agents=1, start="2020-01", end="2020-12", replicates=2)
REGION = {"country": "CA5", "group": "public"}


def approval(power: str, **values: float) -> float:
    """Return approval of the region over 2020 as `spsim.run` gives it, mean over replicates."""
    named = {key.replace("_CN", ".CN").replace("_RU", ".RU"): value for key, value in values.items()}
    array = spsim.run(BASE.with_(named), workers=1).to_xarray()["approval"]
    return 100 * float(array.sel(power=power, **REGION).mean())


# SALib ----------------------------------------------------------------------------------------------------------------


def test_a_salib_problem_follows_the_priors() -> None:
    problem = connectors.salib_problem()
    assert problem["num_vars"] == len(problem["names"]) == len(problem["bounds"]) == len(problem["dists"]) > 100
    sample = pytest.importorskip("SALib.sample.latin").sample(problem, 64, seed=1)
    for column, key in enumerate(problem["names"]):
        head, *rest = key.split(".")
        facts, default = parameter_table()[head][3], parameter_table()[head][2]
        for part in rest:
            default = default[part]
        prior = facts.prior_of(*rest)
        low, high = (np.clip(prior.quantile(share, default), facts.low, facts.high) for share in (0, 1))
        assert ((sample[:, column] >= low - 1e-9) & (sample[:, column] <= high + 1e-9)).all(), key
        if problem["dists"][column] == "logunif":  # half of a log-uniform prior lies below its geometric mean
            assert (sample[:, column] < np.sqrt(low * high)).mean() == pytest.approx(0.5, abs=0.02), key


def test_salib_analyses_runs_of_its_own_sample() -> None:
    morris, analyze = pytest.importorskip("SALib.sample.morris"), pytest.importorskip("SALib.analyze.morris")
    problem = connectors.salib_problem(["threat_weight.CN", "heritage_weight.RU"])
    sample = morris.sample(problem, 3, seed=1)
    found = connectors.evaluate(BASE, problem, sample, ["approval"], workers=1)
    assert list(found) == ["approval_CN", "approval_RU"]
    row = sample[4]
    assert found["approval_CN"][4] == pytest.approx(approval("CN", threat_weight_CN=row[0], heritage_weight_RU=row[1]))
    effects = analyze.analyze(problem, sample, found["approval_RU"])
    assert effects["mu_star"][1] > 10 * effects["mu_star"][0], "heritage moves approval of Russia, threat does not"


def test_two_workers_give_the_same_values() -> None:
    problem = connectors.salib_problem({"threat_weight.CN": (0.1, 0.9)})
    sample = np.array([[0.2], [0.8]])
    one, two = (connectors.evaluate(BASE, problem, sample, "approval", workers=n) for n in (1, 2))
    np.testing.assert_array_equal(one["approval_CN"], two["approval_CN"])


@pytest.mark.parametrize(
    ("keys", "said"),
    [(["threat_decai"], "did you mean 'threat_decay'"), (["threat_weight"], "is not one value"),
     (["drift_start"], "has no prior"), ({"threat_decay": (0.1, 99.0)}, "allowed: a number from 0 to 6")],
)
def test_keys_that_cannot_vary_are_named(keys: connectors.Bounds, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        connectors.salib_problem(keys)


def test_wrong_outcomes_years_and_countries_are_named_together() -> None:
    with pytest.raises(ConfigError) as error:
        connectors.evaluation(BASE, ["aproval"], 2050, "XX")
    assert [problem.key for problem in error.value.problems] == ["outcomes", "country", "years"]


# ema_workbench --------------------------------------------------------------------------------------------------------


@pytest.fixture
def spawn() -> Iterator[None]:
    """Start processes anew, as on Windows and macOS."""
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)
    yield
    multiprocessing.set_start_method(before, force=True)


@pytest.mark.filterwarnings("ignore")
def test_ema_workbench_runs_the_model(spawn: None) -> None:
    ema = pytest.importorskip("ema_workbench")
    model = connectors.ema_model(BASE, ["threat_weight.CN"], ["investment.CN"], outcomes=["approval", "protest_events"])
    prior = parameter_table()["threat_weight"][3].prior_of("CN")
    (known,) = model.uncertainties
    assert (known.name, known.lower_bound) == ("threat_weight_CN", pytest.approx(prior.quantile(0.05, 0.45)))
    assert [lever.upper_bound for lever in model.levers] == [10]
    experiments, outcomes = ema.perform_experiments(model, scenarios=2, policies=2)
    assert len(experiments) == 4 and list(outcomes) == ["approval_CN", "approval_RU", "protest_events"]
    for number in (0, 3):
        row = experiments.iloc[number]
        values = {key: float(row[key]) for key in ("threat_weight_CN", "investment_CN")}
        assert outcomes["approval_CN"][number] == pytest.approx(approval("CN", **values))
    with ema.MultiprocessingEvaluator(model, n_processes=2) as evaluator:
        again, parallel = evaluator.perform_experiments(scenarios=2, policies=1)
    first = {key: float(again.iloc[0][key]) for key in ("threat_weight_CN", "investment_CN")}
    assert parallel["approval_CN"][0] == pytest.approx(approval("CN", **first))


def test_an_evaluation_travels_to_other_processes() -> None:
    reads = connectors.evaluation(BASE, ["approval"])
    assert pickle.loads(pickle.dumps(reads))({"threat_decay": 0.5}) == reads({"threat_decay": 0.5})


# mesa.batch_run -------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_batch_run_varies_values_and_replicates() -> None:
    grid = connectors.mesa_parameters({"threat_weight.CN": [0.2, 0.6]}, scenario=BASE, replicates=2, elites=6)
    rows = mesa.batch_run(spsim.SoftPowerModel, grid, max_steps=100, data_collection_period=1, display_progress=False)
    # Mesa 3.5 gives a row for each public and elite
    said = [(row["threat_weight.CN"], row["replicate"], row["approval_CN"]) for row in rows if row["date"] == "2020-11"]
    ends = {(weight, replicate): approval for weight, replicate, approval in said}
    assert len(set(said)) == len(ends) == 4 and len(set(ends.values())) == 4, "replicates differ"
    array = spsim.run(BASE.with_({"threat_weight.CN": 0.6, "elites": 6}), workers=1).to_xarray()["approval"]
    expected = array.sel(power="CN", replicate=1, date="2020-11", **REGION).item()
    assert ends[0.6, 1] == pytest.approx(expected)


def test_batch_run_takes_quantiles_of_priors_and_bounds_of_levers() -> None:
    grid = connectors.mesa_parameters(["threat_decay", "investment.CN"], scenario=BASE, values=3)
    assert grid["threat_decay"] == pytest.approx([0.365, 0.95, 1.535])
    assert grid["investment.CN"] == [0, 5, 10]
    with pytest.raises(ConfigError, match="threat_decay"):
        connectors.mesa_parameters({"threat_decay": [99]}, scenario=BASE)


def test_what_nothing_hears_is_no_uncertainty() -> None:
    deaf = spsim.load("baseline").with_(mechanisms={"social_influence": "off"})
    assert "social_rate" in connectors.prior_keys() and "social_rate" not in connectors.prior_keys(deaf)
    names = {each.name for each in connectors.ema_model(deaf, outcomes=["approval"]).uncertainties}
    assert "threat_decay" in names and "social_rate" not in names
