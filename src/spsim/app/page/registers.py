"""The fourth tab: every parameter with its evidence, and the claims of the two papers."""

from __future__ import annotations

from collections import Counter

import solara

from spsim.app.page.words import CLAIM_HEADS, PARAMETER_HEADS, claim_rows, parameter_rows, table
from spsim.config import Scenario


@solara.component
def Registers(scenario: Scenario) -> None:  # noqa: N802
    """Show the registers; a word narrows them down."""
    word, set_word = solara.use_state("")
    rows = solara.use_memo(lambda: parameter_rows(scenario, word), [id(scenario), word])
    claims = [row for row in claim_rows() if word.lower() in " ".join(row).lower()]
    solara.InputText("Only those that hold this word", value=word, on_value=set_word, continuous_update=True)
    badges = Counter(row[4] for row in rows)
    counted = ", ".join(f"{count} {badge}" for badge, count in badges.most_common())
    said = f"{len(rows)} parameters ({counted or 'none'}). A scenario file changes them: upload one at the left."
    solara.v.Html(tag="p", class_="sp-foot", children=[said])
    parts = table(PARAMETER_HEADS, rows)
    solara.HTML(tag="div", unsafe_innerHTML=parts, classes=["sp-scroll"])
    solara.v.Html(tag="p", class_="sp-foot", children=[f"{len(claims)} claims of the two papers"])
    solara.HTML(tag="div", unsafe_innerHTML=table(CLAIM_HEADS, claims), classes=["sp-scroll"])
