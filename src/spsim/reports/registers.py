"""Tables that every part may need: what was imposed and decided, parameters and their badges, seeds and hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from spsim.config import Scenario, ensemble, load, parameter_table, shipped_scenarios
from spsim.config.differences import difference_grids
from spsim.config.merging import words
from spsim.config.parameters import badge_of, leaves
from spsim.data import COUNTRY_NAMES, REGION, load_pack
from spsim.data.places import starred
from spsim.display import Grid
from spsim.reports.content import Answer, Part, Section
from spsim.reports.folders import Folder
from spsim.viz.looks import looks

BADGES = {
    "data": "measured, or computed from data",
    "literature": "taken from published work",
    "seed": "a claim of one of the two papers",
    "assumption": "nobody knows; the prior says how wide the doubt is",
    "imposed": "put in to follow what happened",
}
"""Evidence badge -> what it means."""

DECIDED, OTHERS = "a decision", {"mechanisms": "a mechanism", "channels": "an own channel"}
"""What stands in place of a badge where a factor is a lever, and where it is something else."""

HASH = 16
"""Digits of a hash that are printed."""


def place_names(countries: Iterable[str]) -> dict[str, str]:
    """Return code -> name of the places of a run: the region first, where there are several countries."""
    codes = list(countries)
    several = {REGION: "The region"} if len(codes) > 1 else {}
    return {**several, **{code: starred(code) for code in codes}}


def imposed(scenario: Scenario) -> Section:
    """Return the events that are imposed on a scenario, and in what it differs from the baseline."""
    run, names = scenario.run, looks(scenario.run.powers)
    rows = []
    for event in scenario.acting_events:
        start, end = event.from_ or run.start, event.to or run.end
        if start > run.end or end < run.start:
            continue
        where = [COUNTRY_NAMES[code] for code in run.countries if code in event.countries]
        rows.append([
            event.title or event.name, start, end, ", ".join(names[p].name for p in event.powers if p in names),
            "all" if len(where) == len(run.countries) else ", ".join(where), str(event.kind),
        ])
    head = ["event", "from", "to", "concerns", "where", "kind"]
    text = "These events are put into the model by hand. It shows what they would do, and does not explain them."
    tables = [Grid("Events that are imposed", head, rows, 9)] if rows else []
    return Section("What was imposed, and what was decided", tables=[*tables, *differing(scenario)], text=[text])


def differing(scenario: Scenario) -> list[Grid]:
    """Return in what a scenario differs from the baseline."""
    if "baseline" not in shipped_scenarios():
        return []
    grids = difference_grids(scenario, {}, load("baseline").scenario)
    return [_without(grid, "set by") for grid in grids]


def _without(grid: Grid, column: str) -> Grid:
    at = list(grid.head).index(column)
    rows = [[cell for n, cell in enumerate(row) if n != at] for row in grid.rows]
    return Grid(grid.caption, [head for head in grid.head if head != column], rows, grid.numbers - (at < grid.numbers))


def badges(names: Iterable[str]) -> dict[str, str]:
    """Return the badge of each factor that is a parameter or a number of one; levers are decided."""
    table, found = parameter_table(), {}
    for name in names:
        head, *path = words(name)
        found[name] = badge_of(head, *path) if head in table else OTHERS.get(head, DECIDED)
    return found


def parameters(scenario: Scenario, manifest: Mapping[str, Any]) -> Section:
    """Return the parameters that were set or calibrated, and folded every one: value, prior, badge and source."""
    drawn = _drawn(manifest)
    rows, counted = [], dict.fromkeys(BADGES, 0)
    for name, (_, description, default, known) in parameter_table().items():
        counted[known.evidence] += 1
        value = getattr(scenario.parameters, name)
        said = ", ".join(
            f"{'.'.join(path)} {drawn.get('.'.join((name, *path)), _figure(each))}".strip()
            for path, each in leaves(value)
        )
        changed = " (changed)" if value != default else ""
        rows.append([name, known.evidence, said + changed, known.unit, known.prior_text(), known.source, description])
    head = ["parameter", "badge", "value", "unit", "prior", "source", "what it is"]
    of = sum(counted.values())
    text = (
        f"Of the {of} parameters {counted['assumption']} are assumptions, {counted['seed']} follow from the two papers "
        f"that the model formalises, {counted['data']} rest on data, {counted['literature']} on other literature, "
        f"{counted['imposed']} are imposed."
    )
    legend = [[badge, meaning] for badge, meaning in BADGES.items()]
    return Section(
        "Parameters and their evidence", text=[text, *_strange(manifest)],
        tables=[*_set(scenario), *_calibrated(manifest)],
        folded=[
            Grid("What the badges mean", ["badge", "meaning"], legend, 9), Grid(f"All {of} parameters", head, rows, 9),
        ],
    )


def _set(scenario: Scenario) -> list[Grid]:
    """Return the parameters to which a scenario gives another value than the default."""
    rows = []
    for name, (_, description, default, known) in parameter_table().items():
        usual = dict(leaves(default))
        for path, value in leaves(getattr(scenario.parameters, name)):
            if value != usual.get(path):
                was = _figure(usual[path]) if path in usual else "–"
                rows.append([".".join((name, *path)), badge_of(name, *path), known.source, description, was,
                             _figure(value)])
    head = ["parameter", "badge", "source", "what it is", "default", "here"]
    return [Grid("Set by the scenario", head, rows, 4)] if rows else []


def _figure(value: float) -> str:
    """Return a parameter's value with a true minus."""
    return f"{value:g}".replace("-", "−")


