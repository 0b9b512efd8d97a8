"""What the page on the calibration says in numbers is what the code, the data and the shipped ensemble say."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from spsim.config import ensemble
from spsim.config.parameters import parameter_table
from spsim.data import load_pack, read_table
from spsim.experiments.calibration.dimensions import DIMENSIONS, NAMES
from spsim.experiments.calibration.members import HELD_TO
from spsim.experiments.calibration.run import evidence
from spsim.experiments.surveys import questions
from spsim.experiments.surveys.asking import scenario_for
from spsim.experiments.validation.patterns import patterns

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "calibration.md").read_text(encoding="utf-8")
TEXT = re.sub(r"\s+", " ", PAGE)


def row_of(name: str) -> list[str]:
    """Return the cells of a number in the table of numbers."""
    numbers = PAGE.partition("<!-- generated: calibration-numbers -->")[2].partition("<!-- end -->")[0]
    row = next(line for line in numbers.splitlines() if line.startswith(f"| `{name}` "))
    return [cell.strip() for cell in row.split("|")]


def test_parameters_that_were_not_fitted_are_counted() -> None:
    fitted, total = len({dimension.parameter for dimension in DIMENSIONS}), len(parameter_table())
    assert f"**{total - fitted} of the {total} parameters were not fitted**; the twelve numbers belong to" in TEXT
    assert (len(NAMES), fitted) == (12, 9)


def test_figures_and_the_polls_that_they_are_of_are_counted() -> None:
    asked, _ = questions(load_pack().surveys_table())
    given = evidence(asked, scenario_for(asked, 200, 1, parameters="defaults"))
    used = [asked[n] for n in given.used if n < len(asked)]
    polls = {question.poll for question in used}
    assert f"{len(used)} figures are fitted; they are of {len(polls)} combinations of poll, item and power" in TEXT
    assert f"All {len(asked)} figures (the fitted {len(used)}, and the second source of one)" in TEXT


def test_patterns_that_members_are_held_to_are_named_with_their_roles() -> None:
    roles = {pattern.id: pattern.role for pattern in patterns()}
    names = {role: [name for name in HELD_TO if roles[name] == role] for role in ("calibration", "imposed")}
    assert f"four of role *calibration* ({', '.join(names['calibration'])})" in TEXT
    assert f"two *imposed* ones ({', '.join(names['imposed'])})" in TEXT
    left = {name for name, role in roles.items() if role == "calibration"} - set(HELD_TO)
    verdicts = pd.read_csv(DOCS / "validation.csv").set_index("pattern")["verdict"]
    assert {name for name in left if verdicts[name] == "fails"} == {"P04", "S-CN", "S-RU"}
    assert left == {"P01", "P04", "S-CN", "S-RU"}


@pytest.mark.parametrize("name", ["base.RU.KZ", "common_noise", "protest_scale"])
def test_the_table_of_numbers_tells_the_shipped_ensemble(name: str) -> None:
    low, middle, high = read_table("ensemble")[name].quantile([0.05, 0.5, 0.95])
    assert row_of(name)[5] == f"{middle:.3g} ({low:.3g} to {high:.3g})"


def test_the_shift_of_china_is_the_same_in_all_countries() -> None:
    members, default = ensemble.members(), parameter_table()["base"][2]["CN"]
    shifts = pd.DataFrame({country: members[f"base.CN.{country}"] - value for country, value in default.items()})
    assert shifts.std(axis=1).max() < 1e-5
    low, middle, high = shifts["KZ"].quantile([0.05, 0.5, 0.95])
    assert row_of("base.CN")[5] == f"{middle:.3g} ({low:.3g} to {high:.3g})"


def test_the_ensemble_tells_what_is_amiss_with_it() -> None:
    assert "truncated posterior" in ensemble.about()["note"]
