"""Ask every shipped scenario its question, and keep the answers for the page of the gallery.

    python docs/gallery.py                     # two minutes on two fast cores; what is stopped goes on
    python docs/build.py                       # writes the answers into docs/gallery.md

The answers are kept in ``docs/gallery.csv`` and drawn in ``docs/gallery.svg``. Scenarios are compared with the
baseline, replicate by replicate with the same draws. One that differs from the baseline in nothing but its length,
and the baseline itself, has nothing to be compared with: of these the change over time is kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import spsim
from spsim.analysis.intervals import paired_difference, rests_on
from spsim.analysis.outcomes import OUTCOMES, named
from spsim.config import Scenario, sets_of, shipped_scenarios
from spsim.data import COUNTRY_NAMES, YEARS, load_pack
from spsim.display import NEGLIGIBLE, POWER_NAMES, difference, signed, single_sets

HERE = Path(__file__).parent
TABLE, PICTURE = HERE / "gallery.csv", HERE / "gallery.svg"
ASKED = ("approval", "elite_approval", "divergence", "protest_events", "disappointed", "heritage")
"""Outcomes that are kept."""

SAID = {
    ("approval", "CN"): "public approval of China",
    ("approval", "RU"): "public approval of Russia",
    ("divergence", "CN"): "the gap between elites and the public on China",
    ("divergence", "RU"): "the gap between elites and the public on Russia",
    ("protest_events", ""): "the number of protest events",
}
"""What an answer speaks of, in this order: (outcome, power)."""

UNITS = {"approval": "points", "divergence": "points", "protest_events": "events a year"}
AXES = {
    "approval": "public approval, points", "divergence": "elite minus public approval, points",
    "protest_events": "protest events a year",
}
"""Outcomes that the picture shows, and what is written below."""

WITH_CARE = ("protest_events",)
"""Outcomes whose numbers hold less well than the others': polls say nothing of them."""

REGION = "CA5"
CERTAIN = 0.8
"""Share of parameter sets that must agree on a sign before an answer has one."""

KEPT = (
    "scenario", "kind", "years", "outcome", "power", "country", "reference", "scenario_value", "difference", "low",
    "high", "sets_low", "sets_high", "sign", "agreement", "replicates", "citizens",
)


# asking ---------------------------------------------------------------------------------------------------------------


def parts(scenario: Scenario) -> tuple[Any, ...]:
    """Return what could make a scenario differ from another one of the same length."""
    return scenario.levers, scenario.events, scenario.parameters, scenario.mechanisms


def ask(citizens: int, replicates: int, folder: Path) -> pd.DataFrame:
    """Run all shipped scenarios and return one row for each of them, outcome, power and country."""
    loaded = [spsim.load(name, citizens=citizens).scenario for name in shipped_scenarios()]
    reference, *others = loaded
    alone = [reference, *(each for each in others if parts(each) == parts(reference))]
    compared = spsim.compare(
        reference, *(each for each in others if each not in alone), outcomes=ASKED, replicates=replicates, out=folder,
        progress=_progress,
    )
    tables = [compared.summary.assign(kind="difference")]
    tables += [change(each, replicates, since=reference.run.end if each is not reference else "") for each in alone]
    found = pd.concat(tables, ignore_index=True).assign(citizens=citizens)
    order = {name: position for position, name in enumerate(shipped_scenarios())}
    found = found.sort_values("scenario", key=lambda names: names.map(order), kind="stable")
    return found.reindex(columns=KEPT)


def change(scenario: Scenario, replicates: int, since: str = "") -> pd.DataFrame:
    """Return how a scenario changes between two spans of five years.

    Args:
        scenario: the scenario.
        replicates: runs that differ in chance and, by pairs, in the parameter set.
        since: last month of the first span; its first five years if left out.
    """
    print(f"{scenario.name}: over time", flush=True)
    result = spsim.run(scenario, replicates=replicates, progress=_progress)
    records = result.records
    years = list(range(int(scenario.run.start[:4]), int(scenario.run.end[:4]) + 1))
    begun = years.index(int(since[:4])) - 4 if since else 0
    spans = slice(begun, begun + 5), slice(len(years) - 5, len(years))
    said = " to ".join(f"{years[span][0]}-{years[span][-1]}" for span in spans)
    rows = []
    for outcome in ASKED:
        values = np.array([OUTCOMES[outcome].yearly(record, scenario, years) for record in records])
        first, last = (values[:, span].mean(axis=1) for span in spans)
        for c, place in enumerate([*scenario.run.countries, REGION]):
            for p, power in enumerate(scenario.run.powers if OUTCOMES[outcome].by_power else [""]):
                one, other = (each[:, c, p] if OUTCOMES[outcome].by_power else each[:, c] for each in (first, last))
                rows.append(
                    {"scenario": scenario.name, "kind": "change", "years": said, "outcome": outcome, "power": power,
                     "country": place, "reference": one.mean(), "scenario_value": other.mean(),
                     **paired_difference(other - one, result.sets)}
                )
    return pd.DataFrame(rows)


