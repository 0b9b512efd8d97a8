"""The frame of the page: bar, controls at the left, tabs at the right."""

from __future__ import annotations

from collections.abc import Callable

import solara
import solara.lab

from spsim.analysis.tables import REGION
from spsim.app.ensemble import Ensemble
from spsim.app.opening import first_scenario
from spsim.app.page.charts import Behind, Opinion
from spsim.app.page.controls import Controls
from spsim.app.page.many import Many
from spsim.app.page.registers import Registers
from spsim.app.page.widgets import Screen, Theme
from spsim.app.page.words import headline, style_sheet, tiles
from spsim.app.session import Session, View
from spsim.viz.svg.opinion import place_name

TABS = ("Opinion", "Protest, education, generations", "Ensemble", "Parameters and claims")


@solara.component
def Layout(children: list[solara.Element]) -> None:  # noqa: N802
    """Put the page on the screen as it is, without Solara's own bars."""
    solara.Style(style_sheet())
    solara.Title("spsim")
    with solara.v.Html(tag="div", class_="sp-page"):
        solara.display(*children)


@solara.component
def Page() -> None:  # noqa: N802
    """Show one visitor's model."""
    session = solara.use_memo(lambda: Session(first_scenario()), [])
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
    places = [*view.snapshot.countries, REGION]
    here = place if place in places else REGION  # another scenario may lack the country
    _bar()
    Screen(event_narrow=set_narrow)
    with solara.v.Html(tag="div", class_="sp-body"):
        with solara.v.Html(tag="aside", class_="sp-side"):
            Controls(session, view)
        with solara.v.Html(tag="main", class_="sp-main"):
            _message(session, view)
            with solara.v.Html(tag="div", class_="sp-row"):
                solara.HTML(tag="div", unsafe_innerHTML=headline(view.snapshot, here), classes=["sp-head"])
            solara.HTML(tag="div", unsafe_innerHTML=tiles(view.snapshot, here, view.reference), classes=["sp-tiles"])
            _places(places, here, set_place)
            with solara.Column(classes=["sp-tabs"]), solara.lab.Tabs(value=tab, on_value=set_tab):
                for name in TABS:
                    solara.lab.Tab(name)
            _shown(tab, session, ensemble, view, here, set_place, narrow)


def _bar() -> None:
    with solara.v.Html(tag="header", class_="sp-bar"):
        solara.HTML(tag="h1", unsafe_innerHTML="spsim")
        solara.HTML(tag="p", unsafe_innerHTML="Chinese and Russian soft power in Central Asia")
        Theme()


def _message(session: Session, view: View) -> None:
    """Show what went wrong; it is an alert, so that it is also heard."""
    if view.message:
        with solara.v.Html(tag="div", class_="sp-message", attributes={"role": "alert"}):
            solara.v.Html(tag="pre", children=[view.message])
            solara.Button("Close", on_click=lambda: session.say(""), small=True, text=True)


def _places(places: list[str], here: str, choose: Callable[[str], None]) -> None:
    with solara.v.Html(tag="div", class_="sp-row", attributes={"role": "group", "aria-label": "country"}):
        for code in [places[-1], *places[:-1]]:
            solara.Button(
                place_name(code), on_click=lambda code=code: choose(code), small=True, outlined=code != here,
                color="primary" if code == here else None,
            )


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
        Registers(view.snapshot)
