"""Ensembles in the background: the numbers of ``spsim compare``, progress, and a cancel that is obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from small import small, wait_for

from spsim.app import ensemble as ensembles
from spsim.app.ensemble import NOW, REFERENCE, Ensemble, Progress
from spsim.app.page.words import difference_table
from spsim.config import ConfigError
from spsim.experiments import compare

LEVER = "levers: [{lever: investment, power: CN, from: 2015-06, to: 4}]\n"


@pytest.fixture
def ensemble() -> Iterator[Ensemble]:
    made = Ensemble()
    yield made
    made.close()
    wait_for(lambda: not made.progress.busy)


def test_it_gives_what_compare_gives(ensemble: Ensemble, tmp_path: Path) -> None:
    seen: list[Progress] = []
    ensemble.listen(seen.append)
    reference, now = small(end="2016-03"), small(LEVER, end="2016-03")
    ensemble.start(now, reference, 3)
    assert ensemble.progress.busy
    wait_for(lambda: not ensemble.progress.busy, 90)
    result = ensemble.progress.result
    assert ensemble.progress.status == "done" and result is not None and result.paired
    done = [progress.done for progress in seen if progress.status == "running"]
    assert done == sorted(done) and done[0] == 0
    named = [reference.model_copy(update={"name": "one"}), now.model_copy(update={"name": "other"})]
    compared = compare.comparison(named, ensembles.OUTCOMES)
    runs = compare.run(compared, tmp_path / "log.jsonl", 3, workers=1)
    for outcome in ensembles.OUTCOMES:
        np.testing.assert_array_equal(result.runs[REFERENCE][outcome], runs["one"][outcome])
        np.testing.assert_array_equal(result.runs[NOW][outcome], runs["other"][outcome])
    cells = re.findall(r"<td[^>]*>(.*?)</td>", difference_table(result, "KZ"))
    _, summary = compare.tables(compared, runs, compared.years[-5:], 0.5)
    first = summary[summary["country"] == "KZ"].iloc[0]
    assert unescape(cells[0]) == "public approval" and cells[2] == f"{first['reference']:.1f}"
    assert ("undetermined" in cells[4]) == (first["sign"] == "undetermined")


def test_without_a_reference_there_are_bands_only(ensemble: Ensemble) -> None:
    ensemble.start(small(end="2015-06"), None, 2)
    wait_for(lambda: not ensemble.progress.busy, 90)
    result = ensemble.progress.result
    assert result is not None and not result.paired and result.runs[NOW]["approval"].shape == (2, 1, 6, 2)


def test_cancel_ends_it_soon_and_it_can_be_started_again(ensemble: Ensemble) -> None:
    ensemble.start(small(citizens=2000), None, 200)
    wait_for(lambda: ensemble.progress.done > 0, 90)
    ensemble.cancel()
    assert ensemble.progress.status == "stopping"
    wait_for(lambda: not ensemble.progress.busy, 20)
    assert ensemble.progress.status == "cancelled" and ensemble.progress.done < 200
    assert ensemble.progress.result is None
    ensemble.start(small(end="2015-03"), None, 2)
    wait_for(lambda: ensemble.progress.status == "done", 90)


def test_a_second_start_while_one_is_under_way_does_nothing(ensemble: Ensemble) -> None:
    ensemble.start(small(), None, 50)
    ensemble.start(small(), None, 3)
    assert ensemble.progress.total == 50


def test_two_visitors_wait_for_each_other() -> None:
    one, other = Ensemble(), Ensemble()
    one.start(small(citizens=2000), None, 100)
    wait_for(lambda: one.progress.status == "running", 30)
    other.start(small(), None, 2)
    assert other.progress.status == "waiting"
    other.cancel()
    wait_for(lambda: other.progress.status == "cancelled")
    one.close()
    wait_for(lambda: not one.progress.busy, 30)


def test_what_cannot_be_run_is_a_message(ensemble: Ensemble) -> None:
    ensemble.start(small(), None, 1)
    assert ensemble.progress.status == "failed" and "from 2 to 200" in ensemble.progress.message
    ensemble.start(small(), small(seed=2), 2)
    assert "they would share no draws" in ensemble.progress.message
    with pytest.raises(ConfigError, match="at most 20,000"):
        ensembles.plan(small(citizens=50_000), None, 2)
