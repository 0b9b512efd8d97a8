"""Layers of a scenario laid over each other: defaults, files, overrides, and the switches of mechanisms above them.

Every layer's word on every value is remembered, so that a value can be explained.
"""

# ruff: noqa: ANN401 - what a user writes can be anything until it is checked
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from spsim.config.checks import (
    data_problems,
    event_problems,
    lever_problems,
    mechanism_problem,
    run_problems,
    stability_problems,
)
from spsim.config.ensemble import calibrated
from spsim.config.errors import ConfigError, Place, Problem, listed, nearest
from spsim.config.levers import LEVERS
from spsim.config.mechanisms import MECHANISMS, ON, silenced
from spsim.config.parameters import Parameters, leaves, parameter_table
from spsim.config.parameters.base import leaf_errors
from spsim.config.scenario import DataRow, Event, LeverSetting, RunSettings, Scenario, ScenarioFile
from spsim.config.translation import pydantic_problems
from spsim.ground.reading import Document, KeyPath

HEADS = ("name", "title", "question", "changes")


@dataclass(frozen=True)
class Setting:
    """One layer's word on one value."""

    value: Any
    place: Place


@dataclass(frozen=True)
class _Switch:
    """What a layer says of a mechanism."""

    option: str
    place: Place
    layer: int


@dataclass(frozen=True)
class Edit:
    """Values laid over the files of a scenario from outside."""

    values: Mapping[str, Any]
    """Key as after ``--set`` -> value."""
    said: str = "--set {}"
    """How messages and explanations name a key of it."""
    dates: Mapping[str, Any] = field(default_factory=dict)
    """``from``, ``until`` and ``ramp_years`` of its levers; they act from the start of the run if it says nothing."""
    heads: Mapping[str, Any] = field(default_factory=dict)
    """``name``, ``title``, ``question`` and ``changes``, as far as they differ."""

    def place(self, key: str) -> Place:
        """Return where a key is said."""
        return Place(self.said.format(key))


