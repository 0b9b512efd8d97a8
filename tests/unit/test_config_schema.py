"""The JSON Schema: spelled out to the last name, and the shipped scenarios satisfy it."""

import re

import pytest

from spsim.config import LEVERS, RunSettings, parameter_table, shipped_scenarios
from spsim.config.schema import allowed_text, scenario_schema
from spsim.ground.reading import read_yaml

SCHEMA = scenario_schema()


def mistakes(value, schema, path="$"):
    """Return what breaks the few keywords of JSON Schema that our schema uses."""
    if "$ref" in schema:
        return mistakes(value, SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]], path)
    for word in ("anyOf", "oneOf"):
        if word in schema and not any(not mistakes(value, branch, path) for branch in schema[word]):
            return [f"{path}: {value!r} fits no branch"]
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "null": type(None),
        "integer": int,
        "number": (int, float),
    }
    kind = schema.get("type")
    if kind and (not isinstance(value, kinds[kind]) or (kind in {"integer", "number"} and isinstance(value, bool))):
        return [f"{path}: {value!r} is no {kind}"]
    found = []
    if "const" in schema and value != schema["const"]:
        found.append(f"{path}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is not listed")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{path}: {value!r} does not match")
    if ("minimum" in schema and value < schema["minimum"]) or ("maximum" in schema and value > schema["maximum"]):
        found.append(f"{path}: {value!r} is out of range")
    if isinstance(value, dict):
        found += [f"{path}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, inner in value.items():
            patterns = [sub for pattern, sub in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
            sub = schema.get("properties", {}).get(name) or (patterns or [schema.get("additionalProperties", {})])[0]
            found += [f"{path}.{name}: not allowed"] if sub is False else mistakes(inner, sub, f"{path}.{name}")
    if isinstance(value, list):
        found += [each for item in value for each in mistakes(item, schema.get("items", {}), f"{path}[]")]
    return found


@pytest.mark.parametrize("name", shipped_scenarios())
def test_shipped_scenario_satisfies_the_schema(name):
    assert mistakes(read_yaml(shipped_scenarios()[name]).content, SCHEMA) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"parameters": {"anchor_rat": 1.0}},
        {"parameters": {"backlash": 2}},
        {"parameters": {"base": {"CN": {"XX": 0.1}}}},
        {"run": {"citizens": 3}},
        {"run": {"citizen": 300}},
        {"levers": [{"lever": "nonsense", "to": 1, "from": "2026-01"}]},
        {"levers": [{"lever": "openness", "to": 1}]},
        {"run": {"start": "2026-13"}},
        {"colour": "red"},
    ],
)
def test_schema_refuses_what_the_loader_refuses(wrong):
    assert mistakes({"schema": 1, "name": "x", "title": "A test", **wrong}, SCHEMA)


def test_every_name_is_spelled_out_with_its_text():
    definitions = SCHEMA["$defs"]
    assert set(definitions["Parameters"]["properties"]) == set(parameter_table())
    assert set(definitions["RunSettings"]["properties"]) == set(RunSettings.model_fields)
    assert {branch["const"] for branch in definitions["LeverSetting"]["properties"]["lever"]["oneOf"]} == set(LEVERS)
    for block in ("Parameters", "RunSettings"):
        for name, inner in definitions[block]["properties"].items():
            assert "default" in inner or name in {"countries", "powers"}, name
    for name, inner in definitions["Parameters"]["properties"].items():
        assert parameter_table()[name][3].unit in inner["description"]


def test_allowed_values_of_run_settings_in_words():
    assert allowed_text("citizens") == "a whole number from 200 to 30,000,000"
    assert allowed_text("step_months") == "1, 2, 3, 4, 6, 12"
    assert allowed_text("countries") == "a list of KZ, KG, TJ, TM, UZ"
    assert all(allowed_text(name) for name in RunSettings.model_fields)
