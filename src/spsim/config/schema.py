"""The JSON Schema of a scenario file, spelled out to the last parameter, so that an editor can complete it."""

# ruff: noqa: ANN401 - a default is a number or a mapping of numbers
from __future__ import annotations

import math
from typing import Any

from spsim.config.levers import LEVERS
from spsim.config.mechanisms import MECHANISMS
from spsim.config.parameters import parameter_table
from spsim.config.provenance import Provenance
from spsim.config.scenario import RunSettings, ScenarioFile
from spsim.data import COUNTRIES

MONTH_SCHEMA = {
    "anyOf": [{"type": "string", "pattern": r"^\d{4}(-(0[1-9]|1[0-2])(-\d{2})?)?$"}, {"type": "integer"}],
}
MONTH_KEYS = frozenset({"from", "until", "to", "start", "end"})
POWER_KEYS = "^[A-Z]{2}$"


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a scenario file."""
    schema = ScenarioFile.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    run = RunSettings.model_json_schema(by_alias=True)
    for properties in (definitions["Event"]["properties"], run["properties"]):
        _allow_months(properties)
    lever = definitions["LeverSetting"]["properties"]
    _allow_months({name: inner for name, inner in lever.items() if name != "to"})  # here `to` is a value, not a month
    lever["lever"] = {
        "description": lever["lever"]["description"],
        "oneOf": [{"const": each.name, "description": each.description} for each in LEVERS.values()],
    }
    definitions["RunSettings"] = {**run, "title": "RunSettings"}
    definitions["Parameters"] = {
        "type": "object",
        "title": "Parameters",
        "description": "Model constants by name.",
        "properties": {name: parameter_schema(*row[1:]) for name, row in parameter_table().items()},
        "additionalProperties": False,
    }
    definitions["Mechanisms"] = {
        "type": "object",
        "title": "Mechanisms",
        "description": "Mechanisms by name.",
        "properties": {
            name: {"enum": list(known.choices), "description": known.description, "default": "on"}
            for name, known in MECHANISMS.items()
        },
        "additionalProperties": False,
    }
    for name, key in (("Parameters", "parameters"), ("RunSettings", "run"), ("Mechanisms", "mechanisms")):
        description = schema["properties"][key]["description"]
        schema["properties"][key] = {"$ref": f"#/$defs/{name}", "description": description}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "spsim scenario"}


def parameter_schema(description: str, default: Any, known: Provenance) -> dict[str, Any]:
    """Return the schema of one parameter: a number, or numbers by power, by country, or by both."""
    number: dict[str, Any] = {"type": "number"}
    if not math.isinf(known.low):
        number["minimum"] = known.low
    if not math.isinf(known.high):
        number["maximum"] = known.high
    inner: dict[str, Any] = number
    if known.shape in {"country", "power_country"}:
        inner = {"type": "object", "properties": dict.fromkeys(COUNTRIES, number), "additionalProperties": False}
    if known.shape in {"power", "power_country"}:
        inner = {"type": "object", "patternProperties": {POWER_KEYS: inner}, "additionalProperties": False}
    text = f"{description} Unit: {known.unit}. Prior: {known.prior_text()}. {known.evidence}: {known.source}."
    return {**inner, "description": text, "default": default}


def allowed_text(name: str) -> str:
    """Return what a run setting allows, in words."""
    found = RunSettings.model_json_schema()["properties"][name]
    if name in MONTH_KEYS:
        return "a month such as 2026-01, or a year"
    if "enum" in found:
        return ", ".join(str(choice) for choice in found["enum"])
    if "minimum" in found:
        return f"a whole number from {found['minimum']:,} to {found['maximum']:,}"
    choices = found.get("items", {}).get("enum")
    return f"a list of {', '.join(choices)}" if choices else "a list of codes of two capital letters"


def _allow_months(properties: dict[str, Any]) -> None:
    """Say in place that keys which hold a month take a year or a date as well, as the reader of the files does."""
    for name in MONTH_KEYS & set(properties):
        kept = {key: value for key, value in properties[name].items() if key in ("description", "default")}
        properties[name].clear()
        properties[name] |= {**kept, **MONTH_SCHEMA}
