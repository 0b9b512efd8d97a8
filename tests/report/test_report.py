"""The report: sentences never stronger than numbers, what is refused, escaping, and a browser without a network."""

import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spsim
from spsim.config import ConfigError, SetupError
from spsim.reports.words import ENOUGH, Change, moved

sys.path.insert(0, str(Path(__file__).parents[1] / "app"))
from browsing import CHROMIUM, FLAGS  # the one place that knows how a browser is started

SMALL = {"citizens": 200, "elites": 5, "pipeline_agents": 1, "start": "2012-01", "end": "2014-12"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    evil = spsim.load("baseline", SMALL).with_(title="<script>alert(1)</script> & more", name="evil")
    return spsim.run(evil, replicates=2, workers=1).save(tmp_path_factory.mktemp("report") / "run", figures=False)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12))
def test_sentences_are_never_stronger_than_the_numbers(pairs: list[float]) -> None:
    change = Change.of(np.array(pairs))
    said = moved(change, "points")
    if "higher" in said:
        assert change.low > 0 and change.agreement >= ENOUGH
    elif "lower" in said:
        assert change.high < 0 and change.agreement >= ENOUGH
    else:
        assert said.startswith(("undetermined", "the same"))


def test_a_sign_that_too_few_members_share_is_undetermined() -> None:
    row = {"difference": 1.0, "low": 0.5, "high": 1.5, "sign": "up"}
    assert Change.read({**row, "agreement": 0.79}).sign == "undetermined"
    assert Change.read({**row, "agreement": 0.81}).sign == "up"
    assert Change.read({**row, "sign": "undetermined"}).sign == "undetermined"
    assert Change.read({**row, "low": math.nan, "high": math.nan}).sign == "undetermined"


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


def test_studies_are_reported(tmp_path: Path, run: Path) -> None:
    small = spsim.load("baseline", SMALL)
    spsim.compare(small, small.with_(investment={"CN": 2.0}, name="more"), replicates=2, workers=1,
                  out=tmp_path / "compared")
    spsim.ablate(small, mechanisms=["heritage"], years=(2013, 2014), replicates=2, workers=1, out=tmp_path / "ablated")
    made = spsim.report(tmp_path / "compared", tmp_path / "ablated", run, out=tmp_path / "all.html")
    text = made.read_text(encoding="utf-8")
    assert "more minus baseline" in text and "What each mechanism contributes" in text
    assert len(re.findall("<article", text)) == 3


@pytest.mark.skipif(CHROMIUM is None, reason="browser test: chromium is missing")
def test_a_browser_without_a_network_has_nothing_to_complain_of(run: Path, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    path = spsim.report(run, out=tmp_path / "report.html")
    wrong: list[str] = []
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = chromium.new_context(offline=True, viewport={"width": 400, "height": 900})
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or wrong.append(asked.url))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        page.get_by_role("button", name="Kazakhstan", exact=True).click()
        assert page.locator('.tiles[data-place="KZ"]').is_visible()
        page.locator('.chart[data-place="KZ"] svg[data-hover]').first.focus()
        page.keyboard.press("ArrowLeft")
        assert "2013" in page.locator("#tip").inner_text()
        chromium.close()
    assert not wrong
