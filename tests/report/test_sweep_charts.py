"""What a sweep's charts are drawn from, where the answer is known, and how they behave at their limits."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spsim.viz.svg.sweeps import MOST_DOTS, MOST_VALUES, cloud_chart, lines_chart, map_charts
from spsim.viz.sweep import scatter
from spsim.viz.swept import Pair, Swept, along, cloud, cloud_reach, crossed

PAIR: Pair = ("approval", "CN")


def swept(points: dict[str, list[float] | list[str]], values: dict[str, list[list[float]]], method: str = "grid",
          sets: list[int] | None = None) -> Swept:
    """Return a sweep of Kazakhstan; ``values`` are by scenario, [points][replicates]."""
    table = pd.DataFrame({"point": range(len(next(iter(points.values())))), **points})
    runs = pd.DataFrame([
        {"scenario": name, "point": point, "replicate": replicate, "outcome": "approval", "power": "CN",
         "country": "KZ", "value": value}
        for name, of in values.items() for point, row in enumerate(of) for replicate, value in enumerate(row)
    ])
    return Swept("n", "A title", "2020", method, list(values), table, runs, sets or [])


def test_a_line_has_the_mean_and_interval_of_each_value() -> None:
    found = swept({"threat_decay": [0.5, 1.5]}, {"baseline": [[40.0, 44.0], [50.0, 50.0]]})
    lines, names = along(found, found.rows(PAIR, "KZ"), "threat_decay")
    assert not names and lines["baseline"][:, :2].tolist() == [[0.5, 42.0], [1.5, 50.0]]
    low, high = lines["baseline"][0, 2:]
    assert low == pytest.approx(42 - 12.7062 * 2, abs=1e-3) and high - 42 == pytest.approx(42 - low)
    assert "at 1.5: 50.00 (50.00 to 50.00)" in lines_chart(found, PAIR, "KZ", "t")


def test_replicates_of_one_set_are_one_witness() -> None:
    values = {"baseline": [[40.0, 44.0, 41.0, 43.0]]}
    rows = swept({"threat_decay": [0.5]}, values, sets=[7, 7, 9, 9])
    assert along(rows, rows.rows(PAIR, "KZ"), "threat_decay")[0]["baseline"][0, 1:].tolist() == [42, 42, 42]


def test_words_stand_on_the_axis_by_name() -> None:
    chart = lines_chart(swept({"mechanisms.heritage": ["on", "off"]}, {"baseline": [[40.0], [30.0]]}), PAIR, "KZ", "t")
    assert ">on</text>" in chart and ">off</text>" in chart and "mechanism heritage" in chart


def test_a_map_has_paired_differences_and_hatches_what_is_undetermined() -> None:
    points: dict[str, list[float] | list[str]] = {"threat_decay": [1, 1, 2, 2], "anchor_rate": [3, 4, 3, 4]}
    base = [[10.0, 20.0]] * 4
    other = [[11.0, 21.0], [11.5, 21.5], [9.0, 22.0], [10.0, 20.0]]
    found = swept(points, {"baseline": base, "other": other})
    rows = found.rows(PAIR, "KZ")
    cells = crossed(found, rows[rows["scenario"] == "other"], rows[rows["scenario"] == "baseline"], *found.varied)
    assert cells.values.tolist() == [[1.0, 0.5], [1.5, 0.0]]
    assert cells.unsure == [(0, 1)]
    level, difference = map_charts(found, PAIR, "KZ", "t")
    assert "undetermined" in difference and "undetermined" not in level
    assert difference.count("sign undetermined") == 1


def test_next_to_nothing_looks_like_it() -> None:
    found = swept({"threat_decay": [0.5, 1.5]}, {"baseline": [[73.0], [73.0001]]})
    heights = [float(y) for y in re.findall(r'<circle [^>]*cy="([\d.]+)"', lines_chart(found, PAIR, "KZ", "t"))]
    assert len(heights) == 2 and abs(heights[0] - heights[1]) < 1


def test_clouds_of_several_scenarios_show_what_they_differ_by() -> None:
    base, other, same = [[40.0, 42.0], [50.0, 50.0]], [[41.0, 43.0], [47.0, 48.0]], [[40.0, 42.0], [50.0, 50.0001]]
    points: dict[str, list[float] | list[str]] = {"threat_decay": [0.5, 1.5]}
    found = swept(points, {"baseline": base, "other": other, "same": same}, "sobol")
    dots = cloud(found, PAIR, "KZ")
    assert dots["scenario"].tolist() == ["other", "other", "same", "same"]
    assert dots["value"].tolist() == pytest.approx([1.0, -2.5, 0.0, 0.00005])
    assert cloud_reach(found, dots) == (-2.5, 1.0)
    assert cloud_reach(found, dots[dots["scenario"] == "same"]) == (-0.1, 0.1)  # next to nothing looks like it
    chart = cloud_chart(found, dots, "threat_decay", "points", "t")
    assert "other minus baseline" in chart and ">baseline<" not in chart
    page = scatter(found, found.varied, [PAIR], "KZ")
    low, high = page.figure.axes[0].get_ylim()
    assert low < -2.5 and 1 < high < 2
    failed = replace(found, runs=found.runs.drop(index=found.runs.index[1]))  # 42 of the baseline at the first point
    assert cloud(failed, PAIR, "KZ")["value"].tolist() == pytest.approx([1.0, -2.5, 0.0, 0.00005])  # pairs only
    one = swept(points, {"baseline": base}, "sobol")
    assert cloud(one, PAIR, "KZ")["value"].tolist() == [41.0, 50.0]


def test_large_sweeps_stay_small() -> None:
    rng = np.random.default_rng(1)
    many = rng.random(1500)
    found = swept({"threat_decay": many.tolist()}, {"baseline": [[value] for value in 40 + many]}, "sobol")
    text = cloud_chart(found, cloud(found, PAIR, "KZ"), "threat_decay", "points", "t")
    assert text.count("h0") <= MOST_DOTS and len(text) < 12_000
    grid = [(a, b) for a in range(40) for b in range(30)]
    points: dict[str, list[float] | list[str]] = {
        "threat_decay": [float(a) for a, _ in grid], "anchor_rate": [float(b) for _, b in grid],
    }
    [text] = map_charts(swept(points, {"baseline": [[float(a + b)] for a, b in grid]}), PAIR, "KZ", "t")
    assert text.count("<rect") <= MOST_VALUES**2 and len(text) < 40_000


def test_what_has_not_run_is_left_out() -> None:
    found = swept({"threat_decay": [1.0, 2.0], "anchor_rate": [1.0, 2.0]}, {"baseline": [[1.0], [2.0]]})
    [text] = map_charts(found, PAIR, "KZ", "t")
    assert text.count("data-say") == 2 and "nan" not in text
    assert map_charts(found, ("approval", "RU"), "KZ", "t") == []
    assert lines_chart(found, ("approval", "RU"), "KZ", "t") == ""
