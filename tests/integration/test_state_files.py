"""Saved states: what is in them, who may start from them, and what happens to them when something goes wrong."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from branched import JANUARY, LATER, SUMMER, arrays, assert_branches, assert_same, at, scenario

import spsim
from spsim.config import ConfigError, SetupError
from spsim.experiments import states
from spsim.experiments.replicates import Saving, run_replicates
from spsim.model import checkpoint
from spsim.model.simulation import Simulation

# files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [{}, {"citizens": 310, "elites": 9, "pipeline_agents": 3}], ids=["smallest", "larger"])
def test_a_file_gives_back_the_simulation_and_the_same_file(tmp_path: Path, size: dict[str, int]) -> None:
    """State, people and record are the same; so are the bytes of the file, whoever writes it and when."""
    simulation = at(SUMMER, scenario(**size), replicate=2)
    states.save(simulation, tmp_path)
    restored = states.restore(tmp_path, 2)
    assert restored.date == SUMMER and restored.world.replicate == 2
    assert restored.world.scenario == simulation.world.scenario
    assert_same(restored, simulation)
    (tmp_path / "again").mkdir()
    states.save(restored, tmp_path / "again")
    assert states.file_of(tmp_path, 2).read_bytes() == states.file_of(tmp_path / "again", 2).read_bytes()
    assert_same(restored.run(), Simulation(scenario(**size), 2).run())


def test_a_file_holds_plain_arrays_and_a_manifest(tmp_path: Path) -> None:
    """Anybody can open it, and opening it runs nothing."""
    states.save(at(SUMMER, scenario()), tmp_path)
    path = states.file_of(tmp_path, 0)
    with np.load(path, allow_pickle=False) as held:
        manifest = json.loads(held["manifest.json"])
        assert not any(held[name].dtype.hasobject for name in held.files if name != "manifest.json")
        assert held["state/affect"].shape == (2 * (200 + 10), 2)
        assert held["record/opinion"].shape[0] == manifest["step"] + 1 == 13
    assert manifest["spsim"] == spsim.__version__ and manifest["date"] == SUMMER and manifest["replicate"] == 0
    assert manifest["seed"] == 1 and manifest["scenario"]["name"] == "small" and len(manifest["past"]) == 64


def test_one_worker_and_two_save_and_start_alike(tmp_path: Path) -> None:
    """The same files and the same records, and both equal the run without any of it."""
    ours, plain = scenario(LATER, end="2025-12"), scenario(end="2025-09")
    expected, expected_plain = ([arrays(record) for record in run_replicates(of, 1)] for of in (ours, plain))
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        assert [arrays(r) for r in run_replicates(plain, workers, saving=Saving(SUMMER, folder))] == expected_plain
        assert [arrays(r) for r in run_replicates(ours, workers, start_from=folder)] == expected
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / n).iterdir()} for n in ("1", "2"))
    assert one == two and sorted(one) == [f"replicate-{n}.npz" for n in range(3)]


def test_the_python_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`save_state`, `state_dir` and `from_state`: the same tables; a state may be saved on the way from a state."""
    monkeypatch.chdir(tmp_path)
    spsim.run(scenario(), workers=1, save_state=JANUARY)
    past = Path("runs/small-state-2025-01")
    plain = spsim.run(scenario(LATER), replicates=2, workers=1)
    branched = spsim.run(
        scenario(LATER), replicates=2, workers=1, from_state=past, save_state=SUMMER, state_dir="summer"
    )
    again = spsim.run(scenario(LATER), replicates=1, workers=1, from_state="summer")
    assert all(branched.tables[name].equals(table) for name, table in plain.tables.items())
    assert_same(again.records[0], plain.records[0])
    with pytest.raises(ConfigError, match=f"save_state: got {JANUARY}; allowed: a month from {SUMMER} to 2026-06"):
        spsim.run(scenario(LATER), replicates=1, from_state="summer", save_state=JANUARY, state_dir="x")
    with pytest.raises(ConfigError, match="state_dir: got x, but no save_state"):
        spsim.run(scenario(), state_dir="x")


# refusals -------------------------------------------------------------------------------------------------------------

P = scenario().parameters
PAST = f"as in the past up to {SUMMER}"
EARLY = f"than in the past up to {SUMMER}; allowed: levers and events that differ after {SUMMER} only"


