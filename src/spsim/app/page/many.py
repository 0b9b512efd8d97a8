"""The third tab: an ensemble of what the visitor has made, and what it differs in from the pinned run."""

from __future__ import annotations

from collections.abc import Callable

import solara

from spsim.analysis.intervals import rests_on, undetermined_words
from spsim.analysis.outcomes import OUTCOMES
from spsim.analysis.snapshot import first_extrapolated_year
from spsim.app.ensemble import MOST_REPLICATES, NOW, REFERENCE, Ensemble, Progress, Result
from spsim.app.page.charts import HALF, NARROW
from spsim.app.page.widgets import Chart, whole_number
from spsim.app.page.words import difference_table
from spsim.app.session import Session
from spsim.ground.words import counted
from spsim.viz.svg.ensemble import band_words, bands_chart, difference_chart
from spsim.viz.svg.opinion import place_name

STATUS = {
    "idle": "", "waiting": "waiting for another visitor's ensemble to end", "running": "running",
    "stopping": "stopping", "done": "", "cancelled": "cancelled", "failed": "",
}
SHARED = (
    "Both scenarios share their draws and parameter sets, so a paired difference is the effect of what differs and not "
    "of luck. Its 95 % interval is Student's t; "
)


@solara.component
def Many(ensemble: Ensemble, session: Session, place: str, narrow: bool) -> None:  # noqa: N802
    """Run replicates in the background and show them."""
    progress, set_progress = solara.use_state(ensemble.progress)
    count, set_count = solara.use_state(20)

    def follow() -> Callable[[], None]:
        leave = ensemble.listen(set_progress)
        set_progress(ensemble.progress)
        return leave

    solara.use_effect(follow, [])

    def start() -> None:
        view = session.view
        reference = view.reference.scenario if view.reference is not None else None
        ensemble.start(view.snapshot.scenario, reference, count)

    with solara.v.Html(tag="div", class_="sp-row"):
        with solara.v.Html(tag="div", class_="sp-count"):
            whole_number("Replicates", count, set_count)
        solara.Button("Run ensemble", icon_name="mdi-play", on_click=start, color="primary",
                      disabled=progress.busy)
        solara.Button("Cancel", on_click=ensemble.cancel, outlined=True, disabled=not progress.busy)
    _state(progress)
    if progress.result is None and not progress.busy:
        words = ("Run the scenario with the levers as you have pulled them, from its start to its end, many times "
                 f"(at most {MOST_REPLICATES}). Pin a run first to see what differs from it.")
        solara.HTML(tag="p", unsafe_innerHTML=words, classes=["sp-foot"])
    if progress.result is not None:
        Shown(progress.result, place, narrow)


def _state(progress: Progress) -> None:
    if progress.busy:
        share = 100 * progress.done / max(progress.total, 1)
        solara.ProgressLinear(value=share)
    words = STATUS[progress.status]
    if progress.status in {"running", "stopping", "cancelled"}:
        words += f": {progress.done} of {counted(progress.total, 'replicate')}"
    solara.v.Html(tag="p", class_="sp-foot", children=[progress.message or words], attributes={"role": "status"})


@solara.component
def Shown(result: Result, place: str, narrow: bool) -> None:  # noqa: N802
    """Show the bands, and the paired difference where there is a reference."""
    compared = result.compared
    here = place if place in compared.places else compared.places[-1]
    width = NARROW if narrow else HALF
    grey = first_extrapolated_year()
    solara.v.Html(tag="p", class_="sp-foot", children=[what_was_run(result)])
    common = (here, compared.places, compared.powers, compared.years, grey)
    with solara.v.Html(tag="div", class_="sp-cards"):
        for outcome in compared.outcomes:
            values = result.runs[NOW][outcome]
            title = f"{OUTCOMES[outcome].title.capitalize()}, {place_name(here)}"
            _card(outcome, title, f"{band_words(result.sets)}; {counted(result.replicates, 'replicate')}",
                  bands_chart(values, outcome, *common, width=width, sets=result.sets))
            if result.paired:
                _card(f"{outcome}-difference", f"Difference to the pinned run, {place_name(here)}",
                      f"{OUTCOMES[outcome].title}: mean and 95 % interval",
                      difference_chart(result.runs[REFERENCE][outcome], values, outcome, *common, width=width,
                                       sets=result.sets))
    if result.paired:
        heading = f"Mean of the last five years, {place_name(here)}"
        solara.HTML(tag="h2", unsafe_innerHTML=heading)
        solara.HTML(tag="div", unsafe_innerHTML=difference_table(result, here), classes=["sp-scroll"])
    solara.HTML(tag="p", unsafe_innerHTML=what_intervals_hold(result), classes=["sp-foot"])


def what_intervals_hold(result: Result) -> str:
    """Return what bands and intervals rest on, and when a difference is undetermined."""
    count = len(set(result.sets))
    held = f"Bands and intervals rest on {rests_on(result.replicates, count)}. "
    return held + (SHARED + undetermined_words(count) + "." if result.paired else "")


def what_was_run(result: Result) -> str:
    """Return which scenarios a result is of: the page may have gone on to others since."""
    *reference, now = result.compared.scenarios
    against = f", against the pinned run: {reference[0].title}" if reference else ""
    return f"{now.title}, {now.run.start} to {now.run.end}, seed {now.run.seed}{against}"


def _card(name: str, title: str, note: str, svg: str) -> None:
    Chart(title=title, note=note, svg=svg, filename=f"ensemble-{name}", event_chosen=lambda _: None)
