"""The charts as text: readable XML, the right numbers, nothing but China red and nothing but Russia blue."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest
from small import small

from spsim.analysis.snapshot import Snapshot
from spsim.model.simulation import Simulation
from spsim.viz.svg import channels, details, drawing, opinion, timeline, world
from spsim.viz.svg import ensemble as many
from spsim.viz.svg.drawing import DARK, LIGHT

NAMESPACE = "{http://www.w3.org/2000/svg}"
LEVERS = "levers: [{lever: scholarships, power: CN, from: 2016-02, to: 3}]\n"

CHARTS: dict[str, Callable[[Snapshot, str, Snapshot | None], str]] = {
    "approval": opinion.approval_chart,
    "gap": opinion.gap_chart,
    "map": lambda now, place, _: world.difference_map(now, place),
    "moved": lambda now, place, _: channels.moved_chart(now, place),
    "protest": details.protest_chart,
    "threat": details.threat_chart,
    "spread": details.spread_chart,
    "placement": details.placement_chart,
    "heritage": details.heritage_chart,
    "pipeline": lambda now, place, _: details.pipeline_chart(now, place, now.powers[0]),
    "generations": lambda now, place, _: details.generations_chart(now, place, now.powers[0]),
}


@cache
def run(step: int = 30, text: str = LEVERS, powers: tuple[str, ...] = ("CN", "RU"), countries: str = "KZ KG TJ TM UZ"
        ) -> Snapshot:
    simulation = Simulation(small(text, powers=list(powers), countries=countries.split()))
    simulation.run(until=step)
    return Snapshot.of(simulation.world.scenario, simulation.record, step)


def words(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{NAMESPACE}text")]


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("place", ["CA5", "KZ", "TM"])
def test_a_chart_is_xml_with_title_and_description(name: str, place: str) -> None:
    root = ElementTree.fromstring(CHARTS[name](run(), place, run(35)))
    assert root.tag == f"{NAMESPACE}svg" and root.get("role") == "img"
    assert len(root.findtext(f"{NAMESPACE}title") or "") > 10
    assert len(root.findtext(f"{NAMESPACE}desc") or "") > 10
    assert "nan" not in ElementTree.tostring(root, encoding="unicode").lower().replace("title", "")


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("now", [
    pytest.param(lambda: run(0), id="before the first step"),
    pytest.param(lambda: run(1), id="after one step"),
    pytest.param(lambda: run(35), id="at the end"),
    pytest.param(lambda: run(20, "", ("CN",)), id="one power"),
    pytest.param(lambda: run(20, "", ("CN", "RU", "TR")), id="a third power"),
    pytest.param(lambda: run(20, "", ("TR",), "UZ"), id="another power in one country"),
])
def test_a_chart_can_be_drawn_of_every_run(name: str, now: Callable[[], Snapshot]) -> None:
    assert ElementTree.fromstring(CHARTS[name](now(), "CA5", None)).find(f"{NAMESPACE}title") is not None


def test_the_reference_may_be_another_kind_of_run() -> None:
    reference = run(20, "", ("TR",), "UZ")
    for name, chart in CHARTS.items():
        assert chart(run(), "KZ", reference).startswith("<svg"), name


def test_labels_hold_the_numbers_of_the_last_date() -> None:
    now = run()
    said = words(opinion.approval_chart(now, "KG"))
    for power, name in (("CN", "China"), ("RU", "Russia")):
        assert f"{name}, public {100 * now.record.opinion[-1, 0, 1, now.powers.index(power), 2]:.0f}" in said
        assert f"{name}, elite {100 * now.record.opinion[-1, 1, 1, now.powers.index(power), 2]:.0f}" in said
    gap = 100 * (now.record.opinion[-1, 0, 1, 0, 2] - now.record.opinion[-1, 0, 1, 1, 2])
    on_map = words(world.difference_map(now, "CA5"))
    assert any(line.startswith(drawing.points(gap)) for line in on_map)


def test_contributions_add_up_to_the_change_of_affect() -> None:
    now = run(35)
    for place in ("CA5", "TJ"):
        _, moved, _ = channels.collect(now, place)
        weight = now.adults(place) / now.adults(place).sum()
        change = 100 * weight @ (now.record.opinion[-1, 0, :-1, :, 0] - now.record.opinion[0, 0, :-1, :, 0])
        np.testing.assert_allclose(moved[0], change, atol=1e-9)
        np.testing.assert_allclose(moved[1:].sum(axis=0), change, atol=1e-9)


def test_events_and_levers_are_on_the_timeline() -> None:
    marks = timeline.timeline(run().scenario, "KZ")
    assert [(mark.text, mark.decided) for mark in marks][:2] == [
        ("China: scholarships 3", True), ("Land protests", False)
    ]
    assert "Land protests" not in [mark.text for mark in timeline.timeline(run().scenario, "UZ")]
    assert "China: scholarships 3" in words(opinion.approval_chart(run(), "CA5"))


def test_no_two_words_of_the_timeline_overlap() -> None:
    marks = timeline.timeline(run().scenario, "CA5")
    placed = timeline.placed(marks, drawing.Scale(2004, 2031, 38, 400))
    spans = [(lane, at - drawing.wide(mark.text, 10.5) / 2, at + drawing.wide(mark.text, 10.5) / 2)
             for mark, lane, at in placed]
    for n, (lane, low, high) in enumerate(spans):
        assert all(lane != other or high <= start or low >= end for other, start, end in spans[n + 1 :])


def test_text_is_escaped() -> None:
    scenario = small().model_copy(update={"title": "<script>&"})
    assert "&lt;script&gt;" in drawing.text(0, 0, scenario.title) and "<script>" not in drawing.text(0, 0, "<script>")
    assert "<script>" not in drawing.document(10, 10, "<script>", "<script>", [])


def test_every_country_on_the_map_can_be_clicked_and_reached_by_key() -> None:
    root = ElementTree.fromstring(world.difference_map(run(), "TJ"))
    groups = {node.get("data-country"): node for node in root.iter(f"{NAMESPACE}g") if node.get("data-country")}
    assert set(groups) == {"KZ", "KG", "TJ", "TM", "UZ"}
    assert all(node.get("tabindex") == "0" and node.get("role") == "button" for node in groups.values())
    assert [code for code, node in groups.items() if node.get("aria-pressed") == "true"] == ["TJ"]


def test_drawing_the_map_again_gives_the_same() -> None:
    assert world.difference_map(run(), "CA5") == world.difference_map(run(), "CA5")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours after WCAG 2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_have_enough_contrast(theme: dict[str, str]) -> None:
    for name in ("ink", "muted", "accent", "cn-text", "ru-text", "c1", "c2", "c3", "c4", "c5"):
        assert contrast(theme[name], theme["paper"]) >= 4.5, name
    for name in ("ink", "muted"):  # what stands on shaded years and on the page itself
        assert contrast(theme[name], theme["pale"]) >= 4.5, name
    for name in ("cn", "ru"):  # lines and surfaces
        assert contrast(theme[name], theme["paper"]) >= 3, name


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_nothing_else_is_red_or_blue(theme: dict[str, str]) -> None:
    for name, colour in theme.items():
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        hue, strong = colorsys.rgb_to_hsv(*parts)[0], max(parts) - min(parts) > 0.3
        red, blue = strong and (hue < 0.05 or hue > 0.95), strong and 0.53 < hue < 0.7
        assert red == (name in {"cn", "cn-text"}) and blue == (name in {"ru", "ru-text"}), name


def test_every_colour_is_one_of_the_theme_with_the_light_one_beside_it() -> None:
    for name, chart in CHARTS.items():
        svg = chart(run(), "CA5", run(35))
        assert set(re.findall(r"var\(--sp-([\w-]+), (#\w+)\)", svg)) <= set(LIGHT.items()), name
        assert svg.count("var(") == len(re.findall(r"var\(--sp-[\w-]+, #\w+\)", svg)), name
        assert not re.search(r'(fill|stroke)="#', svg), name
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize(("low", "high", "most"), [(0, 100, 5), (-60, 60, 6), (0, 0.4, 4), (2015, 2018, 5), (0, 7, 3)])
def test_ticks_are_round_and_inside(low: float, high: float, most: int) -> None:
    found = drawing.ticks(low, high, most)
    assert 1 < len(found) <= most + 2
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in found)
    steps = np.diff(found)
    np.testing.assert_allclose(steps, steps[0])


def test_bands_and_differences_say_what_they_are() -> None:
    rng = np.random.default_rng(1)
    one = rng.normal(50, 5, (10, 4, 2, 2))
    same = many.difference_chart(one, one, "approval", "CA5", ["KZ", "CA5"], ["CN", "RU"], range(2015, 2019), 2025)
    assert "China none" in words(same) and "Russia none" in words(same)
    up = one + 3 + rng.normal(0, 0.1, one.shape)
    up[..., 1] = one[..., 1] + np.where(np.arange(10) % 2, 1, -1)[:, None, None]
    shown = words(many.difference_chart(one, up, "approval", "CA5", ["KZ", "CA5"], ["CN", "RU"], range(2015, 2019),
                                        2025))
    assert "Russia undetermined" in shown and any(line.startswith("China +") for line in shown)
    low, middle, high = np.quantile(one[:, -1, 1, 0], [0.05, 0.5, 0.95])
    bands = words(many.bands_chart(one, "approval", "CA5", ["KZ", "CA5"], ["CN", "RU"], range(2015, 2019), 2025))
    assert f"China {middle:.0f} ({low:.0f}–{high:.0f})" in bands
