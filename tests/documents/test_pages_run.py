"""The shell blocks of the pages run as they are written, at a small size.

Convention. A ``sh`` block is run by bash in a folder of its page's own, after the ``yaml`` blocks with a ``title`` were
written there under that name. A block that cannot run in a test has ``<!-- not run: reason -->`` on the line before it;
its commands must exist all the same. Sizes are cut down for the test: the scenarios are those of the project with a
small ``run``, and numbers after ``citizens=`` and ``--replicates`` are replaced.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import spsim

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / f"{name}.md" for name in ("install", "first-run", "scenarios", "comparing")]
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?"
    r"^```(?P<kind>sh|yaml)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
SMALL = "run: {citizens: 200, elites: 4, pipeline_agents: 1, replicates: 2}\n"


def small(text: str) -> str:
    """Return commands with small sizes."""
    return re.sub(r"--replicates \d+", "--replicates 2", re.sub(r"citizens=\d+", "citizens=200", text))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package, whose baseline is small, and a command ``spsim``."""
    home = tmp_path_factory.mktemp("package")
    shutil.copytree(Path(spsim.__file__).parent, home / "spsim", ignore=shutil.ignore_patterns("scenarios"))
    shutil.copytree(ROOT / "scenarios", home / "spsim" / "scenarios")
    baseline = home / "spsim" / "scenarios" / "baseline.yaml"
    assert "\nrun:" not in baseline.read_text(encoding="utf-8")
    baseline.write_text(baseline.read_text(encoding="utf-8") + "\n" + SMALL, encoding="utf-8")
    command = home / "bin" / "spsim"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m spsim.cli "$@"\n')
    command.chmod(0o755)
    return home


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are for a POSIX shell")
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_commands_of_a_page_run_as_written(page: Path, package: Path, tmp_path: Path) -> None:
    found = list(BLOCK.finditer(page.read_text(encoding="utf-8")))
    assert any(block["kind"] == "sh" for block in found)
    path = os.pathsep.join([str(package / "bin"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(package)}
    ran = 0
    for block in found:
        if block["kind"] == "yaml":
            if block["title"]:
                (tmp_path / block["title"]).write_text(block["text"], encoding="utf-8")
        elif not block["reason"]:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", small(block["text"])], cwd=tmp_path, env=environment,
                capture_output=True, text=True, check=False, timeout=300,
            )
            assert done.returncode == 0, f"{block['text']}\n{done.stdout}\n{done.stderr}"
            ran += 1
    assert ran


def test_sizes_are_cut_down() -> None:
    assert small("spsim run baseline --replicates 50 --set citizens=1000") == (
        "spsim run baseline --replicates 2 --set citizens=200"
    )
