"""What is wrong in the papers is shown where a scenario touches it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import spsim
from spsim.cli.app import app
from spsim.config import load, tensions

SMALL = {"citizens": 200, "elites": 2, "pipeline_agents": 1, "countries": ["KZ"], "replicates": 1}


@pytest.mark.parametrize(
    ("overrides", "numbers"),
    [
        ({}, []),
        ({"foreign_labour_share.CN": 0.5}, ["I6", "I7"]),
        ({"local_jobs": 0.5}, ["I6"]),
        ({"mechanisms.career_ceiling": "off"}, ["I10"]),
        ({"mechanisms.common_noise": "off"}, []),
        ({"anchor_rate": 0.6}, []),
    ],
)
def test_a_scenario_meets_the_tensions_behind_what_it_changes(overrides: dict[str, object], numbers: list[str]) -> None:
    assert [number for number, _, _ in tensions(load("baseline", overrides).scenario)] == numbers


def test_a_run_and_a_check_say_so() -> None:
    result = spsim.run(load("baseline", {**SMALL, "end": "2004-06", "local_jobs": 0.5}))
    assert "In tension in the papers behind this scenario: I6 (`spsim check` says what)." in result.notes
    assert not any("papers" in note for note in spsim.run(load("baseline", {**SMALL, "end": "2004-06"})).notes)
    out = CliRunner().invoke(app, ["check", "baseline", "--set", "local_jobs=0.5"]).stdout
    assert "I6: Investment is said to create jobs" in " ".join(out.split())


def test_a_late_start_and_a_switched_mechanism_are_told() -> None:
    late = spsim.run(load("baseline", {**SMALL, "start": "2020-01", "end": "2020-06", "mechanisms.rents": "off"}))
    assert any("with the capital, foreign labour, students" in text for text in late.warnings)
    assert "mechanisms switched: rents: off" in late.warnings
    assert late.manifest["mechanisms"] == {"rents": "off"}
    assert not spsim.run(load("baseline", {**SMALL, "end": "2004-06"})).warnings
