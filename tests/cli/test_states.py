"""`spsim run` with `--save-state` and `--from-state`."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spsim import api
from spsim.cli.app import app
from spsim.cli.doctor import table_digests

SMALL = ["--set", "citizens=200", "--set", "elites=4", "--set", "start=2025-07", "--set", "end=2026-06"]
QUICK = [*SMALL, "--workers", "1", "--no-figures"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def invoke(*arguments: str, code: int = 0):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output and "\x1b" not in result.output
    return result


def test_a_future_starts_from_a_saved_past_and_writes_the_same_bytes():
    saved = invoke("run", "baseline", "--replicates", "2", "--save-state", "2025-12", *QUICK)
    past = Path("runs/baseline-state-2025-12")
    assert f"The state of 2025-12 is in {past}" in saved.stdout
    assert sorted(path.name for path in past.iterdir()) == ["replicate-0.npz", "replicate-1.npz"]
    plain = invoke("run", "publish-contracts", "--replicates", "2", *QUICK)
    again = invoke("run", "publish-contracts", "--replicates", "2", "--from-state", str(past), *QUICK)
    one, two = (table_digests(Path("runs") / name) for name in ("publish-contracts", "publish-contracts-2"))
    assert one and one == two
    assert again.stdout.replace("contracts-2", "contracts") == plain.stdout and again.stderr == plain.stderr
    manifests = [json.loads((Path("runs") / name / "manifest.json").read_text()) for name in
                 ("publish-contracts", "publish-contracts-2")]
    assert len({json.dumps({**manifest, "wall_seconds": 0}) for manifest in manifests}) == 1


def test_states_may_be_saved_where_one_wants_and_on_the_way():
    invoke("run", "baseline", "--replicates", "1", "--save-state", "2025-08", "--state-dir", "deep/early", *QUICK)
    Path("late").mkdir()
    invoke("run", "baseline", "--replicates", "1", "--from-state", "deep/early", "--save-state", "2026-01",
           "--state-dir", "late", *QUICK)
    assert [path.name for path in Path("late").iterdir()] == ["replicate-0.npz"]
    before = invoke("run", "baseline", "--replicates", "1", "--from-state", "late", "--save-state", "2025-08", *QUICK,
                    code=2)
    assert "save_state: got 2025-08; allowed: a month from 2026-01 to 2026-06" in before.stderr


def test_what_cannot_be_saved_is_said_before_anything_is_computed(monkeypatch):
    monkeypatch.setattr(api, "run", lambda *_, **__: pytest.fail("computed in vain"))
    Path("full").mkdir()
    Path("full/file").write_text("")

    def said(*options: str, code: int = 2) -> str:
        return invoke("run", "baseline", *options, *QUICK, code=code).stderr.strip()

    period = "--save-state 2030-01: got 2030-01; allowed: a month from 2025-07 to 2026-06"
    assert said("--save-state", "2030-01") == period
    assert said("--save-state", "2025") == "--save-state 2025: got '2025'; allowed: one month, such as 2026-06"
    steps = said("--save-state", "2025-12", "--set", "step_months=3")
    assert steps.endswith("got 2025-12, between two steps of 3 months; allowed: 2025-10 or 2026-01")
    assert said("--state-dir", "x") == "--state-dir x: needs --save-state; allowed: a month to save"
    full = "--state-dir full: exists already; allowed: a new or empty folder"
    assert said("--save-state", "2025-12", "--state-dir", "full") == full
    inside = said("--save-state", "2025-12", "--out", "mine", "--state-dir", "mine/states")
    assert inside.startswith("--state-dir mine/states: lies in mine, which is written at the end of the run")
    below = said("--save-state", "2025-12", "--state-dir", "full/file/states", code=1)
    assert below.startswith("full/file/states: cannot be made")
    assert [path.name for path in Path().iterdir()] == ["full"]


def test_states_that_do_not_fit_are_refused_in_one_line():
    invoke("run", "baseline", "--replicates", "1", "--save-state", "2025-12", "--state-dir", "past", *QUICK)

    def said(*options: str, code: int = 2) -> str:
        shown = invoke("run", "baseline", "--from-state", "past", *options, *QUICK, code=code).stderr
        return shown.splitlines()[-1]

    assert said().startswith("past: run.replicates: got 20, but there is no replicate-1.npz; allowed: at most 1")
    one = ("--replicates", "1")
    assert said(*one, "--seed", "2") == "past: run.seed: got 2; allowed: 1, as in the past up to 2025-12"
    assert said(*one, "--set", "openness=0.5").startswith("past: inputs.openness: is another one in 2025-07 than in")
    assert said(*one, "--set", "noise=0.1").startswith("past: parameters.noise: got 0.1; allowed: 0.")
    Path("past/replicate-0.npz").write_bytes(b"nothing")
    assert said(*one, code=1).startswith("past/replicate-0.npz: is damaged, or no saved state: ")
    Path("past/replicate-0.npz").unlink()
    assert said(*one).startswith("past: holds no saved states; allowed: a folder that --save-state has written")
    assert [path.name for path in Path("runs").iterdir()] == ["baseline"], "refused runs leave nothing"


def test_a_stopped_run_leaves_no_states():
    command = [sys.executable, "-m", "spsim.cli", "run", "baseline", "--replicates", "500", "--save-state", "2025-08"]
    process = subprocess.Popen([*command, *QUICK], stderr=subprocess.PIPE, text=True)
    while not list(Path("runs").glob(".*.part/replicate-*.npz")) if Path("runs").exists() else True:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, shown = process.communicate(timeout=60)
    assert process.returncode == 130 and "stopped; nothing was written" in shown
    assert not Path("runs").exists() or list(Path("runs").iterdir()) == []
