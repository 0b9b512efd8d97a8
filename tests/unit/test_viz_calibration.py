"""The figures of a calibration and of elites beside votes, out of made-up tables of the real shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from spsim.analysis.elites import Beside, by_year, order, votes
from spsim.config import ConfigError
from spsim.data import COUNTRIES, load_pack
from spsim.experiments.calibration.crosscheck import PAIR, summary, together
from spsim.experiments.calibration.dimensions import DIMENSIONS
from spsim.experiments.surveys.questions import questions
from spsim.viz import CALIBRATION, write_calibration
from spsim.viz.calibration import named
from spsim.viz.plots import CalibrationPlots
from spsim.viz.style import house_style

QUESTIONS = questions(load_pack().surveys_table())[0]
YEARS = tuple(range(2009, 2024))


def fit() -> pd.DataFrame:
    """Return every question of the shipped polls with made-up intervals; each fifth is a miss."""
    rng, rows = np.random.default_rng(1), []
    for n, asked in enumerate(QUESTIONS):
        middle = asked.value + (14 if n % 5 == 0 else rng.normal(0, 2))
        rows.append({
            "row": asked.row, "label": asked.label, "series": asked.series, "year": asked.year, "power": asked.power,
            "item": asked.item, "answer": "+".join(asked.answers), "value": asked.value, "mean": middle,
            "p05": middle - 8, "p25": middle - 3, "median": middle, "p75": middle + 3, "p95": middle + 8,
            "prior_p05": middle - 25, "prior_median": middle, "prior_p95": middle + 25, "inside_90": n % 5 > 0,
        })
    return pd.DataFrame(rows)


def beside(shift: float) -> pd.DataFrame:
    """Return draws of two methods, those of the second moved by so much."""
    luck = np.random.default_rng(4).normal(0.05, 0.04, (2, 400))
    ours = pd.DataFrame(dict(zip(PAIR, luck, strict=True))).assign(weight=1 / 400)
    return together(ours, ours.assign(**{name: ours[name] + shift for name in PAIR}))


def tables() -> dict[str, pd.DataFrame]:
    """Return the tables of a calibration by name."""
    rng = np.random.default_rng(2)
    facts, draws, ranks = [], [], []
    for n, one in enumerate(DIMENSIONS):
        prior = np.array([one.quantile(share) for share in rng.random(300)])
        width = 0.2 if n % 2 else 0.97
        after = prior.mean() + width * (prior - prior.mean())
        facts.append({"parameter": one.name, "default": one.default, "prior_low": prior.min(),
                      "prior_high": prior.max(), "p05": 0, "median": 0, "p95": 0, "contraction": 1 - width**2,
                      "verdict": "narrowed by the data" if n % 2 else "prior-driven"})
        draws += [(one.name, which, value) for which, values in (("prior", prior), ("posterior", after))
                  for value in values]
        ranks += [(one.name, rank, member, 99) for member, rank in enumerate(rng.integers(0, 100, 200))]
    hind = fit().iloc[::3].assign(origin=lambda t: np.where(t["year"] > 2018, 2018, 2012))
    hind = hind.assign(crps=rng.uniform(1, 6, len(hind)), persistence=hind["value"] + 5,
                       persistence_crps=rng.uniform(1, 6, len(hind)))
    hind.loc[hind.index[::2], ["persistence", "persistence_crps"]] = np.nan
    alignment = rng.normal(0.4, 0.1, (4, len(YEARS), 5, 2))
    found = Beside(YEARS, COUNTRIES, ("CN", "RU"), alignment,
                   votes(load_pack().votes_table(), YEARS, COUNTRIES, ("CN", "RU")))
    both = beside(0.0)
    return {
        "fit": fit(), "parameters": pd.DataFrame(facts),
        "posterior": pd.DataFrame(draws, columns=["parameter", "which", "value"]),
        "ranks": pd.DataFrame(ranks, columns=["parameter", "rank", "member", "L"]),
        "recovery": pd.DataFrame([{"parameter": one.name, "covered_50": 0.51, "covered_90": 0.885, "members": 200}
                                  for one in DIMENSIONS]),
        "hindcast": hind, "elites": by_year(found), "order": order(found),
        "cross_check": both, "cross_check_numbers": summary(both, 1),
    }


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    return tables()


def drawn(name: str, made: dict[str, pd.DataFrame]) -> tuple[Any, list[tuple[str, Any]]]:
    """Return the sheet and the texts that were really drawn, with their boxes in pixels."""
    draw, needed = CALIBRATION[name]
    seen: list[Text] = []
    plain = Text.draw

    def note(self: Text, *rest: Any) -> None:
        seen.append(self)
        plain(self, *rest)

    with house_style(), pytest.MonkeyPatch.context() as patch:
        page = draw(*(made[each] for each in needed), "seed 1")
        patch.setattr(Text, "draw", note)
        canvas = FigureCanvasAgg(page.figure)
        canvas.draw()
        return page, [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in seen
                      if text.get_text().strip()]


@pytest.mark.parametrize("name", list(CALIBRATION))
def test_texts_stay_on_the_sheet_and_apart(name: str, made: dict[str, pd.DataFrame]) -> None:
    page, texts = drawn(name, made)
    whole = page.figure.bbox
    for text, box in texts:
        assert box.x0 >= -1 and box.x1 <= whole.x1 + 1 and box.y0 >= -1 and box.y1 <= whole.y1 + 1, f"{text!r} is cut"
    for n, (one, here) in enumerate(texts):
        for other, there in texts[n + 1 :]:
            wide = min(here.x1, there.x1) - max(here.x0, there.x0)
            high = min(here.y1, there.y1) - max(here.y0, there.y0)
            assert wide <= 1 or high <= 3, f"{one!r} lies on {other!r}"


def test_the_fit_counts_and_marks_misses(made: dict[str, pd.DataFrame]) -> None:
    page, texts = drawn("1-fit", made)
    hits = int(made["fit"]["inside_90"].sum())
    assert f"{hits} of {len(QUESTIONS)} inside the 90 % interval" in page.title
    said = [text for text, _ in texts]
    rows = sum(len(ax.get_yticks()) for ax in page.figure.axes)
    assert rows == len(QUESTIONS), "every row is drawn once"
    assert "Leadership (Gallup)" in said and "KZ 2017-18: change of approval" in said


def test_panels_say_what_was_narrowed(made: dict[str, pd.DataFrame]) -> None:
    page, texts = drawn("2-prior-and-posterior", made)
    assert page.title.endswith("6 narrowed, 6 prior-driven")
    said = [text for text, _ in texts]
    assert said.count("narrowed by the data, 96 %") == 6
    assert all(named(one.name) in said for one in DIMENSIONS)
    assert named("base.RU.KZ") == "base, Russia, Kazakhstan" and named("jump_share") == "jump share"


def test_uniform_ranks_lie_in_the_band_and_a_valley_does_not(made: dict[str, pd.DataFrame]) -> None:
    first = DIMENSIONS[0].name
    even = pd.DataFrame({"parameter": first, "rank": np.arange(200) % 100, "member": range(200), "L": 99})
    edges = even.assign(rank=np.where(even["rank"] < 50, 0, 99))
    facts = made["recovery"].iloc[:1]
    for ranks, outside in ((even, 0), (edges, 10)):
        page, _ = drawn("4-ranks", {"ranks": ranks, "recovery": facts})
        assert page.title.endswith(f"{outside} of 10 bars outside the band")


def test_few_draws_make_few_bars_of_uneven_width(made: dict[str, pd.DataFrame]) -> None:
    first = DIMENSIONS[0].name
    ranks = pd.DataFrame({"parameter": first, "rank": np.arange(210) % 7, "member": range(210), "L": 6})
    page, _ = drawn("4-ranks", {"ranks": ranks, "recovery": made["recovery"].iloc[:1]})
    assert page.title.endswith("0 of 7 bars outside the band")


def test_the_hindcast_counts_wins_where_there_is_an_earlier_poll(made: dict[str, pd.DataFrame]) -> None:
    table = made["hindcast"].assign(crps=1.0)
    table.loc[table["persistence_crps"].notna(), "persistence_crps"] = 2.0
    count = int(table["persistence_crps"].notna().sum())
    page, _ = drawn("3-hindcast", {"hindcast": table})
    assert page.title.endswith(f"nearer than the last poll in {count} of {count}")
    texts = " ".join(text.get_text().replace("\n", " ") for text in page.figure.findobj(Text))
    assert f"{len(table)} times about {len(table)} figures of " in texts
    alone = table.assign(persistence=np.nan, persistence_crps=np.nan)
    page, _ = drawn("3-hindcast", {"hindcast": alone})
    assert "none has an earlier one" in page.title


def test_elites_show_the_correlation_of_the_table(made: dict[str, pd.DataFrame]) -> None:
    _, texts = drawn("5-elites", made)
    chosen = made["order"].query("years == '2019-2023' and yardstick == 'agreement' and power == 'CN'").iloc[0]
    heading = next(text for text, _ in texts if text.startswith("China: rank correlation"))
    assert heading.replace("−", "-").endswith(f"{chosen['correlation']:.2f}, p {chosen['p']:.2f}")


def test_a_second_method_is_said_to_agree_only_within_chance(made: dict[str, pd.DataFrame]) -> None:
    page, texts = drawn("6-cross-check", made)
    assert page.title == "A second method finds the same"
    assert named(PAIR[1]) in [text for text, _ in texts]
    moved = beside(0.02)
    page, _ = drawn("6-cross-check", {"cross_check": moved, "cross_check_numbers": summary(moved, 1)})
    assert page.title == "A second method differs by more than chance"


def test_files_have_the_same_bytes_twice_and_missing_tables_are_left_out(
    made: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    some = {name: made[name] for name in ("fit", "ranks", "recovery", "elites")} | {"hindcast": pd.DataFrame()}
    one, two = (write_calibration(some, tmp_path / name, 1, "seed 1") for name in ("one", "two"))
    assert [path.name for path in one] == ["1-fit.png", "1-fit.svg", "4-ranks.png", "4-ranks.svg"]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, two, strict=True))


def test_pictures_in_a_notebook(made: dict[str, pd.DataFrame]) -> None:
    plots = CalibrationPlots(made, "seed 1")
    assert len(plots(power="RU").axes) == 1 and len(plots.parameters("jump_share").axes) == 1
    for draw in (plots.hindcast, plots.ranks, plots.elites):
        assert draw().axes
    with pytest.raises(ConfigError, match="has no such table"):
        CalibrationPlots({}).fit()
    with pytest.raises(ConfigError, match="did you mean"):
        plots.parameters("jump_shar")
