"""Results in a notebook: labelled arrays, cards, pictures."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import spsim
from spsim.analysis.arrays import RUN_KEYS
from spsim.analysis.intervals import paired_difference
from spsim.analysis.tables import UNITS
from spsim.config import ConfigError, load_text, parameter_table
from spsim.display import Grid, Shown

SMALL = {"citizens": 200, "elites": 5, "pipeline_agents": 1, "start": "2020-01", "end": "2022-12", "replicates": 2}
BASE = spsim.load("baseline", SMALL)
RICHER = BASE.with_(investment={"CN": 3.0}, from_="2021-01", name="richer", title="China invests three times as much")
DESIGN = {
    "schema": 1, "name": "small", "title": "A small sweep", "scenarios": ["baseline", "shorter-memory"],
    "replicates": 2, "outcomes": ["approval", "protest_events"], "years": 2020,
    "run": {key: value for key, value in SMALL.items() if key != "replicates"} | {"end": "2020-12"},
}
ONE = {"threat_weight.CN": {"values": [0.1, 0.5]}}
TWO = {**ONE, "mechanisms.heritage": {"values": ["on", "off"]}}


@pytest.fixture(scope="module")
def run() -> spsim.RunResult:
    return spsim.run(BASE, workers=1)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> spsim.ComparisonResult:
    return spsim.compare(BASE, RICHER, out=tmp_path_factory.mktemp("compare") / "x", workers=1)


@pytest.fixture(scope="module")
def ablated(tmp_path_factory: pytest.TempPathFactory) -> spsim.AblationResult:
    mechanisms, folder = ["heritage", "threat"], tmp_path_factory.mktemp("ablate") / "x"
    return spsim.ablate(BASE, mechanisms=mechanisms, outcomes=["approval"], out=folder, workers=1)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> spsim.SweepResult:
    design = {**DESIGN, "method": "grid", "vary": TWO}
    return spsim.sweep(design, out=tmp_path_factory.mktemp("sweep") / "x", workers=1)


def labels(figure: Figure) -> set[str]:
    """Return the labels of the axes of a figure, in one line each."""
    assert isinstance(figure, Figure)
    return {" ".join(text.split()) for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel()) if text}


def titles(figure: Figure) -> str:
    return "\n".join(ax.get_title(loc="left") for ax in figure.axes)


# arrays ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(RUN_KEYS))
def test_the_arrays_of_a_run_say_what_its_tables_say(run: spsim.RunResult, name: str) -> None:
    array, keys = run.to_xarray(name), RUN_KEYS[name]
    assert list(array.sizes) == keys
    assert np.issubdtype(array["date"].dtype, np.datetime64)
    assert list(array["country"].to_numpy())[:5] == ["KZ", "KG", "TJ", "TM", "UZ"]
    for variable in array.data_vars:
        assert array[variable].attrs["units"] == UNITS[name][str(variable)] and array[variable].attrs["long_name"]
    table = run.tables[name].drop(columns="kind", errors="ignore")
    back = array.drop_vars("kind", errors="ignore").to_dataframe().dropna(how="all").reset_index()
    one, other = (
        frame.astype(dict.fromkeys(keys, str)).set_index(keys).sort_index()[list(array.data_vars)]
        for frame in (table.dropna(how="all", subset=list(array.data_vars)), back)
    )
    pd.testing.assert_frame_equal(one, other)


def test_channels_say_what_they_belong_to(run: spsim.RunResult) -> None:
    channels = run.to_xarray("channels")
    assert channels["kind"].sel(channel="russian_tv").item() == "media"


def test_a_comparison_becomes_an_array(compared: spsim.ComparisonResult) -> None:
    array = compared.to_xarray()
    row = compared.table[(compared.table["country"] == "KG") & (compared.table["outcome"] == "approval")
                         & (compared.table["power"] == "CN") & (compared.table["year"] == 2022)].iloc[0]
    found = array.sel(scenario="richer", outcome="approval", power="CN", country="KG", year=2022)
    assert found["difference"].item() == row["difference"] and found["sign"].item() == row["sign"]
    assert found["unit"].item() == "points"


def test_an_ablation_becomes_an_array(ablated: spsim.AblationResult) -> None:
    array = ablated.to_xarray()
    assert dict(array.sizes) == {"without": 2, "outcome": 1, "power": 2, "country": 6}
    row = ablated.table.iloc[5]
    at = {key: row[key] for key in array.dims}
    assert array["contribution"].sel(at).item() == row["contribution"] != 0


def test_a_grid_becomes_an_array_over_its_keys(swept: spsim.SweepResult) -> None:
    array = swept.to_xarray()
    assert array["approval"].dims == (
        "scenario", "threat_weight.CN", "mechanisms.heritage", "replicate", "power", "country"
    )
    assert "power" not in array["protest_events"].dims and array["approval"].attrs["units"] == "points"
    runs = swept.runs.merge(swept.points, on="point")
    here = runs[(runs["outcome"] == "approval")].iloc[17]
    at = {key: here[key] for key in array["approval"].dims}
    assert array["approval"].sel(at).item() == here["value"]


def test_drawn_points_keep_their_numbers_and_what_failed_is_nan(tmp_path: Path) -> None:
    vary = {"threat_decay": {"values": [0.4, 99, 1.6]}, "anchor_rate": {"values": [0.5, 0.6, 0.7]}}
    result = spsim.sweep({**DESIGN, "method": "list", "vary": vary}, out=tmp_path / "x", workers=1)
    array = result.to_xarray()
    assert array["threat_decay"].to_numpy().tolist() == [0.4, 99, 1.6] and array["threat_decay"].dims == ("point",)
    assert np.isnan(array["approval"].sel(point=1)).all() and np.isfinite(array["approval"].sel(point=[0, 2])).all()
    assert (tmp_path / "x" / "sweep.png").is_file()
    assert "4 runs failed" in result._repr_html_()


def test_a_wrong_table_is_answered_with_what_was_meant(run: spsim.RunResult) -> None:
    with pytest.raises(ConfigError, match="did you mean 'opinion'"):
        run.to_xarray("opinions")


def test_a_validation_becomes_an_array_a_card_and_a_picture() -> None:
    table = pd.read_csv(Path(__file__).parents[2] / "docs" / "validation.csv", keep_default_na=False)
    numbers = ["value", "value_low", "value_high", "pass_rate", "severity", "pass_rate_without"]
    table[numbers] = table[numbers].apply(pd.to_numeric)
    result = spsim.ValidationResult(BASE.scenario, table, table, {"case 3": "no memory"}, Path("runs/validation"))
    first = table.iloc[0]
    assert result.to_xarray()["pass_rate"].sel(pattern=first["pattern"]).item() == first["pass_rate"]
    page = result._repr_html_()
    assert first["pattern"] in page and "not passed: 1" in page and "runs/validation" in page
    assert result.plot(verdict="fails").axes
    with pytest.raises(ConfigError, match="did you mean 'fails'"):
        result.plot(verdict="fail")


# cards ----------------------------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """Collects tags, and complains of one that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> set[str]:
    parser = _Tags()
    parser.feed(page)
    assert not parser.open
    return parser.seen


