"""A scenario that is written down and read again is the same scenario."""

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from spsim.config import LEVERS, Scenario, load_text, month_index, month_text, parameter_table
from spsim.data import COUNTRIES
from spsim.experiments.directory import scenario_text

months = st.integers(month_index("2004-01"), month_index("2030-12")).map(month_text)
countries = st.lists(st.sampled_from(COUNTRIES), min_size=1, unique=True)
words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=30)


def numbers(low, high):
    return st.floats(max(low, -1e6), min(high, 1e6), allow_nan=False)


@st.composite
def lever_settings(draw):
    lever = LEVERS[draw(st.sampled_from(sorted(LEVERS)))]
    raw = {"lever": lever.name, "to": draw(numbers(lever.low, lever.high)), "from": draw(months)}
    raw |= {"power": draw(st.sampled_from(["CN", "RU"]))} if lever.by_power else {}
    raw |= {"hold": True} if lever.kind == "pin" else {}
    raw |= {"countries": draw(countries)} if draw(st.booleans()) else {}
    ramp = 0.0 if raw.get("hold") else draw(st.floats(0, 50))  # a pin has no ramp
    return {**raw, "ramp_years": ramp}


@st.composite
def events(draw):
    first, last = sorted([draw(months), draw(months)])
    size = draw(st.one_of(st.floats(-1, 1), st.just("xinjiang_rate")))
    return {
        "name": f"event-{draw(st.integers(0, 5))}",
        "title": draw(words),
        "kind": draw(st.sampled_from(["threat", "memory", "closure", "anchor", "security"])),
        "powers": ["CN"],
        "countries": draw(countries),
        "size": size,
        "from": first,
        "to": last,
    }


# rates that a monthly step can follow whatever their value, so that every draw is a sound scenario
FREE = [name for name, row in parameter_table().items() if row[3].shape == "one" and row[3].unit in {"share", "affect"}]


@st.composite
def contents(draw):
    chosen = draw(st.lists(st.sampled_from(FREE), unique=True, max_size=5))
    parameters = {
        name: draw(numbers(parameter_table()[name][3].low, parameter_table()[name][3].high)) for name in chosen
    }
    if draw(st.booleans()):
        parameters["base"] = {
            draw(st.sampled_from(["CN", "RU", "TR"])): {draw(st.sampled_from(COUNTRIES)): draw(st.floats(-1, 1))}
        }
    return {
        "schema": 1,
        "name": "drawn",
        "title": "Drawn " + draw(words),
        "question": draw(words),
        "levers": draw(st.lists(lever_settings(), max_size=4)),
        "events": draw(st.lists(events(), max_size=4)),
        "parameters": parameters,
        "run": {"seed": draw(st.integers(0, 2**63 - 1)), "citizens": draw(st.integers(200, 9999))},
    }


def as_yaml(content):
    stream = StringIO()
    YAML().dump(content, stream)
    return stream.getvalue()


@given(contents())
def test_scenario_survives_json_and_yaml(content):
    scenario = load_text(as_yaml(content)).scenario
    assert scenario.title == content["title"] and scenario.run.seed == content["run"]["seed"]
    assert Scenario.model_validate_json(scenario.model_dump_json(by_alias=True)) == scenario
    assert load_text(scenario_text(scenario)).scenario == scenario


@given(st.integers(0, 30_000))
def test_months_are_counted_both_ways(index):
    assert month_index(month_text(index)) == index
