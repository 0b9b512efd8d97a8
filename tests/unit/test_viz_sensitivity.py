"""The figures of a sensitivity study, also out of tables that hold next to nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from spsim.analysis.discovery import Box, discover
from spsim.api import plan_sensitivity
from spsim.config import load
from spsim.experiments.sensitivity.factors import factors
from spsim.experiments.sensitivity.run import Findings
from spsim.experiments.sensitivity.study import Study
from spsim.experiments.sweeps.points import words
from spsim.viz.sensitivity import bars, box, label, plane, tornado, write_sensitivity
from spsim.viz.style import house_style

KEYS = list(factors(load("baseline").scenario).vary)


@pytest.fixture(scope="module")
def asked() -> Study:
    return plan_sensitivity("baseline", vary=["threat_decay"])


def findings(study: Study, keys: list[str], *, empty: bool = False) -> Findings:
    """Return made-up findings of factors; ``empty`` makes every number NaN."""
    rng = np.random.default_rng(1)
    labels = [(outcome, power, "CA5") for outcome, power in study.panels]
    rows = pd.DataFrame([(*label, key) for label in labels for key in keys],
                        columns=["outcome", "power", "country", "factor"])

    def numbers(scale: float = 1.0) -> np.ndarray:
        return np.full(len(rows), np.nan) if empty else scale * rng.normal(size=len(rows)) ** 3

    words_of = rng.choice(["up", "undetermined", "down"], len(rows))
    alone = rows.assign(level=numbers(50), low=0.1, high=0.9, at_low=numbers(), at_high=numbers(), low_sign=words_of,
                        high_sign=words_of)
    screening = rows.assign(mu_star=np.abs(numbers()), sigma=np.abs(numbers()), by_chance=0.3, direction=words_of,
                            trajectories=4)
    top = tuple(keys[:8])
    few = rows[rows["factor"].isin(top)]
    total = np.abs(numbers())[: len(few)]
    indices = few.assign(S1=total / 2, S1_low=total / 2 - 0.1, S1_high=total / 2 + 0.1, ST=total, ST_low=total - 0.3,
                         ST_high=total + 0.3, points=64, S1_verdict="undetermined", ST_verdict="found")
    chance, left = (np.nan, np.nan) if empty else (0.4, 0.1)
    noise = pd.DataFrame([{"stage": "indices", "outcome": o, "power": p, "country": c, "chance": chance, "left": left}
                          for o, p, c in labels])
    cases = pd.DataFrame(rng.random((200, len(top))), columns=list(top))
    hit = (cases.iloc[:, 0] > 0.6).to_numpy()
    found = Box(200, 3, "only 3 of 200 points are of interest, fewer than 10") if empty else discover(cases, hit)
    cases = cases.assign(point=range(200), outcome=1.0, interesting=hit)
    return Findings(alone, screening, indices, noise, top, found, 12.3, cases, pd.DataFrame())


@pytest.mark.parametrize(
    ("count", "empty"), [(1, False), (2, True), (3, False), (len(KEYS), False)], ids=["one", "nan", "few", "all"]
)
def test_figures_are_drawn_whatever_the_tables_hold(asked: Study, count: int, empty: bool) -> None:
    for draw in (tornado, plane, bars, box):
        with house_style():
            page = draw(asked, findings(asked, KEYS[:count], empty=empty))
            FigureCanvasAgg(page.figure).draw()
        texts = [text.get_text() for text in page.figure.findobj(Text)]
        assert page.title in texts
        if empty and draw is box:
            assert any("Nothing found: only 3 of 200" in text for text in texts)
        elif empty:
            assert sum("moves it" in text or "changes it" in text for text in texts) == len(asked.panels)


def test_texts_stay_on_the_sheet_and_names_apart(asked: Study) -> None:
    for draw in (tornado, plane, bars, box):
        drawn: list[Text] = []
        plain = Text.draw

        def note(self: Text, *rest: Any, drawn: list[Text] = drawn, plain: Any = plain) -> None:
            drawn.append(self)  # ticks beyond the limits of an axis are never drawn
            plain(self, *rest)

        with house_style(), pytest.MonkeyPatch.context() as patch:
            page = draw(asked, findings(asked, KEYS))
            patch.setattr(Text, "draw", note)
            canvas = FigureCanvasAgg(page.figure)
            canvas.draw()
            # of a name with its line to a point, the name alone
            boxes = [(text.get_text(), Text.get_window_extent(text, canvas.get_renderer())) for text in drawn
                     if text.get_text().strip()]
        whole = page.figure.bbox
        for text, where in boxes:
            assert where.x0 >= -1 and where.x1 <= whole.x1 + 1, f"{draw.__name__}: {text!r} is cut off"
        known = {label(key) for key in KEYS}
        names = [(text, where) for text, where in boxes if text in known]
        for n, (one, here) in enumerate(names):
            for other, there in names[n + 1 :]:
                wide = min(here.x1, there.x1) - max(here.x0, there.x0)
                high = min(here.y1, there.y1) - max(here.y0, there.y0)
                assert wide <= 0 or high <= 2, f"{draw.__name__}: {one!r} lies on {other!r}"


def test_files_have_the_same_bytes_twice(asked: Study, tmp_path: Path) -> None:
    found = findings(asked, KEYS[:3])
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        write_sensitivity(replace(asked, power="RU"), found, folder)
    assert sorted(path.name for path in one.iterdir()) == sorted(
        f"{name}-CA5.{end}" for name in ("one-at-a-time", "screening", "indices", "discovery") for end in ("png", "svg")
    )
    assert all((two / path.name).read_bytes() == path.read_bytes() for path in one.iterdir())


def test_factors_are_named_in_words_with_their_badge() -> None:
    assert label("threat_weight.CN") == "threat weight, China  d"
    assert label("heritage_level.KZ") == "heritage level, Kazakhstan  d"
    assert label("investment.CN") == "investment, China  lever"
    assert all(len(label(key)) < 42 and words(key)[0].split("_")[0] in label(key) for key in KEYS)
