"""Print the baseline beside what is known, as a check of plausibility: no parameter is fitted by it.

    python benchmarks/plausibility.py --replicates 80 --citizens 1000

The baseline is run twice: with the ensemble, as everything is by default, and with the hand-set values, most of which
were set with these figures in sight: the last column of the table says which by which. The poll figures come from the
shipped survey table. The what-ifs run with the ensemble: differences to the baseline over 2015-24 with common random
numbers.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd

from spsim.analysis.intervals import paired_difference
from spsim.api import RunResult, load, run
from spsim.config import Scenario
from spsim.data import load_pack
from spsim.display import difference
from spsim.model import observation
from spsim.model.simulation import Simulation

POLLED = ["KZ", "KG", "TJ", "UZ"]
POOLED, WAVES = ["KZ", "KG", "UZ"], ["2018-10", "2020-10", "2022-10"]
PERIOD = (2015, 2024)


IN_SIGHT = {
    "four countries 2006-18, Russia disapproved": "`approval_cut`",
    "four countries 2006-18": "`base`, `heritage_weight`",
    "KZ, China, 2017 to 2018": "imposed: event `xinjiang`",
    "KG 2010": "`base`", "KG 2014": "`base`", "KZ 2014": "`base`", "UZ 2014": "`base`",
    "KZ 2021": "imposed: `drift`", "KZ 2022": "imposed: `war_memory`",
    "KZ+KG anti-China events": "`protest_scale`",
    "order of countries by events": "`threshold_closed`",
    "KZ students in China 2014": "`demand_rate`",
    "KZ students in China 2018": "seen: `demand_affect`",
    "pooled country item": "`cab_low_cut`, `cab_high_cut`, `cab_offset`",
}
"""How a row begins -> what was set by hand with the known figure in sight; the first that fits."""


def set_with(row: str) -> str:
    """Return what was set by hand with the figure of a row in sight; "-" if nothing was."""
    return next((words for begin, words in IN_SIGHT.items() if row.startswith(begin)), "-")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--citizens", type=int, default=1000)
    options = parser.parse_args()
    settings: dict[str, Any] = {"replicates": options.replicates, "citizens": options.citizens, "end": "2024-12"}
    base = run(load("baseline", settings))
    by_hand = load("baseline", {**settings, "run.parameters": "defaults"})
    print("| row | model, median (5-95 %) | with hand-set values | known | hand-set with it in sight |")
    print("|---|---|---|---|---|")
    for (name, model, known), (_, hand_set, _) in zip(all_rows(base), all_rows(run(by_hand)), strict=True):
        print(f"| {name} | {model} | {hand_set} | {known} | {set_with(name)} |")
    print("\n| what if, 2015-24 | " + " | ".join([*POLLED, "TM"]) + " |\n|---|" + "---|" * 5)
    for title, power, measure, overrides in WHAT_IFS:
        print(f"| {title} | " + " | ".join(what_if(base, settings, power, measure, overrides)) + " |")


def all_rows(result: RunResult) -> list[tuple[str, str, str]]:
    """Return the rows of one run: what is asked, what the model gives, what is known."""
    tables = result.tables
    return [*poll_rows(tables), *event_rows(tables), *student_rows(tables), *shape_rows(result.scenario)]


def spread(values: pd.Series[float], scale: float = 100.0, digits: int = 0) -> str:
    """Return median and 90 % interval as text."""
    low, middle, high = np.quantile(values.to_numpy() * scale, [0.05, 0.5, 0.95])
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def poll_rows(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Return approval rows; polls are taken in July."""
    opinion = tables["opinion"]
    july = opinion[(opinion["group"] == "public") & (opinion["date"].dt.month == 7)]
    july = july.assign(year=july["date"].dt.year).set_index(["country", "power", "year", "replicate"]).sort_index()

    def cell(country: str, power: str, year: int, column: str = "approval") -> pd.Series[float]:
        return july.loc[(country, power, year), column]

    def four(power: str, column: str) -> pd.Series[float]:
        years = july[column].unstack("year")[list(range(2006, 2019))].mean(axis=1)
        return years.loc[POLLED].xs(power, level="power").groupby("replicate").mean()

    rows = [("four countries 2006-18, China approved, %", spread(four("CN", "approval")), "46"),
            ("four countries 2006-18, Russia approved, %", spread(four("RU", "approval")), "78-80"),
            ("four countries 2006-18, Russia disapproved, %", spread(four("RU", "disapproval")), "6")]
    change = cell("KZ", "CN", 2018) - cell("KZ", "CN", 2017)
    rows.append(("KZ, China, 2017 to 2018, points", spread(change), "-15"))
    for country, year, known in [("KG", 2010, "84"), ("KG", 2014, "79"), ("KZ", 2014, "72"), ("UZ", 2014, "62"),
                                 ("KZ", 2021, "55"), ("KZ", 2022, "29")]:
        rows.append((f"{country} {year}, Russia approved, %", spread(cell(country, "RU", year)), known))
    for year, known in [(2021, "20"), (2022, "50")]:
        rows.append((f"KZ {year}, Russia disapproved, %", spread(cell("KZ", "RU", year, "disapproval")), known))
    return rows