HARMLESS = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "br"}


class _Any(Shown):
    def __init__(self, text: str) -> None:
        self.text = text

    def headline(self) -> list[str]:
        return [self.text, self.text]

    def grids(self) -> list[Grid]:
        return [Grid(self.text, [self.text], [[self.text]])]

    def cautions(self) -> list[str]:
        return [self.text]


@given(st.text() | st.sampled_from(["<script>alert(1)</script>", "</div><img src=x onerror=y>", "&lt;b&gt;"]))
def test_whatever_a_card_says_is_escaped(text: str) -> None:
    assert tags(_Any(text)._repr_html_()) <= HARMLESS


def test_a_title_with_a_script_is_shown_and_not_run() -> None:
    source = load_text('schema: 1\nname: a\ntitle: "<script>x</script>"\nextends: baseline\n')
    page = source._repr_html_()
    assert "<script" not in page and "&lt;script&gt;" in page


def test_a_scenario_shows_what_differs_from_the_baseline() -> None:
    edited = RICHER.with_(threat_decay=0.4, mechanisms={"diplomacy": "off"})
    page = edited._repr_html_()
    for said in ("China invests three times", "investment", "from 2021-01", "with_(threat_decay)", "per year",
                 parameter_table()["threat_decay"][3].evidence, "diplomacy", "--set citizens", "mechanisms switched"):
        assert said in page, said
    assert "anchor_rate" not in page and tags(page) <= HARMLESS
    assert "Nothing differs from baseline" in spsim.load("baseline")._repr_html_()
    assert repr(edited).startswith("Resolved: China invests") and len(repr(edited)) < 500


def test_results_show_intervals_signs_and_where_they_are(
    run: spsim.RunResult, compared: spsim.ComparisonResult, ablated: spsim.AblationResult, swept: spsim.SweepResult
) -> None:
    for result, said in (
        (run, ["Kazakhstan", "90 % interval", "not saved yet"]),
        (compared, ["richer minus baseline", "undetermined", str(compared.folder)]),
        (ablated, ["heritage", "95 % interval", str(ablated.folder)]),
        (swept, ["threat_weight.CN", "16 of 16 runs", str(swept.folder)]),
    ):
        page = result._repr_html_()
        assert tags(page) <= HARMLESS and "http" not in page and len(page) < 30_000
        for word in said:
            assert word in page, word
        assert len(repr(result)) < 700 and type(result).__name__ in repr(result)


def test_a_folder_without_a_sweep_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no sweep"):
        spsim.SweepResult(tmp_path).to_xarray()


