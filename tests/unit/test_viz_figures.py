"""The figures of a run: files, provenance, same bytes twice, nothing empty, nothing that overlaps or is cut off."""

import itertools
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from spsim import api
from spsim.cli.running import import_figures
from spsim.config import Event, LeverSetting
from spsim.data.region import region
from spsim.experiments.workers import Helper
from spsim.viz import FIGURES, write_figures
from spsim.viz.context import Context
from spsim.viz.geography import albers
from spsim.viz.looks import CHINA, OTHERS, RUSSIA, looks
from spsim.viz.style import SMALL, house_style, spread
from spsim.viz.validation import validation as draw_validation

SMALL_RUN = {"citizens": 200, "elites": 10, "end": "2010-12"}


def _run(replicates=2, **settings):
    return api.run(api.load("baseline", {**SMALL_RUN, **settings}), replicates=replicates, workers=1)


@pytest.fixture(scope="module")
def result():
    return _run()


@pytest.fixture(scope="module")
def variants(result):
    """Runs of another shape: name -> (tables, scenario)."""
    lone = _run(1, countries=["KG"], end="2006-12")
    three = _run(2, powers=["CN", "RU", "TR"], end="2006-12")
    sets = _run(4, end="2006-12")
    events = [
        Event(name=f"e{n}", title=f"Event {n}", kind="threat", powers=["CN"], size=1.0,
              **{"from": f"{2004 + n // 4}-{1 + 3 * (n % 4):02d}", "to": f"{2005 + n // 4}-01"}) for n in range(20)
    ]
    pinned = LeverSetting(lever="opacity", to=0.2, hold=True, **{"from": "2005-01"})
    crowded = result.scenario.model_copy(update={"events": events, "levers": [pinned]})
    return {
        "plain": (result.tables, result.scenario), "lone": (lone.tables, lone.scenario),
        "three": (three.tables, three.scenario), "crowded": (result.tables, crowded),
        "sets": (sets.tables, sets.scenario),
    }


def _drawn(tables, scenario, name):
    """Return the sheet and the texts that were really drawn, with their boxes in pixels."""
    drawn = []
    with house_style(), pytest.MonkeyPatch.context() as patch:
        page = FIGURES[name](Context(tables, scenario))
        plain = Text.draw

        def draw(self, *arguments, **options):
            drawn.append(self)
            plain(self, *arguments, **options)

        patch.setattr(Text, "draw", draw)
        canvas = FigureCanvasAgg(page.figure)
        canvas.draw()
        boxes = {text: text.get_window_extent(canvas.get_renderer()) for text in drawn if text.get_text().strip()}
    return page, list(boxes.items())


def _overlap(one, two):
    """Return the shared part of two boxes in points of height and width, the smaller of both."""
    width = min(one.x1, two.x1) - max(one.x0, two.x0)
    height = min(one.y1, two.y1) - max(one.y0, two.y0)
    return min(width, height) * 72 / 100


def test_every_figure_is_written_as_png_and_svg_with_the_same_bytes_twice(result, tmp_path):
    said = []
    with Helper(import_figures) as helper:
        helper._getting_ready.join(60)
        again = write_figures(result.tables, result.scenario, tmp_path / "again", helper=helper)  # two draw
    paths = write_figures(result.tables, result.scenario, tmp_path / "deep" / "figures", said.append)
    assert [p.name for p in paths] == [f"{name}.{end}" for name in FIGURES for end in ("png", "svg")]
    assert said == [f"figure {name}" for name in FIGURES]
    assert all(one.read_bytes() == two.read_bytes() for one, two in zip(paths, again, strict=True))
    for name, draw in FIGURES.items():
        page = draw(Context(result.tables, result.scenario))
        png, svg = (tmp_path / "deep" / "figures" / f"{name}.{end}" for end in ("png", "svg"))
        with Image.open(png) as image:
            facts = dict(image.text)
            grey = np.asarray(image.convert("L"))
        assert grey.shape[1] >= 2000
        assert (grey < 128).sum() > 2000
        assert facts["Title"] == page.title
        assert facts["Source"] == "spsim"
        assert facts["Scenario"] == "baseline"
        assert facts["Seed"] == "1"
        assert not {"Creation Time", "Date"} & set(facts)
        root = ET.parse(svg).getroot()
        words = " ".join(" ".join(root.itertext()).split())
        assert page.title in words
        assert "scenario baseline; seed 1" in words
        assert "<dc:date>" not in svg.read_text(encoding="utf-8")


