"""What a report says of comparisons, ablations, sweeps, sensitivity studies and validations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from spsim.analysis.outcomes import OUTCOMES
from spsim.analysis.snapshot import first_extrapolated_year
from spsim.analysis.tables import REGION
from spsim.display import POWER_NAMES, Grid, number
from spsim.experiments.sweeps.store import SweepFolder
from spsim.experiments.validation.verdicts import MEANINGS
from spsim.reports import registers
from spsim.reports.calibration_part import calibration_part
from spsim.reports.content import Answer, Figure, Part, Section
from spsim.reports.folders import Folder
from spsim.reports.run_part import run_part
from spsim.reports.words import Change, cell, listed, moved, sentence, share
from spsim.viz.svg.dots import Dot, Row, dot_chart
from spsim.viz.svg.drawing import POWER_COLOURS
from spsim.viz.svg.yearly import Course, Subject, yearly_chart

MANY = 20
"""Factors from which on a command says `all`, where every one has its own prior."""

PAIRED = (
    "95 % interval of the mean paired difference; a sign is undetermined where it holds zero or where under 80 % of "
    "the members agree on it."
)


SIGNS = {"up": "higher", "down": "lower", "undetermined": "undetermined", "none": "the same"}


def named(outcome: str, power: str) -> str:
    """Return an outcome and a power in words."""
    return f"{OUTCOMES[outcome].title}{f', {POWER_NAMES.get(power, power)}' if power else ''}"


def _part(folder: Folder, title: str, question: str, answers: Sequence[Answer], intervals: str,
          sections: Sequence[Section], command: str, places: dict[str, str] | None = None) -> Part:
    manifest = folder.manifest
    files = {f"{name}.yaml": text for name, text in folder.scenario_texts.items()}
    name = str(manifest.get("name") or manifest.get("scenario"))
    return Part(folder.kind, name, title, question, answers, intervals, places or {}, [], {}, sections, command, files,
                registers.facts(manifest), manifest.get("data", {}))


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return [(str(o), str(p)) for o, p in table[["outcome", "power"]].drop_duplicates().itertuples(index=False)]


def _grid(caption: str, rows: pd.DataFrame, down: str, names: dict[str, str]) -> Grid:
    pairs = _pairs(rows)
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
            dots.append(Dot(POWER_COLOURS.get(power, "c5"), change.mean, change.low, change.high, change.sure, words))
        lines.append(Row(names.get(key, key), dots))
    note = "Red: China, blue: Russia. Line: 95 % interval; hollow: sign undetermined."
    return Figure(title, {"": dot_chart(title, lines, OUTCOMES[outcome].unit)}, note)


def _differences(rows: pd.DataFrame) -> list[str]:
    """Return three sentences: the first outcome, where it holds, and the other outcomes."""
    place = REGION if REGION in set(rows["country"]) else str(rows["country"].iloc[0])
    names = registers.place_names([code for code in dict.fromkeys(rows["country"]) if code != REGION])
    pairs, at = _pairs(rows), rows[rows["country"] == place]
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
    return [
        sentence(f"{inside}: {'; '.join(said(first, at))}"),
        sentence(f"By country, {named(first, power)} is {', '.join(where)}"),
        *([sentence("; ".join(others))] if others else []),
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
    question = f"What would differ from {scenarios[0]} under {listed(scenarios[1:])}?"
    return _part(folder, f"{listed(scenarios[1:])} against {scenarios[0]}", question, answers, PAIRED, sections,
                 command, places)


def _over_years(table: pd.DataFrame, outcome: str, places: dict[str, str]) -> Figure:
    charts, here = {}, table[table["outcome"] == outcome]
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
    return Figure(f"{OUTCOMES[outcome].title.capitalize()}, year by year", charts, "Mean and its 95 % interval.")


def ablation_part(folder: Folder) -> Part:
    """Return the part of an ablation."""
    table, manifest = folder.table("contributions"), folder.manifest
    here = table[table["country"] == REGION] if REGION in set(table["country"]) else table
    outcome, power = _pairs(here)[0]
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
    return _part(folder, f"What each mechanism contributes: {manifest['title']}",
                 "What comes out with a mechanism, minus without it?", [Answer([answer])], PAIRED,
                 [Section("Contributions", figures, [_grid(f"Mean of {manifest['years']}", here, "without", {})])],
                 command)


def sensitivity_part(folder: Folder) -> Part:
    """Return the part of a sensitivity study, with the badges of what matters."""
    manifest, indices, moves = folder.manifest, folder.table("indices"), folder.table("one_at_a_time")
    place = manifest["country"]
    found = indices[(indices["country"] == place) & (indices["ST_verdict"] == "found")]
    names = [f"{r['factor']} for {named(r['outcome'], r['power'])} ({max(r['ST_low'], 0):.2f} to {r['ST_high']:.2f})"
             for r in found.sort_values("ST", ascending=False, kind="stable").head(3).to_dict("records")]
    here = moves[moves["country"] == place]
    sure = int((here[["low_sign", "high_sign"]].isin(["up", "down"])).any(axis=1).sum())
    box = manifest["box"]
    sentences = [
        sentence(f"The largest determined shares of the variance: {listed(names)}") if names else
        "Which factor matters most is undetermined: no share of the variance is told apart from chance.",
        f"Moved alone, factors have a determined effect in {share(sure, len(here))} cases; the rest is undetermined.",
        sentence(f"Asked when {manifest['discover']}: {box['reason'] or 'conditions were found, see the table'}"),
    ]
    badge = registers.badges(manifest["top"])
    top = Grid("What matters most", ["factor", "badge"], [[name, badge[name]] for name in manifest["top"]], 9)
    rows = [[r["factor"], named(r["outcome"], r["power"]), number(r["at_low"]) if r["low_sign"] in ("up", "down") else
             r["low_sign"], number(r["at_high"]) if r["high_sign"] in ("up", "down") else r["high_sign"]]
            for r in here.to_dict("records")]
    head = ["factor", "outcome", "at its low end", "at its high end"]
    grid = Grid("Moved alone: change of the outcome", head, rows, 2)
    return _part(folder, f"What moves outcomes: {manifest['title']}", "Which parameters that nobody knows matter?",
                 [Answer(sentences)], "Shares: 95 % bootstrap interval.", [Section("Factors", tables=[top, grid])],
                 _asked_again(folder, list(dict.fromkeys(moves["outcome"]))))


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


def validation_part(folder: Folder) -> Part:
    """Return the part of a validation."""
    table, manifest = folder.table("patterns"), folder.manifest
    counts = {name: int((table["verdict"] == name).sum()) for name in MEANINGS}
    sizes = manifest["sizes"]
    rows = [[r["pattern"], r["verdict"], r["statement"], str(r["target"]), number(r["value"]),
             f"{100 * r['pass_rate']:.0f} %", f"{r['severity']:.2f}", r["source"]] for r in table.to_dict("records")]
    head = ["pattern", "verdict", "what was seen", "bounds", "measured", "passes", "severity", "source"]
    sentences = [
        f"Of {len(table)} patterns {counts['passes']} pass a test that parameter sets can fail, and {counts['fails']} "
        "fail.",
        f"{counts['calibrated']} were calibrated, {counts['seen']} looked at before, {counts['imposed']} are put in by "
        "hand.",
        f"{counts['sanity check']} are sanity checks that nearly all parameter sets pass.",
    ]
    command = f"spsim validate --replicates {sizes['replicates']} --draws {sizes['draws']} --seed {manifest['seed']}"
    return _part(folder, "What the model shows, and what that is worth", "Does the model show what was seen?",
                 [Answer(sentences)],
                 f"Pass rates over {sizes['replicates']} replicates; severity over {sizes['draws']} draws from priors.",
                 [Section("Patterns", tables=[Grid("By pattern", head, rows, 9)])], command)


def sweep_part(folder: Folder) -> Part:
    """Return the part of a sweep."""
    manifest, runs = folder.manifest, SweepFolder(folder.path).runs
    here = runs[runs["country"] == REGION] if REGION in set(runs["country"]) else runs
    means = here.groupby(["outcome", "power", "scenario", "point"], sort=False)["value"].mean()
    by_scenario = means.groupby(level=["outcome", "power", "scenario"], sort=False)
    spans = by_scenario.agg(["min", "median", "max"]).reset_index()
    rows = [[named(r["outcome"], r["power"]), r["scenario"], *(number(r[k]) for k in ("min", "median", "max"))]
            for r in spans.to_dict("records")]
    first: dict[Any, Any] = spans.iloc[0].to_dict()
    what = f"{named(first['outcome'], first['power'])} in {first['scenario']}"
    sentences = [
        f"Over {manifest['yields']['points']} points, {what} lies between {number(first['min'])} and "
        f"{number(first['max'])}.",
        *_across(means, list(manifest["scenarios"]), first),
        f"{manifest['done']['failed']} of {manifest['done']['runs']} runs failed.",
    ]
    badge = registers.badges(manifest["vary"])
    varied = Grid("What varies", ["key", "badge"], [[key, badge[key]] for key in manifest["vary"]], 9)
    grid = Grid("Means of points over their replicates", ["outcome", "scenario", "least", "median", "largest"], rows, 2)
    question = f"What comes out at other values of {listed(list(manifest['vary']))}?"
    part = _part(folder, manifest["title"], question, [Answer(sentences)], "Spans over points; no interval.",
                 [Section("Outcomes", tables=[grid, varied])], "spsim sweep design.yaml")
    part.files["design.yaml"] = (folder.path / "design.yaml").read_text(encoding="utf-8")  # type: ignore[index]
    return part


def _across(means: pd.Series[float], scenarios: list[str], first: dict[Any, Any]) -> list[str]:
    """Return how far points agree on the difference of the second scenario to the first."""
    if len(scenarios) < 2:
        return []
    of = means.sort_index().loc[first["outcome"], first["power"]]
    pairs = (of.loc[scenarios[1]] - of.loc[scenarios[0]]).dropna().to_numpy()
    said = moved(Change.of(pairs), OUTCOMES[first["outcome"]].unit, form="+.2f") if len(pairs) > 1 else "undetermined"
    what = named(first["outcome"], first["power"])
    return [sentence(f"{scenarios[1]} minus {scenarios[0]}, over the points: {what} is {said}")]


PARTS: dict[str, Callable[[Folder], Part]] = {
    "run": run_part, "comparison": comparison_part, "ablation": ablation_part, "sensitivity study": sensitivity_part,
    "validation": validation_part, "sweep": sweep_part, "calibration": calibration_part,
}
"""Kind of directory -> what makes its part."""
