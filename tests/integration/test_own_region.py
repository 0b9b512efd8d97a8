"""A region of a user's own: the example of docs/extending.md as written, its mistakes, and Central Asia the same way.

The region is read when spsim is imported, so each test asks processes of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import spsim
from spsim.config.loading import scenarios_folder
from spsim.data.region import SHIPPED

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "region"

SAVED = """
import sys, spsim
result = spsim.run(spsim.load("baseline", citizens=200, elites=4, pipeline_agents=1, end="2007-12", replicates=2))
result.save(sys.argv[1], figures=False)
"""
"""A small run, with the ensemble where the region has one."""

SHOWN = """
import ipyvuetify, solara, spsim
from spsim.app.opening import Opening, open_with
from spsim.app.page import layout
scenario = spsim.load("baseline", citizens=200, elites=4, pipeline_agents=1, end="2007-12").scenario
open_with(Opening(scenario, "baseline"))
box, context = solara.render(layout.Page(), handle_error=False)
print(*(widget.svg for widget in context.find(ipyvuetify.VuetifyTemplate).widgets if widget.has_trait("svg")))
context.close()
"""


def block(mark: str) -> str:
    """Return the block of the page below a mark."""
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found, mark
    return found[1]


def environment(folder: Path | None, bin_: Path | None = None) -> dict[str, str]:
    """Return what a process sees; ``folder`` is the region, ``bin_`` holds commands."""
    others = {name: value for name, value in os.environ.items() if name != "SPSIM_REGION"}
    path = f"{bin_}{os.pathsep}{others['PATH']}" if bin_ else others["PATH"]
    region = {"SPSIM_REGION": str(folder)} if folder else {}
    return {**others, **region, "PYTHONPATH": str(Path(spsim.__file__).parents[1]), "PATH": path, "COLUMNS": "140"}


def ask(folder: Path | None, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own."""
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment(folder), capture_output=True, text=True, check=False
    )


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of spsim beside a region's folder, which is named as on the page."""
    return ask(Path(folder.name), "-m", "spsim.cli", *words, cwd=folder.parent)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the example, complete."""
    folder = tmp_path_factory.mktemp("example") / "two-valleys"
    shutil.copytree(EXAMPLE, folder)
    assert ask(None, str(folder / "invent.py"), cwd=folder.parent).returncode == 0
    return folder


@pytest.fixture
def valleys(example: Path, tmp_path: Path) -> Path:
    """Return a copy of the example, to be changed."""
    return Path(shutil.copytree(example, tmp_path / "two-valleys"))


def changed(folder: Path, table: str, before: str, after: str) -> None:
    """Change a file of a region."""
    text = (folder / table).read_text(encoding="utf-8")
    assert before in text
    (folder / table).write_text(text.replace(before, after, 1), encoding="utf-8", newline="")


@pytest.mark.skipif(sys.platform == "win32", reason="the page's commands are those of a POSIX shell")
def test_the_commands_of_the_page_run_as_written(tmp_path: Path) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, module in (("spsim", "-m spsim.cli"), ("python", "")):
        (bin_ / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
        (bin_ / name).chmod(0o755)
    shutil.copytree(EXAMPLE, tmp_path / "docs" / "region")
    done = subprocess.run(
        ["sh", "-e", "-c", block("region-commands")], cwd=tmp_path, env=environment(None, bin_), capture_output=True,
        text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "8 series and 5 tables are sound (your own region: Two Valleys (invented)" in done.stdout
    assert "Aldovia" in done.stdout and "invented for this example" in done.stdout
    assert len(list((tmp_path / "valleys" / "figures").glob("*.png"))) == 9
    report = (tmp_path / "valleys.html").read_text(encoding="utf-8")
    assert "soft power in Two Valleys (invented)" in report and "A tile a country" in report
    for word in ("Kazakhstan", "Turkmenistan*", "CA5"):
        assert word not in report + done.stdout
    elsewhere = ask(None, "-m", "spsim.cli", "report", "valleys", "--out", "other.html", cwd=tmp_path)
    assert elsewhere.returncode == 2
    assert elsewhere.stderr.count("\n") == 1 and "XA, XB, of another region than Central Asia" in elsewhere.stderr


def test_the_page_shows_the_file_as_it_is() -> None:
    assert block("file: region/region.yaml") == (EXAMPLE / "region.yaml").read_text(encoding="utf-8")
    rows = (EXAMPLE / "country_parameters.csv").read_text(encoding="utf-8").splitlines()
    shown = re.search(r"^```csv\n(parameter,power.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert shown and set(shown[1].splitlines()) <= set(rows)


def test_central_asia_in_a_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    """The shipped region and a user's go one way: copied into a folder, it runs to the last byte as before."""
    folder = tmp_path / "copy"
    shutil.copytree(SHIPPED, folder)
    shutil.copytree(scenarios_folder(), folder / "scenarios")
    for name, region in (("one", None), ("two", folder)):
        done = ask(region, "-c", SAVED, name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    tables = sorted(path.name for path in (tmp_path / "one").glob("*.parquet"))
    assert len(tables) == 7
    for name in [*tables, "scenario.yaml"]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_the_example_says_what_is_wrong_as_on_the_page(valleys: Path) -> None:
    changed(valleys, "country_parameters.csv", "base,CN,XA", "base,CN,XC")
    text = (valleys / "country_parameters.csv").read_text(encoding="utf-8")
    (valleys / "country_parameters.csv").write_text(re.sub(r"war_memory.*\n", "", text), encoding="utf-8")
    done = command(valleys, "check", "baseline")
    assert done.returncode == 2
    assert done.stderr == block("region-mistakes")


FACTS = [
    ("region.yaml", "  XB: Brunnland", "  Xb: Brunnland", r"region\.yaml:6: .*got 'Xb'; allowed: two capital letters"),
    ("region.yaml", "organisations:", "organizations:", r":9: organizations: unknown key; .* mean 'organisations'\?"),
    ("region.yaml", "projected_from: 2024", "projected_from: soon", r":7: population_projected_from: got 'soon'"),
]
CODES = [
    ("region.yaml", "  XB: Brunnland", "  CN: Brunnland", r"region\.yaml:6: countries\.CN: is a power"),
    ("region.yaml", "- id: silk_council", "- id: gdp", r"yaml:15: organisations\.1\.id: got 'gdp', which names a"),
]
CELLS = [
    ("drivers.csv", "urban_share_pct,55.0", "urban_share_pct,many", r"drivers\.csv:3: value: got 'many'; allowed: a"),
    ("drivers.csv", "XB,2015,silk", "XA,2015,silk", r"the same cell stands on line \d+; allowed: rows that differ in"),
    ("drivers.csv", "XB,2016,students", "ZZ,2016,students", r"drivers\.csv:\d+: country: got 'ZZ'; allowed: XA, XB"),
    ("population_by_age.csv", "XA,1991,0,", "XA,1991,101,", r"population_by_age\.csv:2: age: got '101'; allowed: 0 to"),
    ("sources.csv", "licence_checked", "licence_read", r"sources\.csv:1: licence_read: there is no such column"),
    ("budget_index.csv", "CN,media", "CN,meda", r"budget_index\.csv:2: channel: got 'meda'; .* mean 'media'\?"),
    ("country_parameters.csv", "shift 0.2", "about 0.2", r"parameters\.csv:2: prior: got 'about 0\.2'; allowed: fixed"),
    ("country_parameters.csv", "drift,RU", "drifd,RU", r":7: drifd\.RU: is no parameter .* did you mean 'drift\.RU'\?"),
    ("country_parameters.csv", "war_memory,,XA", "war_memory,,XB", r"the same number stands on line \d+"),
]
WHOLE = [
    ("population_by_age.csv", "XA,1991,0,", "XA,1990,0,", r"population_by_age: XA 1991 has 100 ages, expected 101"),
    ("sources.csv", "; gdp;", ";", r"series gdp: no row of sources\.csv names it in used_for"),
]
BOUNDS = [("country_parameters.csv", "0.2,shift", "2,shift", r":2: base\.CN\.XA: got 2; allowed: a number from")]
EVENT = [("scenarios/baseline.yaml", "size: 1.0", "size: 1.0\n    countries: [KZ]", r"got 'KZ'; allowed: XA, XB")]


@pytest.mark.parametrize("mistakes", [FACTS, CODES, CELLS, WHOLE, BOUNDS, EVENT])
def test_mistakes_are_told_together_with_their_lines(valleys: Path, mistakes: list[tuple[str, str, str, str]]) -> None:
    for table, before, after, _ in mistakes:
        changed(valleys, table, before, after)
    done = command(valleys, "check", "baseline")
    assert done.returncode == 2
    for *_, said in mistakes:
        assert re.search(said, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_tables_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "empty/region.yaml: there is no such file" in command(tmp_path / "empty", "check", "baseline").stderr
    lost = command(tmp_path / "nowhere", "check", "baseline").stderr
    assert re.search(r"SPSIM_REGION: there is no folder '.*nowhere'; allowed: a folder that holds region\.yaml", lost)
    shutil.copy(EXAMPLE / "region.yaml", tmp_path / "empty")
    said = command(tmp_path / "empty", "check", "baseline").stderr.splitlines()
    assert len(said) == 6 and all("there is no such file" in line for line in said)


def test_leftovers_of_another_region_are_told(valleys: Path) -> None:
    """A user may copy the shipped folder and change it: nothing of it is taken for the new countries."""
    for name in ("ensemble.csv", "ensemble.json"):
        shutil.copy(SHIPPED / name, valleys)
    done = command(valleys, "check", "baseline")
    assert done.returncode == 2
    assert re.search(r"ensemble\.csv:1: base\.CN\.KZ, .*: there is no such number in Two Valleys", done.stderr)
    shutil.copy(SHIPPED / "central_asia.geojson", valleys)
    facts = "window: {west: 0, east: 9, at: 5, south: 0, north: 9}\n  cone: {parallels: [2, 7], meridian: 5, origin: 5}"
    with (valleys / "region.yaml").open("a", encoding="utf-8") as file:
        file.write(f"map:\n  countries: central_asia.geojson\n  {facts}\n  names_at: {{XA: [2, 3], XB: [4, 5]}}\n")
    assert "central_asia.geojson: has no outline of XA, XB" in command(valleys, "check", "baseline").stderr


SETS = "member,threat_decay,base.CN.XA\n0,0.8,0.2\n1,0.9,0.25\n2,1.1,0.3\n"

ENSEMBLES = [
    (SETS, None, [r"ensemble\.json: there is no such file; allowed: the title"]),
    (None, '{"title": "Sets"}', [r"ensemble\.csv: there is no such file"]),
    (
        SETS.replace("0.9,0.25", "0.9,").replace("2,1.1", "0,many"), '{"title":\n "Sets",}',
        [r"ensemble\.csv:3: base\.CN\.XA: is empty; allowed: a number", r":4: threat_decay: got 'many'; allowed: a num",
         r"ensemble\.csv:4: the same member stands on line 2", r"ensemble\.json:2: not readable as JSON"],
    ),
    (SETS.replace("member", "set"), "[]", [r"ensemble\.csv:1: member: missing", r"ensemble\.json: title: is missing"]),
    (SETS.replace("0.25", "7"), '{"title": "Sets"}', [r"ensemble\.csv:3: base\.CN\.XA: got 7; allowed: a number from"]),
]


@pytest.mark.parametrize(("table", "about", "said"), ENSEMBLES, ids=["no-json", "no-csv", "cells", "heads", "bounds"])
def test_an_ensemble_of_a_region_is_checked_before_anything_runs(
    valleys: Path, table: str | None, about: str | None, said: list[str]
) -> None:
    for name, text in (("ensemble.csv", table), ("ensemble.json", about)):
        if text is not None:
            (valleys / name).write_text(text, encoding="utf-8")
    done = command(valleys, "run", "baseline", "--out", "never")
    assert done.returncode == 2 and "Traceback" not in done.stderr and "internal" not in done.stderr
    for words in said:
        assert re.search(words, done.stderr), done.stderr
    assert len(done.stderr.splitlines()) == len(said) and not (valleys.parent / "never").exists()


def test_a_region_runs_with_an_ensemble_of_its_own(valleys: Path) -> None:
    (valleys / "ensemble.csv").write_text(SETS, encoding="utf-8")
    (valleys / "ensemble.json").write_text('{"title": "Sets of a test"}', encoding="utf-8")
    done = ask(valleys, "-c", SAVED, "mine", cwd=valleys.parent)
    assert done.returncode == 0, done.stderr
    origin = json.loads((valleys.parent / "mine" / "manifest.json").read_text(encoding="utf-8"))["parameters_from"]
    assert origin["title"] == "Sets of a test" and origin["set"] == ["threat_decay", "base.CN.XA"]
    assert len(origin["member_of_replicate"]) == 2
    assert command(valleys, "report", "mine").returncode == 0


def test_what_belongs_to_central_asia_says_so(valleys: Path) -> None:
    for words, said in (
        (["run", "baseline", "--parameters", "ensemble"], "was not calibrated to the polls of Two Valleys (invented)"),
        (["validate", "--quick"], "validation against patterns is about Central Asia"),
        (["calibrate"], "calibration is about Central Asia"),
        (["elites"], "comparing elites with UN votes needs it"),
        (["surveys", "list"], "comparing with published polls needs it"),
    ):
        done = command(valleys, *words)
        assert done.returncode == 2 and said in done.stderr, done.stderr
        assert "Traceback" not in done.stderr


def test_a_sweep_notices_that_a_table_changed(valleys: Path) -> None:
    (valleys.parent / "design.yaml").write_text(
        "schema: 1\nname: forgetting\ntitle: How fast is threat forgotten?\nscenarios: [baseline]\nmethod: grid\n"
        "vary: {threat_decay: {values: [0.4, 1.2]}}\nreplicates: 1\noutcomes: [approval]\nyears: 2004-2005\n"
        "run: {citizens: 200, elites: 4, pipeline_agents: 1, end: 2005-12}\n", encoding="utf-8",
    )
    words = ["sweep", "design.yaml", "--engine", "serial", "--out", "swept"]
    assert command(valleys, *words).returncode == 0
    assert command(valleys, *words).returncode == 0  # nothing is left to do
    changed(valleys, "budget_index.csv", "CN,media,2014,1.0", "CN,media,2014,0.9")
    done = command(valleys, *words)
    assert done.returncode != 0 and "holds another experiment: its code is" in done.stderr


def test_the_page_opens_with_tiles(valleys: Path) -> None:
    pytest.importorskip("solara")
    done = ask(valleys, "-c", SHOWN, cwd=valleys.parent)
    assert done.returncode == 0, done.stderr
    assert 'data-country="XA"' in done.stdout and "Aldovia" in done.stdout