def _origin(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a run says of the ensemble that it took numbers from; empty where there was none."""
    found: Mapping[str, Any] = manifest.get("parameters_from", {})
    return found if found.get("kind") == ensemble.ENSEMBLE else {}


def _strange(manifest: Mapping[str, Any]) -> list[str]:
    """Return that the ensemble of a run is not the one that is installed, whose numbers must not stand for it."""
    origin = _origin(manifest)
    here = ensemble.about()["digest"] if ensemble.is_there() else "none"
    if not origin or origin["digest"] == here:
        return []
    return [
        f"{len(origin['set'])} calibrated numbers are left out: the run took them from an ensemble (digest "
        f"{origin['digest']}) that is not the one installed here (digest {here}). Which of its sets each replicate ran "
        "with stands in the run’s manifest, and intervals go by that."
    ]


def _spread(key: str) -> tuple[str, str, str]:
    """Return 5 %, median and 95 % of a number in the installed ensemble."""
    low, middle, high = (_figure(float(f"{value:.3g}")) for value in ensemble.spread(key))
    return low, middle, high


def _drawn(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return dotted key -> what to print in place of a value, for numbers of which each replicate had its own."""
    if _strange(manifest):
        return dict.fromkeys(_origin(manifest)["set"], "from another ensemble")
    spreads = {key: _spread(key) for key in _origin(manifest).get("set", [])}
    return {key: f"from the ensemble (median {middle}, 90 % {low} to {high})"
            for key, (low, middle, high) in spreads.items()}


def _calibrated(manifest: Mapping[str, Any]) -> list[Grid]:
    """Return the parameters that differ between replicates, as they come from a calibrated ensemble."""
    origin = _origin(manifest)
    if not origin or _strange(manifest):
        return []
    known, badge = parameter_table(), badges(origin["set"])
    rows = []
    for key in origin["set"]:
        low, middle, high = _spread(key)
        about = known[key.partition(".")[0]]
        rows.append([key, badge[key], about[1], about[3].prior_text(), middle, f"{low} to {high}"])
    head = ["parameter", "badge", "what it is", "prior", "median", "90 % of the ensemble"]
    return [Grid(f"From the ensemble, a set for each two replicates: {origin.get('title', '')}", head, rows, 4)]


def pairs_of(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the outcomes of a table with their powers, each once."""
    return [(str(o), str(p)) for o, p in table[["outcome", "power"]].drop_duplicates().itertuples(index=False)]


def part_of(
    folder: Folder, *, title: str, question: str, answers: Sequence[Answer], intervals: str,
    sections: Sequence[Section], command: str, places: Mapping[str, str] | None = None, cautions: Sequence[str] = (),
) -> Part:
    """Return the part of a study: what its folder says of itself, and what is told of it."""
    manifest = folder.manifest
    files = {f"{name}.yaml": text for name, text in folder.scenario_texts.items()}
    name = str(manifest.get("name") or manifest.get("scenario"))
    return Part(
        kind=folder.kind, name=name, title=title, question=question, answers=answers, intervals=intervals,
        places=places or {}, cautions=cautions, tiles={}, sections=sections, command=command, files=files,
        facts=facts(manifest), data=manifest.get("data", {}),
    )


def facts(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return seed, size, versions and hashes, as far as a manifest holds them."""
    packages = ", ".join(f"{name} {number}" for name, number in manifest.get("packages", {}).items())
    replicates = manifest.get("sizes", {}).get("replicates", manifest.get("replicates"))
    found = [
        ("seed", manifest.get("seed")), ("replicates", replicates),
        ("spsim", manifest.get("spsim")), ("scenario format", manifest.get("schema")),
        ("Python", manifest.get("python")), ("packages", packages),
        ("hash of the scenario", str(manifest.get("scenario_sha256", ""))[:HASH]),
        ("hash of the parameters", str(manifest.get("parameters_sha256", ""))[:HASH]),
        ("digest of the code", manifest.get("code")),
        ("built on", " ← ".join(reversed(manifest.get("lineage", [])))),
    ]
    return [(name, str(value)) for name, value in found if value not in (None, "")]


def sources(ids: Mapping[str, Mapping[str, str]]) -> Grid:
    """Return the data sources with their licences: all of the pack, if a folder names none."""
    known = {str(row.id): row for row in load_pack().sources_table().itertuples()}
    every = {name: {"title": str(row.title), "licence": str(row.licence)} for name, row in known.items()}
    rows = []
    for name, about in (ids or every).items():
        row = known.get(name)
        rows.append([
            about["title"], str(row.publisher) if row else "", str(row.years) if row else "", about["licence"],
            str(row.url) if row else "",
        ])
    return Grid("Data sources and their licences", ["source", "publisher", "years", "licence", "address"], rows, 9)