def _progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} replicates", end="\n" if done == total else "", flush=True)


# saying ---------------------------------------------------------------------------------------------------------------


def certain(row: pd.Series) -> bool:
    """Tell whether a difference has a sign: its interval leaves zero out, and the parameter sets agree."""
    return row["sign"] in {"up", "down"} and not row["agreement"] < CERTAIN


def still(row: pd.Series) -> bool:
    """Tell whether a difference is nothing, or too small to be printed."""
    return row["sign"] == "none" or max(abs(row["low"]), abs(row["high"])) < NEGLIGIBLE


def answer(rows: pd.DataFrame) -> str:
    """Return the answer of one scenario for the region: what rises, what falls, what cannot be told, what stays.

    Args:
        rows: the rows of one scenario in the table that :func:`ask` returns.
    """
    region = {(row["outcome"], row["power"]): row for _, row in rows[rows["country"] == REGION].iterrows()}
    moved, open_, same = [], [], []
    for key, name in SAID.items():
        row = region[key]
        if still(row):
            same.append(name)
        elif certain(row):
            verb = "rises" if row["difference"] > 0 else "falls"
            moved.append(f"{name} {verb} by {_amount(row)}")
        else:
            open_.append(f"{name} ({signed(row['low'])} to {signed(row['high'])} {UNITS[key[0]]}{_split(row)})")
    sentences = [f"{_joined(moved)}." if moved else "nothing moves that could be told from zero."]
    if open_:
        sentences.append(f"**Undetermined**: {_joined(open_)}.")
    if same:
        sentences.append(f"no change worth printing (under {NEGLIGIBLE}) in {_joined(same)}.")
    return " ".join(text[0].upper() + text[1:] for text in sentences)


def _amount(row: pd.Series) -> str:
    """Return the size of a difference: "0.55 points (+0.53 to +0.57; single sets +0.4 to +0.7)"."""
    interval = f"{signed(row['low'])} to {signed(row['high'])}; single sets {single_sets(row.to_dict())}"
    care = "; with care" if row["outcome"] in WITH_CARE else ""
    return f"{signed(row['difference']).lstrip('+−')} {UNITS[row['outcome']]} ({interval}{care})"


def _split(row: pd.Series) -> str:
    """Return how many sets have the sign of the mean where the interval alone would give one."""
    return f", in {100 * row['agreement']:.0f} % of sets" if row["low"] > 0 or row["high"] < 0 else ""


