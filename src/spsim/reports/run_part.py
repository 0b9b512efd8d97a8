"""What a report says of one run."""

from __future__ import annotations

import numpy as np

from spsim.analysis.intervals import ENOUGH_SETS, chance_band, chance_share, rests_on, undetermined_words
from spsim.display import Grid
from spsim.model.population import COHORTS
from spsim.reports import registers
from spsim.reports.content import Answer, Figure, Part, Section, Tile
from spsim.reports.folders import Folder
from spsim.reports.runs import Floats, Run
from spsim.reports.words import Change, amount, cell, course, listed, moved, sentence
from spsim.viz.channels import ROWS
from spsim.viz.style import signed
from spsim.viz.svg.channels import row_of
from spsim.viz.svg.details import COHORT_DASH, COHORT_WORDS, STAGE_WORDS
from spsim.viz.svg.dots import Dot, Row, dot_chart, with_interval
from spsim.viz.svg.drawing import power_colour
from spsim.viz.svg.world import difference_map
from spsim.viz.svg.yearly import Subject, yearly_chart

AFFECT = "hundredths of affect"
PER_CENT = "% who approve"


def run_part(folder: Folder) -> Part:
    """Return the part of a run."""
    run = Run(folder)
    scenario = run.scenario
    cautions = [f"Forced states: {', '.join(scenario.forced)}: an experiment of thought."] if scenario.forced else []
    if folder.manifest.get("parameters_from", {}).get("stand_in"):
        cautions.append("The ensemble of parameters is a stand-in that was fitted to nothing.")
    cautions += [f"Mechanisms switched: {', '.join(scenario.switches)}."] if scenario.mechanisms else []
    return Part(
        kind="run", name=scenario.name, title=scenario.title, question=scenario.question,
        answers=[Answer(_answer(run))], intervals=_intervals(run), places=run.places, cautions=cautions,
        tiles={place: _tiles(run, place) for place in run.places},
        sections=[
            _opinion(run), _moved(run), _protest(run), _education(run), _generations(run),
            registers.imposed(scenario), registers.parameters(scenario, folder.manifest),
        ],
        command=f"spsim run {scenario.name}.yaml",
        files={f"{name}.yaml": text for name, text in folder.scenario_texts.items()},
        facts=registers.facts(folder.manifest), data=folder.manifest["data"],
    )


def _intervals(run: Run) -> str:
    """Return what lines, bands and intervals are."""
    count, chance = len(run.records), ""
    if len(set(run.sets)) >= ENOUGH_SETS:
        part = 100 * chance_share({"opinion": run.folder.table("opinion")}, run.sets)
        chance = f" Chance alone makes {part:.0f} % of the variance of public approval at the end (median)."
    return (
        f"Levels: {run.bands}. Changes: mean and its 95 % interval, which rest on "
        f"{rests_on(count, len(set(run.sets)))}; {undetermined_words(len(set(run.sets)))}.{chance}"
    )


def _level(values: Floats, form: str = ".0f") -> str:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    said = signed(float(middle), form)
    return said if len(values) == 1 else f"{said} ({signed(float(low), form)} to {signed(float(high), form)})"


def _answer(run: Run) -> list[str]:
    first, last = run.years[0], run.years[-1]
    levels, changes, gaps = [], [], []
    for power, look in run.names.items():
        approval = run.outcome("approval", run.main, power)
        level, _, interval = _level(approval[:, -1]).partition(" (")
        within = f" ({interval.rstrip(')')} %)" if interval else ""
        levels.append(f"{level} %{within} approve of {look.name}’s leadership")
        change = Change.of(approval[:, -1] - approval[:, 0], run.sets)
        changes.append(course(f"approval of {look.name}", change, "points"))
        gap = Change.of(run.outcome("divergence", run.main, power)[:, -1], run.sets)
        gaps.append(_gap(look.name, gap))
    known = f" (inputs are extrapolated from {run.extrapolated_from} on)" if last >= run.extrapolated_from else ""
    return [
        sentence(f"In {last}{known}, of the public of {run.region} {listed(levels)}"),
        sentence(f"Since {first}, {'; '.join(changes)}"),
        sentence(f"In {last}, {'; '.join(gaps)}{_most(run)}"),
    ]


def _gap(power: str, gap: Change) -> str:
    """Return in words whether elites or publics approve more of a power."""
    if not gap.sure:
        return f"whether elites or publics approve more of {power} is {moved(gap, 'points')}"
    return f"elites approve of {power} {amount(gap, 'points')} {'more' if gap.sign == 'up' else 'less'} than the public"


