"""Pydantic's findings about a scenario file in our own words: place, key, what was got, what is allowed."""

# ruff: noqa: ANN401 - pydantic's findings are untyped
from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from spsim.config.codes import code_meant
from spsim.config.errors import Place, Problem, listed, nearest
from spsim.config.scenario import NAME_PATTERN, Event, LeverSetting, RunSettings, ScenarioFile
from spsim.ground.reading import KeyPath
from spsim.ground.words import key_words

POWER_CODE = "a code of two capital letters, such as CN"


def pydantic_problems(
    error: ValidationError, place: Any, prefix: str = "", model: type[Any] = ScenarioFile
) -> dict[KeyPath, Problem]:
    """Translate pydantic's findings, key path -> problem; several branches of a union at one key are one problem."""
    found: dict[KeyPath, Problem] = {}
    for item in error.errors():
        loc = _without_union_tags(item["loc"])
        key = key_words(filter(lambda part: part != "", (prefix, *loc)))
        if loc not in found:
            found[loc] = _one_pydantic_problem(item, place(loc), key, _fields_at(model, loc[:-1]))
    return found


def _one_pydantic_problem(item: Any, place: Place, key: str, siblings: list[str]) -> Problem:
    kind, got, context = item["type"], item["input"], item.get("ctx", {})
    if kind == "extra_forbidden":
        return Problem(place, key, "unknown key", listed(siblings, 30), nearest(str(item["loc"][-1]), siblings))
    if kind == "missing":
        return Problem(place, key, "is missing")
    if kind == "literal_error":
        choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        return Problem(place, key, f"got {got!r}", listed(choices), code_meant(got, choices))
    if kind == "value_error":
        return Problem(place, key, str(context["error"]))
    allowed = _allowed(item)
    meant = code_meant(got) if allowed == POWER_CODE else ""
    return Problem(place, key, "is empty" if got is None else f"got {got!r}", allowed, meant)


def _allowed(item: Any) -> str:
    """Return what pydantic allows, in the words of our own messages."""
    context = item.get("ctx", {})
    match item["type"]:
        case "float_type" | "finite_number":
            return "a number"
        case "int_type" | "int_from_float":
            return "a whole number"
        case "bool_type":
            return "true or false"
        case "string_type":
            return "text"
        case "list_type":
            return "a list"
        case "dict_type" | "model_type":
            return "a mapping of keys to values"
        case "greater_than_equal":
            return f"at least {context['ge']}"
        case "less_than_equal":
            return f"at most {context['le']}"
        case "string_pattern_mismatch" if context["pattern"] == NAME_PATTERN.pattern:
            return "small letters, digits and hyphens"
        case "string_pattern_mismatch":
            return POWER_CODE
        case "too_short":
            return f"at least {context['min_length']} of them"
        case "string_too_short":
            return f"at least {context['min_length']} characters"
        case _:
            return str(item["msg"]).removeprefix("Input should be ")


def _without_union_tags(loc: tuple[Any, ...]) -> KeyPath:
    """Drop the names of union branches and validators that pydantic puts into a path."""
    tags = {"float", "int", "str", "none", "function-before[parse_month(), str]"}
    return tuple(
        part for part in loc if part not in tags and not str(part).startswith(("dict[", "function-", "constrained-"))
    )


def _fields_at(model: type[Any], path: KeyPath) -> list[str]:
    """Return the keys that are allowed at a path of a scenario file."""
    inner: dict[Any, type[Any]] = {"levers": LeverSetting, "events": Event, "run": RunSettings}
    target = inner.get(path[0], model) if path else model
    return [info.alias or name for name, info in target.model_fields.items()]
