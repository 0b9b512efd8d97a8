"""Police: every parameter says what it is, and its default lies where it says."""

import math

import pytest

from spsim.config import LEVERS, Parameters, RunSettings, parameter_table
from spsim.config.parameters import SECTIONS, leaves
from spsim.data import COUNTRIES
from spsim.data.by_country import BADGES

TABLE = parameter_table()


@pytest.mark.parametrize("name", TABLE)
def test_parameter_says_what_it_is(name):
    _, description, _, known = TABLE[name]
    assert description.endswith(".") and known.unit and known.source
    assert known.evidence in BADGES
    assert known.low < known.high
    assert known.prior_text()


@pytest.mark.parametrize("name", TABLE)
def test_default_lies_inside_bounds_and_prior(name):
    _, _, default, known = TABLE[name]
    for path, number in leaves(default):
        assert known.low <= number <= known.high, path
        prior = known.prior_of(*path)
        low, high = prior.interval(number)
        assert math.isfinite(low) and math.isfinite(high)
        if path and path[-1] != COUNTRIES[0] and known.in_proportion:
            continue
        assert low - 1e-12 <= number <= high + 1e-12, (path, low, high)
    if known.shape != "one":
        assert math.isnan(known.neutral) or known.low <= known.neutral <= known.high


@pytest.mark.parametrize("name", TABLE)
def test_keys_of_defaults_are_countries_and_powers(name):
    _, _, default, known = TABLE[name]
    for path, _ in leaves(default):
        if known.shape in {"country", "power_country"}:
            assert path[-1] in COUNTRIES
        if known.shape in {"power", "power_country"}:
            assert path[0] in {"CN", "RU"}


def test_names_are_unique_across_parameters_levers_and_run_settings():
    sections = [name for section in SECTIONS for name in section.model_fields]
    assert len(sections) == len(set(sections)) == len(Parameters.model_fields)
    names = [*sections, *LEVERS, *RunSettings.model_fields]
    assert sorted(names) == sorted(set(names))
    assert not {"data", "run", "levers", "events"} & set(names)
    # `parameters` is a run setting and a block: it is set as `run.parameters`
    assert "parameters" not in {*sections, *LEVERS}


def test_every_lever_says_what_it_is():
    for lever in LEVERS.values():
        assert lever.unit and lever.base and lever.source and lever.description.endswith(".")
        assert lever.low < lever.high
        if lever.kind == "factor":
            assert lever.low <= 1 <= lever.high


def test_parameters_are_frozen_and_closed():
    parameters = Parameters()
    with pytest.raises(ValueError, match="frozen"):
        parameters.anchor_rate = 1.0
    with pytest.raises(ValueError, match="Extra inputs"):
        Parameters(anchor_rat=1.0)
    with pytest.raises(ValueError, match=r"base\.CN\.KZ: got 3"):
        Parameters(base={"CN": {"KZ": 3}})