def _most(run: Run) -> str:
    """Return what has moved opinion of the first power most, where its sign is determined."""
    names, moves, _ = run.moved(run.main)
    rows = _by_row(names, moves[:, 0], sums=True)
    sure = [(name, change) for name, values in rows.items() if (change := Change.of(values, run.sets)).sure]
    if not sure:
        return ""
    name, change = max(sure, key=lambda pair: abs(pair[1].mean))
    way = "up" if change.sign == "up" else "down"
    return (f"; what has moved {next(iter(run.names.values())).name}’s standing with the public most is {name}, "
            f"{way} by {amount(change, AFFECT)}")


def _by_row(names: list[str], values: Floats, *, sums: bool) -> dict[str, Floats]:
    """Return values [replicates, channels] by row of the chart, each [replicates]."""
    rows: dict[str, Floats] = {}
    order = {row_of(name): n for n, name in enumerate(ROWS)}
    for name in sorted({row_of(name) for name in names}, key=lambda name: order.get(name, len(order))):
        here = values[:, [n for n, channel in enumerate(names) if row_of(channel) == name]]
        known = np.isfinite(here)
        rows[name] = np.where(known.any(axis=1), np.where(known, here, 0).sum(axis=1), 0.0 if sums else np.nan)
    return rows


def _tiles(run: Run, place: str) -> list[Tile]:
    tiles = []
    for outcome, words, unit in (("approval", "Public approval of", " %"), ("divergence", "Elite minus public,", "")):
        for power, look in run.names.items():
            values = run.outcome(outcome, place, power)
            change = Change.of(values[:, -1] - values[:, 0], run.sets)
            middle = signed(float(np.median(values[:, -1])), "+.0f" if not unit else ".0f")
            tiles.append(Tile(
                f"{words} {look.name}, {run.years[-1]}", middle + (unit or " points"),
                power_colour(list(run.names), power),
                [f"90 % of {run.spread}: {_level(values[:, -1]).partition(' ')[2].strip('()') or 'one replicate'}",
                 f"since {run.years[0]}: {cell(change).replace(chr(10), ', ')}"],
            ))
    return tiles


def _opinion(run: Run) -> Section:
    powers, maps, approval, gaps = list(run.names), {}, {}, {}
    for place in run.places:
        maps[place] = difference_map(run.mean, place, width=430)
        courses, gap = [], []
        for power, look in run.names.items():
            colour = power_colour(powers, power)
            public, elite = (run.outcome(name, place, power) for name in ("approval", "elite_approval"))
            courses.append(run.course(f"{look.name}, public", colour, public))
            courses.append(run.course(f"{look.name}, elite", colour, elite, dash="6 4", width=1.5, band=False))
            gap.append(run.course(look.name, colour, run.outcome("divergence", place, power)))
        between = [(2 * n, 2 * n + 1) for n in range(len(powers))]
        marks, name = run.marks(place), run.places[place]
        approval[place] = yearly_chart(
            Subject(f"Approval of leadership, {name}", run.years, PER_CENT, run.extrapolated_from, least=100, step=20,
                    marks=marks, between=between), courses)
        gaps[place] = yearly_chart(
            Subject(f"Elite minus public approval, {name}", run.years, "points", run.extrapolated_from, "+.0f", step=10,
                    both=True), gap)
    columns = ("public, %", "gap, points")
    head = ["country", *(f"{look.name}: {what}" for look in run.names.values() for what in columns)]
    rows = [
        [run.places[place], *(
            _level(run.outcome(outcome, place, power)[:, -1], form)
            for power in powers for outcome, form in (("approval", ".0f"), ("divergence", "+.0f")))]
        for place in run.places
    ]
    return Section(
        "Where it stands, and where elites and publics part",
        [Figure("Whose leadership the public prefers", maps,
                "Approval of China minus approval of Russia, last month; arrows: a year’s change."),
         Figure("Public (solid) and elite (dashed)", approval, f"Public: {run.bands}. Points: imposed events."),
         Figure("Divergence: elite minus public", gaps, f"{run.bands.capitalize()}."),
         Figure("Divergence by country", {"": _by_country(run)},
                f"Dot: median; line: 90 % of {run.spread}{_thick(run)}.")],
        [Grid(f"By country, {run.years[-1]}: median (90 % of {run.spread})", head, rows)],
    )


def _moved(run: Run) -> Section:
    powers = list(run.names)
    charts: dict[str, dict[str, str]] = {power: {} for power in powers}
    for place in run.places:
        names, moves, reach = run.moved(place)
        total, rows = run.total(place), {}
        for p, power in enumerate(powers):
            moved_by, reached = _by_row(names, moves[:, p], sums=True), _by_row(names, reach[:, p], sums=False)
            dots = {"total change": _dot(run, p, "total change", total[:, p])}
            dots.update({name: _dot(run, p, name, values) for name, values in moved_by.items()})
            rows[power] = [
                Row(name, [dot], [(_share(reached[name]), power_colour(powers, power))] if name in reached else [],
                    bold=name == "total change")
                for name, dot in dots.items() if dot is not None
            ]
        everything = [row for of in rows.values() for row in of]
        for power, of in rows.items():
            what = f"What moved public sentiment towards {run.names[power].name}, {run.places[place]}"
            charts[power][place] = dot_chart(what, of, AFFECT, right="reaches, % of adults", least=1, held=everything)
    text = (
        f"What has been added since {run.years[0]} and is still there, by channel, in hundredths of the scale of "
        "affect. Line: 95 % interval of the mean; hollow: sign undetermined. Channels without any effect are left out."
    )
    figures = [Figure(f"Towards {look.name}", charts[power]) for power, look in run.names.items()]
    return Section("What moved sentiment, and what it reached", figures, text=[text])


