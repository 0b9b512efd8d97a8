"""The command line: how soon it answers, what a small run costs beside its simulation, and the baseline as it ships."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring.rounds import Beside, Case, Take

BARE = (Beside("start/python", "times a bare Python"),)
SMALL = ["--set", "citizens=200", "--set", "end=2004-12", "--replicates", "1", "--workers", "1"]
"""A run whose simulation takes next to nothing, so that what is left is imports, building and writing."""


def seconds(*words: str) -> float:
    """Return how long Python takes with these words on its command line.

    Raises:
        RuntimeError: it fails; with what it complained about.
    """
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words], check=False, capture_output=True, text=True, env=_as_users_have_it()
    )
    took = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"python {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return took


def _as_users_have_it() -> dict[str, str]:
    """Return the environment without what would keep Python from keeping its byte code."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _start(*words: str) -> Take:
    seconds(*words)  # compiled to byte code
    return lambda: seconds(*words)


def _run(*words: str, warm: bool = True) -> Take:
    def take() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return seconds("-m", "spsim.cli", "run", "baseline", "--out", str(Path(folder) / "run"), *words)

    if warm:
        take()
    return take


def cases() -> list[Case]:
    """Return the cases of this module."""
    return [
        Case("start/python", "a bare Python", "s", lambda: _start("-c", "pass")),
        Case("start/help", "spsim --help", "s", lambda: _start("-m", "spsim.cli", "--help"), BARE),
        Case("start/import", "import spsim", "s", lambda: _start("-c", "import spsim"), BARE),
        Case("start/api", "import spsim, and all that spsim.run needs", "s", lambda: _start("-c", "import spsim.api"),
             BARE),
        Case("run/tables", "a tiny run from the command line, tables only", "s",
             lambda: _run(*SMALL, "--no-figures"), BARE),
        Case("run/figures", "a tiny run from the command line, with figures", "s", lambda: _run(*SMALL),
             (Beside("run/tables", "times tables only"),)),
        Case("run/baseline", "spsim run baseline, as it ships (20 replicates of 5 x 4,000), two workers", "s",
             lambda: _run("--workers", "2", warm=False), (Beside("run/figures", "times a tiny run"),), rounds=3,
             quick=False),
    ]
