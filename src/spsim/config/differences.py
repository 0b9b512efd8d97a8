"""What a scenario changes of the one that it was built from, as a notebook shows it."""

# ruff: noqa: ANN401 - a value is a number or a mapping of numbers
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spsim.config.levers import LEVERS
from spsim.config.merging import Setting
from spsim.config.parameters import leaves, parameter_table
from spsim.config.scenario import DataRow, Event, LeverSetting, RunSettings, Scenario
from spsim.data import COUNTRY_NAMES
from spsim.display import Grid
from spsim.ground.words import counted

History = Mapping[str, list[Setting]]


def difference_grids(scenario: Scenario, history: History, root: Scenario) -> list[Grid]:
    """Return the levers, mechanisms, events, parameters, own channels and data, and run settings that differ.

    Args:
        scenario: the scenario.
        history: who set which of its values.
        root: the scenario that it differs from.
    """
    than, base = f"where {root.name} has another value", root.name
    levers = [setting for setting in scenario.levers if setting not in root.levers]
    grids = [
        Grid("Levers", ["lever", "for", "when", "set by", "unit", "to"], [_lever(s, history) for s in levers], 5),
        Grid(f"Mechanisms, {than}", ["mechanism", "set by", base, "here"], _mechanisms(scenario, root, history), 2),
        Grid(f"Events, {than}", ["event", "set by", "here"], _events(scenario, root, history), 3),
        Grid(
            f"Parameters, {than}", ["parameter", "set by", "badge", "unit", root.name, "here"],
            _parameters(scenario, root, history), 4,
        ),
        Grid(f"Own channels, {than}", ["setting", "set by", base, "here"], _channels(scenario, root, history), 2),
        Grid("Own data, which the shipped tables lack", ["power", "variable", "for", "set by", "source", "year: value"],
             _data(scenario, root, history), 6),
        Grid(f"Run settings, {than}", ["setting", "set by", root.name, "here"], _run(scenario, root, history), 2),
    ]
    return [grid for grid in grids if grid.rows]


def _lever(setting: LeverSetting, history: History) -> list[str]:
    said = [each for each in history.get(f"levers.{setting.lever}", []) if each.value is setting]
    whom = [*([setting.power] if setting.power else [])]
    whom += [", ".join(setting.countries)] if setting.countries and len(setting.countries) < len(COUNTRY_NAMES) else []
    when = f"from {setting.from_}" + (f" until {setting.until}" if setting.until else "")
    when += f", over {counted(setting.ramp_years, 'year')}" if setting.ramp_years else ""
    when += ", held: a forced state" if setting.hold else ""
    place = str(said[0].place) if said else ""
    return [setting.lever, " in ".join(whom) or "all", when, place, LEVERS[setting.lever].unit, f"{setting.to:g}"]


def _mechanisms(scenario: Scenario, root: Scenario, history: History) -> list[list[str]]:
    names = sorted({*scenario.mechanisms, *root.mechanisms})
    here, there = ({name: each.mechanisms.get(name, "on") for name in names} for each in (scenario, root))
    return [
        [name, _set_by(history, f"mechanisms.{name}"), there[name], here[name]]
        for name in names if here[name] != there[name]
    ]


def _events(scenario: Scenario, root: Scenario, history: History) -> list[list[str]]:
    before = {event.name: event for event in root.events}
    return [
        [event.name, _set_by(history, f"events.{event.name}"), _event(event)]
        for event in scenario.events if before.get(event.name) != event
    ]


def _event(event: Event) -> str:
    state = "happens" if event.active else "does not happen"
    return f"{event.title or event.kind}: {state}" + (f", from {event.from_} to {event.to}" if event.active else "")


def _parameters(scenario: Scenario, root: Scenario, history: History) -> list[list[str]]:
    rows = []
    for name, (_, _, _, facts) in parameter_table().items():
        there = dict(leaves(getattr(root.parameters, name)))
        for path, value in leaves(getattr(scenario.parameters, name)):
            if there.get(path) != value:
                key = ".".join((name, *path))
                before = _text(there[path]) if path in there else "–"
                rows.append([key, _set_by(history, key), facts.evidence, facts.unit, before, _text(value)])
    return rows


def _channels(scenario: Scenario, root: Scenario, history: History) -> list[list[str]]:
    rows = []
    for name, settings in scenario.channels.items():
        key = f"channels.{name}"
        there = dict(leaves(root.channels.get(name, {})))
        if name not in root.channels:
            rows.append([name, _set_by(history, key), "off", "on"])
        rows += [
            [".".join((name, *path)), _set_by(history, ".".join((key, *path))),
             _text(there[path]) if path in there else "–", _text(value)]
            for path, value in leaves(settings) if there.get(path) != value
        ]
    return rows


def _data(scenario: Scenario, root: Scenario, history: History) -> list[list[str]]:
    """Return a row for each series: the numbers of a power, a variable and a country."""
    series: dict[tuple[str, str, str], list[DataRow]] = {}
    for row in scenario.data:
        if row not in root.data:
            series.setdefault((row.power, row.variable, row.country or ""), []).append(row)
    return [
        [power, variable, country or "all", _set_by(history, ".".join(("data", *filter(None, key)))),
         "; ".join(dict.fromkeys(row.source for row in rows)), data_text(rows)]
        for key, rows in series.items() for power, variable, country in [key]
    ]


def data_text(rows: Iterable[DataRow]) -> str:
    """Return the numbers of a series by year; of several for one year the last."""
    numbers = {row.year: row.value for row in rows}
    return ", ".join(f"{year}: {numbers[year]:g}" for year in sorted(numbers))


def _run(scenario: Scenario, root: Scenario, history: History) -> list[list[str]]:
    return [
        [name, _set_by(history, f"run.{name}"), _text(getattr(root.run, name)), _text(getattr(scenario.run, name))]
        for name in RunSettings.model_fields if getattr(scenario.run, name) != getattr(root.run, name)
    ]


def _set_by(history: History, key: str) -> str:
    return str(history[key][-1].place) if history.get(key) else ""


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)
