"""The frame of the page: bar, controls at the left, tabs at the right."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import solara
import solara.lab

from spsim.app import levers
from spsim.app.ensemble import Ensemble
from spsim.app.opening import opening
from spsim.app.page.charts import Behind, Opinion
from spsim.app.page.controls import Controls, Files, Levered, lever_groups
from spsim.app.page.many import Many
from spsim.app.page.registers import Registers
from spsim.app.page.widgets import Screen, Theme, own_colours
from spsim.app.page.words import headline, style_sheet, tiles
from spsim.app.session import Session, View
from spsim.data import REGION
from spsim.data.region import region
from spsim.viz.svg.opinion import place_name

TABS = ("Opinion", "Protest, education, generations", "Ensemble", "Parameters and claims")


@solara.component
def Layout(children: list[solara.Element]) -> None:  # noqa: N802
    """Put the page on the screen as it is, without Solara's own bars."""
    own_colours()
    solara.Style(style_sheet())
    solara.Title("spsim")
    with solara.v.Html(tag="div", class_="sp-page"):
        solara.display(*children)


@solara.component
def Page() -> None:  # noqa: N802
    """Show one visitor's model."""
    session = solara.use_memo(lambda: Session(opening().scenario), [])
    ensemble = solara.use_memo(Ensemble, [])
    view, set_view = solara.use_state(session.view)
    place, set_place = solara.use_state(REGION)
    tab, set_tab = solara.use_state(0)
    narrow, set_narrow = solara.use_state(False)

    def lifetime() -> Callable[[], None]:
        session.listen(set_view)
        set_view(session.view)

        def leave() -> None:
            session.close()
            ensemble.close()

        return leave

    solara.use_effect(lifetime, [])
    solara.use_effect(session.drawn)  # after each drawing
    now, reference = view.snapshot, view.reference
    # by identity: comparing two scenarios takes longer than laying out the levers of one
    values = solara.use_memo(lambda: levers.paths(now.scenario), [id(now.scenario)])
    places = [*now.countries, REGION]
    here = place if place in places else REGION  # another scenario may lack the country
    _bar()
    Screen(event_narrow=set_narrow)
    # every component gets what it shows and no more: what has not changed is not drawn again
    with solara.v.Html(tag="div", class_="sp-body"):
        with solara.v.Html(tag="aside", class_="sp-side", attributes={"aria-label": "scenario and time"}):
            Controls(session, view.picked, view.playing, view.speed, now.finished,
                     reference.scenario.title if reference else "", view.completing)
        with solara.v.Html(tag="main", class_="sp-main"):
            Message(session, view.message)
            solara.HTML(tag="div", unsafe_innerHTML=headline(now, here) + tiles(now, here, reference))
            Places(places, here, set_place)
            Tabs(tab, set_tab)
            _shown(tab, session, ensemble, view, here, set_place, narrow)
        with solara.v.Html(tag="aside", class_="sp-side", attributes={"aria-label": "levers and files"}):
            Levered(session, lever_groups(levers.rows(now.scenario, values, now.step)), now.finished)
            Files(session, now.scenario.name)


def _bar() -> None:
    with solara.v.Html(tag="header", class_="sp-bar"):
        solara.HTML(tag="h1", unsafe_innerHTML="spsim")
        solara.HTML(tag="p", unsafe_innerHTML=f"Chinese and Russian soft power in {escape(region().name)}")
        Theme()


@solara.component
def Message(session: Session, message: str) -> None:  # noqa: N802
    """Show what went wrong; it is an alert, so that it is also heard."""
    if message:
        with solara.v.Html(tag="div", class_="sp-message", attributes={"role": "alert"}):
            solara.v.Html(tag="pre", children=[message])
            solara.Button("Close", on_click=lambda: session.say(""), small=True, text=True)


@solara.component
def Places(places: list[str], here: str, choose: Callable[[str], None]) -> None:  # noqa: N802
    """Let the visitor choose a country or the region, which stands last in ``places``."""
    with solara.v.Html(tag="div", class_="sp-row", attributes={"role": "group", "aria-label": "country"}):
        for code, name in [(code, place_name(code)) for code in [places[-1], *places[:-1]]]:
            solara.Button(
                name[0].upper() + name[1:], on_click=lambda code=code: choose(code), small=True, outlined=code != here,
                color="primary" if code == here else None, attributes={"aria-pressed": str(code == here).lower()},
            )


@solara.component
def Tabs(tab: int, choose: Callable[[int], None]) -> None:  # noqa: N802
    """Show the names of the tabs."""
    with solara.Column(classes=["sp-tabs"]), solara.lab.Tabs(value=tab, on_value=choose):
        for name in TABS:
            solara.lab.Tab(name)


def _shown(
    tab: int, session: Session, ensemble: Ensemble, view: View, place: str, choose: Callable[[str], None], narrow: bool
) -> None:
    """Show one tab; the others are not drawn."""
    if tab == 0:
        Opinion(view.snapshot, view.reference, place, choose, narrow)
    elif tab == 1:
        Behind(view.snapshot, view.reference, place, narrow)
    elif tab == 2:
        Many(ensemble, session, place, narrow)
    else:
        Registers(view.snapshot.scenario)
