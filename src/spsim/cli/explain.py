"""``spsim explain``: where a value comes from, down to the line of a file or the licence of a source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spsim.cli.registers import paper_facts
from spsim.cli.terminal import (
    Debug,
    ScenarioName,
    Settings,
    facts,
    guarded,
    parse_settings,
    say,
    show,
    table,
)
from spsim.cli.values import DEFAULTS, Facts, changes, default_of, event_setting_text, event_text, value_text

if TYPE_CHECKING:
    from spsim.config import ConfigError, Resolved, Setting
    from spsim.config.provenance import Provenance
    from spsim.data.by_country import Known


@guarded
def explain(
    scenario: ScenarioName,
    key: Annotated[
        str,
        typer.Argument(
            metavar="[KEY]", help="Such as anchor_rate, base.CN.KZ, run.seed, levers.budget, data.gdp.KZ.2014."
        ),
    ] = "",
    settings: Settings = None,
    debug: Debug = False,
) -> None:
    """Say what a value rests on and who set it.

    Without KEY: all values that differ from the defaults.
    """
    from spsim.config import load

    resolved = load(scenario, parse_settings(settings))
    if key:
        heading, found = explanation(resolved, key)
        facts(heading, found)
        return
    rows = [[c.key, c.value, c.below, c.place] for c in changes(resolved)]
    title = f"{resolved.scenario.name}: what differs from {DEFAULTS}"
    if rows:
        show(table(title, ("key", "value", "default", "set by"), rows))
    say(f"{len(rows)} values differ from {DEFAULTS}; `spsim explain {scenario} KEY` says more about one")


def explanation(resolved: Resolved, key: str) -> tuple[str, Facts]:
    """Return a heading and what is known about one key.

    Raises:
        ConfigError: there is no such key.
    """
    from spsim.config import LEVERS, MECHANISMS, RunSettings, parameter_table

    head, *rest = key.removeprefix("parameters.").split(".")
    if head in {"data", "channels"} and key in resolved.history:
        return key, (_own_data if head == "data" else _own_channel)(resolved, key)
    if head == "data" and rest:
        from spsim.cli.explain_data import data_explanation

        return data_explanation(rest)
    if head in parameter_table():
        return _parameter(resolved, head, rest)
    if head in {"run", "levers"} and len(rest) == 1:
        head, rest = rest[0], []
    if head in RunSettings.model_fields and not rest:
        return _run_setting(resolved, head)
    if head in LEVERS and not rest:
        return _lever(resolved, head)
    if head == "mechanisms" and len(rest) == 1 and rest[0] in MECHANISMS:
        return _mechanism(resolved, rest[0])
    if head == "events" and len(rest) == 1 and any(event.name == rest[0] for event in resolved.scenario.events):
        return _event(resolved, rest[0])
    raise unknown_key(resolved, key)


def unknown_key(resolved: Resolved, key: str) -> ConfigError:
    """Return the error for a key that nothing has."""
    from spsim.config import LEVERS, MECHANISMS, ConfigError, Place, Problem, RunSettings, parameter_table
    from spsim.config.errors import nearest

    names = [*parameter_table(), *LEVERS, *RunSettings.model_fields]
    names += [f"events.{event.name}" for event in resolved.scenario.events]
    names += [f"mechanisms.{name}" for name in MECHANISMS]
    names += [f"levers.{name}" for name in LEVERS] + [f"run.{name}" for name in RunSettings.model_fields]
    allowed = "a parameter, run.SETTING, levers.NAME, mechanisms.NAME, events.NAME or data.SERIES"
    suggestion = nearest(key, names) or nearest(key.split(".", maxsplit=1)[0], names)
    return ConfigError([Problem(Place("explain"), key, "there is no such key", allowed, suggestion)])


def _parameter(resolved: Resolved, name: str, path: list[str]) -> tuple[str, Facts]:
    from spsim.config import parameter_table, set_by_ensemble

    section, description, _, known = parameter_table()[name]
    number = _number_of_region(name, path)
    ground = number or known
    value, note = _leaf(resolved, name, path)
    key = ".".join([name, *path])
    if any(inner.startswith(f"{key}.") for inner in set_by_ensemble(resolved.scenario)):
        note += " (hand-set; the ensemble sets some or all of these: ask for one, with its country)"
    from_ensemble = _from_ensemble(resolved, key)
    below = {k: s for k, s in resolved.history.items() if k == key or k.startswith(f"{key}.")}
    of_default = " of the default" if below and not from_ensemble else ""  # who sets a value vouches for it
    found: Facts = [
        ("what it is", description),
        *(from_ensemble or [("value", value_text(value) + note), *_layers(below, key, default_of(key))]),
        ("unit", known.unit),
        ("allowed", known.bounds_text()),
        ("prior", _prior_text(known, path)),
        (f"badge{of_default}", ground.evidence),
        (f"source{of_default}", ground.source),
        *paper_facts(ground.source),
        ("note", ground.note),
        ("row", f"line {number.place.line} of {Path(number.place.origin).name}" if number else ""),
        ("section", section.__name__),
    ]
    return key, found


def _number_of_region(name: str, path: list[str]) -> Known | None:
    """Return the row of the region's table that holds one number, with a badge and source of its own."""
    from spsim.data.by_country import known_numbers

    *power, country = path or [""]
    return known_numbers().get((name, "".join(power)), {}).get(country)


def _from_ensemble(resolved: Resolved, key: str) -> Facts:
    """Return what the ensemble says of a number; nothing where another layer sets it."""
    from spsim.config import set_by_ensemble
    from spsim.config.ensemble import spread_text

    if key not in set_by_ensemble(resolved.scenario):
        return []
    return [
        ("value", spread_text(key)),
        ("set by", "the accepted ensemble: two replicates in a row share a parameter set"),
        ("overrides", f"{value_text(default_of(key))} of {DEFAULTS}, with which `--parameters defaults` runs"),
    ]


