"""The model as Mesa knows it: steps, data collector, batch runs, a Solara page, single members as objects."""

from __future__ import annotations

import gc
import inspect
import weakref

import mesa
import numpy as np
import pytest

from spsim import SoftPowerModel, run
from spsim.config import ConfigError, load

TINY = {"citizens": 200, "elites": 5, "end": "2004-06", "pipeline_agents": 2}


def test_steps_to_the_end_and_stops() -> None:
    model = SoftPowerModel(**TINY)
    while model.running:
        model.step()
    assert model.date == "2004-06" and model.steps == 5
    model.step()  # Mesa's batch runner takes one step too many
    assert model.date == "2004-06" and not model.running


def test_gives_the_numbers_of_a_run() -> None:
    model = SoftPowerModel(**TINY, rng=5)
    while model.running:
        model.step()
    table = run(load("baseline", {**TINY, "replicates": 1}), seed=5, workers=1).tables["opinion"]
    row = table[(table["country"] == "KZ") & (table["power"] == "CN") & (table["group"] == "public")].iloc[[-1]]
    assert model.value("public", "KZ", "CN", "approval") == row["approval"].item()
    assert model.publics["KZ"].affect("CN") == row["affect"].item()


def test_levers_and_parameters_are_keyword_arguments() -> None:
    model = SoftPowerModel(**TINY, threat_decay=0.4, investment={"CN": 2.0}, local_hiring_floor=0.9)
    scenario = model.simulation.world.scenario
    assert scenario.parameters.threat_decay == 0.4
    pulled = {(setting.lever, setting.power, setting.to) for setting in scenario.levers}
    assert pulled == {("investment", "CN", 2.0), ("local_hiring_floor", None, 0.9)}
    assert (model.simulation.world.state.projects.foreign_labour <= 0.1 + 1e-12).all()


def test_a_loaded_scenario_takes_settings_too() -> None:
    model = SoftPowerModel(load("baseline", TINY), threat_decay=0.4, rng=3)
    scenario = model.simulation.world.scenario
    assert (scenario.parameters.threat_decay, scenario.run.seed, scenario.run.citizens) == (0.4, 3, 200)


def test_a_wrong_keyword_is_named_with_what_was_meant() -> None:
    with pytest.raises(ConfigError, match="threat_decay"):
        SoftPowerModel(**TINY, threat_decai=0.4)


def test_members_can_be_looked_at() -> None:
    model = SoftPowerModel(**TINY)
    citizen, member = model.publics["UZ"].citizen(7), model.elites["TM"].member(4)
    assert citizen.age >= 18 and citizen.languages and set(citizen.affect) == {"CN", "RU"}
    assert all(0 <= tie < 200 and tie != 7 for tie in citizen.ties)
    heads = sum(model.publics["UZ"].citizen(i).persons for i in range(200))
    assert heads == pytest.approx(model.simulation.world.adults(2004)[4], rel=0.01)  # the rest is in education
    assert member.rent_share > 0 and member.studied_in is None
    with pytest.raises(IndexError, match="0 to 199"):
        model.publics["UZ"].citizen(200)
    with pytest.raises(IndexError, match="0 to 4"):
        model.elites["TM"].member(-1)


def test_agents_are_powers_publics_and_elites() -> None:
    model = SoftPowerModel(**TINY)
    assert sorted(type(agent).__name__ for agent in model.agents) == ["Elite"] * 5 + ["Power"] * 2 + ["Public"] * 5
    assert model.power_agents["CN"].budgets["KZ"]["media"] == pytest.approx(0.15)
    assert model.power_agents["RU"].adaptation == dict.fromkeys(model.countries, 0.0)


def test_data_collector_has_a_row_for_each_date() -> None:
    model = SoftPowerModel(**TINY)
    model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame["date"]) == ["2004-01", "2004-02"]
    assert frame["approval_RU"].between(0.5, 1).all()
    elites = model.datacollector.get_agenttype_vars_dataframe(type(model.elites["KZ"]))
    assert len(elites) == 10 and {"country", "affect_CN", "group_approval_RU"} <= set(elites.columns)


def test_batch_run_accepts_the_model() -> None:
    grid = {**TINY, "threat_decay": [0.4, 0.8]}
    keyword = {"rng": [1]} if "rng" in inspect.signature(mesa.batch_run).parameters else {"iterations": 1}
    rows = mesa.batch_run(SoftPowerModel, grid, max_steps=5, number_processes=1, display_progress=False, **keyword)
    assert {row["threat_decay"] for row in rows} == {0.4, 0.8}
    # Mesa 3.3 reports the row before the last one, Mesa 3.5 the last one
    assert {row["date"] for row in rows} <= {"2004-05", "2004-06"}
    assert all(0 < row["approval_CN"] < 1 for row in rows)


def test_solara_page_accepts_the_model() -> None:
    solara = pytest.importorskip("solara")
    from mesa.visualization import Slider, SolaraViz, make_plot_component

    model = SoftPowerModel(**TINY)
    page = SolaraViz(model, components=[make_plot_component("approval_CN")],
                     model_params={"threat_decay": Slider("forgetting", 0.8, 0.1, 2.0, 0.1), "citizens": 200})
    box, context = solara.render(page, handle_error=False)
    assert box.children
    context.close()


def test_the_keyword_arguments_that_mesas_page_gives() -> None:
    from mesa.visualization import solara_viz

    model = SoftPowerModel(**TINY)
    solara_viz._check_model_params(SoftPowerModel.__init__, {"threat_decay": 0.8, "citizens": 200})
    own = {"scenario": model.scenario} if hasattr(model, "scenario") else {}  # Mesa 3.5
    assert SoftPowerModel(**TINY, **own).date == model.date
    with pytest.raises(ConfigError, match="there is no such key"):
        SoftPowerModel(**TINY, scenario="baseline")


def test_a_generator_gives_a_root_seed() -> None:
    one, two = (SoftPowerModel(**TINY, rng=np.random.default_rng(3)) for _ in range(2))
    assert one.simulation.world.scenario.run.seed == two.simulation.world.scenario.run.seed


def test_a_dropped_model_is_freed() -> None:
    model = SoftPowerModel(**TINY)
    model.step()
    watched = weakref.ref(model)
    del model
    gc.collect()
    assert watched() is None
