"""A plain script without a main guard can run replicates in processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_script_without_main_guard_runs_in_two_workers(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "import spsim\n"
        "settings = dict(citizens=200, elites=4, end='2004-06', replicates=2)\n"
        "result = spsim.run(spsim.load('baseline', **settings), workers=2)\n"
        "print(len(result.records), result.tables['opinion'].shape[1])\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", "10"]
