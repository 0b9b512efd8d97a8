"""The door itself: it answers at once, works as a module, and shows no colour codes in a pipe."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pandas", "numpy", "mesa", "matplotlib", "pydantic", "numba")


def spsim(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "spsim.cli", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **env},
        check=False,
    )


def test_help_imports_nothing_heavy(tmp_path):
    code = (
        "import json, sys\nfrom spsim.cli import main\ncode = main(['--help'])\n"
        f"print('\\n' + json.dumps([code, [name for name in {HEAVY!r} if name in sys.modules]]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []]
    assert "Usage: spsim" in done.stdout


@pytest.mark.parametrize(
    ("more", "unused"),
    [
        (["--no-figures"], ["matplotlib", "scipy.stats", "xarray", "mesa"]),
        ([], ["matplotlib.pyplot", "scipy.stats", "xarray", "mesa"]),
    ],
)
def test_a_run_imports_what_it_uses_and_no_more(tmp_path, more, unused):
    arguments = ["run", "baseline", "--replicates", "2", "--set", "citizens=200", "--set", "end=2005-12", *more]
    code = (
        f"import sys\nfrom spsim.cli import main\ncode = main({arguments!r})\n"
        f"print(code, [name for name in {unused!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_module_is_the_command(tmp_path):
    done = spsim("check", "baseline", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Baseline, 2004 to 2030" in done.stdout
    assert "\x1b" not in done.stdout
    assert all(line == line.rstrip() for line in done.stdout.splitlines())


def test_error_goes_to_stderr_in_one_plain_line(tmp_path):
    done = spsim("run", "nowhere.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nowhere.yaml: there is no such file\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["run"],
        ["run", "baseline", "--replicates", "0"],
        ["run", "baseline", "--workers", "two"],
        ["check", "baseline", "--colour"],
    ],
)
def test_wrong_usage_exits_2(tmp_path, arguments):
    done = spsim(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Usage" in done.stderr and "Traceback" not in done.stderr


def test_closed_pipe_is_no_traceback(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "spsim.cli", "parameters"],
            stdout=stream,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=tmp_path,
        )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "command",
    [
        ["parameters"],
        ["parameters", "--levers"],
        ["scenarios"],
        ["sources"],
        ["sources", "--inconsistencies"],
        ["check", "baseline"],
        ["explain", "baseline", "base"],
    ],
)
def test_lines_fit_the_width(tmp_path, command, width):
    done = spsim(*command, cwd=tmp_path, COLUMNS=str(width))
    assert done.returncode == 0, done.stderr
    # closing sentences are single lines on purpose: a terminal breaks them, a pipe keeps them whole
    long = [line for line in done.stdout.splitlines()[:-1] if len(line) > width]
    assert not long
