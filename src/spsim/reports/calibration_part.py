"""What a report says of a calibration: how it fits, which parameters moved, and whether the method can be trusted."""

from __future__ import annotations

import base64
from html import escape

import pandas as pd

from spsim.display import Grid, number
from spsim.reports import registers
from spsim.reports.content import Answer, Figure, Part, Section
from spsim.reports.folders import Folder
from spsim.reports.polled import ALL, polled_figures, reading
from spsim.reports.words import listed, sentence, share, span

MOVED = "narrowed by the data"
"""The verdict on a parameter that the data have narrowed."""
ROOM = 2_500_000
"""Bytes of figures that are taken into a report."""
NAMED = 6
"""Most parameters that are named in a sentence."""
INTERVALS = (
    "Intervals of figures: 5 to 95 % of what polls would print in runs of the ensemble, so parameters, chance, "
    "sampling error, house effects, wording and the model’s own error (its discrepancy) together. Intervals of "
    "parameters: 5 to 95 % of the posterior, before sets that miss patterns are left out of the ensemble."
)


def calibration_part(folder: Folder) -> Part:
    """Return the part of a calibration."""
    manifest = folder.manifest
    fit, parameters, recovery = (folder.table(name) for name in ("fit", "parameters", "recovery"))
    left = folder.table("uncovered") if folder.holds("uncovered") else pd.DataFrame()
    badges = registers.badges(map(str, parameters["parameter"]))
    tables = [
        Grid("Polled figures beside the ensemble, in %", ["figure", "polled", "median", "90 %", "50 %", "prior, 90 %",
                                                          "inside 90 %"], _fitted(fit), 1),
        Grid("Parameters", ["parameter", "badge", "verdict", "default", "prior", "posterior, 90 %", "median",
                            "contraction"], _parameters(parameters, badges), 3),
        Grid("Known parameters that intervals held, in %", ["parameter", "50 %", "90 %", "members"],
             [[str(r["parameter"]), f"{100 * r['covered_50']:.0f}", f"{100 * r['covered_90']:.0f}", str(r["members"])]
              for r in recovery.to_dict("records")], 1),
    ]
    sections = [
        Section("How it fits", polled_figures(fit, {ALL: "all polls"}), tables[:1], [reading(fit)]),
        Section("What the data narrowed", tables=tables[1:2]),
        Section("Can the method be trusted?", tables=[*tables[2:], *_patterns(folder)], folded=_more(folder, left)),
    ]
    if figures := _figures(folder):
        sections.append(Section("Figures", figures))
    sizes = manifest.get("sizes") or {}
    facts = [*registers.facts(manifest), *((name.replace("_", " "), str(value)) for name, value in sizes.items())]
    return Part(
        kind=folder.kind, name=str(manifest.get("scenario", "")), title="Calibration to published polls",
        question="Which parameter sets agree with what polls found, and can the method be trusted?",
        answers=[Answer(_answer(fit, parameters, recovery, len(left)))], intervals=INTERVALS, places={}, cautions=[],
        tiles={}, sections=sections, command=f"spsim calibrate --seed {manifest['seed']}", files={}, facts=facts,
        data=manifest.get("data", {}),
    )


def _answer(fit: pd.DataFrame, parameters: pd.DataFrame, recovery: pd.DataFrame, left: int) -> list[str]:
    inside = int(fit["inside_90"].astype(bool).sum())
    rest = f"; no instrument covers {left} more of the survey table" if left else ""
    moved = [str(name) for name in parameters.loc[parameters["verdict"] == MOVED, "parameter"]]
    named = listed([*moved[:NAMED], *([f"{len(moved) - NAMED} more"] if len(moved) > NAMED else [])])
    held_90, held_50 = (100 * float(recovery[f"covered_{level}"].mean()) for level in (90, 50))
    members = int(recovery["members"].max())
    return [
        sentence(f"{share(inside, len(fit))} polled figures lie inside the 90 % interval of the ensemble, which was "
                 f"fitted to them{rest}"),
        sentence(f"The data narrowed {share(len(moved), len(parameters))} parameters"
                 f"{f': {named}' if moved else ''}; the others remain about as their priors have them"),
        f"Tested on {members} simulated histories whose parameters are known, 90 % intervals held them in "
        f"{held_90:.0f} % of the cases and 50 % intervals in {held_50:.0f} %.",
    ]


def _span(row: dict[str, object], low: str, high: str) -> str:
    return span(float(str(row[low])), float(str(row[high]))) if low in row else "–"


def _fitted(fit: pd.DataFrame) -> list[list[str]]:
    return [
        [str(r["label"]), number(r["value"]), number(r["median"]), _span(r, "p05", "p95"), _span(r, "p25", "p75"),
         _span(r, "prior_p05", "prior_p95"), "yes" if r["inside_90"] else "no"]
        for r in ({str(key): value for key, value in row.items()} for row in fit.to_dict("records"))
    ]


def _parameters(parameters: pd.DataFrame, badges: dict[str, str]) -> list[list[str]]:
    return [
        [str(r["parameter"]), badges[str(r["parameter"])], str(r["verdict"]), number(r["default"]),
         _span(r, "prior_low", "prior_high"), _span(r, "p05", "p95"), number(r["median"]), f"{r['contraction']:.2f}"]
        for r in ({str(key): value for key, value in row.items()} for row in parameters.to_dict("records"))
    ]


def _patterns(folder: Folder) -> list[Grid]:
    """Return in how many members each pattern holds."""
    if not folder.holds("patterns"):
        return []
    rows = []
    for name, here in folder.table("patterns").groupby("pattern", sort=False):
        single = here["holds_in_single_runs"].astype(float).mean()
        rows.append([str(name), share(int(here["holds"].astype(bool).sum()), len(here)), f"{100 * single:.0f} %",
                     number(float(here["value"].median()))])
    head = ["pattern", "members in which it holds", "single runs", "median value"]
    return [Grid("Patterns in the members of the ensemble", head, rows, 1)]


def _more(folder: Folder, left: pd.DataFrame) -> list[Grid]:
    """Return the forecasts and the rows that were left out, for those who want them."""
    known = {}
    if folder.holds("hindcast"):
        known["Forecasts from earlier polls, beside what came"] = folder.table("hindcast")
    if len(left):
        known["Figures of the survey table without an instrument"] = left
    return [
        Grid(caption, [str(name).replace("_", " ") for name in table.columns],
             [[number(cell) if isinstance(cell, float) else str(cell) for cell in row]
              for row in table.itertuples(index=False)], len(table.columns))
        for caption, table in known.items() if len(table)
    ]


def _figures(folder: Folder) -> list[Figure]:
    """Return the pictures of the folder, each as the smaller of PNG and SVG, as long as there is room."""
    found, room = [], ROOM
    for stem in sorted({path.stem for ending in ("svg", "png") for path in folder.path.glob(f"*.{ending}")}):
        paths = [path for ending in ("svg", "png") if (path := folder.path / f"{stem}.{ending}").is_file()]
        path = min(paths, key=lambda path: path.stat().st_size)
        room -= path.stat().st_size * 4 // 3
        if room < 0:
            break
        title = stem.lstrip("0123456789-").replace("-", " ").capitalize()
        kind = "svg+xml" if path.suffix == ".svg" else "png"
        code = base64.b64encode(path.read_bytes()).decode()
        said = escape(f"{title}; its numbers are in the tables")
        picture = f'<img alt="{said}" src="data:image/{kind};base64,{code}">'
        found.append(Figure(title, {"": picture}, wide=True))
    return found