@pytest.mark.parametrize("variant", ["plain", "lone", "three", "crowded", "sets"])
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_empty_cut_off_small_or_overlapping(variants, variant, name):
    page, shown = _drawn(*variants[variant], name)
    for ax in page.figure.axes:
        assert ax.has_data() or ax.patches, "empty axes"
    bounds = page.figure.bbox
    for text, box in shown:
        assert text.get_fontsize() >= SMALL, text.get_text()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= bounds.x1, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= bounds.y1, text.get_text()
    for (one, box_one), (two, box_two) in itertools.combinations(shown, 2):
        assert _overlap(box_one, box_two) < 2.0, (one.get_text(), two.get_text())


@pytest.mark.parametrize("variant", ["plain", "three"])
def test_no_two_labels_of_the_map_overlap(variants, variant):
    _, shown = _drawn(*variants[variant], "3-map")
    labels = [(text, box) for text, box in shown if text.get_gid() == "map-label"]
    assert len(labels) == 7
    for (_, one), (_, two) in itertools.combinations(labels, 2):
        assert not one.overlaps(two)


def _words(page):
    return " ".join(text.get_text().replace("\u00a0", " ") for text in page.figure.texts)


@pytest.mark.parametrize("name", FIGURES)
def test_small_print_says_what_must_be_known(variants, name):
    page, _ = _drawn(*variants["crowded"], name)
    words = _words(page)
    assert "forced: opacity" in words
    assert "Turkmenistan*: no opinion data" in words
    assert "scenario baseline · seed 1" in words
    lone, _ = _drawn(*variants["lone"], name)
    assert "Turkmenistan*" not in _words(lone)
    assert "1 replicate" in _words(lone)
    assert "forced" not in _words(lone)


def test_extrapolated_years_start_after_the_last_recorded_ones(result):
    context = Context(result.tables, result.scenario)
    assert context.extrapolated_from == 2011  # all years of this run are recorded
    assert "extrapolated" not in _words(_drawn(result.tables, result.scenario, "1-approval")[0])
    without = {name: table for name, table in result.tables.items() if name != "inputs"}
    assert Context(without, result.scenario).extrapolated_from == 2025


def test_marks_are_those_of_the_period_and_place(variants):
    context = Context(*variants["crowded"])
    assert [mark.sign for mark in context.marks] == [*map(str, range(1, 21)), "a"]
    plain = Context(*variants["plain"])
    assert plain.marks == []  # the events of the baseline come after 2010


def test_red_and_blue_belong_to_china_and_russia():
    drawn = looks(["TR", "CN", "US", "RU"])
    assert drawn["CN"] == CHINA
    assert drawn["RU"] == RUSSIA
    colours = [look.colour for look in drawn.values()]
    assert len(set(colours)) == 4
    assert len({str(look.dash) for look in drawn.values()}) == 4
    assert {CHINA.colour, RUSSIA.colour}.isdisjoint(colour for colour, _, _ in OTHERS)


def test_spread_keeps_order_and_distance():
    at = spread([5.0, 5.1, 5.05, 20.0], 1.0, 0.0, 30.0)
    assert at[3] == 20.0
    assert at[0] < at[2] < at[1]
    assert np.diff(sorted(at)).min() >= 1.0 - 1e-6


def test_the_projection_keeps_areas():
    def area(west, south):
        ring = np.array([[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south + 0.1]])
        x, y = albers(ring, region().map.cone).T
        return 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))

    sphere = [np.radians(0.1) * (np.sin(np.radians(s + 0.1)) - np.sin(np.radians(s))) for s in (37, 54)]
    assert np.allclose([area(60, 37), area(85, 54)], sphere, rtol=1e-4)


def test_no_label_of_a_validation_is_cut_or_covers_another() -> None:
    table = pd.read_csv(Path(__file__).parents[2] / "docs" / "validation.csv", keep_default_na=False)
    table["pass_rate_without"] = pd.to_numeric(table["pass_rate_without"])
    table.loc[0, "statement"] = "a long statement that goes on " * 6
    table.loc[1, "without"] = "; ".join(["closed_countries", "event:xinjiang", "event:land-protests"] * 2)
    for rows in (table, table[:2]):
        with house_style():
            page = draw_validation(rows)
            FigureCanvasAgg(page.figure).draw()
        inside = page.figure.bbox
        boxes = [text.get_window_extent() for ax in page.figure.axes for text in ax.texts]
        assert all(inside.x0 <= box.x0 and box.x1 <= inside.x1 for box in boxes)
        assert not any(one.overlaps(two) for one, two in itertools.combinations(boxes, 2))
