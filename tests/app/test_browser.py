"""The page in a real browser: every control, both themes, a telephone, files out and in, no error, no network."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from browsing import browser, kept, need_browser, opened, served
from small import wait_for

from spsim import api
from spsim.app import files
from spsim.config import load_text

MINE = """\
schema: 1
name: small
title: A small run
extends: baseline
run: {citizens: 200, elites: 6, pipeline_agents: 1, start: 2015-01, end: 2017-12}
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "small.yaml"
    path.write_text(MINE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def address(scenario: Path) -> Iterator[str]:
    need_browser()
    with served(str(scenario)) as (found, _):
        yield found


@pytest.fixture(scope="module")
def chromium(address: str) -> Iterator[Any]:
    with browser() as found:
        yield found


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    with opened(chromium, address) as found:
        yield found


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def see(page: Any, words: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator("body")).to_contain_text(words)


def slide(page: Any, name: str, keys: str, times: int = 1) -> None:
    """Move a slider with the keyboard, as somebody without a mouse does."""
    page.get_by_label(name, exact=True).first.focus()
    for _ in range(times):
        page.keyboard.press(keys)


def test_time_goes_on_by_hand_and_by_itself(page: Any) -> None:
    from playwright.sync_api import expect

    see(page, "January 2015")
    press(page, "Step")
    see(page, "February 2015")
    press(page, "+1 year")
    see(page, "February 2016")
    page.get_by_role("button", name="max", exact=True).click()
    press(page, "Play")
    see(page, "December 2017")
    expect(page.get_by_role("button", name="Step", exact=True)).to_be_disabled()
    press(page, "Reset")
    see(page, "January 2015")
    page.get_by_role("button", name="2", exact=True).click()
    press(page, "Play")
    press(page, "Pause")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_lever_is_pulled_by_keyboard_and_stands_on_the_timeline(page: Any) -> None:
    press(page, "Step")
    slide(page, "Scholarships", "ArrowRight", 5)
    see(page, "China: scholarships 1.5")
    see(page, "(edited on the page)")
    press(page, "+1 year")
    slide(page, "Scholarships", "Home")
    see(page, "China: scholarships 0")
    slide(page, "Contract transparency", "End")
    see(page, "Contract transparency 1")
    press(page, "Reset")
    from playwright.sync_api import expect

    expect(page.locator("body")).not_to_contain_text("scholarships 1.5")


def test_the_map_answers_to_mouse_and_keyboard(page: Any) -> None:
    page.locator('[data-country="UZ"] path').first.click()
    see(page, "Public and elite approval, Uzbekistan")
    page.locator('[data-country="KG"]').focus()
    page.keyboard.press("Enter")
    see(page, "Public and elite approval, Kyrgyzstan")
    page.locator('[data-country="KG"]').focus()
    press_step = page.get_by_role("button", name="Step", exact=True)
    press_step.evaluate("button => button.click()")  # without taking the keyboard away from the map
    see(page, "February 2015")
    assert page.evaluate("document.activeElement.getAttribute('data-country')") == "KG"
    press(page, "The region")
    see(page, "Public and elite approval, the region")


def test_pin_shows_ghost_and_difference(page: Any) -> None:
    from playwright.sync_api import expect

    press(page, "Step")
    press(page, "Pin as reference")
    expect(page.get_by_text("Pinned: A small run", exact=True)).to_be_visible()
    slide(page, "Investment", "End")
    press(page, "+1 year")
    see(page, "against the pinned run")
    see(page, "grey: pinned run")
    press(page, "Unpin")
    expect(page.locator("body")).not_to_contain_text("against the pinned run")


def test_scenario_and_seed_can_be_changed_while_it_plays(page: Any) -> None:
    press(page, "Play")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Seed").press("Enter")
    see(page, "seed 7")
    press(page, "Play")
    page.locator(".v-select__slot").first.click()
    page.get_by_role("option", name="uzbekistan-opens", exact=True).click()
    see(page, "Uzbekistan")
    see(page, "Step 0 of 323")
    press(page, "Step")
    see(page, "February 2004")


def test_every_tab(page: Any) -> None:
    press(page, "+1 year")
    page.get_by_role("tab", name="Protest, education, generations").click()
    see(page, "Education in China, the region")
    assert page.locator(".sp-drawing svg").count() == 9
    press(page, "Step")
    see(page, "February 2016")
    page.get_by_role("tab", name="Parameters and claims").click()
    see(page, "assumption")
    page.get_by_label("Only those that hold this word").fill("anchor_rate")
    see(page, "claims of the two papers")
    page.get_by_role("tab", name="Opinion").click()
    see(page, "Whom the public prefers")


def test_an_ensemble_runs_in_the_background_and_can_be_cancelled(page: Any) -> None:
    from playwright.sync_api import expect

    press(page, "Pin as reference")
    press(page, "Step")
    slide(page, "Investment", "End")
    page.get_by_role("tab", name="Ensemble").click()
    page.get_by_label("Replicates", exact=True).fill("4")
    page.get_by_label("Replicates", exact=True).press("Enter")
    press(page, "Run ensemble")
    expect(page.get_by_text("Mean of the last five years")).to_be_visible(timeout=90_000)
    see(page, "95 % interval")
    assert page.locator(".sp-drawing svg").count() == 8
    page.get_by_label("Replicates", exact=True).fill("200")
    page.get_by_label("Replicates", exact=True).press("Enter")
    press(page, "Run ensemble")
    press(page, "Step")  # the page goes on meanwhile
    see(page, "March 2015")
    press(page, "Cancel")
    expect(page.locator("p[role=status]")).to_contain_text("cancelled", timeout=60_000)
    page.get_by_label("Replicates", exact=True).fill("1")
    page.get_by_label("Replicates", exact=True).press("Enter")
    press(page, "Run ensemble")
    see(page, "from 2 to 200")


def download(page: Any, button: Any) -> tuple[str, bytes]:
    with page.expect_download() as found:
        button.click()
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


def test_files_come_out_and_go_in_again(page: Any, tmp_path: Path) -> None:
    press(page, "+1 year")
    slide(page, "Scholarships", "End")
    see(page, "China: scholarships 4")
    press(page, "+1 year")
    see(page, "January 2017")
    name, content = download(page, page.get_by_role("button", name="Scenario (YAML)").first)
    assert name == "small-edited.yaml"
    mine = load_text(content.decode()).scenario
    assert [(lever.lever, lever.from_, lever.to) for lever in mine.levers] == [("scholarships", "2016-02", 4.0)]
    name, content = download(page, page.get_by_role("button", name="Data (CSV)").first)
    assert name == "small-edited-opinion.csv"
    whole = api.run(mine, replicates=1, workers=1).tables["opinion"]
    so_far = whole[whole["date"] <= "2017-01-01"]
    assert content.decode().splitlines() == so_far.to_csv(index=False, date_format="%Y-%m-%d").splitlines()
    name, content = download(page, page.get_by_label("Save as SVG: Whom the public prefers"))
    assert name == "small-edited-map-2017-01.svg" and "var(" not in content.decode()
    assert ElementTree.fromstring(content).get("width")
    name, content = download(page, page.get_by_label("Save as PNG: Whom the public prefers"))
    assert name.endswith(".png") and content.startswith(b"\x89PNG") and len(content) > 20_000
    again = tmp_path / "again.yaml"
    again.write_text(files.scenario_text(mine), encoding="utf-8")
    page.get_by_label("Upload a scenario").set_input_files(again)
    see(page, "January 2015")
    see(page, "China: scholarships 4")


def test_a_bad_upload_is_explained_and_changes_nothing(page: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    press(page, "Step")
    bad = tmp_path / "bad.yaml"
    for content, said in [
        (MINE.encode() + b"levers: [{lever: scolarships, to: 2, from: 2016}]\n", "did you mean 'scholarships'?"),
        (bytes(range(256)), "not a text file"), (b"", "the file is empty"), (b"#" * 1_200_000, "larger than"),
        (b"a: [", "not readable as YAML"), (b"schema: 1\nname: x\ntitle: xxx\nextends: ../x.yaml\n", "bad.yaml:4"),
    ]:
        bad.write_bytes(content)
        page.get_by_label("Upload a scenario").set_input_files(bad)
        expect(page.get_by_role("alert")).to_contain_text(said)
    press(page, "Close")
    expect(page.get_by_role("alert")).to_have_count(0)
    see(page, "February 2015")


@pytest.mark.parametrize("width", [1440, 400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_the_screen_in_both_themes(chromium: Any, address: str, width: int, dark: bool, tmp_path: Path) -> None:
    with opened(chromium, address, width=width, dark=dark) as page:
        press(page, "+1 year")
        see(page, "January 2016")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        paper = page.evaluate("getComputedStyle(document.querySelector('.sp-chart')).backgroundColor")
        assert paper == ("rgb(27, 34, 41)" if dark else "rgb(255, 255, 255)")
        columns = {round(box["x"]) for box in (card.bounding_box() for card in page.locator(".sp-chart").all())}
        assert len(columns) == (1 if width < 1000 else 2)
        picture = tmp_path / "page.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 50_000
        page.get_by_role("button", name=re.compile("^Theme")).click()
        turned = page.evaluate("getComputedStyle(document.querySelector('.sp-chart')).backgroundColor")
        assert turned != paper


def test_every_control_has_a_name_and_can_be_reached_by_key(page: Any) -> None:
    nameless = page.evaluate("""() => [...document.querySelectorAll('button, input:not([type=hidden]), summary')]
        .filter(e => e.offsetParent && !(e.innerText || '').trim() && !e.getAttribute('aria-label')
                     && !(e.labels && e.labels.length))
        .map(e => e.outerHTML.slice(0, 200))""")
    assert nameless == []
    seen = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("(document.activeElement.innerText || document.activeElement.id || '').trim()"))
    assert {"Play", "Step", "+1 year", "Reset", "Pin as reference", "lever-scholarships.CN", "SVG", "PNG"} <= seen


def test_eight_visitors_have_a_model_each_and_leave_nothing_behind(chromium: Any, address: str) -> None:
    wait_for(lambda: kept(address)[0] == 0, 150)  # those of other tests, two minutes if a browser left without a word
    contexts = [chromium.new_context() for _ in range(8)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.goto(address)
    for number, page in enumerate(pages):
        page.get_by_role("button", name="Step", exact=True).wait_for(timeout=60_000)
        for _ in range(number):
            press(page, "Step")
    for number, page in enumerate(pages):
        see(page, f"Step {number} of 35")
        press(page, "Play")
    assert kept(address)[0] == 8
    for page in pages:
        page.close(run_before_unload=False)
    for context in contexts:
        context.close()
    wait_for(lambda: kept(address)[0] == 0, 30)


def stands_still(page: Any) -> bool:
    """Tell whether the page shows the same month half a second later."""
    before = page.locator("body").inner_text()
    page.wait_for_timeout(500)
    return bool(page.locator("body").inner_text() == before)


def test_mesa_page_steps_plays_and_resets(chromium: Any) -> None:
    from playwright.sync_api import expect

    with served("--mesa") as (found, _), opened(chromium, found) as page:
        see(page, "Whom the public prefers")
        press(page, "Step")
        see(page, "February 2004")
        press(page, "▶")
        expect(page.locator("body")).to_contain_text(re.compile(r"Step ([4-9]|\d\d+) of"))
        press(page, "❚❚")
        wait_for(lambda: stands_still(page))  # Mesa's loop would take the step that it has begun after a Reset
        press(page, "Reset")
        see(page, "January 2004")


def test_stopping_the_server_stops_an_ensemble_at_once(chromium: Any) -> None:
    from playwright.sync_api import expect

    with served("baseline") as (found, process):
        page = chromium.new_page()
        page.goto(found)
        page.get_by_role("tab", name="Ensemble").click()
        page.get_by_label("Replicates", exact=True).fill("200")
        page.get_by_label("Replicates", exact=True).press("Enter")
        press(page, "Run ensemble")
        expect(page.locator("body")).to_contain_text(re.compile("running: [1-9]"), timeout=60_000)
        os.kill(process, signal.SIGINT)
        begun = time.monotonic()
    assert time.monotonic() - begun < 15
    page.close()
