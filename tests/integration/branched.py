"""Small runs that branch, and the comparison of every byte of what they give."""

from __future__ import annotations

import io
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from spsim.config import Scenario, load_text
from spsim.model import checkpoint
from spsim.model.record import Record
from spsim.model.simulation import Simulation

SMALL: dict[str, Any] = {"citizens": 200, "elites": 6, "pipeline_agents": 1, "countries": ["KZ", "KG"],
                         "start": "2024-07", "end": "2026-06", "replicates": 3}
JANUARY, SUMMER = "2025-01", "2025-07"


def scenario(text: str = "", **overrides: Any) -> Scenario:
    base = f"schema: 1\nname: small\ntitle: A small run\nextends: baseline\n{text}"
    return load_text(base, overrides={**SMALL, "chinese_speakers": 0.3, **overrides}).scenario


def arrays(tree: object, path: str = "") -> dict[str, Any]:
    """Return every array of nested dataclasses, dictionaries and lists by path, with its type, shape and bytes."""
    if isinstance(tree, np.ndarray):
        return {path: (tree.dtype.str, tree.shape, tree.tobytes())}
    if is_dataclass(tree):
        inner = {field.name: getattr(tree, field.name) for field in fields(tree)}
    elif isinstance(tree, dict):
        inner = tree
    else:
        return {path: repr(tree)}
    return {name: leaf for key, value in inner.items() for name, leaf in arrays(value, f"{path}/{key}").items()}


def assert_same(one: Record | Simulation, other: Record | Simulation) -> None:
    """Compare the bytes of all arrays of two records, or of two simulations' states and records."""

    def all_of(of: Record | Simulation) -> dict[str, Any]:
        return arrays(of) if isinstance(of, Record) else {
            **arrays(of.world.state, "state"), **arrays(of.world.people, "people"), **arrays(of.record, "record")
        }

    here, there = all_of(one), all_of(other)
    assert here.keys() == there.keys()
    assert not [name for name in here if here[name] != there[name]]


def at(date: str, of: Scenario, replicate: int = 0) -> Simulation:
    simulation = Simulation(of, replicate)
    simulation.run(until=of.run.months.index(date))
    assert simulation.date == date
    return simulation


def through_file(simulation: Simulation) -> Simulation:
    file = io.BytesIO()
    checkpoint.save(simulation, file)
    return checkpoint.restore(file, "file")


def assert_branches(common: Simulation, future: Scenario) -> Record:
    """A branch equals the unbranched run, in memory and through a file; the simulation it leaves stays as it is."""
    before = arrays(common.world.state) | arrays(common.record)
    expected = Simulation(future, common.world.replicate).run()
    assert_same(common.branch(future).run(), expected)
    assert_same(through_file(common).branch(future).run(), expected)
    assert before == arrays(common.world.state) | arrays(common.record)
    return expected


LATER = """
levers:
  - {lever: adaptive_allocation, to: 1, from: 2025-10, power: CN}
  - {lever: heritage_fade, to: 0.2, from: 2025-10, ramp_years: 1}
  - {lever: local_hiring_floor, to: 0.95, from: 2025-10, countries: [KG]}
events:
  - {name: new-threat, kind: threat, powers: [CN], size: 1, from: 2025-10, to: 2026-03}
  - {name: new-closure, kind: closure, powers: [RU], size: 1, from: 2025-10, to: 2025-12}
"""
