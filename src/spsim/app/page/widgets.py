"""The few widgets that Solara does not have: charts that can be clicked and saved, levers, numbers, a file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import solara
import solara.lab

from spsim.viz.svg.drawing import DARK, LIGHT


def own_colours() -> None:
    """Give buttons and tabs a colour that is neither red nor blue: these belong to China and Russia."""
    solara.lab.theme.themes.light.primary = LIGHT["c5"]
    solara.lab.theme.themes.dark.primary = DARK["accent"]


@solara.component_vue("chart.vue")
def Chart(title: str, note: str, svg: str, filename: str, event_chosen: Callable[[str], None]) -> None:  # noqa: N802
    """Show an SVG with its title; a click on a part that names a country calls ``event_chosen``."""


@solara.component_vue("levers.vue")
def Levers(  # noqa: N802
    groups: list[dict[str, Any]], disabled: bool, event_moved: Callable[[dict[str, Any]], None]
) -> None:
    """Show sliders; one that is let go calls ``event_moved`` with its key and value."""


@solara.component_vue("number.vue")
def _Number(label: str, given: str, event_entered: Callable[[str], None]) -> None:  # noqa: N802
    """Show a field; Enter, or leaving it, calls ``event_entered`` with its digits."""


def whole_number(label: str, value: int, on_value: Callable[[int], None]) -> None:
    """Show a field for a whole number that keeps what is being typed until ``value`` itself changes.

    Solara's own field takes ``value`` again whenever it is drawn, and calls ``on_value`` in the middle of drawing.
    """

    def entered(text: object) -> None:
        with suppress(ValueError):  # the browser sends digits; others may send anything
            on_value(int(str(text)))

    # as text: a seed may be larger than any whole number of a browser
    _Number(label=label, given=str(value), event_entered=entered)


@solara.component_vue("upload.vue")
def Upload(most: int, event_sent: Callable[[dict[str, str]], None]) -> None:  # noqa: N802
    """Let the visitor choose a file; ``event_sent`` gets its name and its content in base 64."""


@solara.component_vue("screen.vue")
def Screen(event_narrow: Callable[[bool], None]) -> None:  # noqa: N802
    """Tell whether the page is narrow, now and whenever it changes."""


@solara.component_vue("theme.vue")
def Theme() -> None:  # noqa: N802
    """Let the visitor turn the lights off; at first the page follows the system."""
