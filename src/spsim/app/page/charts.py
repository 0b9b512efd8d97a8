"""The first two tabs: opinion, and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable

import solara

from spsim.analysis.snapshot import Snapshot
from spsim.app.page.widgets import Chart
from spsim.data import REGION
from spsim.data.places import illustrations
from spsim.viz.looks import looks
from spsim.viz.svg import channels, details, opinion, world
from spsim.viz.svg.opinion import compared, place_name

NARROW, HALF = 370.0, 480.0
"""Widths of a chart in its own pixels: on a telephone, and in one of two columns."""

READING = (
    "Approval is the expected answer to Gallup's item on a leadership, without sampling error; for elites it is the "
    "same item as if polled. One replicate: its ups and downs are chance, too; the tab Ensemble shows bands. "
    "The model explains and compares mechanisms; it predicts no dates. "
)


def chart(
    now: Snapshot, name: str, title: str, note: str, svg: str, chosen: Callable[[str], None] | None = None
) -> None:
    """Show one chart; its files are named after scenario, chart and date."""
    Chart(title=title, note=note, svg=svg, filename=f"{now.scenario.name}-{name}-{now.date}",
          event_chosen=chosen or (lambda _: None))


@solara.component
def Opinion(  # noqa: N802
    now: Snapshot, reference: Snapshot | None, place: str, choose: Callable[[str], None], narrow: bool
) -> None:
    """Show the map, approval, what moved it, and the gap by country."""
    width = NARROW if narrow else HALF
    names, (one, two) = looks(now.powers), compared(now)
    tall = 300.0 if narrow else 350.0
    gap = f"{names[one].name} minus {names[two].name}, points" if two else f"{names[one].name}, %"
    here = place_name(place)
    grey = "; grey: pinned run" if reference is not None else ""

    def toggle(code: str) -> None:
        choose(REGION if code == place else code)

    with solara.v.Html(tag="div", class_="sp-cards"):
        chart(now, "map", "Whom the public prefers", f"{gap}; arrow: change over a year; click a country",
              world.difference_map(now, place, width=NARROW if narrow else 460), toggle)
        chart(now, "approval", f"Public and elite approval, {here}",
              f"solid: public; dashed: elite; shaded: divergence{grey}",
              opinion.approval_chart(now, place, reference, width=width, height=tall))
        chart(now, "moved", f"What moved public sentiment, {here}", "since the start, and still there; whom it reaches",
              channels.moved_chart(now, place, width=NARROW if narrow else 460))
        chart(now, "gap", "The gap by country", f"{gap}{grey}",
              opinion.gap_chart(now, place, reference, width=width, height=tall + 30))
    _foot(now)


def _foot(now: Snapshot) -> None:
    stars = " ".join(illustrations(now.countries))
    solara.v.Html(tag="p", class_="sp-foot", children=[READING + stars])


@solara.component
def Behind(now: Snapshot, reference: Snapshot | None, place: str, narrow: bool) -> None:  # noqa: N802
    """Show protest and threat, education and placement, generations and heritage, spread of affect."""
    width = NARROW if narrow else HALF
    names, here = looks(now.powers), place_name(place)
    with solara.v.Html(tag="div", class_="sp-cards"):
        chart(now, "protest", "Protest", "events in the last twelve months, by country",
              details.protest_chart(now, place, reference, width=width))
        chart(now, "threat", f"Felt threat, {here}", "what is feared from each power",
              details.threat_chart(now, place, reference, width=width))
        for power, look in names.items():
            chart(now, f"education-{power}", f"Education in {look.name}, {here}", "persons in each stage",
                  details.pipeline_chart(now, place, power, width=width))
        for power, look in names.items():
            chart(now, f"generations-{power}", f"Generations and {look.name}, {here}", "approval by year of birth",
                  details.generations_chart(now, place, power, width=width))
        chart(now, "placement", f"Placement of graduates, {here}", "who find a post that fits",
              details.placement_chart(now, place, reference, width=width))
        chart(now, "heritage", "Soviet heritage", "how much is left, by country",
              details.heritage_chart(now, place, reference, width=width))
        chart(now, "spread", f"Spread of affect, {here}", "how far the public disagrees with itself",
              details.spread_chart(now, place, reference, width=width))
    _foot(now)
