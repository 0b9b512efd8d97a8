"""What the documents promise exists: every relative link, every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import plausibility
from spsim.config import load, parameter_table

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(document: Path) -> None:
    broken = [target for target in LINK.findall(document.read_text()) if not (document.parent / target).exists()]
    assert not broken


def test_there_are_documents_with_links() -> None:
    assert sum(len(LINK.findall(document.read_text())) for document in DOCUMENTS) > 5


def test_the_gallery_names_what_is_put_in_by_hand() -> None:
    scenario = load("baseline").scenario
    text = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    entry = text.split("\n## baseline\n")[1].split("\n## ")[0]
    assert "Put in by hand" in entry and "a slide of opinion of Russia in Kazakhstan (2014-21)" in entry
    assert not [event.title for event in scenario.acting_events if event.title not in entry]
    assert "Visa waivers" not in entry, "it does not act"
    assert text.count("inputs are extrapolated from 2025 on, Chinese commitments from 2022 on") >= 2


def test_numbers_of_events_are_told_with_care_and_last() -> None:
    for page in ("README.md", "docs/gallery.md"):
        text = (ROOT / page).read_text("utf-8")
        told = re.findall(r"number of protest events (?:rises|falls) by [^;(]*\(([^)]*)\)(.?)", text)
        assert told and all(care.endswith("; with care") and after == "." for care, after in told)


def test_plausibility_names_what_was_set_with_a_figure_in_sight() -> None:
    page = (ROOT / "docs" / "plausibility.md").read_text("utf-8")
    table = page.split("hand-set with it in sight |\n")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[1:]]
    assert rows and all(row[-1] == plausibility.set_with(row[0]) for row in rows)
    assert [row[0] for row in rows if row[-1] == "-"] == ["mean participation in KZ and KG then, %"]
    assert all(any(row[0].startswith(begin) for row in rows) for begin in plausibility.IN_SIGHT)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row[-1])}
    assert named <= {*parameter_table(), *(event.name for event in load("baseline").scenario.events)}
