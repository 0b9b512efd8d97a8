"""The left side of the page: scenario, time, speed, levers, files."""

from __future__ import annotations

import base64
import math
from contextlib import suppress
from functools import cache
from html import escape
from typing import Any

import solara

from spsim.app import files, levers
from spsim.app.opening import opening
from spsim.app.page.widgets import Levers, Upload, whole_number
from spsim.app.session import Session
from spsim.config import ConfigError, Scenario, SpsimError, load, shipped_scenarios
from spsim.ground.reading import LARGEST_FILE
from spsim.viz.svg.drawing import power_colour

SPEEDS = {"2": 2.0, "6": 6.0, "12": 12.0, "max": math.inf}
"""Months a second as the page writes them."""


@cache
def shipped() -> dict[str, Scenario]:
    """Return the shipped scenarios by name, read once, with the settings that the page was opened with.

    One that these settings do not fit is left out.
    """
    settings, found = opening().settings, {}
    for name, path in shipped_scenarios().items():
        with suppress(ConfigError):
            found[name] = load(path, settings).scenario
    return found


def is_shipped(name: str, picked: Scenario) -> bool:
    """Tell whether a scenario is the shipped one of its name, whatever its seed."""
    found = shipped().get(name)
    return found is not None and found.name == picked.name and found.model_copy(update={"run": picked.run}) == picked


@solara.component
def Controls(  # noqa: N802
    session: Session, picked: Scenario, playing: bool, speed: float, ended: bool, pinned: str, completing: bool
) -> None:
    """Show what is run, and how it moves; ``pinned`` is the title of the run of reference, if there is one."""
    _scenario(session, picked)
    _time(session, playing, ended)
    _reference(session, pinned, completing)
    name = next(name for name, value in SPEEDS.items() if value == speed)
    with solara.v.Html(tag="div", class_="sp-row", attributes={"role": "group", "aria-label": "months a second"}):
        solara.ToggleButtonsSingle(value=name, values=[*SPEEDS], dense=True,
                                   on_value=lambda name: session.set_speed(SPEEDS[name]))
        solara.HTML(tag="span", unsafe_innerHTML="months a second", classes=["sp-note"])


def _scenario(session: Session, picked: Scenario) -> None:
    known = shipped()
    same = [name for name in known if is_shipped(name, picked)]
    name = same[0] if same else f"{picked.name} (own)"

    def choose(wanted: str) -> None:
        if wanted in known:
            session.choose(known[wanted])

    solara.Select("Scenario", value=name, values=[*known] if same else [name, *known], on_value=choose)
    about = picked.question or picked.changes or picked.title
    solara.HTML(tag="p", unsafe_innerHTML=escape(about), classes=["sp-about"])
    whole_number("Seed (all chance follows from it)", picked.run.seed, session.set_seed)


def _time(session: Session, playing: bool, ended: bool) -> None:
    with solara.v.Html(tag="div", class_="sp-row"):
        if playing:
            solara.Button("Pause", icon_name="mdi-pause", on_click=session.pause, color="primary")
        else:
            solara.Button("Play", icon_name="mdi-play", on_click=session.play, color="primary", disabled=ended)
        solara.Button("Step", icon_name="mdi-step-forward", on_click=session.step, outlined=True, disabled=ended)
        solara.Button("+1 year", on_click=session.year, outlined=True, disabled=ended)


def _reference(session: Session, pinned: str, completing: bool) -> None:
    with solara.v.Html(tag="div", class_="sp-row"):
        solara.Button("Reset", icon_name="mdi-restore", on_click=session.reset, text=True)
        if pinned:
            solara.Button("Unpin", icon_name="mdi-pin-off-outline", on_click=session.unpin, text=True)
        else:
            solara.Button("Pin as reference", icon_name="mdi-pin-outline", on_click=session.pin, text=True)
    if pinned:
        going = " (its future is being computed)" if completing else ""
        solara.HTML(tag="p", unsafe_innerHTML=escape(f"Pinned: {pinned}{going}"), classes=["sp-about"])


def lever_groups(rows: list[levers.Row]) -> list[dict[str, Any]]:
    """Return the levers by who decides on them, as the page's sliders take them."""
    groups: dict[str, dict[str, Any]] = {}
    powers = list(dict.fromkeys(row.power for row in rows if row.power))
    for row in rows:
        colour = power_colour(powers, row.power) if row.power else ""
        group = groups.setdefault(row.group, {"name": row.group, "open": row.group != "Society", "rows": [],
                                              "look": f"sp-{colour}" if colour in {"cn", "ru"} else ""})
        group["rows"].append({"key": row.key, **{name: getattr(row, name) for name in SENT}})
    return list(groups.values())


SENT = ("lever", "power", "name", "value", "low", "high", "step", "unit", "about", "badge", "source")
"""What a slider knows of its lever."""


@solara.component
def Levered(session: Session, groups: list[dict[str, Any]], ended: bool) -> None:  # noqa: N802
    """Show the levers."""
    known = {row["key"]: row for group in groups for row in group["rows"]}

    def moved(what: dict[str, Any]) -> None:
        row, value = known.get(str(what.get("key"))), what.get("value")
        if row is not None and isinstance(value, int | float):
            session.pull(row["lever"], row["power"], float(value))

    solara.HTML(tag="h2", unsafe_innerHTML="Levers <small>in all countries, from the next month on</small>")
    Levers(groups=groups, disabled=ended, event_moved=moved)


@solara.component
def Files(session: Session, name: str) -> None:  # noqa: N802
    """Let scenarios and data out, and scenarios in; ``name`` is that of the scenario."""
    chosen, choose = solara.use_state(files.TABLES[0])

    def receive(sent: dict[str, str]) -> None:
        try:
            content = base64.b64decode(sent.get("content", ""), validate=True)
            session.choose(files.uploaded(content, sent.get("name") or "scenario.yaml").scenario)
        except (SpsimError, ValueError) as error:  # what is not base 64 is a ValueError
            session.say(str(error))

    solara.HTML(tag="h2", unsafe_innerHTML="Files <small>for spsim run, and for others</small>")
    solara.FileDownload(lambda: files.scenario_file(session.view.snapshot), filename=f"{name}.yaml",
                        label="Scenario (YAML)", mime_type="application/yaml")
    with solara.v.Html(tag="div", class_="sp-row"):
        solara.Select("Data up to this date", value=chosen, values=list(files.TABLES), on_value=choose)
        solara.FileDownload(lambda: files.data_file(session.view.snapshot, chosen),
                            filename=f"{name}-{chosen}.csv", label="Data (CSV)", mime_type="text/csv")
    Upload(most=LARGEST_FILE, event_sent=receive)