@pytest.mark.parametrize(
    ("text", "overrides", "message"),
    [
        ("", {"seed": 2}, f"run.seed: got 2; allowed: 1, {PAST}"),
        ("", {"citizens": 201}, f"run.citizens: got 201; allowed: 200, {PAST}"),
        ("", {"elites": 7}, f"run.elites: got 7; allowed: 6, {PAST}"),
        ("", {"pipeline_agents": 2}, f"run.pipeline_agents: got 2; allowed: 1, {PAST}"),
        ("", {"start": "2024-08"}, f"run.start: got 2024-08; allowed: 2024-07, {PAST}"),
        ("", {"step_months": 3}, f"run.step_months: got 3; allowed: 1, {PAST}"),
        ("", {"countries": ["KZ"]}, f"run.countries: got KZ; allowed: KZ, KG, {PAST}"),
        ("", {"countries": ["KG", "KZ"]}, f"run.countries: got KG, KZ; allowed: KZ, KG, {PAST}"),
        ("", {"powers": ["CN", "RU", "TR"]}, f"run.powers: got CN, RU, TR; allowed: CN, RU, {PAST}"),
        ("", {"anchor_rate": 0.3}, f"parameters.anchor_rate: got 0.3; allowed: {P.anchor_rate}, {PAST}"),
        ("", {"base.RU.TM": 0.9}, f"parameters.base.RU.TM: got 0.9; allowed: {P.base['RU']['TM']}, {PAST}"),
        ("", {"stance.TR": 0.5}, f"parameters.stance.TR: got 0.5; allowed: nothing, {PAST}"),
        ("", {"mechanisms.rents": "off"}, f"parameters.rent_weight: got 0.0; allowed: {P.rent_weight}, {PAST}"),
        ("", {"end": "2025-06"}, f"run.end: got 2025-06; allowed: a month from {SUMMER} on"),
        ("levers:\n  - {lever: openness, to: 0.5, from: 2025-07}\n", {},
         f"inputs.openness: is another one in 2025-07 {EARLY}"),
        ("levers:\n  - {lever: investment, to: 0.5, from: 2024-09, power: RU, countries: [KG]}\n"
         "  - {lever: openness, to: 0.5, from: 2024-12}\n", {}, f"inputs.trade: is another one in 2024-09 {EARLY}"),
        ("events:\n  - {name: fear, kind: threat, powers: [CN], size: 1, from: 2025-06, to: 2025-12}\n", {},
         f"inputs.threat_impulse: is another one in 2025-06 {EARLY}"),
        ("events:\n  - {name: ukraine-war, to: 2026-12}\n", {}, "inputs.memory_impulse: is another one in"),
    ],
)
def test_another_past_is_refused(
    text: str, overrides: dict[str, Any], message: str, commons: Callable[..., Simulation], tmp_path: Path
) -> None:
    """The message names the first thing that differs, in memory and for a folder."""
    other = scenario(text, **{"replicates": 1, **overrides})
    with pytest.raises(ConfigError) as refused:
        commons(SUMMER).branch(other)
    assert f"{refused.value}\n".startswith(f"branch in {SUMMER}: {message}"), refused.value
    states.save(commons(SUMMER), tmp_path)
    with pytest.raises(ConfigError) as refused:
        run_replicates(other, 1, start_from=tmp_path)
    assert f"{refused.value}\n".startswith(f"{tmp_path}: {message}") and "\n" not in str(refused.value)


def test_a_past_told_in_other_words_is_the_same(commons: Callable[..., Simulation]) -> None:
    """Only what acts counts: levers at today's value, events that do not happen, titles, notes, replicates."""
    text = """
levers:
  - {lever: scholarships, to: 1, from: 2024-07, power: CN}
  - {lever: local_hiring_floor, to: 0, from: 2024-10}
events:
  - {name: never, kind: threat, powers: [CN], size: 3, from: 2024-10, to: 2025-01, active: false}
  - {name: without-size, kind: anchor, powers: [RU], size: 0, from: 2024-10, to: 2025-01}
"""
    other = scenario(text, replicates=7).model_copy(update={"name": "other", "title": "Another title"})
    assert_branches(commons(SUMMER), other)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the states of three replicates."""
    folder = tmp_path_factory.mktemp("past") / "states"
    run_replicates(scenario(end=SUMMER), 1, saving=Saving(SUMMER, folder))
    return folder


def copied(saved: Path, folder: Path, names: dict[int, int] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    for old, new in (names or {0: 0, 1: 1, 2: 2}).items():
        states.file_of(folder, new).write_bytes(states.file_of(saved, old).read_bytes())
    return folder


def edited(path: Path, **changes: object) -> None:
    """Change entries of a state's manifest."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content["manifest.json"] = json.dumps({**json.loads(content["manifest.json"]), **changes}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, member in content.items():
            archive.writestr(name, member)