class Merger:
    """Layers of a scenario, added from the lowest to the highest."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {name: row[2] for name, row in parameter_table().items()}
        self.set_in: dict[str, tuple[int, Place]] = {}  # parameter -> the layer that set it last, and where
        self.layer = 0
        self.switches: dict[str, _Switch] = {}
        self.run: dict[str, Any] = {}
        self.levers: list[tuple[LeverSetting, Place]] = []
        self.events: dict[str, tuple[dict[str, Any], Place]] = {}
        self.data: dict[tuple[object, ...], tuple[DataRow, Place]] = {}
        self.channels: dict[str, Any] = {}
        self.heads: list[dict[str, Any]] = []
        self.event_history: dict[str, list[Setting]] = {}
        self.history: dict[str, list[Setting]] = {}
        self.problems: list[Problem] = []
        self.last_place = Place("defaults")

    def add_files(self, documents: list[Document]) -> Merger:
        """Lay files over what is there, the lowest first; values that cannot be used have been taken out."""
        for document in documents:
            content = document.content
            self.layer += 1
            self.last_place = Place(document.origin)
            self.heads.append({key: content[key] for key in HEADS if key in content})
            for name, value in content.get("parameters", {}).items():
                self._set_parameter(name, value, lambda *path, d=document: d.place(("parameters", *path)))
            for name, option in content.get("mechanisms", {}).items():
                self._switch(name, option, document.place(("mechanisms", name)))
            for name, value in content.get("run", {}).items():
                self._set_run(name, value, document.place(("run", name)))
            for index, raw in enumerate(content.get("levers", [])):
                if raw is not None:
                    self.levers.append((LeverSetting.model_validate(raw), document.place(("levers", index))))
            for index, raw in enumerate(content.get("events", [])):
                if raw is not None:
                    place = document.place(("events", index))
                    if raw.get("active") is False and raw["name"] not in self.events and "kind" not in raw:
                        self.problems.append(_unknown_event(raw["name"], list(self.events), place))
                    self._set_event(raw["name"], raw, place)
            self._set_channels(content.get("channels", {}), lambda *path, d=document: d.place(("channels", *path)))
            for index, raw in enumerate(content.get("data", [])):
                if raw is not None:
                    row = DataRow.model_validate(raw)
                    key = row.power, row.variable, row.country, row.year
                    self.data[key] = row, document.place(("data", index))
                    series = ".".join(filter(None, ("data", row.power, row.variable, row.country)))
                    self.history.setdefault(series, []).append(Setting(row, self.data[key][1]))
        return self

    def add_edits(self, edits: Sequence[Edit]) -> Merger:
        """Lay ``--set``, keyword arguments and later edits over the files."""
        # run settings first: a lever is pulled from the start of the period, whichever edit sets that
        for edit in edits:
            for key, value in edit.values.items():
                head, *rest = words(key)
                if head in RunSettings.model_fields and not rest:
                    self._set_run(head, value, edit.place(key))
        below = len(self.levers)
        for edit in edits:
            self.layer += 1
            self._add_edit(edit)
        # the order of edits that have nothing to do with each other is none of the scenario's
        order = list(LEVERS)
        self.levers[below:] = sorted(
            self.levers[below:], key=lambda pulled: (order.index(pulled[0].lever), pulled[0].power or "")
        )
        return self

    def _add_edit(self, edit: Edit) -> None:
        pulled = len(self.levers)
        wrong = len(self.problems)
        if edit.heads:
            self._name_anew(edit)
        for key, value in edit.values.items():
            place = edit.place(key)
            head, *rest = words(key)
            if head in self.parameters:
                errors = leaf_errors(head, _nested(rest, value), parameter_table()[head][3])
                for error in errors:
                    self.problems.append(
                        Problem(place, ".".join(error.path), f"got {error.got!r}", error.allowed, error.suggestion)
                    )
                if not errors:
                    self._set_parameter(head, _nested(rest, value), lambda *_, p=place: p)
            elif head == "channels":
                self._set_own_channels(key, _nested(rest, value), place)
            elif head == "mechanisms":
                named = _nested(rest, value)
                for name, option in named.items() if isinstance(named, dict) else [(str(named), "")]:
                    self._switch(name, option, place)
            elif head in RunSettings.model_fields and not rest:
                continue  # set before all others
            elif head in LEVERS:
                self._pull(head, _nested(rest, value), place, edit.dates)
            elif key.startswith("events.") and key.count(".") == 2 and rest[0] in self.events:
                self._set_event(rest[0], {rest[1]: value}, place)
            else:
                known = [
                    *self.parameters,
                    *RunSettings.model_fields,
                    *LEVERS,
                    *(f"mechanisms.{name}" for name in MECHANISMS),
                    *(f"events.{name}" for name in self.events),
                ]
                self.problems.append(
                    Problem(
                        place,
                        key,
                        "there is no such key",
                        "a parameter, lever, mechanism or run setting",
                        nearest(head if head != "events" else key, known),
                    )
                )
        if edit.dates and len(self.levers) == pulled and len(self.problems) == wrong:
            for name in edit.dates:
                place = edit.place({"from": "from_"}.get(name, name))
                self.problems.append(Problem(place, name, "only a lever is pulled from a month", "a lever beside it"))

    def _name_anew(self, edit: Edit) -> None:
        """Give the scenario another name, title, question or description of what changes."""
        try:
            checked = ScenarioFile.model_validate({"name": "a", "title": "title", **edit.heads})
        except ValidationError as error:
            self.problems += pydantic_problems(error, lambda loc: edit.place(str(loc[0]))).values()
        else:
            above = {key: getattr(checked, key) for key in edit.heads}
            below = self.heads[-1] if self.heads else {}
            if "name" not in above:  # the same scenario, told otherwise
                self.heads = self.heads[:-1]
            self.heads.append({**below, **above})

    def _set_parameter(self, name: str, value: Any, place: Any) -> None:
        self.parameters[name] = _merged(self.parameters[name], value)
        self.set_in[name] = self.layer, place(name)
        for path, leaf in leaves(value):
            self.history.setdefault(".".join((name, *path)), []).append(Setting(leaf, place(name, *path)))

    def _set_channels(self, channels: Mapping[str, Any], place: Any) -> None:
        """Switch a user's own channels on and set their values, which are checked when the run begins."""
        for name, settings in channels.items():
            if name not in self.channels:
                self.history[f"channels.{name}"] = [Setting(ON, place(name))]
            for path, leaf in leaves(settings):
                key = ".".join(("channels", name, *path))
                self.history.setdefault(key, []).append(Setting(leaf, place(name, *path)))
        self.channels = _merged(self.channels, channels)

    def _set_own_channels(self, key: str, channels: Any, place: Place) -> None:
        """Set values of channels that a file has switched on."""
        if not isinstance(channels, dict) or not all(isinstance(each, dict) for each in channels.values()):
            example = f"channels.{next(iter(self.channels), 'NAME')}.SETTING"
            self.problems.append(Problem(place, key, "names no setting of a channel", f"a key such as {example}"))
            return
        unknown = [name for name in channels if name not in self.channels]
        for name in unknown:
            allowed = listed(self.channels) or "a channel that stands under 'channels' in the scenario file"
            said = "the scenario switches on no such channel"
            self.problems.append(Problem(place, f"channels.{name}", said, allowed, nearest(name, self.channels)))
        if not unknown:
            self._set_channels(channels, lambda *_: place)

    def _switch(self, name: str, option: Any, place: Place) -> None:
        problem = mechanism_problem(name, option, place)
        if problem:
            self.problems.append(problem)
        else:
            self.switches[name] = _Switch(option, place, self.layer)
            self.history.setdefault(f"mechanisms.{name}", []).append(Setting(option, place))

    def _apply_switches(self) -> dict[str, str]:
        """Silence what is switched, above all parameters of lower layers; return what is switched."""
        on = {name: switch for name, switch in self.switches.items() if switch.option != ON}
        for name, switch in on.items():
            for parameter, value in silenced(name, switch.option, self.parameters).items():
                layer, where = self.set_in.get(parameter, (0, self.last_place))
                if layer >= switch.layer and self.parameters[parameter] != value:
                    said = f"does nothing: mechanism {name} is {switch.option} ({switch.place})"
                    self.problems.append(
                        Problem(where, parameter, said, f"leave it out, or mechanisms: {{{name}: on}}")
                    )
                self.parameters[parameter] = value
                for path, leaf in leaves(value):
                    self.history.setdefault(".".join((parameter, *path)), []).append(Setting(leaf, switch.place))
        return {name: switch.option for name, switch in on.items()}

    def _set_run(self, name: str, value: Any, place: Place) -> None:
        self.run[name] = value
        self.history.setdefault(f"run.{name}", []).append(Setting(value, place))

    def _set_event(self, name: str, raw: dict[str, Any], place: Place) -> None:
        before = self.events.get(name, ({}, None))[0]
        self.events[name] = ({**before, **raw}, place)
        self.event_history.setdefault(name, []).append(Setting(raw, place))

    def _pull(self, name: str, value: Any, place: Place, dates: Mapping[str, Any]) -> None:
        """Pull a lever, from the start if no date is given: a number, or numbers by power, by country, or by both."""
        for path, number in leaves(value):
            powers = [key for key in path if key not in Scenario.model_fields and not _is_country(key)]
            countries = [key for key in path if _is_country(key)]
            raw: dict[str, Any] = {"lever": name, "to": number, "from": self.run.get("start", RunSettings().start)}
            raw |= dates
            raw |= {"power": powers[0]} if powers else {}
            raw |= {"countries": countries} if countries else {}
            raw |= {"hold": True} if LEVERS[name].kind == "pin" else {}
            try:
                self.levers.append((LeverSetting.model_validate(raw), place))
            except ValidationError as error:
                self.problems += pydantic_problems(error, lambda _, p=place: p, f"levers.{name}").values()

    def result(self) -> Scenario:
        """Return the merged scenario, or raise every problem that it has as a whole."""
        place = self.last_place
        mechanisms = self._apply_switches()
        run = self._validated(RunSettings, self.run, lambda loc: self._run_place(loc, place), "run")
        parameters = self._validated(Parameters, self.parameters, lambda _: place, "parameters")
        events = [
            (event, where)
            for raw, where in self.events.values()
            if (event := self._validated(Event, raw, lambda _, w=where: w, f"events.{raw['name']}"))
        ]
        if run is None or parameters is None:
            raise ConfigError(self.problems)
        self.problems += run_problems(run, self._run_place((), place))
        for setting, where in self.levers:
            self.problems += lever_problems(setting, run, where)
        for event, where in events:
            self.problems += event_problems(event, run, where, self.events)
        for row, where in self.data.values():
            self.problems += data_problems(row, run, where)
        head = {"name": "defaults", "title": "Defaults", **(self.heads[-1] if self.heads else {})}
        scenario = Scenario(
            **head,
            lineage=[h.get("name", "") for h in self.heads],
            parameters=parameters,
            mechanisms=mechanisms,
            run=run,
            levers=[setting for setting, _ in self.levers],
            events=[event for event, _ in events],
            own=[key for key in calibrated() if key in self.history],
            channels=self.channels,
            data=[row for row, _ in self.data.values()],
        )
        self.problems += stability_problems(scenario, self._run_place((), place))
        if self.problems:
            raise ConfigError(self.problems)
        for index, (setting, where) in enumerate(self.levers):
            self.history.setdefault(f"levers.{setting.lever}", []).append(Setting(scenario.levers[index], where))
        for name, settings in self.event_history.items():
            self.history[f"events.{name}"] = settings
        return scenario

    def _run_place(self, loc: KeyPath, default: Place) -> Place:
        settings = (
            self.history.get(f"run.{loc[0]}") if loc else [s[-1] for k, s in self.history.items() if k[:4] == "run."]
        )
        return settings[-1].place if settings else default

    def _validated(self, model: Any, raw: dict[str, Any], place: Any, key: str) -> Any:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            self.problems += pydantic_problems(error, place, key, model).values()
            return None


def words(key: str) -> list[str]:
    """Return the words of a dotted key, as ``--set`` reads it."""
    return key.removeprefix("parameters.").removeprefix("run.").removeprefix("levers.").split(".")


def _merged(below: Any, above: Any) -> Any:
    """Return ``above`` laid over ``below``, key by key where both are mappings."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}
    return above


def _unknown_event(name: str, known: list[str], place: Place) -> Problem:
    """Return the problem of an event that changes another one which does not exist."""
    return Problem(place, f"events.{name}", "no event of this name to change, and no kind to make one",
                   listed(known), nearest(name, known))


def _nested(path: list[str], value: Any) -> Any:
    """Return ``value`` under the keys of ``path``."""
    for key in reversed(path):
        value = {key: value}
    return value


def _is_country(key: str) -> bool:
    return key in RunSettings().countries
