"""What a report says of comparisons and ablations."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spsim.analysis.intervals import rests_on, undetermined_words
from spsim.analysis.outcomes import OUTCOMES, named
from spsim.analysis.snapshot import first_extrapolated_year
from spsim.data import REGION
from spsim.display import POWER_NAMES, Grid, single_sets
from spsim.reports import registers
from spsim.reports.content import Answer, Figure, Part, Section
from spsim.reports.folders import Folder
from spsim.reports.registers import pairs_of, part_of
from spsim.reports.words import Change, cell, listed, moved, sentence
from spsim.viz.svg.dots import Dot, Row, dot_chart
from spsim.viz.svg.drawing import POWER_COLOURS
from spsim.viz.svg.yearly import Course, Subject, yearly_chart

LEAD = 3
"""Years that are drawn before the first in which something differs."""

SIGNS = {"up": "higher", "down": "lower", "undetermined": "undetermined", "none": "the same"}


def _paired(rows: pd.DataFrame) -> str:
    """Return what the intervals of paired differences are, and when a sign is undetermined."""
    replicates, sets = int(rows["replicates"].max()), int(rows["sets"].max())
    return f"95 % interval of the mean paired difference over {rests_on(replicates, sets)}; {undetermined_words(sets)}."


def _grid(caption: str, rows: pd.DataFrame, down: str, names: dict[str, str]) -> Grid:
    pairs = pairs_of(rows)
    cells = {(str(r[down]), str(r["outcome"]), str(r["power"])): Change.read(r) for r in rows.to_dict("records")}
    body = [[names.get(key, key), *(cell(cells[(key, *pair)], "+.2f") for pair in pairs)]
            for key in dict.fromkeys(map(str, rows[down]))]
    return Grid(caption, [down, *(f"{named(*pair)}\n{OUTCOMES[pair[0]].unit}" for pair in pairs)], body)


def _dots(title: str, rows: pd.DataFrame, down: str, names: dict[str, str], outcome: str) -> Figure:
    here = rows[rows["outcome"] == outcome]
    lines = []
    for key in dict.fromkeys(map(str, here[down])):
        dots: list[Dot | None] = []
        for row in here[here[down] == key].to_dict("records"):
            change, power = Change.read(row), str(row["power"])
            words = f"{named(outcome, power)}: {cell(change, '+.2f')}".replace("\n", ", ")
            told = change.sign != "undetermined"  # also that nothing differs
            dots.append(Dot(POWER_COLOURS.get(power, "c5"), change.mean, change.low, change.high, told, words))
        lines.append(Row(names.get(key, key), dots))
    note = "Red: China, blue: Russia. Line: 95 % interval; hollow: sign undetermined."
    return Figure(title, {"": dot_chart(title, lines, OUTCOMES[outcome].unit)}, note)


def _differences(rows: pd.DataFrame) -> list[str]:
    """Return some sentences: the first outcome, where it holds, the other outcomes, and how far sets lie apart."""
    place = REGION if REGION in set(rows["country"]) else str(rows["country"].iloc[0])
    names = registers.place_names([code for code in dict.fromkeys(rows["country"]) if code != REGION])
    pairs, at = pairs_of(rows), rows[rows["country"] == place]
    first, power = pairs[0]

    def said(outcome: str, chosen: pd.DataFrame) -> list[str]:
        return [f"{named(outcome, str(r['power']))}: {moved(Change.read(r), OUTCOMES[outcome].unit, form='+.2f')}"
                for r in chosen[chosen["outcome"] == outcome].to_dict("records")]

    by_country = rows[(rows["outcome"] == first) & (rows["power"] == power) & (rows["country"] != REGION)]
    signs = {str(r["country"]): Change.read(r).sign for r in by_country.to_dict("records")}
    where = [f"{words} in {listed([names[c].rstrip('*') for c, sign in signs.items() if sign == key])}"
             for key, words in SIGNS.items() if key in signs.values()]
    others = [text for outcome in dict.fromkeys(o for o, _ in pairs) if outcome != first for text in said(outcome, at)]
    inside = names.get(place, place).rstrip("*")
    spans = [f"{named(str(r['outcome']), str(r['power']))}: {span}" for r in at.to_dict("records")
             if (span := single_sets(r))]
    return [
        sentence(f"{inside}: {'; '.join(said(first, at))}"),
        sentence(f"By country, {named(first, power)} is {', '.join(where)}"),
        *([sentence("; ".join(others))] if others else []),
        *([sentence(f"Single parameter sets lie further apart; nine in ten, here: {'; '.join(spans)}")] * bool(spans)),
    ]


def comparison_part(folder: Folder) -> Part:
    """Return the part of a comparison."""
    summary, table, manifest = folder.table("summary"), folder.table("differences"), folder.manifest
    scenarios, period = list(manifest["scenarios"]), summary["years"].iloc[0]
    codes = [code for code in dict.fromkeys(summary["country"]) if code != REGION]
    places, sections, answers = registers.place_names(codes), [], []
    for name in scenarios[1:]:
        rows, years = summary[summary["scenario"] == name], table[table["scenario"] == name]
        answers.append(Answer(_differences(rows), f"{name} minus {scenarios[0]}, mean of {period}"))
        outcomes = list(dict.fromkeys(rows["outcome"]))
        figures = [
            figure for outcome in outcomes for figure in (
                _over_years(years, outcome, places),
                _dots(f"{OUTCOMES[outcome].title.capitalize()}, {period}", rows, "country", places, outcome),
            )
        ]
        sections.append(Section(f"{name} minus {scenarios[0]}", figures,
                                [_grid(f"Mean of {period}", rows, "country", places)]))
        if scenario := folder.scenario(name):
            sections.append(registers.imposed(scenario))
    held = folder.scenario(scenarios[0])
    files = " ".join(f"{name}.yaml" if held else name for name in scenarios)
    asked = " ".join(f"--outcome {name}" for name in dict.fromkeys(summary["outcome"]))
    command = (f"spsim compare {files} --seed {manifest['seed']} --replicates {summary['replicates'].max()} "
               f"--years {period} {asked}")
    others = [folder.scenario(name) for name in scenarios[1:]]
    titles = [scenario.title if scenario else name for scenario, name in zip(others, scenarios[1:], strict=True)]
    question = f"What would differ from {scenarios[0]} under {listed(scenarios[1:])}?"
    if len(others) == 1 and others[0] and others[0].question:
        question = others[0].question
    return part_of(
        folder, title=f"{listed(titles)}, against {scenarios[0]}", question=question, answers=answers,
        intervals=_paired(summary), sections=sections, command=command, places=places,
    )


def _over_years(table: pd.DataFrame, outcome: str, places: dict[str, str]) -> Figure:
    charts, here = {}, table[table["outcome"] == outcome]
    differing = here.loc[here["difference"] != 0, "year"]
    first = int(differing.min()) - LEAD if len(differing) else int(here["year"].min())
    left, here = int(here["year"].min()) < first, here[here["year"] >= first]
    for place, name in places.items():
        rows, courses = here[here["country"] == place], []
        for power, of in rows.groupby("power", sort=False):
            low, middle, high = (of[key].to_numpy(dtype=np.float64) for key in ("low", "difference", "high"))
            last = Change.read(of.iloc[-1].to_dict())
            ending = cell(last, "+.1f").partition("\n")[0]
            label, colour = POWER_NAMES.get(str(power), str(power)) or "mean", POWER_COLOURS.get(str(power), "c5")
            courses.append(Course(label, colour, low, middle, high, ending=ending))
        years = [int(year) for year in dict.fromkeys(rows["year"])]
        charts[place] = yearly_chart(
            Subject(f"Difference in {OUTCOMES[outcome].title}, {name}", years, OUTCOMES[outcome].unit,
                    first_extrapolated_year(), "+.2f", 1, 1, both=True), courses)
    return Figure(f"{OUTCOMES[outcome].title.capitalize()}, year by year", charts,
                  f"Mean and its 95 % interval.{f' Before {first + LEAD} nothing differs.' if left else ''}")


def ablation_part(folder: Folder) -> Part:
    """Return the part of an ablation."""
    table, manifest = folder.table("contributions"), folder.manifest
    here = table[table["country"] == REGION] if REGION in set(table["country"]) else table
    outcome, power = pairs_of(here)[0]
    first = here[(here["outcome"] == outcome) & (here["power"] == power)]
    said = [f"{r['without']}: {moved(Change.read(r), OUTCOMES[outcome].unit, form='+.2f')}"
            for r in first.to_dict("records")]
    answer = sentence(f"What each contributes to {named(outcome, power)}: {'; '.join(said)}")
    figures = [_dots(OUTCOMES[o].title.capitalize(), here, "without", {}, o) for o in dict.fromkeys(here["outcome"])]
    held = folder.scenario_texts
    file = f"{next(iter(held))}.yaml" if held else manifest["scenario"]
    asked = [*(f"--mechanism {name}" for name in dict.fromkeys(table["without"])),
             *(f"--outcome {name}" for name in dict.fromkeys(table["outcome"]))]
    command = (f"spsim ablate {file} --seed {manifest['seed']} --replicates {table['replicates'].max()} "
               f"--years {manifest['years']} {' '.join(asked)}")
    grid = _grid(f"Mean of {manifest['years']}", here, "without", {})
    return part_of(
        folder, title=f"What each mechanism contributes: {manifest['title']}",
        question="What comes out with a mechanism, minus without it?", answers=[Answer([answer])],
        intervals=_paired(table), sections=[Section("Contributions", figures, [grid])], command=command,
    )
