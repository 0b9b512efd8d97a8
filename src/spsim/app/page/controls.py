"""The left side of the page: scenario, time, speed, levers, files."""

from __future__ import annotations

import base64
import binascii
import math
from functools import cache
from html import escape
from typing import Any

import solara

from spsim.app import files, levers
from spsim.app.page.widgets import Levers, Upload
from spsim.app.session import Session, View
from spsim.config import Scenario, SpsimError, load, shipped_scenarios
from spsim.config.reading import LARGEST_FILE
from spsim.viz.svg.drawing import power_colour

SPEEDS = {"2": 2.0, "6": 6.0, "12": 12.0, "max": math.inf}
"""Months a second as the page writes them."""


@cache
def shipped() -> dict[str, Scenario]:
    """Return the shipped scenarios by name, read once."""
    return {name: load(path).scenario for name, path in shipped_scenarios().items()}


@solara.component
def Controls(session: Session, view: View) -> None:  # noqa: N802
    """Show everything by which the model is moved."""
    _scenario(session, view)
    _time(session, view)
    Levered(session, view)
    Files(session, view)


def _scenario(session: Session, view: View) -> None:
    picked, known = view.picked, dict(shipped())
    same = [name for name, scenario in known.items() if scenario.name == picked.name]
    name = same[0] if same else f"{picked.name} (own)"

    def choose(wanted: str) -> None:
        if wanted in known:
            session.choose(known[wanted])

    solara.Select("Scenario", value=name, values=[*known] if same else [name, *known], on_value=choose)
    about = picked.question or picked.changes or picked.title
    solara.HTML(tag="p", unsafe_innerHTML=_plain(about), classes=["sp-about"])
    solara.InputInt("Seed (all chance follows from it)", value=picked.run.seed,
                    on_value=lambda value: session.set_seed(value) if value is not None else None)


def _time(session: Session, view: View) -> None:
    ended = view.snapshot.finished
    with solara.v.Html(tag="div", class_="sp-row"):
        if view.playing:
            solara.Button("Pause", icon_name="mdi-pause", on_click=session.pause, color="primary")
        else:
            solara.Button("Play", icon_name="mdi-play", on_click=session.play, color="primary", disabled=ended)
        solara.Button("Step", icon_name="mdi-step-forward", on_click=session.step, outlined=True, disabled=ended)
        solara.Button("+1 year", on_click=session.year, outlined=True, disabled=ended)
    with solara.v.Html(tag="div", class_="sp-row"):
        solara.Button("Reset", icon_name="mdi-restore", on_click=session.reset, text=True)
        if view.reference is None:
            solara.Button("Pin as reference", icon_name="mdi-pin-outline", on_click=session.pin, text=True)
        else:
            solara.Button("Unpin", icon_name="mdi-pin-off-outline", on_click=session.unpin, text=True)
    if view.reference is not None:
        going = " (its future is being computed)" if view.completing else ""
        words = f"Pinned: {view.reference.scenario.title}{going}"
        solara.HTML(tag="p", unsafe_innerHTML=_plain(words), classes=["sp-about"])
    speed = next(name for name, value in SPEEDS.items() if value == view.speed)
    with solara.v.Html(tag="div", class_="sp-row", attributes={"role": "group", "aria-label": "months a second"}):
        solara.ToggleButtonsSingle(value=speed, values=[*SPEEDS], dense=True,
                                   on_value=lambda name: session.set_speed(SPEEDS[name]))
        solara.HTML(tag="span", unsafe_innerHTML="months a second", classes=["sp-note"])


@solara.component
def Levered(session: Session, view: View) -> None:  # noqa: N802
    """Show the levers by who decides on them."""
    now = view.snapshot
    rows = levers.rows(now.scenario, now.step)
    by_key = {row.key: row for row in rows}

    def moved(what: dict[str, Any]) -> None:
        row = by_key.get(str(what.get("key")))
        value = what.get("value")
        if row is not None and isinstance(value, int | float):
            session.pull(row.lever, row.power, float(value))

    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        colour = power_colour(now.powers, row.power) if row.power else ""
        group = groups.setdefault(row.group, {"name": row.group, "open": row.group != "Society", "rows": [],
                                              "look": f"sp-{colour}" if colour in {"cn", "ru"} else ""})
        group["rows"].append({
            "key": row.key, "name": row.name, "value": round(row.value, 4), "low": row.low, "high": row.high,
            "step": row.step, "unit": row.unit, "about": row.about, "source": row.source,
        })
    solara.HTML(tag="h2", unsafe_innerHTML="Levers <small>in all countries, from the next month on</small>")
    Levers(groups=list(groups.values()), disabled=now.finished, event_moved=moved)


@solara.component
def Files(session: Session, view: View) -> None:  # noqa: N802
    """Let scenarios and data out, and scenarios in."""
    now = view.snapshot
    chosen, choose = solara.use_state(files.TABLES[0])

    def receive(sent: dict[str, str]) -> None:
        try:
            content = base64.b64decode(sent.get("content", ""), validate=True)
            session.choose(files.uploaded(content, sent.get("name") or "scenario.yaml").scenario)
        except (SpsimError, binascii.Error) as error:
            session.say(str(error))

    solara.HTML(tag="h2", unsafe_innerHTML="Files <small>for `spsim run`, and for others</small>")
    solara.FileDownload(lambda: files.scenario_file(now), filename=f"{now.scenario.name}.yaml",
                        label="Scenario (YAML)", mime_type="application/yaml")
    with solara.v.Html(tag="div", class_="sp-row"):
        solara.Select("Data up to this date", value=chosen, values=list(files.TABLES), on_value=choose)
        solara.FileDownload(lambda: files.data_file(now, chosen),
                            filename=files.data_name(now, chosen), label="Data (CSV)", mime_type="text/csv")
    Upload(most=LARGEST_FILE, event_sent=receive)


def _plain(words: str) -> str:
    """Return text that a browser shows letter by letter."""
    return escape(words)
