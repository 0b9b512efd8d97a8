"""The report: sentences never stronger than numbers, what is refused, escaping, and a browser without a network."""

import json
import math
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spsim
from spsim.analysis.intervals import AGREEMENT, paired_difference
from spsim.config import ConfigError, SetupError
from spsim.display import difference
from spsim.reports import registers
from spsim.reports.words import Change, cell, course, moved

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "app")]
import folders  # noqa: E402
from browsing import CHROMIUM, FLAGS  # noqa: E402  the one place that knows how a browser is started

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="browser test: chromium is missing")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    evil = spsim.load("baseline", folders.SMALL).with_(title="<script>alert(1)</script> & more", name="evil")
    return spsim.run(evil, replicates=2, workers=1).save(tmp_path_factory.mktemp("report") / "run", figures=False)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12), st.booleans())
def test_sentences_are_never_stronger_than_the_numbers(pairs: list[float], in_sets: bool) -> None:
    """A report says what the tables of a comparison say: one rule decides what is undetermined."""
    values, sets = np.array(pairs), [n // 2 for n in range(len(pairs))] if in_sets else []
    change = Change.of(values, sets)
    assert change.sign == paired_difference(values, sets)["sign"]
    said = moved(change, "points")
    if "higher" in said:
        assert change.low > 0 and not change.agreement < AGREEMENT
    elif "lower" in said:
        assert change.high < 0 and not change.agreement < AGREEMENT
    else:
        assert said.startswith(("undetermined", "the same", "under 0.1"))


def test_replicates_that_differ_in_chance_only_need_no_share_of_the_sign() -> None:
    pairs = np.array([-0.1, -0.1, -0.1] + [1.0] * 7)
    assert Change.of(pairs).sign == paired_difference(pairs)["sign"] == "up"
    assert Change.of(pairs, range(10)).sign == paired_difference(pairs, range(10))["sign"] == "undetermined"
    assert Change.of(pairs[:1]).sign == "undetermined"


@pytest.mark.parametrize("sign", ["undetermined", "up"])
def test_what_is_too_small_to_print_is_called_as_on_the_command_line(sign: str) -> None:
    tiny = {"difference": 0.002, "low": -0.008 if sign == "undetermined" else 0.001, "high": 0.009, "sign": sign}
    change = Change.read(tiny)
    assert difference(tiny) == cell(change, "+.2f") == "under 0.01"
    assert moved(change, "points", form="+.2f") == "under 0.01 points"
    assert course("approval", change, "points", "+.2f") == "approval has changed by under 0.01 points"


def test_units_stand_beside_their_numbers() -> None:
    doubted = Change.read({"difference": 2.0, "low": 0.4, "high": 3.5, "agreement": 0.7,
                           "sign": "undetermined"})
    said = course("approval", doubted, "points")
    assert said == ("whether approval has risen or fallen is undetermined (+0.4 to +3.5 points, but only 70 % agree on "
                    "the sign)")


def test_directories_that_cannot_be_reported_are_all_named(tmp_path: Path) -> None:
    half = tmp_path / "half"
    half.mkdir()
    (half / "log.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        spsim.report(half, tmp_path / "nowhere", tmp_path)
    said = str(caught.value)
    assert "not finished" in said and "is not there" in said and "holds no results" in said


def test_other_files_are_not_overwritten(run: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.html"
    mine.write_text("my own", encoding="utf-8")
    with pytest.raises(SetupError, match="not a report"):
        spsim.report(run, out=mine)
    assert mine.read_text(encoding="utf-8") == "my own"


def test_a_run_is_escaped_small_and_the_same_each_time(run: Path, tmp_path: Path) -> None:
    one, two = (spsim.report(run, out=tmp_path / f"{n}.html").read_text(encoding="utf-8") for n in (1, 2))
    assert one == two
    assert "<script>alert" not in one and "&lt;script&gt;alert(1)" in one
    assert len(one.encode()) < 5_000_000
    for heading in ("What moved sentiment", "Generations", "The education pipeline", "licences", "spsim run evil.yaml"):
        assert heading in one


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("studies")
    return {name: getattr(folders, name)(base / name) for name in SAID}


SAID = {
    "comparison": "more minus baseline",
    "ablation": "--mechanism heritage",
    "sweep": "With investment (CN) at 2 instead of 0.5, in baseline: public approval, China is",
    "map_of_two": "green: above zero, amber: below",
    "clouds": "Shown are the values with the largest rank correlation; not shown: 1",
    "elites": "From the first to the last third of the years elites and votes go the same way in",
    "scores": "Of 5 polled values",
    "sensitivity": "--vary threat_decay --vary investment.CN=0.5..2",
    "validation": "Of 2 patterns 1 pass",
    "calibration": "1 of 2 polled figures lie inside the 90 % interval",
}
"""What the report of each kind of study must hold."""


def test_studies_are_reported(studies: dict[str, Path], run: Path, tmp_path: Path) -> None:
    text = spsim.report(*studies.values(), run, out=tmp_path / "all.html").read_text(encoding="utf-8")
    assert len(re.findall("<article", text)) == len(SAID) + 1
    assert all(said in text for said in SAID.values())
    assert len(text.encode()) < 5_000_000


def test_a_calibration_says_what_moved_and_shows_its_figures(studies: dict[str, Path], tmp_path: Path) -> None:
    text = spsim.report(studies["calibration"], out=tmp_path / "c.html").read_text(encoding="utf-8")
    assert "The data narrowed 1 of 2 parameters: threat_decay;" in text
    assert "90 % intervals held them in 90 % of the cases and 50 % intervals in 51 %" in text
    assert 'src="data:image/svg+xml;base64,' in text
    assert "posterior, 90 %" in text and "90 % of the ensemble" not in text
    assert "house effects, wording and the model’s own error (its discrepancy) together" in text


def test_a_comparison_keeps_what_was_set_on_top_of_its_scenarios(studies: dict[str, Path]) -> None:
    held = studies["comparison"] / "scenarios"
    again = spsim.load(held / "more.yaml").scenario
    assert again.run.citizens == folders.SMALL["citizens"] and again.levers
    assert not spsim.load(held / "baseline.yaml").scenario.levers


CUT = """() => [...document.querySelectorAll("svg text")].filter(each => {
  const box = each.getBBox(), room = each.ownerSVGElement.viewBox.baseVal;
  return box.width && (box.x < -1 || box.x + box.width > room.width + 1 || box.y + box.height > room.height + 2);
}).map(each => each.textContent)"""
"""The words of charts that are cut at an edge."""


@contextmanager
def watched(path: Path, width: int) -> Iterator[Any]:
    """Open a report without a network; at the end there was no error, no request, and nothing wider than the page."""
    playwright = pytest.importorskip("playwright.sync_api")
    wrong: list[str] = []
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = chromium.new_context(offline=True, viewport={"width": width, "height": 900}).new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or wrong.append(asked.url))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == []
        yield page
        chromium.close()
    assert not wrong


@needs_browser
def test_a_reader_chooses_a_country_and_walks_through_the_years(run: Path, tmp_path: Path) -> None:
    with watched(spsim.report(run, out=tmp_path / "report.html"), 400) as page:
        page.get_by_role("button", name="Kazakhstan", exact=True).click()
        assert page.locator('.tiles[data-place="KZ"]').is_visible()
        page.locator('.chart[data-place="KZ"] svg[data-hover]').first.focus()
        page.keyboard.press("ArrowLeft")
        assert "2013" in page.locator("#tip").inner_text()


A4 = 703
"""Pixels between the margins of a printed page."""


@needs_browser
def test_a_report_is_printed_without_a_network_and_without_its_controls(
    studies: dict[str, Path], run: Path, tmp_path: Path
) -> None:
    with watched(spsim.report(run, *studies.values(), out=tmp_path / "report.html"), A4) as page:
        page.get_by_role("button", name="Kazakhstan", exact=True).first.click()
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= A4
        assert page.locator(".scroll table").evaluate_all(f"all => all.every(each => each.offsetWidth <= {A4})")
        assert not page.locator(".choice:visible, details:visible, #tip:visible").count()
        assert page.locator(".printed:visible").first.inner_text() == "Charts that differ by place show: Kazakhstan."
        # heads come again on each page only where they hold no control
        assert page.locator("thead :is(button, input, select)").count() == 0
        kept = "all => all.every(each => getComputedStyle(each).breakInside === 'avoid')"
        assert page.locator("figure, tr").evaluate_all(kept)
        printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type */Page\b", printed)) > len(SAID)


@needs_browser
@pytest.mark.parametrize("width", [400, 1280])
def test_all_studies_open_without_a_network_and_their_tables_sort(
    studies: dict[str, Path], run: Path, tmp_path: Path, width: int
) -> None:
    with watched(spsim.report(*studies.values(), run, out=tmp_path / "all.html"), width) as page:
        head = page.locator("article:first-of-type th").first
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        assert page.locator("article").count() == len(SAID) + 1


def test_bands_say_what_they_hold(tmp_path: Path) -> None:
    """With several parameter sets the inner band is chance alone, and a set counts as one witness."""
    scenario = spsim.load("baseline", {**folders.SMALL, "countries": ["KZ"]})
    folder = spsim.run(scenario, replicates=4, workers=1).save(tmp_path / "run", figures=False)
    text = spsim.report(folder, out=tmp_path / "report.html").read_text(encoding="utf-8")
    assert "2 parameter sets of the ensemble in 4 replicates, so chance and parameters" in text
    assert "Median, 90 % of all runs and, inside, 90 % by chance alone." in text and "; by chance " in text
    alone = spsim.run(scenario.with_(parameters="defaults"), replicates=4, workers=1)
    text = spsim.report(alone.save(tmp_path / "alone", figures=False), out=tmp_path / "b.html").read_text("utf-8")
    assert "4 replicates, so chance only" in text and "by chance alone" not in text
    assert "Median, 50 and 90 % of replicates." in text


def test_a_change_over_sets_is_never_surer_than_its_sets() -> None:
    pairs = np.array([1.0, 1.2, 0.9, 1.1, 1.0, 1.1])
    assert Change.of(pairs).sign == "up"
    assert Change.of(pairs, [7, 7, 7, 7, 7, 7]).sign == "undetermined"
    assert Change.of(np.array([3.0, 3, 3, 3, -0.1, -0.1]), [1, 1, 2, 2, 3, 3]).sign == "undetermined"


def test_an_ensemble_that_is_not_the_installed_one_does_not_speak_for_a_run(run: Path, tmp_path: Path) -> None:
    """Sets are those that the run wrote down, and today's numbers are not said to be its own."""
    said = spsim.report(run, out=tmp_path / "a.html").read_text(encoding="utf-8")
    assert "From the ensemble, a set for each two replicates" in said and "from the ensemble (median" in said
    assert "2 replicates, so chance only" in said
    other = Path(shutil.copytree(run, tmp_path / "other"))
    manifest = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    manifest["parameters_from"].update(digest="0" * 16, member_of_replicate=[900, 901])
    (other / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    said = spsim.report(other, out=tmp_path / "b.html").read_text(encoding="utf-8")
    assert "From the ensemble, a set for each two replicates" not in said and "from the ensemble (median" not in said
    assert "21 calibrated numbers are left out: the run took them from an ensemble (digest 0000000000000000)" in said
    assert "RU.UZ from another ensemble" in said
    assert "2 parameter sets of the ensemble in 2 replicates" in said


def test_a_badge_is_that_of_the_number() -> None:
    found = registers.badges(["base.CN.KZ", "base.CN.TM", "base.RU.TM", "base.RU.KZ", "base.CN", "investment.CN"])
    assert list(found.values()) == ["data", "assumption", "assumption", "data", "assumption", "a decision"]


def test_points_of_a_design_are_no_witnesses(studies: dict[str, Path], tmp_path: Path) -> None:
    text = spsim.report(studies["map_of_two"], out=tmp_path / "m.html").read_text(encoding="utf-8")
    said = text.partition("Open-contracts minus baseline, over the points: ")[2].partition(" points have the sign")[0]
    assert re.search(r"differs by \S+ points in the median and by \S+ to \S+ in all; (all|\d of) 6$", said)
    assert "undetermined" not in said


def test_elites_and_scores_say_undetermined_and_count_losses_too(studies: dict[str, Path], tmp_path: Path) -> None:
    text = spsim.report(studies["elites"], studies["scores"], out=tmp_path / "e.html").read_text(encoding="utf-8")
    order = pd.read_parquet(studies["elites"] / "order.parquet")
    changes = pd.read_parquet(studies["elites"] / "changes.parquet")
    assert changes["rotations"].max() < 20
    assert text.count('class="n">cannot be told with so few years</td>') == len(changes)
    assert "towards China cannot be told with so few years (rank correlation" in text
    unclear = (order["p"] >= 0.05) | (order["low"] <= 0) & (order["high"] >= 0)
    assert unclear.any() and text.count('class="n">undetermined</td>') >= int(unclear.sum())
    assert "spsim elites baseline.yaml --replicates 4 --seed 1" in text
    tally = pd.read_parquet(studies["scores"] / "tally.parquet").set_index("forecast").loc["first possible"]
    assert f"it wins {tally['wins']} times and loses {tally['losses']} times in {tally['compared']} comparisons" in text
    assert "which of the two is better is undetermined" in text
    assert "Only the 3 values that it was not fitted to are a test: 2 of them inside the interval" in text
    assert "spsim validate --surveys scores.csv --replicates 4 --seed 1" in text


def test_a_sensitivity_study_names_conditions_and_leaves_out_what_is_undetermined(
    studies: dict[str, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(studies["sensitivity"], tmp_path / "study")
    pd.DataFrame({
        "factor": ["threat_decay", "investment.CN"], "low": [0.31, 1.5], "high": [0.6, 2.0], "least": [0.3, 0.5],
        "most": [1.6, 2.0], "qp_low": [math.nan, 0.2], "qp_high": [0.001, math.nan],
    }).to_parquet(folder / "discovery.parquet")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["box"] = {"reason": "", "density": 0.81, "coverage": 0.6, "mass": 0.3}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    moves = pd.read_parquet(folder / "one_at_a_time.parquet")
    moves.loc[moves["factor"] == "threat_decay", ["low_sign", "high_sign"]] = "undetermined"
    moves.loc[moves["factor"] == "investment.CN", "low_sign"] = "up"
    moves.to_parquet(folder / "one_at_a_time.parquet")
    text = spsim.report(folder, out=tmp_path / "s.html").read_text(encoding="utf-8")
    assert ("it happens in 81 % of the points with threat_decay at most 0.60 and investment.CN at least 1.50 "
            "(undetermined: may be chance); 60 % of all points where it happens lie there") in text
    moved_alone = text.partition("where its sign is determined")[2].partition("</table>")[0]
    assert "investment.CN" in moved_alone and "threat_decay" not in moved_alone
