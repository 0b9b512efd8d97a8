"""Sweeps: points, parts whose bytes depend on nothing but the design, and folders that survive what happens to them."""

from __future__ import annotations

import hashlib
import json
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import spsim
from spsim.analysis.outcomes import OUTCOMES
from spsim.api import merge
from spsim.config import ConfigError, SetupError, load, parameter_table
from spsim.experiments.sweeps import store
from spsim.experiments.sweeps.design import Sweep, read_design
from spsim.model.simulation import Simulation

RUN = {"citizens": 200, "elites": 4, "pipeline_agents": 1, "countries": ["KZ", "KG"], "start": "2018-01"}


def design(**more: Any) -> dict[str, Any]:
    """Return a design of 2 scenarios, 3 points (one of which is refused) and 2 replicates."""
    found = {
        "schema": 1, "name": "small", "title": "A small sweep", "scenarios": ["baseline", "shorter-memory"],
        "method": "list", "vary": {"threat_decay": {"values": [0.4, 99, 1.6]}}, "replicates": 2,
        "outcomes": ["approval", "protest_events"], "years": "2018", "run": RUN, **more,
    }
    return {key: value for key, value in found.items() if value is not None}


def drawn(method: str, points: int, **more: Any) -> dict[str, Any]:
    vary = {"threat_decay": {"prior": True}, "investment.CN": {"low": 1, "high": 2},
            "heritage_weight.RU": {"low": 0.2, "high": 0.9}}
    return design(method=method, points=points, vary=vary, **more)


