"""Values as text, and who set them: what ``check`` and ``explain`` print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spsim.ground.words import counted

if TYPE_CHECKING:
    from spsim.config import Event, LeverSetting, Resolved

DEFAULTS = "the defaults"

Facts = list[tuple[str, str]]
"""What is told of a value: pairs of a label and a text."""


@dataclass(frozen=True)
class Change:
    """One value that a layer sets over another."""

    key: str
    below: str
    value: str
    place: str


def value_text(value: object) -> str:
    """Return a value in one line: a number, a list, or numbers by country and power."""
    from spsim.config import LeverSetting

    if isinstance(value, LeverSetting):
        return lever_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return ", ".join(value_text(item) for item in value)
    if isinstance(value, dict):
        nested = any(isinstance(inner, dict) for inner in value.values())
        parts = [f"{key}{':' if nested else ''} {value_text(inner)}" for key, inner in value.items()]
        return ("; " if nested else ", ").join(parts) or "none"
    return str(value)


def lever_text(setting: LeverSetting) -> str:
    """Return what one lever setting does, in words."""
    parts = [f"to {setting.to:g}"]
    if setting.power or setting.countries:
        parts.append("for " + " in ".join(filter(None, (setting.power, ", ".join(setting.countries or ())))))
    parts.append(f"from {setting.from_}" + (f" until {setting.until}" if setting.until else ""))
    if setting.ramp_years:
        parts.append(f"over {counted(setting.ramp_years, 'year')}")
    if setting.hold:
        parts.append("held (forced)")
    return " ".join(parts)


def event_text(event: Event) -> str:
    """Return what one event does, in words."""
    window = f"{event.from_} to {event.to}" if event.from_ != event.to else str(event.from_)
    size = value_text(event.size) + (f" x {value_text(event.weights)}" if event.weights is not None else "")
    state = "" if event.active else "; off"
    return f"{event.kind}, {', '.join(event.powers)}, {window}, size {size}{state}"


def event_setting_text(said: dict[str, Any]) -> str:
    """Return what one layer says of an event: the whole event, or what it changes of one that is there already."""
    from pydantic import ValidationError

    from spsim.config import Event

    if {"kind", "powers", "size", "from", "to"} <= set(said):
        try:
            return event_text(Event.model_validate(said))
        except ValidationError:  # a higher layer has mended it
            pass
    return ", ".join(f"{key} {value_text(value)}" for key, value in said.items() if key != "name")


def default_of(key: str) -> object:
    """Return the value that a dotted key of a parameter or run setting has in the code; None if it has none."""
    from spsim.config import RunSettings, parameter_table

    head, *rest = key.split(".")
    if head == "run":
        return getattr(RunSettings(), rest[0], None) if rest else None
    if head not in parameter_table():
        return None
    value: object = parameter_table()[head][2]
    for step in rest:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def changes(resolved: Resolved, origin: str | None = None) -> Iterator[Change]:
    """Yield what the layers set over the defaults; with ``origin``, only what that file and ``--set`` set."""
    from spsim.config.differences import data_text

    for key, settings in resolved.history.items():
        if key.startswith("levers."):
            # settings of one lever act side by side: none of them replaces another
            for setting in settings:
                if _is_of(setting.place.origin, origin):
                    yield Change(key, "", value_text(setting.value), str(setting.place))
            continue
        if not _is_of(settings[-1].place.origin, origin):
            continue
        earlier = [s.value for s in settings if not _is_of(s.place.origin, origin)] if origin else []
        if key.startswith("events."):
            # a layer says only what it changes of an event
            for setting in settings:
                if _is_of(setting.place.origin, origin):
                    yield Change(key, "", event_setting_text(setting.value), str(setting.place))
            continue
        if key.startswith("data."):
            # each number of a series stands for its year
            said = [setting for setting in settings if _is_of(setting.place.origin, origin)]
            yield Change(key, "", data_text(setting.value for setting in said), str(said[-1].place))
            continue
        below = earlier[-1] if earlier else default_of(key)
        if below != settings[-1].value:
            text = "" if below is None else value_text(below)
            yield Change(key, text, value_text(settings[-1].value), str(settings[-1].place))


def _is_of(place: str, origin: str | None) -> bool:
    return origin is None or place == origin or place.startswith("--set")