def test_a_saved_run_says_where_it_is(run: spsim.RunResult, tmp_path: Path) -> None:
    run.save(tmp_path / "kept", figures=False)
    try:
        assert str(tmp_path / "kept") in repr(run)
    finally:
        run.folder = None


# pictures -------------------------------------------------------------------------------------------------------------


def test_pictures_of_a_run(run: spsim.RunResult) -> None:
    assert labels(run.plot()) == {"approve, % of adults"}
    assert len(run.plot.opinion().axes) == 6 and len(run.plot.opinion(country="KZ").axes) == 1
    assert titles(run.plot.divergence(country="CA5")) == "All five countries"
    assert labels(run.plot.elites("UZ")) == {"approve, % of elites"}
    assert labels(run.plot.polarisation("UZ")) == {"standard deviation of affect"}
    assert labels(run.plot.protest("KG")) == {"events a year"}
    assert titles(run.plot.generations("TJ")).startswith("Tajikistan")
    for figure in (run.plot.channels("KZ"), run.plot.pipeline("KZ"), run.plot.map()):
        assert isinstance(figure, Figure) and figure.axes


def test_pictures_of_experiments(compared: spsim.ComparisonResult, ablated: spsim.AblationResult) -> None:
    figure = compared.plot(outcome="approval", power="CN", country="KG")
    assert len(figure.axes) == 2 and titles(figure).startswith("public approval, China")
    assert labels(ablated.plot(power="RU")) and "Russia" in titles(ablated.plot(power="RU"))


def test_pictures_of_a_sweep(swept: spsim.SweepResult) -> None:
    lines = swept.plot.lines(x="threat_weight.CN", outcome="approval", power="CN")
    assert labels(lines) == {"threat weight (CN), affect per unit of threat", "points"}
    heatmap = swept.plot.heatmap(x="mechanisms.heritage", outcome="approval", power="RU", country="KZ")
    assert {"mechanism heritage", "threat weight (CN), affect per unit of threat"} <= labels(heatmap)
    assert "shorter-memory minus baseline" in titles(heatmap)
    assert len(swept.plot.scatter(x="threat_weight.CN", outcome="approval", power="CN").axes) == 1
    assert titles(swept.plot()) == titles(swept.plot.heatmap())


def test_undetermined_cells_are_hatched(swept: spsim.SweepResult) -> None:
    figure = swept.plot.heatmap(outcome="approval")
    runs = swept.runs[(swept.runs["outcome"] == "approval") & (swept.runs["country"] == "CA5")]
    wide = runs.pivot_table(index=["power", "point", "replicate"], columns="scenario", values="value")
    pairs = (wide["shorter-memory"] - wide["baseline"]).unstack()
    unsure = sum(paired_difference(row)["sign"] == "undetermined" for row in pairs.to_numpy())
    hatched = sum(patch.get_hatch() is not None for ax in figure.axes for patch in ax.patches)
    assert hatched == unsure > 0


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda run, swept: run.plot.opinion(country="KX"), "did you mean|KZ, KG"),
        (lambda run, swept: run.plot.channels(country="CA5"), "allowed: KZ"),
        (lambda run, swept: swept.plot(outcome="aproval"), "did you mean 'approval'"),
        (lambda run, swept: swept.plot(power="US"), "allowed: CN, RU"),
        (lambda run, swept: swept.plot.lines(x="threat_wait.CN"), "did you mean 'threat_weight.CN'"),
        (lambda run, swept: swept.plot.heatmap(x="threat_weight.CN", y="threat_weight.CN"), "twice"),
    ],
)
def test_wrong_names_are_answered_with_what_is_known(
    run: spsim.RunResult, swept: spsim.SweepResult, draw: Any, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        draw(run, swept)


def test_a_figure_shows_itself_without_a_display_or_pyplot(run: spsim.RunResult) -> None:
    before = dict(mpl.rcParams)
    figure = run.plot.opinion("KZ")
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    assert dict(mpl.rcParams) == before


# what a sweep leaves --------------------------------------------------------------------------------------------------


def test_shards_leave_a_picture_when_they_are_merged(tmp_path: Path) -> None:
    design = {**DESIGN, "method": "grid", "vary": ONE, "scenarios": ["baseline"], "replicates": 1}
    folders = [tmp_path / f"{i}" for i in (1, 2)]
    for i, folder in enumerate(folders, start=1):
        shard = spsim.sweep(design, out=folder, shard=(i, 2), workers=1)
        assert shard.missing and not (folder / "sweep.png").exists()
        assert "parts are missing" in shard._repr_html_()
    whole = spsim.merge(folders, tmp_path / "whole")
    alone = spsim.sweep(design, out=tmp_path / "alone", workers=1)
    assert "hence no intervals" in " ".join(text.get_text() for text in alone.plot.lines().texts)
    for name in ("sweep.png", "sweep.svg"):
        assert (whole.folder / name).read_bytes() == (alone.folder / name).read_bytes()