def _prior_text(known: Provenance, path: list[str]) -> str:
    whole = len(path) == {"one": 0, "country": 1, "power": 1, "power_country": 2}[known.shape]
    return str(known.prior_of(*path)) if whole and not known.in_proportion else known.prior_text()


def _leaf(resolved: Resolved, name: str, path: list[str]) -> tuple[Any, str]:
    """Return the value below ``path`` and, where a power is not listed, a note on its neutral value."""
    from spsim.config import parameter_table
    from spsim.config.parameters.base import POWER_CODE
    from spsim.data import COUNTRIES

    known = parameter_table()[name][3]
    wanted: list[str] = {
        "one": [],
        "country": ["country"],
        "power": ["power"],
        "power_country": ["power", "country"],
    }[known.shape]
    value = getattr(resolved.scenario.parameters, name)
    for index, step in enumerate(path):
        is_key = index < len(wanted) and (POWER_CODE.match(step) if wanted[index] == "power" else step in COUNTRIES)
        if not is_key:
            raise unknown_key(resolved, ".".join([name, *path]))
        if step not in value:
            return known.neutral, " (not listed: the neutral value)"
        value = value[step]
    return value, ""


def _layers(below: dict[str, list[Setting]], key: str, default: object) -> Facts:
    """Return who set a value and what each layer overrides, the highest layer first."""
    if not below:
        return [("set by", DEFAULTS)]
    found: Facts = []
    for inner, settings in below.items():
        prefix = "" if inner == key else f"{inner.removeprefix(key + '.')}: "
        first = default if inner == key else default_of(inner)
        found.append(("set by", f"{prefix}{settings[-1].place}"))
        found += [("overrides", f"{prefix}{value_text(s.value)} of {s.place}") for s in reversed(settings[:-1])]
        if first is not None:
            found.append(("overrides", f"{prefix}{value_text(first)} of {DEFAULTS}"))
    return found


def _run_setting(resolved: Resolved, name: str) -> tuple[str, Facts]:
    from spsim.config import RunSettings
    from spsim.config.schema import allowed_text

    key = f"run.{name}"
    history = {key: resolved.history[key]} if key in resolved.history else {}
    found: Facts = [
        ("what it is", RunSettings.model_fields[name].description or ""),
        ("value", value_text(getattr(resolved.scenario.run, name))),
        *_layers(history, key, default_of(key)),
        ("allowed", allowed_text(name)),
        ("source", "a setting of the computation, not a claim about the world"),
    ]
    return key, found


def _own_data(resolved: Resolved, key: str) -> Facts:
    """Return the numbers that a scenario brings along for one series, each with where it comes from."""
    return [
        (str(setting.value.year), f"{setting.value.value:g} ({setting.value.source}), set by {setting.place}")
        for setting in resolved.history[key]
    ]


def _own_channel(resolved: Resolved, key: str) -> Facts:
    """Return the value of a setting of a user's own channel; its module says what it means."""
    value = value_text(resolved.history[key][-1].value)
    return [("value", value), *_layers({key: resolved.history[key]}, key, None), ("checked", "when a run begins")]


def _lever(resolved: Resolved, name: str) -> tuple[str, Facts]:
    from spsim.config import LEVERS

    lever = LEVERS[name]
    settings = resolved.history.get(f"levers.{name}", [])
    found: Facts = [
        ("what it is", lever.description),
        *(("pulled", f"{value_text(setting.value)}, set by {setting.place}") for setting in settings),
        ("pulled", "" if settings else f"no: it stays at its base, {lever.base}"),
        ("base", lever.base),
        ("owner", lever.owner),
        ("kind", f"{lever.kind}{', labelled as forced' if lever.kind == 'pin' else ''}"),
        ("unit", lever.unit),
        ("allowed", lever.bounds_text),
        ("source", lever.source),
        *paper_facts(lever.source),
    ]
    return f"levers.{name}", found


def _mechanism(resolved: Resolved, name: str) -> tuple[str, Facts]:
    from spsim.config import MECHANISMS

    known = MECHANISMS[name]
    option = resolved.scenario.mechanisms.get(name, "on")
    found: Facts = [
        ("what it is", known.description),
        ("value", option + ("" if option != "on" else ": its parameters say how strong")),
        *(
            (f"{choice} sets", ", ".join(f"{key} to {value:g}" for key, value in values.items()))
            for choice, values in known.options.items()
        ),
        *((key, value_text(getattr(resolved.scenario.parameters, key))) for key in known.parameters),
        ("section", known.section),
        ("source", known.source),
        *paper_facts(known.source),
    ]
    return f"mechanisms.{name}", found


def _event(resolved: Resolved, name: str) -> tuple[str, Facts]:
    event = next(event for event in resolved.scenario.events if event.name == name)
    settings = resolved.history[f"events.{name}"]
    found: Facts = [
        ("what it is", event.title),
        ("value", event_text(event)),
        ("countries", ", ".join(event.countries)),
        ("active", value_text(event.active)),
        *(("set by", f"{s.place}: {event_setting_text(s.value)}") for s in reversed(settings)),
        ("badge", "imposed"),
        ("note", event.note),
    ]
    for label, part in (("size", event.size), ("weights", event.weights)):
        if isinstance(part, str):
            _, inner = _parameter(resolved, part, [])
            known = dict(inner)
            found.append((label, f"parameter {part} = {known['value']} ({known['unit']}; {known['source']})"))
    return f"events.{name}", found