def event_rows(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Return protest events and participation, 2018-01 to 2020-11."""
    table = tables["country"]
    window = table[(table["date"] > "2018-01-01") & (table["date"] <= "2020-12-01")]
    both = window[window["country"].isin(["KZ", "KG"])]
    events = both.groupby("replicate")["protest_events"].sum()
    share = both.groupby("replicate")["protest_share"].mean()
    order = window.groupby("country", observed=True)["protest_events"].sum().sort_values(ascending=False)
    return [
        ("KZ+KG anti-China events 2018-01 to 2020-11", spread(events, 1), "112"),
        ("mean participation in KZ and KG then, %", spread(share), "-"),
        ("order of countries by events", " > ".join(order.index.astype(str)), "KZ > KG > UZ > TJ > TM (all protests)"),
    ]


def student_rows(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Return KZ students in China, mean over the year."""
    table = tables["country_power"]
    chosen = table[(table["country"] == "KZ") & (table["power"] == "CN")]
    known = load_pack().drivers_table("students_in_china").set_index(["country", "year"])["value"]
    yearly = chosen.assign(year=chosen["date"].dt.year).groupby(["year", "replicate"])["students"].mean()
    return [(f"KZ students in China {year}", spread(yearly.loc[year], 1), f"{known.loc[('KZ', year)]:.0f}")
            for year in (2014, 2018)]


def shape_rows(scenario: Scenario) -> list[tuple[str, str, str]]:
    """Return pooled answers to the country item (three waves), with their distance to the poll."""
    table = load_pack().surveys_table()
    poll = table[(table["survey"].str.startswith("Central Asia Barometer micro"))]
    order = ["very unfavourable", "somewhat unfavourable", "no opinion", "somewhat favourable", "very favourable"]
    rows = []
    pooled = pooled_distribution(scenario)
    for i, power in enumerate(scenario.run.powers):
        shares = observation.country_item(power, scenario.parameters).shares(pooled[i])
        known = poll[poll["power"] == power].set_index("measure")["value"] / 100
        known.loc["no opinion"] = known["dont know"] + known["refused"]
        distance = 100 * np.abs(shares - known[order].to_numpy()).sum() / 2
        model, polled = (" / ".join(f"{100 * s:.0f}" for s in each) for each in (shares, known[order]))
        name = f"pooled country item, {power}: {' / '.join(order)}"
        rows.append((name, f"{model}; off by {distance:.1f} points", polled))
    return rows


def pooled_distribution(scenario: Scenario) -> np.ndarray:
    """Return the distribution of affect pooled over three countries, three waves and all replicates, [P, BINS]."""
    countries = list(scenario.run.countries)
    total = 0
    for replicate in range(scenario.run.replicates):
        model = Simulation(scenario, replicate)
        while not model.finished:
            model.advance()
            if model.date in WAVES:
                weights = model.recorder.public_distributions(model.step_number).sum(axis=1)
                chosen = weights[[countries.index(code) for code in POOLED]]
                total = total + (chosen / chosen.sum(axis=-1, keepdims=True)).sum(axis=0)
    return np.asarray(total)


WHAT_IFS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("foreign labour held at .5: approval of China, points", "CN", "approval", {"foreign_labour_share.CN": 0.5}),
    ("opacity held at .2: approval of China, points", "CN", "approval", {"opacity": 0.2}),
    ("Chinese commitments x 2: gap towards China, affect", "CN", "divergence_affect", {"investment.CN": 2.0}),
    ("Chinese commitments x 2: approval of China, points", "CN", "approval", {"investment.CN": 2.0}),
    ("no heritage effect on China: approval of China, points", "CN", "approval", {"heritage_weight.CN": 0.0}),
    ("no heritage effect on Russia: approval of Russia, points", "RU", "approval", {"heritage_weight.RU": 0.0}),
    ("no cultural offers of China: approval of China, points", "CN", "approval", {"culture_budget.CN": 0.0}),
    (
        "no Chinese-language television: approval of China, points",
        "CN",
        "approval",
        {"source_chinese_language_tv": 0.0},
    ),
    (
        "seats and applicants x 2: approval of China, points",
        "CN",
        "approval",
        {"seats.CN": 2.0, "demand_support.CN": 2.0},
    ),
]


def what_if(base: RunResult, settings: dict[str, Any], power: str, measure: str,
            overrides: dict[str, Any]) -> list[str]:
    """Return the difference to the baseline in each country: its mean and the 95 % interval over parameter sets."""
    other = run(load("baseline", {**settings, **overrides}))
    table, scale = ("divergence", 1) if measure.startswith("divergence") else ("opinion", 100)
    means = []
    for tables in (base.tables, other.tables):
        rows = tables[table]
        rows = rows[(rows["power"] == power) & rows["date"].dt.year.between(*PERIOD)]
        rows = rows[rows["group"] == "public"] if table == "opinion" else rows
        means.append(rows.groupby(["country", "replicate"], observed=True)[measure].mean())
    pairs = scale * (means[1] - means[0])
    found = [paired_difference(pairs.loc[code].to_numpy(), base.sets) for code in [*POLLED, "TM"]]
    return [difference({**cell, "agreement": np.nan}).replace("\n", "<br>") for cell in found]


if __name__ == "__main__":
    main()