def content(folder: Path, *, log: bool = True) -> dict[str, Any]:
    """Return the bytes of all files; of the log its lines, whose order is that in which parts were finished."""
    found: dict[str, Any] = {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
    lines = found.pop("log.jsonl").splitlines()
    return {**found, "log": sorted(lines)} if log else found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that nothing has disturbed."""
    folder = tmp_path_factory.mktemp("sweep") / "whole"
    spsim.sweep(design(), out=folder, workers=1)
    return folder


# points ---------------------------------------------------------------------------------------------------------------


def test_a_grid_has_every_combination() -> None:
    vary = {"threat_decay": {"values": [0.4, 0.8]}, "mechanisms.heritage": {"values": ["on", "off"]},
            "investment.CN": {"values": [1, 2, 3]}}
    points = read_design(design(method="grid", vary=vary)).points
    assert list(points.columns) == ["point", "threat_decay", "mechanisms.heritage", "investment.CN"]
    assert list(points["point"]) == list(range(12))
    assert len(points.drop(columns="point").drop_duplicates()) == 12
    assert list(points["investment.CN"][:4]) == [1, 2, 3, 1], "the last key varies fastest"


def test_a_list_has_its_values_side_by_side() -> None:
    vary = {"threat_decay": {"values": [0.4, 0.8]}, "investment.CN": {"values": [1, 2]}}
    points = read_design(design(vary=vary)).points
    assert points.drop(columns="point").to_numpy().tolist() == [[0.4, 1], [0.8, 2]]


def test_a_latin_hypercube_has_one_point_in_each_stratum() -> None:
    points = read_design(drawn("latin-hypercube", 10)).points
    shares = (points["heritage_weight.RU"] - 0.2) / 0.7
    assert sorted(np.floor(shares * 10).astype(int)) == list(range(10))
    assert points["investment.CN"].between(1, 2).all()


def test_a_sobol_sequence_fills_both_halves_and_grows_without_moving() -> None:
    few, many = (read_design(drawn("sobol", count)).points for count in (16, 64))
    assert (few["investment.CN"] < 1.5).sum() == 8
    pd.testing.assert_frame_equal(few, many[:16])
    other = read_design(drawn("sobol", 16, seed=2)).points
    assert not np.allclose(few["investment.CN"], other["investment.CN"])


def test_points_can_follow_the_prior_of_a_parameter() -> None:
    _, _, default, facts = next(
        row for row in parameter_table().values()
        if row[3].shape == "power" and row[3].prior_of("CN").kind == "loguniform"
    )
    key = next(name for name, row in parameter_table().items() if row[3] is facts)
    prior = facts.prior_of("CN")
    low, high = prior.interval(default["CN"])
    points = read_design(design(method="latin-hypercube", points=100, vary={f"{key}.CN": {"prior": True}})).points
    values = points[f"{key}.CN"]
    assert values.between(low, high).all()
    assert np.median(values) == pytest.approx(np.sqrt(low * high), rel=0.05), "half of a log-uniform prior"


def test_points_are_keyed_by_the_design() -> None:
    pd.testing.assert_frame_equal(
        read_design(drawn("latin-hypercube", 8)).points, read_design(drawn("latin-hypercube", 8)).points
    )


# runs -----------------------------------------------------------------------------------------------------------------


def test_a_run_is_that_of_its_scenario_point_and_replicate(whole: Path) -> None:
    result = spsim.SweepResult(whole)
    assert result.points["threat_decay"].tolist() == [0.4, 99, 1.6]
    scenario = load("shorter-memory", {**RUN, "end": "2018-12", "threat_decay": 1.6}).scenario
    expected = OUTCOMES["approval"].yearly(Simulation(scenario, 1).run(), scenario, [2018])[0]
    runs = result.runs
    here = runs[(runs["scenario"] == "shorter-memory") & (runs["point"] == 2) & (runs["replicate"] == 1)
                & (runs["outcome"] == "approval")]
    found = here.pivot_table(index="country", columns="power", values="value").loc[["KZ", "KG", "CA5"], ["CN", "RU"]]
    np.testing.assert_array_equal(found.to_numpy(), expected)
    assert len(runs) == 2 * 2 * 2 * 3 * (2 + 1), "scenarios, points, replicates, places, outcomes and powers"


def test_a_failed_run_is_a_row_with_its_reason(whole: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failed = spsim.SweepResult(whole).failed
    assert failed[["scenario", "point", "replicate"]].to_numpy().tolist() == [
        [name, 1, n] for n in (0, 1) for name in ("baseline", "shorter-memory")
    ]
    assert set(failed["reason"]) == {"threat_decay: got 99.0; allowed: a number from 0 to 6"}

    def breaks(*_: Any) -> None:
        raise FloatingPointError("overflow")

    monkeypatch.setattr(Simulation, "run", breaks)
    result = spsim.sweep(design(), out=tmp_path, workers=1)
    assert len(result.failed) == 12 and result.runs.empty
    assert set(result.failed["reason"]) >= {"FloatingPointError: overflow"}
    assert result.manifest["done"] == {"runs": 12, "failed": 12, "rows": 12}


def test_a_lever_is_pulled_from_its_month() -> None:
    vary = {"openness": {"values": [0.5], "from": "2019-03"}, "investment.CN": {"values": [2]}}
    plan = read_design(design(vary=vary, years="2018-2019"))
    levers = plan.scenario(0, 0).levers
    assert [(each.lever, each.to, each.from_) for each in levers[-2:]] == [
        ("investment", 2.0, "2018-01"), ("openness", 0.5, "2019-03"),
    ]
    assert plan.scenario(0, 0).run.end == "2019-12"


def test_runs_of_one_replicate_share_their_past_and_give_what_each_gives_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vary = {"openness": {"values": [0.3, 0.5, 0.7, 0.9], "from": "2019-03"}}
    plan = read_design(design(scenarios=["baseline"], vary=vary, years=2019))
    steps = [0]
    step = Simulation._step

    def counted(self: Simulation, *meanwhile: Callable[[], None]) -> Any:
        steps[0] += 1
        return step(self, *meanwhile)

    monkeypatch.setattr(Simulation, "_step", counted)
    monkeypatch.setattr(Sweep, "part_size", 4)
    runs = spsim.sweep(plan, out=tmp_path, workers=1).runs
    assert steps[0] == 2 * (13 + 4 * 10), "two replicates, to February 2019 once, then to the end of 2019 four times"
    for point in range(4):
        for replicate in range(2):
            scenario = plan.scenario(0, point)
            alone = OUTCOMES["approval"].yearly(Simulation(scenario, replicate).run(), scenario, [2019])[0]
            here = runs[(runs["point"] == point) & (runs["replicate"] == replicate) & (runs["outcome"] == "approval")]
            found = here.pivot_table(index="country", columns="power", values="value")
            np.testing.assert_array_equal(found.loc[["KZ", "KG", "CA5"], ["CN", "RU"]].to_numpy(), alone)


def test_a_shared_past_that_breaks_off_is_the_failure_of_each_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vary = {"openness": {"values": [0.3, 0.5], "from": "2019-03"}}
    plan = read_design(design(scenarios=["baseline"], vary=vary, years=2019, replicates=1))

    def breaks(*_: Any) -> None:
        raise FloatingPointError("overflow")

    monkeypatch.setattr(Simulation, "_step", breaks)
    monkeypatch.setattr(Sweep, "part_size", 2)
    failed = spsim.sweep(plan, out=tmp_path, workers=1).failed
    assert failed["point"].tolist() == [0, 1] and set(failed["reason"]) == {"FloatingPointError: overflow"}


# the folder -----------------------------------------------------------------------------------------------------------


def test_two_workers_give_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    spsim.sweep(design(), out=tmp_path / "two", workers=2)
    assert content(tmp_path / "two") == content(whole)


def test_the_manifest_says_what_is_there(whole: Path) -> None:
    manifest = spsim.SweepResult(whole).manifest
    assert manifest["done"]["runs"] == manifest["yields"]["runs"] == 12 and manifest["done"]["failed"] == 4
    for part in manifest["parts"]:
        bytes_ = (whole / "parts" / f"{part['part']}.parquet").read_bytes()
        assert hashlib.sha256(bytes_).hexdigest() == part["sha256"]
    assert read_design(whole / "design.yaml").digests == read_design(design()).digests


def test_it_goes_on_where_it_stopped(whole: Path, tmp_path: Path) -> None:
    class PowerCutError(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done >= 5:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        spsim.sweep(design(), out=tmp_path, workers=1, progress=cut)
    (tmp_path / "parts" / ".part-00005.parquet").write_bytes(b"half")
    told: list[tuple[int, int]] = []
    spsim.sweep(design(), out=tmp_path, workers=1, progress=lambda *at: told.append(at))
    assert told[0] == (5, 12) and told[-1] == (12, 12)
    assert content(tmp_path) == content(whole)
    assert (tmp_path / "log.jsonl").read_bytes() == (whole / "log.jsonl").read_bytes()


@pytest.mark.parametrize("damage", ["flipped", "short", "gone", "log cut", "points"])
def test_a_damaged_part_is_found_and_run_again(whole: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    part, log = folder / "parts" / "part-00003.parquet", folder / "log.jsonl"
    before = part.read_bytes()
    if damage == "flipped":
        part.write_bytes(before[:40] + bytes([before[40] ^ 1]) + before[41:])
    elif damage == "short":
        part.write_bytes(before[:-7])
    elif damage == "gone":
        part.unlink()
    elif damage == "log cut":
        log.write_bytes(log.read_bytes()[:-20])
    else:
        (folder / "points.parquet").write_bytes(b"nonsense")
    told: list[int] = []
    spsim.sweep(design(), out=folder, workers=1, progress=lambda done, _: told.append(done))
    assert told == ([12] if damage == "points" else [11, 12]), "only what is damaged"
    assert content(folder) == content(whole)


def test_shards_merge_into_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    folders = [tmp_path / str(n) for n in (1, 2, 3)]
    for n, folder in enumerate(folders, start=1):
        result = spsim.sweep(design(), out=folder, workers=1, shard=(n, 3))
        assert len(result.missing) == 8
    partly = merge(folders[:2], tmp_path / "merged")
    assert partly.missing == (2, 5, 8, 11)
    assert len(partly.runs) + len(partly.failed) > 0
    damaged = folders[2] / "parts" / "part-00005.parquet"
    kept = damaged.read_bytes()
    damaged.write_bytes(b"x" + kept[1:])
    notes: list[str] = []
    assert merge(folders, tmp_path / "merged", notes.append).missing == (5,)
    assert notes == [f"{damaged}: is damaged or missing, and left out"]
    damaged.write_bytes(kept)
    assert merge([folders[2], *folders], tmp_path / "merged").missing == ()
    assert content(tmp_path / "merged") == content(whole)
    merge(folders, tmp_path / "again")
    assert content(tmp_path / "again") == content(whole)
    assert (tmp_path / "again" / "log.jsonl").read_bytes() == (whole / "log.jsonl").read_bytes()


def test_only_shards_of_one_sweep_are_merged(whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    spsim.sweep(design(replicates=1, scenarios=["baseline"]), out=other, workers=1)
    with pytest.raises(ConfigError, match=r"other: replicates: got 1, in .*whole 2; allowed: shards of one sweep"):
        merge([whole, other], tmp_path / "out")
    with pytest.raises(ConfigError, match="holds no sweep"):
        merge([whole, tmp_path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_of_another_sweep_or_of_something_else_is_refused(whole: Path, tmp_path: Path) -> None:
    before = content(whole)
    with pytest.raises(SetupError, match=r"holds another experiment: its vary is .*99.*, now it would be"):
        spsim.sweep(design(vary={"threat_decay": {"values": [0.4]}}), out=whole)
    assert content(whole) == before
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(SetupError, match=r"holds something else \(thesis.tex\)"):
        spsim.sweep(design(), out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(ConfigError, match=r"\(i, n\) with i from 1 to n"):
        spsim.sweep(design(), out=tmp_path / "new", shard=(0, 2))


def test_a_folder_that_is_being_written_is_refused(whole: Path) -> None:
    facts = json.loads((whole / "log.jsonl").read_text().splitlines()[0])["design"]
    with store.Store(whole, facts).locked(), pytest.raises(SetupError, match="another process writes this sweep"):
        spsim.sweep(design(), out=whole)


def test_a_full_disk_is_one_message_and_keeps_what_was_finished(tmp_path: Path, monkeypatch: Any) -> None:
    real, calls = store.os.fsync, [0]

    def full(file: int) -> None:
        calls[0] += 1
        if calls[0] > 12:
            raise OSError(28, "No space left on device")
        real(file)

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(SetupError, match=r"(?i)no space left on (the )?device.*kept"):
            spsim.sweep(design(), out=tmp_path, workers=1)
    told: list[int] = []
    spsim.sweep(design(), out=tmp_path, workers=1, progress=lambda done, _: told.append(done))
    assert told[0] >= 2


def test_a_scenario_that_changes_under_way_stops_the_sweep(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    text = "schema: 1\nname: mine\ntitle: Mine\nextends: baseline\nparameters: {anchor_rate: 0.5}\n"
    mine.write_text(text)
    plan = read_design(design(scenarios=[str(mine)]))
    mine.write_text(text.replace("0.5", "0.6"))
    with pytest.raises(SetupError, match=r"mine.yaml: has changed while the sweep runs"):
        spsim.sweep(plan, out=tmp_path / "out", workers=1)


def test_memory_is_flat_however_long_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = read_design(design(scenarios=["baseline"], replicates=4000, vary={"threat_decay": {"values": [1, 2]}}))
    size = 1_000_000

    def large(_: Any, number: int) -> tuple[bytes, dict[str, Any]]:
        made = number.to_bytes(4, "big") * (size // 4)
        return made, {"sha256": hashlib.sha256(made).hexdigest(), "runs": 64, "failed": 0, "rows": 1}

    assert plan.parts == 125 and plan.part_size == 64
    monkeypatch.setattr(store, "make_part", large)
    monkeypatch.setattr("os.fsync", lambda _: None)
    tracemalloc.start()
    result = store.run_sweep(plan, tmp_path, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not result.missing
    assert peak < 10 * size, "125 parts of a megabyte went through"


# what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "sobol"}, r"vary.threat_decay: does not fit method sobol; allowed: low and high, or prior: true"),
        ({"method": "gird"}, r"method: got 'gird'; allowed: grid, list, latin-hypercube, .*; did you mean 'grid'"),
        ({"points": 3}, "points: got 3, but method list counts its own points"),
        ({"vary": {"threat_dekay": {"values": [1]}}}, "vary.threat_dekay: there is no such key.*mean 'threat_decay'"),
        ({"vary": {"heritage_weight": {"values": [1]}}}, "vary.heritage_weight: .*a mapping by power"),
        ({"vary": {"heritage_weight.XY": {"values": [1]}}}, "XY is not simulated; allowed: CN, RU, KZ, KG"),
        ({"vary": {"investment": {"values": [1]}}}, "vary.investment: .*whose lever.*allowed: CN, RU"),
        ({"vary": {"seed": {"values": [1]}}}, "vary.seed: is a run setting"),
        ({"vary": {"openness": {"values": [1], "from": "2040"}}}, "vary.openness: .*from: got 2040-01, outside"),
        ({"vary": {"threat_decay": {"values": [1], "from": "2020"}}}, "only a lever is pulled from a month"),
        ({"vary": {"threat_decay": {"valeus": [1]}}}, "vary.threat_decay.valeus: unknown key.*mean 'values'"),
        ({"vary": {"threat_decay": {}}}, "says not one thing; allowed: values, or low and high, or prior: true"),
        ({"vary": {"threat_decay": {"values": []}}}, "vary.threat_decay.values: got .*; allowed: at least 1"),
        ({"vary": {}}, "vary: got .*; allowed: at least 1"),
        ({"vary": {"threat_decay": {"values": [1, 2]}, "openness": {"values": [1]}}}, "lists have different lengths"),
        ({"scenarios": ["basline"]}, "scenario 1: got 'basline'.*did you mean 'baseline'"),
        ({"scenarios": ["baseline", "baseline"]}, "scenario 2: the scenario 'baseline' stands twice"),
        ({"outcomes": ["aproval"]}, "outcome 1: there is no outcome 'aproval'.*did you mean 'approval'"),
        ({"years": "2018 to 2019"}, "years: got '2018 to 2019'; allowed: a year or two"),
        ({"years": 1999}, "years: got 1999 to 1999; allowed: years of baseline, 2018 to 2030"),
        ({"run": {"replicates": 3}}, "run.replicates: stands in the wrong place"),
        ({"run": {"citizen": 3}}, "run.citizen: unknown key.*did you mean 'citizens'"),
        ({"replicates": 0}, "replicates: got 0; allowed: at least 1"),
        ({"repeats": 3}, "repeats: unknown key.*did you mean 'replicates'"),
        ({"title": None}, "title: is missing"),
        ({"schema": 2}, "schema: got 2; allowed: 1"),
    ],
)
def test_a_design_that_cannot_be_used_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_design(design(**change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": 12}, "points: got 12; allowed: a power of two for sobol, such as 8 or 16"),
        ({"points": None}, "points: is missing; allowed: how many points method sobol draws"),
        ({"vary": {"threat_decay": {"low": 2, "high": 1}}}, "got low 2.0 and high 1.0; allowed: both, low below high"),
        ({"vary": {"threat_decay": {"low": 2}}}, "got low 2.0 and high None"),
        ({"vary": {"openness": {"prior": True}}}, "only a parameter has a prior"),
    ],
)
def test_a_drawn_design_that_cannot_be_used_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_design({key: value for key, value in {**drawn("sobol", 16), **change}.items() if value is not None})


def test_the_design_of_the_document_is_sound(tmp_path: Path) -> None:
    """What a reader copies works."""
    text = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    path = tmp_path / "design.yaml"
    path.write_text(text.split('```yaml title="design.yaml"\n')[1].split("```")[0], encoding="utf-8")
    sweep = read_design(path)
    assert sweep.design.points == 32
    assert sweep.names == ("baseline", "local-hiring-90")


def test_shards_without_a_part_are_merged_too(tmp_path: Path) -> None:
    plan = design(scenarios=["baseline"], replicates=1, vary={"threat_decay": {"values": [0.4, 0.8]}})
    folders = [tmp_path / str(n) for n in (1, 2, 3)]
    for n, folder in enumerate(folders, start=1):
        spsim.sweep(plan, out=folder, workers=1, shard=(n, 3))
    assert len(merge(folders, tmp_path / "merged").runs) > 0


def test_a_run_ends_where_its_scenario_ends() -> None:
    run = {**RUN, "end": "2018-06"}
    assert read_design(design(scenarios=["baseline"], run=run)).scenario(0, 0).run.end == "2018-06"


def test_ctrl_c_in_compiled_code_stops_a_sweep_and_is_no_failed_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numba hands a Ctrl-C on as the cause of a SystemError, or as the cause of its cause."""

    def interrupted(*_: Any) -> None:
        inner = SystemError("returned a result with an exception set")
        inner.__cause__ = KeyboardInterrupt()
        raise SystemError("returned a result with an exception set") from inner

    monkeypatch.setattr("spsim.model.simulation.step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        spsim.sweep(design(), out=tmp_path, workers=1)
    assert not list(tmp_path.glob("parts/part-*"))


def test_settings_of_an_own_channel_can_be_varied(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("schema: 1\nname: mine\ntitle: A channel\nextends: baseline\nchannels: {gifts: {size: 0.4}}\n",
                    encoding="utf-8")
    vary = {"channels.gifts.size": {"values": [0.1, 0.7]}}
    plan = read_design(design(scenarios=[str(path)], vary=vary))
    found = [plan.scenario(0, point).channels for point in (0, 1)]
    assert found == [{"gifts": {"size": 0.1}}, {"gifts": {"size": 0.7}}]
    with pytest.raises(ConfigError, match="switches on no such channel"):
        read_design(design(scenarios=["baseline"], vary=vary))