def refusal(folder: Path, kind: type[Exception] = ConfigError, **overrides: Any) -> str:
    """Return the one line that says why a run does not start from a folder."""
    with pytest.raises(kind) as refused:
        run_replicates(scenario(**overrides), 1, start_from=folder)
    assert "\n" not in str(refused.value)
    return str(refused.value).replace(str(folder), "DIR")


def test_other_versions_and_other_code_are_refused(saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path)
    edited(states.file_of(folder, 0), spsim="0.0.1")
    assert refusal(folder) == (
        f"DIR/replicate-0.npz: was saved by version 0.0.1 of spsim, this is version {spsim.__version__}; "
        "allowed: a state saved by what runs it; save it again"
    )
    copied(saved, tmp_path)
    edited(states.file_of(folder, 2), code="0123456789abcdef")
    assert "DIR/replicate-2.npz: was saved by code 0123456789abcdef of spsim, this is code" in refusal(folder)
    with pytest.raises(ConfigError, match="was saved by code"):
        states.restore(folder, 2)


def test_inputs_in_other_bits_are_refused(saved: Path, tmp_path: Path) -> None:
    """Where numpy rounds otherwise, a branch would equal no run of its own."""
    folder = copied(saved, tmp_path)
    for replicate in range(3):
        edited(states.file_of(folder, replicate), past="0" * 64)
    assert refusal(folder).startswith("DIR/replicate-0.npz: its inputs come out in other bits here than where")


def test_missing_and_mixed_states_are_refused(saved: Path, tmp_path: Path) -> None:
    nothing = "DIR: holds no saved states; allowed: a folder that --save-state has written"
    assert refusal(tmp_path / "nowhere") == refusal(tmp_path) == nothing
    lacking = "DIR: run.replicates: got {}, but there is no replicate-{}.npz; allowed: at most {}"
    assert refusal(saved, replicates=5) == lacking.format(5, 3, 3)
    gap = copied(saved, tmp_path / "gap", {0: 0, 2: 2})
    assert refusal(gap) == lacking.format(3, 1, 1)
    swapped = copied(saved, tmp_path / "swapped", {0: 0, 1: 2, 2: 1})
    assert refusal(swapped).startswith("DIR/replicate-1.npz: holds replicate 2")
    mixed = copied(saved, tmp_path / "mixed")
    states.save(at(JANUARY, scenario(), 1), mixed)
    assert refusal(mixed).startswith("DIR/replicate-1.npz: is not of the run and date of replicate 0")


def test_months_in_which_nothing_can_be_saved(tmp_path: Path) -> None:
    """Outside the period, between two steps, no month at all; and a folder that holds something."""

    def said(month: str, folder: Path = tmp_path / "new", **overrides: Any) -> str:
        with pytest.raises(ConfigError) as refused:
            run_replicates(scenario(**overrides), 1, saving=Saving(month, folder))
        return str(refused.value)

    assert said("2026-07") == "save_state: got 2026-07; allowed: a month from 2024-07 to 2026-06"
    assert said("2024-06") == "save_state: got 2024-06; allowed: a month from 2024-07 to 2026-06"
    between = "save_state: got 2025-12, between two steps of 3 months; allowed: 2025-10 or 2026-01"
    assert said("2025-12", step_months=3) == between
    for odd in ("2025", "2025-13", "2025-1", "soon", ""):
        assert said(odd) == f"save_state: got {odd!r}; allowed: one month, such as 2026-06"
    (tmp_path / "file").write_text("")
    full = f"{tmp_path}: exists already; allowed: a new or empty folder for states"
    assert said(SUMMER, tmp_path) == full
    assert said(SUMMER, tmp_path / "file") == full.replace(str(tmp_path), str(tmp_path / "file"))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# damage ---------------------------------------------------------------------------------------------------------------


