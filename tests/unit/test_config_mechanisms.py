"""Every mechanism can be switched off by its name, in a file, on top of a file, and in code."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from spsim.config import (
    LEVERS,
    MECHANISMS,
    ConfigError,
    RunSettings,
    Scenario,
    load,
    load_text,
    parameter_table,
    switched,
    without_event,
)
from spsim.config.parameters.base import leaves
from spsim.experiments.directory import scenario_text
from spsim.model import elites, opinion
from spsim.model.record import COUNTRY, COUNTRY_POWER, Record
from spsim.model.simulation import Simulation

OPTIONS = [(name, option) for name, known in MECHANISMS.items() for option in known.options]
SMALL: dict[str, Any] = {"citizens": 200, "elites": 6, "pipeline_agents": 1}

SILENT_BY_DEFAULT = {"state_source_discount", "demonstration", "hedging", "preference_falsification", "adaptation",
                     "adaptive_allocation"}
"""What a user has to switch on by a parameter or a lever first."""


def text(mechanisms: str = "", parameters: str = "", extends: str = "baseline") -> str:
    return (
        f"schema: 1\nname: switched\ntitle: A switched scenario\nextends: {extends}\n"
        + (f"mechanisms: {mechanisms}\n" if mechanisms else "")
        + (f"parameters: {parameters}\n" if parameters else "")
    )


def test_names_are_unique_and_described() -> None:
    for name, known in MECHANISMS.items():
        assert known.name == name
        assert known.description.endswith(".")
        assert known.source
        assert known.options
        assert known.section in {"opinion", "heritage", "media", "powers", "education", "investment", "threat",
                                 "elites", "protest", "observation"}


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_an_option_sets_known_parameters_to_allowed_values(name: str, option: str) -> None:
    for parameter, value in MECHANISMS[name].options[option].items():
        facts = parameter_table()[parameter][3]
        assert facts.low <= value <= facts.high


def test_two_switches_never_disagree() -> None:
    """Whatever is switched together, no order of application matters."""
    for (one, first), (other, second) in combinations(OPTIONS, 2):
        a, b = MECHANISMS[one].options[first], MECHANISMS[other].options[second]
        assert all(a[key] == b[key] for key in set(a) & set(b)), (one, other)


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_a_file_an_override_and_code_say_the_same(name: str, option: str) -> None:
    base = load("baseline").scenario
    in_file = load_text(text(f"{{{name}: {option}}}")).scenario
    on_top = load("baseline", {f"mechanisms.{name}": option}).scenario
    in_code = switched(base, name, option)
    assert in_file.parameters == on_top.parameters == in_code.parameters
    assert in_file.mechanisms == on_top.mechanisms == in_code.mechanisms == {name: option}
    for parameter, value in MECHANISMS[name].options[option].items():
        before, after = getattr(base.parameters, parameter), getattr(in_code.parameters, parameter)
        assert {leaf for _, leaf in leaves(after)} == {value}
        assert [path for path, _ in leaves(after)] == [path for path, _ in leaves(before)]


def test_on_takes_back_what_a_lower_layer_switched() -> None:
    parent = load_text(text("{heritage: off}")).scenario
    assert parent.parameters.heritage_weight == {"CN": 0.0, "RU": 0.0}
    child = load("baseline", {"mechanisms": {"heritage": "on", "gate": "off"}}).scenario
    assert child.parameters.heritage_weight == load("baseline").scenario.parameters.heritage_weight
    assert child.mechanisms == {"gate": "off"}


def test_a_switch_stands_above_parameters_of_lower_layers() -> None:
    weak = {"rent_weight": 0.7}
    assert load_text(text(parameters="{rent_weight: 0.7}")).scenario.parameters.rent_weight == 0.7
    resolved = load_text(text("{rents: off}"), overrides={})
    assert resolved.scenario.parameters.rent_weight == 0
    assert [str(setting.place) for setting in resolved.history["rent_weight"]] == ["scenario:5"]
    with pytest.raises(ConfigError, match="rent_weight: does nothing: mechanism rents is off"):
        load("baseline", {**weak, "mechanisms.rents": "off"})
    with pytest.raises(ConfigError, match="does nothing"):
        load_text(text("{rents: off}"), overrides=weak)
    assert load_text(text("{rents: off}"), overrides={"rent_weight": 0.0}).scenario.parameters.rent_weight == 0


@pytest.mark.parametrize("given", [{"mechanisms.heritag": "off"}, {"mechanisms.heritage": "of"}, {"mechanisms": 7},
                                   {"mechanisms.heritage": False}])
def test_a_wrong_switch_gets_a_message(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="mechanism"):
        load("baseline", given)


def test_a_saved_scenario_keeps_its_switches() -> None:
    one = load_text(text("{heritage: off, social_influence: bounded_confidence}")).scenario
    again = load_text(scenario_text(one)).scenario
    assert again.mechanisms == one.mechanisms
    assert again.parameters == one.parameters


def test_an_event_that_is_taken_out_leaves_the_others() -> None:
    base = load("baseline").scenario
    names = {event.name for event in base.acting_events}
    assert {event.name for event in without_event(base, "xinjiang").acting_events} == names - {"xinjiang"}


# what a switch does ---------------------------------------------------------------------------------------------------


def _scenario(**overrides: Any) -> Scenario:
    return load("baseline", {**SMALL, "countries": ["KZ", "TJ"], "start": "2015-01", "end": "2022-06",
                             "alumni_recruitment": 1000.0, **overrides}).scenario


@pytest.fixture(scope="module")
def full() -> Record:
    return Simulation(_scenario()).run()


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_a_switch_changes_the_run_unless_its_mechanism_is_silent_anyway(
    name: str, option: str, full: Record
) -> None:
    without = Simulation(switched(_scenario(), name, option)).run()
    fields = ("opinion", "country", "country_power", "divergence", "cohorts")
    changed = any(not np.array_equal(getattr(full, f), getattr(without, f), equal_nan=True) for f in fields)
    assert changed == (name not in SILENT_BY_DEFAULT)


WAKE: dict[str, dict[str, Any]] = {
    "state_source_discount": {"state_source_discount": 0.5},
    "demonstration": {"demonstration_strength": {"CN": 0.1, "RU": 0.0}},
    "hedging": {"hedge": 0.8, "hedge_above": 0.1},
    "preference_falsification": {"preference_falsification": {"CN": {"KZ": 0.1}}},
    "adaptation": {"adaptation": {"CN": 1.0}},
    "adaptive_allocation": {"adaptive_allocation": {"CN": 1.0}},
}


@pytest.mark.parametrize("name", sorted(SILENT_BY_DEFAULT))
def test_a_mechanism_that_is_silent_by_default_can_be_woken_and_silenced(name: str) -> None:
    settings = {"end": "2016-12", **WAKE[name]}
    awake = Simulation(_scenario(**settings)).run()
    asleep = Simulation(switched(_scenario(**settings), name)).run()
    assert not np.array_equal(awake.opinion, asleep.opinion)


SILENT_TERMS = {
    "social_influence": ("public", ["social_influence"]),
    "anchoring": ("public", ["anchor_return", "heritage", "threat", "memory", "investment", "education"]),
    "individual_noise": ("public", ["noise"]),
    "common_noise": ("public", ["common_noise"]),
    "heritage": ("public", ["heritage"]),
    "media": ("public", ["state_media", "private_press", "russian_tv", "chinese_media_in_russian"]),
    "culture": ("public", ["culture_cn", "culture_ru"]),
    "threat": ("public", ["threat"]),
    "event_jump": ("public", ["event_jump"]),
    "alumni_affect": ("public", ["education"]),
    "project_cycle": ("public", ["investment"]),
    "capital": ("elite", ["investment"]),
    "rents": ("elite", ["investment"]),
    "listening": ("elite", ["listening"]),
    "yielding": ("elite", ["pressure"]),
    "pressure": ("elite", ["pressure"]),
    "protest": ("elite", ["pressure"]),
    "hedging": ("elite", ["hedging"]),
    "diplomacy": ("elite", ["diplomacy"]),
}


@pytest.mark.parametrize("name", sorted(SILENT_TERMS))
def test_what_is_off_contributes_exactly_nothing(name: str, full: Record) -> None:
    """The terms of a mechanism that is off are zero at every date, for every country and power."""
    group, terms = SILENT_TERMS[name]
    record = Simulation(switched(_scenario(end="2018-06"), name)).run()
    names = [channel for _, channel in record.terms[group]]
    assert set(terms) <= set(names)
    for term in terms:
        assert not record.contributions[group][..., names.index(term)].any(), term
        if name not in SILENT_BY_DEFAULT:
            assert full.contributions[group][..., names.index(term)].any(), f"{term} would be zero anyway"


def _series(record: Record, column: str) -> np.ndarray:
    if column in COUNTRY:
        return record.country[..., COUNTRY.index(column)]
    return record.country_power[..., COUNTRY_POWER.index(column)]


def test_what_is_off_leaves_its_states_at_rest() -> None:
    def run(name: str) -> Record:
        return Simulation(switched(_scenario(end="2018-06"), name)).run()

    assert not _series(run("education"), "students").any()
    assert not _series(run("capital"), "dependence").any()
    assert not _series(run("career_ceiling"), "ceiling").any()
    assert not _series(run("protest"), "protest_share").any()
    assert not _series(run("protest"), "protest_events").any()
    assert not _series(run("pressure"), "press").any()
    labour = _series(run("localisation"), "foreign_labour_share")[:, :, 0]
    assert (labour == labour[0]).all()
    assert (_series(run("scarce_posts"), "placement_rate")[13:, :, 0] > 0.9).all()
    before_xinjiang = switched(switched(_scenario(end="2017-06"), "threat_from_labour"), "threat_from_opacity")
    threat = _series(Simulation(before_xinjiang).run(), "threat")
    assert threat[:, 0].any(), "the land protests are felt in Kazakhstan"
    assert not threat[:, 1].any(), "nothing is left that feeds threat in Tajikistan"


def test_the_terms_named_above_are_those_of_the_model() -> None:
    sources = {"state_media", "private_press", "russian_tv", "chinese_media_in_russian", "culture_cn", "culture_ru"}
    for group, terms in SILENT_TERMS.values():
        assert set(terms) <= set(opinion.TERMS if group == "public" else elites.TERMS) | sources


def test_mechanisms_do_not_take_other_names_by_accident() -> None:
    """A lever, a parameter and a mechanism share a name only where they are about the same thing."""
    assert set(MECHANISMS) & set(parameter_table()) == {
        "drift", "contagion", "state_source_discount", "preference_falsification", "localisation", "homophily",
        "budget_trend", "common_noise", "elite_turnover",
    }
    assert set(MECHANISMS) & (set(LEVERS) | set(RunSettings.model_fields)) == {
        "adaptation", "adaptive_allocation", "diplomacy", "heritage_transmission"
    }
