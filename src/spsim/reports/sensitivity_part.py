"""What a report says of a sensitivity study: which factors matter, by themselves and with others."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from spsim.analysis.outcomes import OUTCOMES, named
from spsim.data import REGION
from spsim.display import Grid, limits_in_words, number
from spsim.reports import registers
from spsim.reports.content import Answer, Figure, Part, Section
from spsim.reports.folders import Folder
from spsim.reports.registers import pairs_of, part_of
from spsim.reports.words import listed, sentence, share
from spsim.viz.svg.dots import Dot, Row, dot_chart, with_interval
from spsim.viz.swept import key_name

MANY = 20
"""Factors from which on a command says `all`, where every one has its own prior."""

ENDS_COLOURS = {"low": "c2", "high": "c1"}
ENDS = (
    "Change of the outcome when one factor alone goes to the low (amber) or high (green) end of its range (of a prior "
    "5 and 95 %), with the same draws. Hollow: sign undetermined, as replicates disagree or there is one."
)
SHARES = (
    "Share of the variance over the priors in which a factor takes part, by itself or through others (total Sobol "
    "index, shown from 0 to 1). Line: 95 % bootstrap interval; hollow: undetermined."
)
BOX = (
    "Found by peeling off ranges in which it is rare (PRIM). The shares are those of the points that the limits were "
    "found with, so a little too good. A table by country is given as the place in its prior, 0 to 1."
)
FACTORS = 12
"""Most factors that a chart shows, those with the largest numbers."""
NOTHING = "<p>No factor changes it.</p>"


def sensitivity_part(folder: Folder) -> Part:
    """Return the part of a sensitivity study, with the badges of what matters."""
    manifest, indices, moves = folder.manifest, folder.table("indices"), folder.table("one_at_a_time")
    place = manifest["country"]
    found = indices[(indices["country"] == place) & (indices["ST_verdict"] == "found")]
    names = [f"{r['factor']} for {named(r['outcome'], r['power'])} ({max(r['ST_low'], 0):.2f} to {r['ST_high']:.2f})"
             for r in found.sort_values("ST", ascending=False, kind="stable").head(3).to_dict("records")]
    here = moves[moves["country"] == place]
    sure = here[here[["low_sign", "high_sign"]].isin(["up", "down"]).any(axis=1)]
    limits = folder.table("discovery").to_dict("records")
    sentences = [
        sentence(f"The largest determined shares of the variance: {listed(names)}") if names else
        "Which factor matters most is undetermined: no share of the variance is told apart from chance.",
        f"Moved alone, factors have a determined effect in {share(len(sure), len(here))} cases; in the rest it is "
        "undetermined or none.",
        sentence(f"Asked when {manifest['discover']}: {_when(manifest['box'], limits)}"),
    ]
    badge = registers.badges(manifest["top"])
    top = Grid("What matters most", ["factor", "badge"], [[name, badge[name]] for name in manifest["top"]], 9)
    where = registers.place_names([code for code in dict.fromkeys(map(str, moves["country"])) if code != REGION])
    places = {place: where.get(place, place), **where}
    box = Grid(f"Where {manifest['discover']}", ["factor", "limits", "all points"], [
        [row["factor"], limits_in_words(row), f"{number(row['least'])} to {number(row['most'])}"] for row in limits
    ], 9)
    sections = [
        Section("What each factor changes by itself", _tornadoes(moves, places), [top], [ENDS],
                [_moved_alone(sure, places[place])]),
        Section("What share of the spread each factor makes", _shares(indices, places), text=[SHARES]),
        *([Section("Under which conditions it happens", tables=[box], text=[BOX])] if limits else []),
    ]
    return part_of(
        folder, title=f"What moves outcomes: {manifest['title']}",
        question="Which parameters that nobody knows matter?", answers=[Answer(sentences)],
        intervals="Shares: 95 % bootstrap interval.", sections=sections,
        command=_asked_again(folder, list(dict.fromkeys(moves["outcome"]))), places=places,
    )


def _when(box: dict[str, Any], limits: list[dict[Hashable, Any]]) -> str:
    """Return the conditions that were found in words, with how well they fit, or why there are none."""
    if box["reason"]:
        return str(box["reason"])
    conditions = listed([f"{row['factor']} {limits_in_words(row)}" for row in limits])
    said = (f"it happens in {box['density']:.0%} of the points with {conditions}; {box['coverage']:.0%} of all points "
            "where it happens lie there")
    return said.replace("%", " %")


def _moved_alone(sure: pd.DataFrame, place: str) -> Grid:
    """Return what factors change when they alone go to the ends of their priors; the rows have a determined sign."""
    def end(row: dict[Hashable, Any], side: str) -> str:
        return number(row[f"at_{side}"]) if row[f"{side}_sign"] in ("up", "down") else str(row[f"{side}_sign"])

    rows = [[r["factor"], named(r["outcome"], r["power"]), end(r, "low"), end(r, "high")]
            for r in sure.to_dict("records")]
    return Grid(f"Moved alone, {place.rstrip('*')}: change of the outcome, where its sign is determined",
                ["factor", "outcome", "at its low end", "at its high end"], rows, 2)


def _tornadoes(moves: pd.DataFrame, places: dict[str, str]) -> list[Figure]:
    """Return what factors change when they alone go to the ends of their priors, the largest changes first."""
    figures = []
    for outcome, power in pairs_of(moves):
        charts, unit = {}, OUTCOMES[outcome].unit
        for place, name in places.items():
            here = _of(moves, outcome, power, place).dropna(subset=["at_low", "at_high"])
            size = here[["at_low", "at_high"]].abs().max(axis=1)
            lines = [
                Row(key_name(str(row["factor"])), [
                    Dot(colour, row[f"at_{end}"], row[f"at_{end}"], row[f"at_{end}"],
                        row[f"{end}_sign"] in ("up", "down"),
                        f"{key_name(str(row['factor']))} at its {end} end, {row[end]:.3g}: {number(row[f'at_{end}'])}")
                    for end, colour in ENDS_COLOURS.items()
                ])
                for row in here.loc[size[size > 0].nlargest(FACTORS).index].to_dict("records")
            ]
            charts[place] = dot_chart(f"{named(outcome, power)}, {name}", lines, unit) if lines else NOTHING
        figures.append(Figure(_capital(named(outcome, power)), charts))
    return figures


def _shares(indices: pd.DataFrame, places: dict[str, str]) -> list[Figure]:
    """Return the total share of the variance that each factor takes part in."""
    figures = []
    for outcome, power in pairs_of(indices):
        charts = {}
        for place, name in places.items():
            here = _of(indices, outcome, power, place).dropna(subset=["ST"]).sort_values("ST", ascending=False)
            lines = []
            for row in here.head(FACTORS).to_dict("records"):
                value, low, high = (min(max(float(row[key]), 0.0), 1.0) for key in ("ST", "ST_low", "ST_high"))
                factor, sure = key_name(str(row["factor"])), row["ST_verdict"] == "found"
                words = f"{factor}: {with_interval(value, low, high, '.2f')}{'' if sure else ', undetermined'}"
                lines.append(Row(factor, [Dot("accent", value, low, high, sure, words)]))
            charts[place] = dot_chart(f"{named(outcome, power)}, {name}", lines, "share of the variance", least=1,
                                      signs=False) if lines else NOTHING
        figures.append(Figure(_capital(named(outcome, power)), charts))
    return figures


def _of(table: pd.DataFrame, outcome: str, power: str, place: str) -> pd.DataFrame:
    return table[(table["outcome"] == outcome) & (table["power"] == power) & (table["country"] == place)]


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _asked_again(folder: Folder, outcomes: list[str]) -> str:
    """Return the command of a sensitivity study, with all that was asked."""
    manifest, scenario = folder.manifest, folder.scenario()
    path = folder.path / "one-at-a-time" / "design.yaml"
    varied = YAML(typ="safe").load(path.read_text(encoding="utf-8"))["vary"] if path.is_file() else {}
    spans = {name: f"={of['low']:g}..{of['high']:g}" if "low" in of else "" for name, of in varied.items()}
    every = len(spans) > MANY and not any(spans.values())
    words = [f"spsim sensitivity {manifest['scenario']}.yaml --seed {manifest['seed']} --years {manifest['years']}"]
    words += ["--vary all"] if every else [f"--vary {name}{span}" for name, span in spans.items()]
    words += [f"--outcome {name}" for name in outcomes]
    words += [f"--country {manifest['country']}", f"--discover '{manifest['discover']}'"]
    words += [f"--power {manifest['power']}"] if manifest.get("power") else []
    words += [f"--{name.replace('_', '-')} {value}" for name, value in manifest["sizes"].items()]
    words += [f"--set citizens={scenario.run.citizens}"] if scenario else []
    return " ".join(words)