def test_a_damaged_file_is_refused_before_anything_is_computed(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off, no archive, an archive of something else, one bit of one array."""
    monkeypatch.setattr(Simulation, "_step", lambda *_: pytest.fail("computed in vain"))
    whole = states.file_of(saved, 2).read_bytes()
    other = io.BytesIO()
    np.savez(other, x=np.zeros(3))
    middle = bytearray(whole)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        middle[archive.getinfo("state/affect.npy").header_offset + 200] ^= 1
    for content in (b"", b"no archive", whole[:-1], whole[: len(whole) // 2], other.getvalue(), bytes(middle)):
        folder = copied(saved, tmp_path)
        states.file_of(folder, 2).write_bytes(content)
        assert refusal(folder, SetupError).startswith("DIR/replicate-2.npz: is damaged, or no saved state: ")
        with pytest.raises(SetupError, match="is damaged, or no saved state: "):
            states.restore(folder, 2)
    lacking = copied(saved, tmp_path)
    edited(states.file_of(lacking, 0), scenario={})
    assert refusal(lacking, SetupError).startswith("DIR/replicate-0.npz: is damaged, or no saved state: ")


def test_no_flipped_byte_goes_unnoticed(saved: Path) -> None:
    """Some of the arrays, some of the archive's directory: refused, or of no consequence."""
    whole = states.file_of(saved, 0).read_bytes()
    expected = checkpoint.restore(io.BytesIO(whole), "whole")
    directory = whole.index(b"PK\x01\x02")
    places = [*range(0, directory, directory // 41), *range(directory, len(whole), 29)]
    refused = 0
    for place in places:
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        try:
            checkpoint.read_manifest(io.BytesIO(content), "flipped")
            found = checkpoint.restore(io.BytesIO(content), "flipped")
        except (SetupError, ConfigError):
            refused += 1
        else:
            assert_same(found, expected)
    assert refused > len(places) // 2


def test_a_file_that_cannot_be_read(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    future = scenario()

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SetupError, match=r"replicate-0.npz: cannot be read: Permission denied"):
        states.check(saved, future)


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SetupError, match=r"replicate-0.npz: cannot be written: No space left"):
        run_replicates(scenario(), 1, saving=Saving(SUMMER, tmp_path / "states"))
    assert list(tmp_path.iterdir()) == []


def test_killed_while_saving_there_is_no_half_file(saved: Path, tmp_path: Path) -> None:
    """A folder appears when all of it is written; a file that is there keeps its content until the new one is whole."""
    program = textwrap.dedent("""
        import os, signal, sys, zipfile
        from pathlib import Path
        from spsim.experiments import states
        from spsim.experiments.replicates import Saving, run_replicates

        written, plain = [], zipfile.ZipFile.writestr
        def killed(archive, member, *rest, **more):
            plain(archive, member, *rest, **more)
            written.append(member)
            if len(written) == 20:
                archive.fp.flush()
                os.kill(os.getpid(), signal.SIGKILL)

        saved, target = map(Path, sys.argv[1:])
        simulation = states.restore(saved, 1)
        zipfile.ZipFile.writestr = killed
        if target.exists():
            states.save(simulation, target)
        else:
            run_replicates(simulation.world.scenario, 1, start_from=saved, saving=Saving(simulation.date, target))
    """)
    old = copied(saved, tmp_path / "old", {0: 1})
    for target in (old, tmp_path / "new"):
        ended = subprocess.run([sys.executable, "-c", program, str(saved), str(target)], check=False)
        assert ended.returncode == -signal.SIGKILL
    assert states.file_of(old, 1).read_bytes() == states.file_of(saved, 0).read_bytes()
    assert not (tmp_path / "new").exists()
    assert all(re.match(r"\..*\.part$", path.name) for path in tmp_path.rglob("*") if path.suffix == ".part")
    states.save(states.restore(saved, 1), old)
    assert [path.name for path in old.iterdir()] == ["replicate-1.npz"], "the next one clears up"
