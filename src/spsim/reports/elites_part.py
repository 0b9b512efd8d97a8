"""What a report says of elites beside UN votes: do countries stand in the same order, do both move together?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from spsim.analysis.elites import EVERY, YARDSTICKS
from spsim.data import REGION
from spsim.display import POWER_NAMES, Grid, number, signed
from spsim.reports import registers
from spsim.reports.content import Answer, Figure, Part, Section
from spsim.reports.folders import Folder
from spsim.reports.words import sentence, share
from spsim.viz.elites import shown_window, spread_over_time
from spsim.viz.svg.dots import Dot, Row, dot_chart, with_interval
from spsim.viz.svg.drawing import Floats, power_colour
from spsim.viz.svg.yearly import Course, Subject, yearly_chart

CHANCE = 0.05
"""Share of orders or rotations from which on a correlation may be chance."""

YARDSTICK = "agreement"
"""The yardstick that is drawn; tables hold both."""

TITLE = "Elites beside the votes of their countries in the United Nations"
QUESTION = "Do elites in the model stand where their countries vote, and move when their votes move?"
INTERVALS = (
    "Correlations: Spearman, median and 5 to 95 % over replicates. p: share of all orders of the countries, or of all "
    "rotations of the years, that give a correlation as far from zero, counted exactly. A correlation is undetermined "
    "where p is not under 0.05 or its interval holds zero, and cannot be told where so few orders or rotations exist "
    "that p is never under 0.05. Nothing in the model was fitted to votes."
)
CAUTION = (
    "Countries vote like China or Russia for reasons beyond Central Asia, and what is voted on changes from year to "
    "year: a miss need not be the model’s, and a hit need not be its merit."
)


Names = Mapping[str, str]


def elites_part(folder: Folder) -> Part:
    """Return the part of elites beside votes."""
    table, order, changes = (folder.table(name) for name in ("elites", "order", "changes"))
    powers = list(dict.fromkeys(map(str, table["power"])))
    names = registers.place_names(dict.fromkeys(map(str, table["country"])))
    names.pop(REGION, None)  # there are no votes of a region
    held, manifest = folder.scenario_texts, folder.manifest
    file = f"{next(iter(held))}.yaml" if held else manifest["scenario"]
    replicates = int(order["replicates"].iloc[0])
    sections = [
        Section("Do the countries stand in the same order?", _orders(table, order, powers, names),
                [_order_grid(order)]),
        Section("Do elites move when votes move?", _courses(table, powers, names), [_changes_grid(changes, names)], [
            "Solid: alignment of elites, band: 5 to 95 % of replicates. Dashed: share of votes like the power’s. Each "
            "from its own mean, in units of its spread over time within countries, which are the same in all charts: a "
            "flat line hardly moves.",
        ], [_by_year(table, names)]),
    ]
    return registers.part_of(
        folder, title=f"{TITLE}: {manifest['title']}", question=QUESTION,
        answers=[Answer(_answer(order, changes, powers))], intervals=INTERVALS, sections=sections,
        command=f"spsim elites {file} --replicates {replicates} --seed {manifest['seed']}", places=names,
        cautions=[CAUTION],
    )


def _determined(row: Mapping[Any, Any]) -> bool:
    """Return whether a correlation is told apart from chance: of the order, and over replicates."""
    several = row["replicates"] > 1 and (row["low"] > 0 or row["high"] < 0)
    return bool(np.isfinite(row["correlation"]) and not _untold(row) and row["p"] < CHANCE and several)


def _untold(row: Mapping[Any, Any]) -> str:
    """Return why no correlation could be told apart from chance, whatever it is; "" where one could."""
    if "rotations" in row:
        # the votes as they were are one of the rotations
        return "cannot be told with so few years" if 1 / row["rotations"] >= CHANCE else ""
    # an order and its reverse are equally far from zero
    return "cannot be told with so few countries" if 2 / row["orders"] >= CHANCE else ""


def _told_apart(row: Mapping[Any, Any]) -> str:
    """Return whether a correlation is told apart from chance, as it stands in a table."""
    return _untold(row) or ("yes" if _determined(row) else "undetermined")


def _answer(order: pd.DataFrame, changes: pd.DataFrame, powers: list[str]) -> list[str]:
    windows = list(dict.fromkeys(order["years"]))
    tests = order.to_dict("records")
    found = [row for row in tests if _determined(row)]
    with_votes = sum(row["correlation"] > 0 for row in found)
    said = f": {with_votes} with the votes and {len(found) - with_votes} against them" if found else ""
    over = order[(order["years"] == windows[-1]) & (order["yardstick"] == YARDSTICK)].to_dict("records")
    orders = [f"towards {POWER_NAMES.get(str(r['power']), r['power'])} {_verdict(r, 'order')}" for r in over]
    every = changes[(changes["country"] == EVERY) & (changes["yardstick"] == YARDSTICK)].to_dict("records")
    moves = [f"towards {POWER_NAMES.get(str(r['power']), r['power'])} {_verdict(r, 'changes')}" for r in every]
    paths = changes[(changes["country"] != EVERY) & (changes["yardstick"] == YARDSTICK)]["direction"]
    ways = {name: int((paths == name).sum()) for name in ("same", "opposite", "undetermined")}
    return [
        sentence(f"Order of the countries, {windows[-1]}, by votes alike: {'; '.join(orders)}. Over powers, windows "
                 f"and yardsticks {share(len(found), len(tests))} orders are told apart from chance{said}; about "
                 f"{CHANCE * len(tests):.1f} would be by chance alone"),
        sentence(f"Changes from year to year, all countries together, by votes alike: {'; '.join(moves)}"),
        f"From the first to the last third of the years elites and votes go the same way in {ways['same']} of "
        f"{len(paths)} cases (countries and powers), opposite ways in {ways['opposite']}; in {ways['undetermined']} it "
        "is undetermined.",
    ]


def _verdict(row: Mapping[Any, Any], what: str) -> str:
    numbers = f"rank correlation {_correlation(row)}, p {row['p']:.2f}"
    if not np.isfinite(row["correlation"]):
        return "there is nothing to compare: one of the two does not vary"
    if not _determined(row):
        return f"{_untold(row) or 'undetermined'} ({numbers})"
    way = "alike" if row["correlation"] > 0 else "the other way round"
    return f"{'ordered' if what == 'order' else 'changing'} {way} ({numbers})"


def _correlation(row: Mapping[Any, Any], between: str = ", ") -> str:
    """Return a correlation and its interval."""
    if not np.isfinite(row["correlation"]):
        return "–"
    middle = signed(float(row["correlation"]))
    if row["replicates"] < 2:
        return middle
    return f"{middle}{between}{signed(float(row['low']))} to {signed(float(row['high']))}"


def _orders(table: pd.DataFrame, order: pd.DataFrame, powers: list[str], names: Names) -> list[Figure]:
    """Return, for each power, the countries from the one that votes most like it to the one that does least."""
    window = shown_window(order)
    first, last = map(int, window.split("-"))
    figures = []
    for power in powers:
        here = table[(table["power"] == power) & table["year"].between(first, last)]
        means = here.groupby("country", sort=False).mean(numeric_only=True).sort_values("un_agreement", ascending=False)
        name, rows = POWER_NAMES.get(power, power), []
        for code, row in means.iterrows():
            low, middle, high = (float(row[key]) for key in ("p05", "alignment_median", "p95"))
            words = f"{names[str(code)]}: alignment {with_interval(middle, low, high, '+.2f')}"
            rows.append(Row(names[str(code)], [Dot(power_colour(powers, power), middle, low, high, True, words)],
                            [(f"{100 * row['un_agreement']:.0f} %", "ink")]))
        judged = order[(order["power"] == power) & (order["years"] == window) & (order["yardstick"] == YARDSTICK)]
        title = f"{name}, {window}: {_verdict(judged.to_dict('records')[0], 'order')}"
        note = ("From the country that votes most like it to the one that does least: if the orders agree, dots go "
                "from right to left.")
        chart = dot_chart(title, rows, "alignment of elites, −1 to 1", right=f"votes like {name}’s")
        figures.append(Figure(title, {"": chart}, note))
    return figures


def _courses(table: pd.DataFrame, powers: list[str], names: Names) -> list[Figure]:
    """Return alignment and votes of each country through time, from their own means."""
    units = {name: spread_over_time(table, name) for name in ("alignment_median", "un_agreement")}
    figures = []
    for power in powers:
        charts, name = {}, POWER_NAMES.get(power, power)
        for code, country in names.items():
            here = table[(table["power"] == power) & (table["country"] == code)].sort_values("year")
            years = here["year"].astype(int).tolist()
            low, middle, high, voted = (
                here[key].to_numpy(dtype=np.float64) for key in ("p05", "alignment_median", "p95", "un_agreement")
            )
            low, middle, high = (_from_mean(each, middle, units["alignment_median"]) for each in (low, middle, high))
            votes = _from_mean(voted, voted, units["un_agreement"])
            courses = [
                Course("elites", power_colour(powers, power), low, middle, high, ending=""),
                Course("votes", "c5", votes, votes, votes, dash="2 3", width=1.6, band=False, ending=""),
            ]
            what = f"Elites and votes like {name}’s, {country}"
            subject = Subject(what, years, "spreads from its own mean", years[-1] + 1, "+.1f", 1, 1, both=True)
            charts[code] = yearly_chart(subject, courses)
        figures.append(Figure(f"Elites and votes like {name}’s", charts))
    return figures


def _from_mean(values: Floats, middle: Floats, unit: float) -> Floats:
    return np.asarray((values - middle.mean()) / unit)


def _order_grid(order: pd.DataFrame) -> Grid:
    rows = [
        [POWER_NAMES.get(str(r["power"]), str(r["power"])), str(r["years"]), YARDSTICKS[str(r["yardstick"])],
         _correlation(r, "\n"), f"{r['p']:.2f}", _told_apart(r)]
        for r in order.to_dict("records")
    ]
    head = ["towards", "years", "yardstick", "rank correlation", "p", "told apart from chance"]
    first = order.iloc[0]
    return Grid(f"Order of {first['countries']} countries, which have {first['orders']} orders", head, rows, 3)


def _changes_grid(changes: pd.DataFrame, names: Names) -> Grid:
    rows = [
        [POWER_NAMES.get(str(r["power"]), str(r["power"])), names.get(str(r["country"]), "all"),
         YARDSTICKS[str(r["yardstick"])], _correlation(r, "\n"), f"{r['p']:.2f}",
         _told_apart(r), signed(r["moved"]), _votes_moved(r), str(r["direction"])]
        for r in changes.to_dict("records")
    ]
    head = ["towards", "country", "yardstick", "rank correlation", "p", "told apart from chance", "elites moved",
            "votes moved", "direction"]
    return Grid("Changes from year to year, and from the first to the last third of the years", head, rows, 3)


def _votes_moved(row: Mapping[Any, Any]) -> str:
    """Return how far votes have moved: the share of votes alike in points, ideal points as they are."""
    if row["yardstick"] == YARDSTICK:
        return f"{signed(100 * row['votes_moved'])} points"
    return signed(row["votes_moved"])


def _by_year(table: pd.DataFrame, names: Names) -> Grid:
    rows = [
        [names[str(r["country"])], POWER_NAMES.get(str(r["power"]), str(r["power"])), str(r["year"]),
         f"{number(r['alignment_median'])} ({number(r['p05'])} to {number(r['p95'])})",
         f"{100 * r['un_agreement']:.0f} %", number(r["un_ideal_points"])]
        for r in table.to_dict("records")
    ]
    head = ["country", "towards", "year", "alignment of elites (5 to 95 %)", "votes alike", "nearness of ideal points"]
    return Grid("Year by year", head, rows, 3)