def _joined(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def imposed(scenario: Scenario) -> str:
    """Return what is put into a scenario by hand, which the model does not explain."""
    shocks = [f"{event.title} ({_years(str(event.from_), str(event.to))})" for event in scenario.acting_events]
    numbers = scenario.parameters
    first = int(numbers.drift_start)
    slides = [
        f"a slide of opinion of {POWER_NAMES.get(power, power)} in {COUNTRY_NAMES[country]} "
        f"({_years(str(first), str(first + int(numbers.drift_years) - 1))})"
        for power, by_country in numbers.drift.items() for country, size in by_country.items() if size
    ]
    return f"*Put in by hand, so that the model does not explain it*: {_joined([*shocks, *slides])}."


def extrapolated() -> str:
    """Return from which years on inputs are extrapolated."""
    last = {
        name: YEARS[int(np.flatnonzero((~series.filled).any(axis=1))[-1])]
        for name, series in load_pack().series.items()
    }
    return (
        f"inputs are extrapolated from {last['gdp'] + 1} on, Chinese commitments from {last['commitments'] + 1} on; no "
        "later year is recorded, and what the model gives for it is no forecast."
    )


def _years(first: str, last: str) -> str:
    """Return the years from one month to another: "2017-18"."""
    return first[:4] if first[:4] == last[:4] else f"{first[:4]}-{last[2:4]}"


def grid(rows: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return the table of one scenario: its head, and a row a country with a column an outcome and power."""
    columns = list(rows[["outcome", "power"]].drop_duplicates().itertuples(index=False, name=None))
    heads = [f"{named(outcome, power)} ({OUTCOMES[outcome].unit})" for outcome, power in columns]
    cells = {(row["country"], row["outcome"], row["power"]): row for row in rows.to_dict("records")}
    lines = [
        [COUNTRY_NAMES.get(place, "**Region**"),
         *(difference(_told(cells[place, *column])).replace("\n", "<br>") for column in columns)]
        for place in dict.fromkeys(rows["country"])
    ]
    return ["", *heads], lines


def _told(cell: dict[Any, Any]) -> dict[Any, Any]:
    """Return a cell without its sign where parameter sets disagree."""
    return {**cell, "sign": "undetermined"} if cell["agreement"] < CERTAIN and cell["sign"] != "none" else cell


def basis(rows: pd.DataFrame) -> str:
    """Return what the intervals of kept answers rest on, in words."""
    replicates = int(rows["replicates"].max())
    return rests_on(replicates, len(set(sets_of(spsim.load("baseline").scenario, replicates))))


def read() -> pd.DataFrame:
    """Return the answers that are kept."""
    of_sets = ("agreement", "sets_low", "sets_high")  # unknown where there are no sets, or few
    return pd.read_csv(TABLE, keep_default_na=False, na_values={key: [""] for key in of_sets})


# drawing --------------------------------------------------------------------------------------------------------------


ROW, PANEL, GAP = 0.27, 2.35, 0.2
"""Height of a line, width of a panel and distance between panels, in inches."""


def draw(found: pd.DataFrame) -> None:
    """Draw what every scenario moves in the region: a line a scenario, a panel an outcome.

    Scenarios that change the past differ in all years and by more than any act of 2026; they have axes of their own.
    """
    from spsim.viz.style import house_style, panel_title, sheet

    rows = found[(found["country"] == REGION) & (found["kind"] == "difference")]
    largest = rows[rows["outcome"] == "approval"].set_index("scenario")["difference"].abs().groupby(level=0).max()
    names = list(largest.sort_values(ascending=False).index)
    acts = [name for name in names if spsim.load(name).scenario.levers]
    pasts = [name for name in names if name not in acts]
    small = int((largest[acts] < 1).sum())
    with house_style():
        page = sheet(
            f"{small} of {len(acts)} acts move the region's approval by under a point in five years",
            [f"Difference to the baseline, mean of {rows['years'].iloc[0]}. Bar: 95 % interval of the mean over "
             f"{basis(rows)}",
             "Red circle: China. Blue square: Russia. Hollow: the sign is undetermined. No bar: the "
             "interval is narrower than the mark"],
            [], f"spsim {spsim.__version__} · the same draws in all scenarios",
            ROW * len(names) + 1.75,
        )
        for group, title, bottom in (
            (acts, "Acts from 2026 on", ROW * len(pasts) + 1.15), (pasts, "Another past or another memory", 0.3)
        ):
            for n, outcome in enumerate(AXES):
                ax = page.axes(2.05 + n * (PANEL + GAP), bottom, PANEL, ROW * len(group))
                _panel(ax, rows[rows["outcome"] == outcome], group)
                ax.set_yticks(range(len(group)), group if n == 0 else [""] * len(group))
                ax.set_xlabel(AXES[outcome])
                ax.locator_params(axis="x", nbins=6)
            panel_title(page.figure.axes[-3], title)
        about = {"Title": page.title, "Creator": f"spsim {spsim.__version__}", "Date": None}
        page.figure.savefig(PICTURE, metadata=about)


def _panel(ax: Any, rows: pd.DataFrame, names: Sequence[str]) -> None:  # noqa: ANN401 - matplotlib is imported late
    """Draw a marker and an interval for each scenario and power."""
    from spsim.viz.looks import looks
    from spsim.viz.style import GREY, RULE

    ax.axvline(0, color=RULE, linewidth=0.8)
    powers = list(dict.fromkeys(rows["power"]))
    for power, shift in zip(powers, (-0.14, 0.14) if len(powers) > 1 else (0.0,), strict=True):
        look = looks([power])[power] if power else None
        colour, marker = (look.colour, look.marker) if look else (GREY, "D")
        for at, name in enumerate(names):
            row = rows[(rows["scenario"] == name) & (rows["power"] == power)].iloc[0]
            ax.plot([row["low"], row["high"]], [at + shift] * 2, color=colour, linewidth=1.2)
            face = colour if certain(row) or still(row) else "white"
            ax.plot(row["difference"], at + shift, marker, color=colour, markersize=4, markerfacecolor=face)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(visible=True, axis="both")


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, keep and draw; return the exit code."""
    reader = argparse.ArgumentParser(description="Ask every shipped scenario its question, and keep the answers.")
    reader.add_argument("--citizens", type=int, default=1000, help="citizens simulated in each country")
    reader.add_argument("--replicates", type=int, default=40, help="runs of each scenario, two to a parameter set")
    reader.add_argument("--out", type=Path, default=Path("runs/gallery"), help="folder of the comparison")
    asked = reader.parse_args(arguments)
    found = ask(asked.citizens, asked.replicates, asked.out)
    found.to_csv(TABLE, index=False, float_format="%.6g", lineterminator="\n")
    draw(read())
    print(f"{len(found)} rows in {TABLE.name}; now: python docs/build.py")
    return 0


if __name__ == "__main__":  # worker processes import this file again
    sys.exit(main())
