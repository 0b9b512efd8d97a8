"""A whole sensitivity study: stopped and resumed, with one and two workers, by folder and by command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import spsim
from spsim.config import ConfigError, SetupError, load
from spsim.experiments.sensitivity.study import STAGES
from spsim.experiments.sweeps.design import read_design

SMALL = {"trajectories": 2, "top": 2, "base": 2, "discovery_points": 20, "replicates": 2}
RUN = {"elites": 4, "pipeline_agents": 1, "countries": ["KZ", "KG"], "start": "2005-01", "end": "2007-12"}
VARY = ["threat_decay", "heritage_level", "demonstration_stance", "investment.CN=0.5..2"]


def study(folder: Path, **more: Any) -> spsim.SensitivityResult:
    asked = {"vary": VARY, "outcomes": ["approval"], "years": (2005, 2006), "power": "CN", "discover": "approval>=45",
             "citizens": 200, "workers": 1, **SMALL, **more}
    return spsim.sensitivity(load("baseline", RUN), out=folder, **asked)


def content(folder: Path) -> dict[str, Any]:
    """Return the bytes of all files; of logs their lines, whose order is that in which parts were finished."""
    return {
        str(path.relative_to(folder)): sorted(path.read_bytes().splitlines()) if path.suffix == ".jsonl" else
        path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> spsim.SensitivityResult:
    """A study that nothing has disturbed."""
    return study(tmp_path_factory.mktemp("study") / "whole")


def test_it_says_what_moves_what(whole: spsim.SensitivityResult) -> None:
    assert whole.top[0] == "heritage_level" and len(whole.top) == 2 and "demonstration_stance" not in whole.top
    for table in (whole.one_at_a_time, whole.screening, whole.indices, whole.noise):
        assert set(table["country"]) == {"KZ", "KG", "CA5"} and set(table["power"]) == {"CN", "RU"}
    alone = whole.one_at_a_time.query("power == 'CN' and country == 'KZ'").set_index("factor")
    assert alone.loc["demonstration_stance", ["at_low", "at_high", "low_sign"]].tolist() == [0, 0, "none"]
    assert alone.loc["heritage_level", "at_low"] > 0 > alone.loc["heritage_level", "at_high"]
    assert set(whole.indices["factor"]) == set(whole.top)
    assert set(whole.noise["stage"]) == set(STAGES) and whole.noise["left"].between(0, 1).all()
    assert set(whole.cases.columns) == {"point", *whole.top, "investment.CN", "outcome", "interesting"}, "levers too"
    assert len(whole.cases) == 20 and whole.failed.empty


def test_the_folder_holds_tables_figures_and_where_they_come_from(whole: spsim.SensitivityResult) -> None:
    manifest = json.loads((whole.folder / "manifest.json").read_text())
    assert manifest["top"] == list(whole.top) and manifest["discover"] == "approval.CN>=45"
    pd.testing.assert_frame_equal(pd.read_parquet(whole.folder / "screening.parquet"), whole.screening)
    for name in ("one-at-a-time", "screening", "indices", "discovery"):
        assert (whole.folder / f"{name}-CA5.png").stat().st_size > 10_000


def test_stopped_and_resumed_it_ends_with_the_same_bytes(whole: spsim.SensitivityResult, tmp_path: Path) -> None:
    class PowerCutError(Exception):
        pass

    for at in (3, 50):
        def cut(done: int, total: int, at: int = at) -> None:
            if done >= at:
                raise PowerCutError

        with pytest.raises(PowerCutError):
            study(tmp_path / "cut", progress=cut)
    told: list[tuple[int, int]] = []
    study(tmp_path / "cut", progress=lambda *at: told.append(at))
    assert told[0][0] > 3 and told[-1][0] == told[-1][1] == 2 * (9 + 10 + 8 + 20)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert content(tmp_path / "cut") == content(whole.folder)


def test_two_workers_give_the_same_bytes(whole: spsim.SensitivityResult, tmp_path: Path) -> None:
    study(tmp_path / "two", workers=2)
    assert content(tmp_path / "two") == content(whole.folder)


def test_a_stage_is_a_sweep_that_can_be_run_elsewhere(whole: spsim.SensitivityResult) -> None:
    told: list[tuple[int, int]] = []
    folder = whole.folder / "screening"
    result = spsim.sweep(folder / "design.yaml", out=folder, workers=1, progress=lambda *at: told.append(at))
    assert told == [(20, 20)], "the study has run it already, and it is the same sweep"
    assert read_design(folder / "design.yaml").total == 20 and result.failed.empty


def test_a_folder_of_another_study_is_refused(whole: spsim.SensitivityResult, tmp_path: Path) -> None:
    before = content(whole.folder)
    with pytest.raises(SetupError, match="holds a study of another scenario"):
        study(whole.folder, seed=7)
    with pytest.raises(SetupError, match="holds another experiment: its points is 2, now it would be 3"):
        study(whole.folder, trajectories=3)
    assert content(whole.folder) == before
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(SetupError, match="holds something else"):
        study(tmp_path)


def test_nothing_moves_anything_is_a_finding(tmp_path: Path) -> None:
    result = study(tmp_path / "still", vary=["demonstration_stance"])
    assert result.top == () and result.indices.empty
    assert result.discovery.reason == "no factor moves anything"
    assert (tmp_path / "still" / "indices-CA5.png").is_file()
    assert set(result.screening["direction"]) == {"none"}


def test_points_that_fail_are_counted_and_left_out(tmp_path: Path) -> None:
    result = study(tmp_path / "fails", vary=["anchor_rate=0.2..90", "threat_decay"])
    assert len(result.failed) > 0 and set(result.failed["stage"]) >= {"one-at-a-time"}
    alone = result.one_at_a_time.query("power == 'CN' and country == 'KZ'").set_index("factor")
    assert alone.loc["anchor_rate", "high_sign"] == "undetermined" and alone["at_high"].isna().any()
    assert np.isfinite(alone.loc["threat_decay", "at_high"]), "the others are there"
    assert len(result.cases) < 20


def test_it_shows_and_draws_itself(whole: spsim.SensitivityResult) -> None:
    html = whole._repr_html_()
    assert "heritage_level" in html and "approval.CN&gt;=45" in html and "<script" not in html
    assert repr(whole).startswith("SensitivityResult: What moves outcomes: ") and "4 factors" in repr(whole)
    for draw in (whole.plot, whole.plot.one_at_a_time, whole.plot.screening, whole.plot.indices, whole.plot.discovery):
        assert draw()._repr_png_().startswith(b"\x89PNG")
    labelled = whole.to_xarray()
    rows = whole.indices.set_index(["outcome", "power", "country", "factor"])
    here = {"outcome": "approval", "power": "CN", "country": "KZ", "factor": "heritage_level"}
    assert float(labelled["ST"].sel(here)) == rows.loc[tuple(here.values()), "ST"]
    with pytest.raises(ConfigError, match=r"got 'indicse'; allowed: .*did you mean 'indices'"):
        whole.to_xarray("indicse")
