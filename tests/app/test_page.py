"""The page without a browser: its widgets are found and clicked in this process."""

from __future__ import annotations

import base64
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from small import small, wait_for

solara = pytest.importorskip("solara")

import ipyvuetify as v  # noqa: E402

from spsim import config  # noqa: E402
from spsim.app import mesa_page  # noqa: E402
from spsim.app import session as sessions  # noqa: E402
from spsim.app.opening import Opening, open_with, opening  # noqa: E402
from spsim.app.page import controls, layout  # noqa: E402
from spsim.app.session import Session  # noqa: E402
from spsim.model.mesa_face import SoftPowerModel  # noqa: E402


@dataclass
class Shown:
    """A page that is rendered, and the session behind it."""

    box: Any
    context: Any
    session: Session

    def find(self, kind: type, true: Callable[[Any], bool] = lambda _: True) -> list[Any]:
        return [widget for widget in self.context.find(kind).widgets if true(widget)]

    def press(self, label: str) -> None:
        def there() -> list[Any]:
            return self.find(v.Btn, lambda button: label in [*button.children] and not button.disabled)

        wait_for(lambda: len(there()) == 1)  # another thread may just be drawing it
        there()[0].fire_event("click", {})

    def html(self) -> str:
        return " ".join(str(widget.unsafe_innerHTML) for widget in self.vue("unsafe_innerHTML"))

    def vue(self, trait: str) -> list[Any]:
        """Return the widgets of our own that have a trait."""
        return self.find(v.VuetifyTemplate, lambda widget: widget.has_trait(trait))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    made: list[Session] = []

    class Kept(Session):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            made.append(self)

    monkeypatch.setattr(layout, "Session", Kept)
    open_with(Opening(small(), "baseline"))
    box, context = solara.render(layout.Page(), handle_error=False)
    yield Shown(box, context, made[0])
    context.close()
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == sessions.THREAD])


def test_it_opens_with_the_scenario_that_was_asked_for(page: Shown) -> None:
    assert opening().scenario.name == "small"
    assert page.session.view.snapshot.scenario.title == "A small run"
    assert len(page.vue("svg")) == 4


def test_the_picker_knows_a_shipped_scenario_from_one_of_the_same_name() -> None:
    baseline = controls.shipped()["baseline"]
    assert controls.is_shipped("baseline", baseline)
    seeded = baseline.model_copy(update={"run": baseline.run.model_copy(update={"seed": 9})})
    assert controls.is_shipped("baseline", seeded)
    assert not controls.is_shipped("baseline", small().model_copy(update={"name": "baseline"}).with_parameters(
        {"anchor_rate": 0.5}))


def test_step_year_and_reset_change_the_charts(page: Shown) -> None:
    before = [chart.svg for chart in page.vue("svg")]
    page.press("Step")
    assert page.session.view.snapshot.date == "2015-02"
    after = [chart.svg for chart in page.vue("svg")]
    assert all(one != other for one, other in zip(before, after, strict=True))
    page.press("+1 year")
    assert page.session.view.snapshot.date == "2016-02"
    page.press("Reset")
    assert [chart.svg for chart in page.vue("svg")] == before


def test_play_becomes_pause_and_stops_at_the_end(page: Shown) -> None:
    page.press("Play")
    wait_for(lambda: page.session.view.snapshot.step > 1)
    page.press("Pause")
    assert not page.session.view.playing
    page.session.set_speed(float("inf"))
    page.press("Play")
    wait_for(lambda: page.session.view.snapshot.finished and not page.session.view.playing)
    wait_for(lambda: bool(page.find(v.Btn, lambda button: "Play" in button.children and button.disabled)))


def test_a_lever_is_pulled_and_marked(page: Shown) -> None:
    page.press("Step")
    [levers] = page.vue("groups")
    keys = [row["key"] for group in levers.groups for row in group["rows"]]
    assert {"scholarships.CN", "media_budget.RU", "contract_transparency"} <= set(keys)
    levers._handle_event(None, {"event": "moved", "data": {"key": "scholarships.CN", "value": 3}}, None)
    assert [lever.to for lever in page.session.view.snapshot.scenario.levers] == [3.0]
    assert any("scholarships 3" in chart.svg for chart in page.vue("svg"))
    [levers] = page.vue("groups")
    values = {row["key"]: row["value"] for group in levers.groups for row in group["rows"]}
    assert values["scholarships.CN"] == 3


def test_a_seed_that_is_entered_is_run(page: Shown) -> None:
    [seed] = page.vue("given")
    for nonsense in ("", "seven", None, {}):
        seed._handle_event(None, {"event": "entered", "data": nonsense}, None)
    assert seed.given == str(small().run.seed) == str(page.session.view.picked.run.seed)
    for large in (str(2**63 - 1), "7"):
        seed._handle_event(None, {"event": "entered", "data": large}, None)
        assert [widget.given for widget in page.vue("given")] == [large] == [str(page.session.view.picked.run.seed)]


@pytest.mark.parametrize("data", [{}, {"key": "x"}, {"key": "scholarships.CN", "value": "much"}, {"key": None}])
def test_nonsense_from_a_browser_does_nothing(page: Shown, data: dict[str, Any]) -> None:
    [levers] = page.vue("groups")
    levers._handle_event(None, {"event": "moved", "data": data}, None)
    assert not page.session.view.snapshot.scenario.levers


