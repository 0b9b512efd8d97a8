"""The table, the goals and the JSON of the benchmark suite, and its door."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import speed
from measuring.rounds import Beside, Case, Figure
from measuring.table import GOALS, as_json, figures_table, goals_table, number


def figure(key: str, *values: float, why_not: str = "", beside: tuple[Beside, ...] = ()) -> Figure:
    return Figure(Case(key, f"what {key} is", "s", lambda: lambda: 0.0, beside), values, why_not)


def printed(table: object) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(table)
    return console.file.getvalue()


@pytest.mark.parametrize(("value", "text"), [
    (0, "0"), (0.01234, "0.0123"), (3.14159, "3.14"), (154.4, "154"), (999.4, "999"), (2_619_085.2, "2,619,085"),
])
def test_numbers_have_the_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


def test_the_table_shows_median_spread_ratio_and_what_is_missing() -> None:
    figures = {
        "a": figure("a", 30.0, 10.0, 20.0, beside=(Beside("b", "times b"),)), "b": figure("b", 4.0, 5.0, 10.0),
        "c": figure("c", why_not="c is not installed"),
    }
    rows = [" ".join(line.replace("│", " ").split()) for line in printed(figures_table(figures)).splitlines()]
    assert "a what a is 20 10 to 30 (3) s 2 times b" in rows
    assert "c what c is - s c is not installed" in rows


def test_goals_are_met_or_missed_and_left_out_where_nothing_was_measured() -> None:
    figures = {"start/help": figure("start/help", 0.3), "page/10k": figure("page/10k", 4.5)}
    found = as_json(figures, {"cpu": "a computer"}, 12.34, 0.0)
    assert [(goal["goal"], goal["met"]) for goal in found["goals"]] == [
        ("ms of a step of the page at 10,000", False), ("seconds of spsim --help", True),
    ]
    text = printed(goals_table(figures))
    assert "missed" in text and "met" in text
    assert goals_table({}) is None


@pytest.mark.parametrize(("sweep", "probe", "met"), [
    ((1.0, 1.85), (1.0, 2.0), True),  # 1.8 times one
    ((1.0, 1.45), (1.0, 1.5), True),  # a machine on which two processes gain little
    ((1.0, 1.45), (1.0, 1.9), False),
])
def test_two_workers_are_measured_against_what_the_machine_lets_two_processes_do(
    sweep: tuple[float, float], probe: tuple[float, float], met: bool
) -> None:
    figures = {f"sweep/1000/{n}": figure(f"sweep/1000/{n}", value) for n, value in enumerate(sweep, start=1)}
    figures |= {f"probe/1000/{n}": figure(f"probe/1000/{n}", value) for n, value in enumerate(probe, start=1)}
    (goal,) = [goal for goal in GOALS if goal.measured(figures)]
    assert goal.met(figures) is met


def test_the_goal_at_20_000_counts_only_where_memory_is_fast() -> None:
    steps = figure("steps/20k/1", 1e6)
    fast, slow = figure("machine/copy/1", 20.0), figure("machine/copy/1", 12.0)
    counted = [sum(goal.measured({"steps/20k/1": steps, "machine/copy/1": copy}) for goal in GOALS)
               for copy in (fast, slow)]
    assert counted == [1, 0]


def test_goals_and_ratios_name_cases_that_exist() -> None:
    cases = {case.key: case for case in speed.all_cases()}
    assert len(cases) == len(speed.all_cases())
    two_cores = "steps/1k/2" in cases
    assert {beside.key for case in cases.values() for beside in case.beside} <= set(cases)
    assert {key for goal in GOALS for key in goal.keys if two_cores or not key.endswith("/2")} <= set(cases)


def test_processor_time_is_counted_of_one_thread_of_this_process_only() -> None:
    cases = {case.key: case for case in speed.all_cases(processor_time=True)}
    assert "steps/10k/1" in cases and not any(key.endswith("/2") or key.startswith("run/") for key in cases)
    assert {beside.key for case in cases.values() for beside in case.beside} <= set(cases)


def test_the_door_measures_prints_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "speed.json"
    words = ["speed.py", "--only", "start/import", "machine/score", "--rounds", "2", "--json", str(file)]
    monkeypatch.setattr("sys.argv", words)
    assert speed.main() == 0
    out = capsys.readouterr()
    assert "times a bare Python" in out.out and "round 2 of 2: machine/score" in out.err
    found = json.loads(file.read_text())
    assert set(found["figures"]) == {"machine/score", "start/python", "start/import"}
    assert len(found["figures"]["start/import"]["values"]) == 2
    assert found["figures"]["start/import"]["ratios"]["times a bare Python"] > 1
    assert {"cpu", "cores", "python", "numpy", "numba"} <= set(found["machine"])


def test_the_door_refuses_what_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["speed.py", "--only", "nonsense"])
    with pytest.raises(SystemExit, match="2"):
        speed.main()
    assert "no case is called nonsense" in capsys.readouterr().err
