"""Mesa's own page of the model, for those who know Mesa; it shows the same charts.

Here the parameters can be moved, within their priors; they act when Reset is pressed. Levers, files and comparison are
on the main page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from spsim.analysis.snapshot import Snapshot
from spsim.app.opening import opening
from spsim.app.page.charts import HALF, chart
from spsim.app.page.widgets import own_colours
from spsim.app.page.words import headline, style_sheet, tiles
from spsim.config import parameter_table, shipped_scenarios
from spsim.data import REGION
from spsim.model.mesa_face import SoftPowerModel, mesa_page, redraw_with_each_step, slider
from spsim.viz.svg import channels, opinion, world

MOVED = ("anchor_rate", "social_rate", "noise", "threat_decay", "memory_decay", "media_strength", "culture_strength",
         "elite_rate")
"""Parameters with a slider; a scenario or ``SoftPowerModel(...)`` sets all others."""

CITIZENS = 1000
"""Citizens in each country: fewer than in a run, as Mesa's page collects data at each step."""


@solara.component
def Page() -> None:  # noqa: N802
    """Show Mesa's page; each visitor gets a model, as one at the top of a module would be shared by all."""
    first, known = opening().source, [*shipped_scenarios()]
    known = known if first in known else [first, *known]
    model = solara.use_memo(lambda: SoftPowerModel(first, citizens=CITIZENS), [])
    own_colours()
    solara.Style(style_sheet())
    mesa_page(model, [_component(draw) for draw in (_summary, _map, _approval, _moved, _gap)],
              parameters(first, known), "spsim")


def parameters(first: str, known: list[str]) -> dict[str, Any]:
    """Return what Mesa's page lets a visitor choose: the scenario, and parameters within their priors."""
    chosen: dict[str, Any] = {
        "source": {"type": "Select", "label": "Scenario", "value": first, "values": known}, "citizens": CITIZENS,
    }
    for name in MOVED:
        _, _, default, facts = parameter_table()[name]
        low, high = facts.prior_of().interval(default)
        label = f"{name.replace('_', ' ')} ({facts.evidence})"
        chosen[name] = slider(label, default, round(low, 4), round(high, 4), round((high - low) / 100, 6))
    return chosen


def _component(draw: Callable[[Snapshot], None]) -> Callable[[SoftPowerModel], Any]:
    """Return a component that draws a part of the page after each step."""

    @solara.component
    def part(model: SoftPowerModel) -> None:
        redraw_with_each_step()
        simulation = model.simulation
        now = Snapshot.of(simulation.world.scenario, simulation.record, simulation.step_number)
        with solara.v.Html(tag="div", class_="sp-page sp-part"):
            draw(now)

    made: Callable[[SoftPowerModel], Any] = part
    return made


def _summary(now: Snapshot) -> None:
    solara.HTML(tag="div", unsafe_innerHTML=headline(now, REGION) + tiles(now, REGION, None))


def _map(now: Snapshot) -> None:
    chart(now, "map", "Whom the public prefers", "China minus Russia, points", world.difference_map(now, REGION))


def _approval(now: Snapshot) -> None:
    chart(now, "approval", "Public and elite approval", "solid: public; dashed: elite",
          opinion.approval_chart(now, REGION, width=HALF))


def _moved(now: Snapshot) -> None:
    chart(now, "moved", "What moved public sentiment", "since the start; whom it reaches",
          channels.moved_chart(now, REGION))


def _gap(now: Snapshot) -> None:
    chart(now, "gap", "The gap by country", "points", opinion.gap_chart(now, REGION, width=HALF))