def _by_country(run: Run) -> str:
    """Return elite minus public approval in each place."""
    powers, rows = list(run.names), []
    for place, name in run.places.items():
        dots: list[Dot | None] = []
        for power, look in run.names.items():
            last = run.outcome("divergence", place, power)[:, -1]
            low, middle, high = map(float, np.quantile(last, [0.05, 0.5, 0.95]))
            lower, upper = map(float, chance_band(last, run.sets)) if run.sets else (np.nan, np.nan)
            said = f"{look.name}, {name}: {with_interval(middle, low, high, '+.0f')}"
            dots.append(Dot(power_colour(powers, power), middle, low, high, True, said, (lower, upper)))
        rows.append(Row(name, dots, bold=place == run.main))
    return dot_chart(f"Elite minus public approval by country, {run.years[-1]}", rows, "points", least=1)


def _thick(run: Run) -> str:
    """Return what the thick part of a line is."""
    return ", thick: 90 % by chance alone" if run.sets else ""


def _dot(run: Run, p: int, name: str, values: Floats) -> Dot | None:
    if not values.any():
        return None
    power, change = list(run.names)[p], Change.of(values, run.sets)
    words = f"{run.names[power].name}, {name}: {with_interval(change.mean, change.low, change.high)}"
    return Dot(power_colour(list(run.names), power), change.mean, change.low, change.high, change.sure, words)


def _share(values: Floats) -> str:
    middle = float(np.median(values))
    return "" if not np.isfinite(middle) else f"{middle:.0f}" if middle >= 1 else f"{middle:.1g}"


def _protest(run: Run) -> Section:
    events, threat, powers = {}, {}, list(run.names)
    for place, name in run.places.items():
        marks = run.marks(place)
        events[place] = yearly_chart(
            Subject(f"Protest events, {name}", run.years, "events a year", run.extrapolated_from, ".1f", marks=marks),
            [run.course("median", "c5", run.outcome("protest_events", place))])
        threat[place] = yearly_chart(
            Subject(f"Felt threat, {name}", run.years, "index", run.extrapolated_from, ".2f", 0.2, 0.2),
            [run.course(look.name, power_colour(powers, p), run.outcome("threat", place, p))
             for p, look in run.names.items()])
    note = f"{run.bands.capitalize()}."
    return Section("Protest and felt threat", [Figure("Protest", events, note), Figure("Threat", threat, note)])


def _education(run: Run) -> Section:
    figures = []
    for power, look in run.names.items():
        charts = {}
        for place, name in run.places.items():
            courses = [
                run.course(words, f"c{n + 1}", _stage(run, stage, place, power))
                for n, (stage, words) in enumerate(STAGE_WORDS.items())
            ]
            charts[place] = yearly_chart(
                Subject(f"Education in {look.name}, {name}", run.years, "thousand persons", run.extrapolated_from,
                        ".1f"), courses)
        figures.append(Figure(f"Students and graduates of {look.name}", charts, f"{run.bands.capitalize()}."))
    return Section("The education pipeline", figures)


def _generations(run: Run) -> Section:
    figures, powers = [], list(run.names)
    for power, look in run.names.items():
        charts = {}
        for place, name in run.places.items():
            courses = [
                run.course(COHORT_WORDS[cohort], power_colour(powers, power), values, dash=COHORT_DASH[cohort])
                for cohort in COHORTS
                for values in [_cohort(run, cohort, place, power)]
            ]
            charts[place] = yearly_chart(
                Subject(f"Approval of {look.name} by year of birth, {name}", run.years, PER_CENT,
                        run.extrapolated_from, least=100, step=20), courses)
        figures.append(Figure(f"{look.name}, by year of birth", charts, f"{run.bands.capitalize()}."))
    return Section("Generations", figures)


def _stage(run: Run, stage: str, place: str, power: str) -> Floats:
    """Return thousand persons in a stage of education, [replicates, years]."""
    return run.yearly(lambda now: now.stages(place, power)[stage]) / 1000


def _cohort(run: Run, cohort: str, place: str, power: str) -> Floats:
    """Return approval in one political generation, [replicates, years]."""
    return run.yearly(lambda now: now.generation(place, power, cohort))