def test_a_click_on_the_map_chooses_a_country_and_a_second_one_the_region(page: Shown) -> None:
    def title() -> list[str]:
        return [chart.title for chart in page.vue("svg")]

    [world] = [chart for chart in page.vue("svg") if chart.title == "Whom the public prefers"]
    assert "Public and elite approval, the region" in title()
    world._handle_event(None, {"event": "chosen", "data": "KG"}, None)
    assert "Public and elite approval, Kyrgyzstan" in title()
    [world] = [chart for chart in page.vue("svg") if chart.title == "Whom the public prefers"]
    world._handle_event(None, {"event": "chosen", "data": "KG"}, None)
    assert "Public and elite approval, the region" in title()


def test_the_country_that_was_chosen_may_be_missing_in_the_next_scenario(page: Shown) -> None:
    page.press("Kyrgyzstan")
    page.session.choose(small(countries=["UZ", "KZ"]))
    assert "Public and elite approval, the region" in [chart.title for chart in page.vue("svg")]


def test_pinning_gives_a_ghost_and_a_difference(page: Shown) -> None:
    page.press("+1 year")
    page.press("Pin as reference")
    wait_for(lambda: not page.session.view.completing)
    page.press("Reset")
    page.press("Step")
    assert page.find(v.Btn, lambda button: "Unpin" in button.children)
    assert any("grey: pinned run" in chart.note for chart in page.vue("svg"))
    assert page.html().count("against the pinned run") == 4
    page.press("Unpin")
    assert page.session.view.reference is None


@pytest.mark.parametrize("tab", [1, 2, 3])
def test_every_tab_can_be_shown(page: Shown, tab: int) -> None:
    [tabs] = page.find(v.Tabs)
    tabs.v_model = tab
    page.press("Step")
    charts = {1: 9, 2: 0, 3: 0}[tab]
    assert len(page.vue("svg")) == charts


def test_a_good_upload_is_run_and_a_bad_one_is_explained(page: Shown) -> None:
    [upload] = page.vue("most")

    def send(name: str, content: bytes) -> None:
        data = {"name": name, "content": base64.b64encode(content).decode()}
        upload._handle_event(None, {"event": "sent", "data": data}, None)

    page.press("Step")
    send("bad.yaml", b"schema: 1\nname: bad\ntitle: Bad\nextends: baseline\nrun: {citizens: 20}\nlever: []\n")
    assert "bad.yaml:5: run.citizens: got 20" in page.session.view.message
    assert "bad.yaml:6: lever:" in page.session.view.message
    assert page.session.view.snapshot.date == "2015-02", "a bad file changes nothing"
    send("noise.yaml", bytes(range(256)))
    assert "not a text file" in page.session.view.message
    for nonsense in ("%%%", "ü"):
        page.session.say("")
        upload._handle_event(None, {"event": "sent", "data": {"name": "x", "content": nonsense}}, None)
        assert page.session.view.message
    page.press("Close")
    assert page.session.view.message == ""
    send("good.yaml", b"schema: 1\nname: good\ntitle: Good\nextends: baseline\nrun: {citizens: 200, countries: [KZ]}\n")
    assert page.session.view.message == "" and page.session.view.snapshot.countries == ["KZ"]


def test_a_closed_page_frees_its_model() -> None:
    open_with(Opening(small(), "baseline"))
    made: list[weakref.ref[Any]] = []
    real = layout.Session

    def kept(*given: Any) -> Session:
        session = real(*given)
        made.append(weakref.ref(session._simulation))
        return session

    layout.Session = kept  # type: ignore[misc]
    try:
        _, context = solara.render(layout.Page(), handle_error=False)
        context.close()
    finally:
        layout.Session = real
    del context
    gc.collect()
    assert made and made[0]() is None


def test_mesa_page_shows_the_same_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    open_with(Opening(small(), "baseline"))
    monkeypatch.setattr(mesa_page, "CITIZENS", 200)
    _, context = solara.render(mesa_page.Page(), handle_error=False)
    context.close()
    model = SoftPowerModel("baseline", citizens=200)
    model.step()
    parts = {mesa_page._map: "Whom the public prefers", mesa_page._approval: "Public and elite approval",
             mesa_page._moved: "What moved public sentiment", mesa_page._gap: "The gap by country"}
    for draw, title in parts.items():
        _, context = solara.render(mesa_page._component(draw)(model), handle_error=False)
        [chart] = [w for w in context.find(v.VuetifyTemplate).widgets if w.has_trait("svg")]
        assert chart.title == title and "2004-02" in chart.svg
        context.close()


def test_mesa_page_can_make_the_model_of_every_choice() -> None:
    from mesa.visualization.solara_viz import _check_model_params

    chosen = mesa_page.parameters("baseline", ["baseline"])
    _check_model_params(SoftPowerModel.__init__, chosen)
    values = {name: getattr(what, "value", what) for name, what in chosen.items() if name != "source"}
    model = SoftPowerModel(source="baseline", **{**values, "citizens": 200})
    assert model.simulation.world.parameters.anchor_rate == values["anchor_rate"]


def test_shipped_scenarios_that_the_settings_do_not_fit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    controls.shipped.cache_clear()
    chosen = Opening(config.load("baseline", {"powers": ["CN"]}).scenario, "baseline", {"powers": ["CN"]})
    monkeypatch.setattr(controls, "opening", lambda: chosen)
    try:
        found = controls.shipped()
        assert "baseline" in found and "russia-doubles-budget" not in found
    finally:
        controls.shipped.cache_clear()
