"""Release habits: one version everywhere, and no committed result changes without an entry that says so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import spsim

ROOT = Path(__file__).parents[2]
FLAG = "**[results change]**"


def newest_section() -> str:
    """Return the topmost section of the changelog, its heading included."""
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def unannounced(changed: str, section: str) -> list[str]:
    """Return the changed baselines if no entry of the section is marked."""
    return [] if FLAG in section else changed.splitlines()


def test_the_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, flags=re.MULTILINE)[1] == spsim.__version__
    assert newest_section().startswith(f"[{spsim.__version__}]")
    assert "\nversion = " not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_baselines_change_only_with_an_entry_that_says_so() -> None:
    last = git("describe", "--tags", "--abbrev=0")
    if not last:
        pytest.skip("no release yet")
    changed = git("diff", "--name-only", "--diff-filter=MD", last, "--", "tests/regression")
    assert not unannounced(changed, newest_section())


def test_a_change_without_an_entry_is_noticed() -> None:
    assert unannounced("tests/regression/a.csv", "[1] - today\n- Something") == ["tests/regression/a.csv"]
    assert unannounced("tests/regression/a.csv", f"[1] - today\n- {FLAG} Something") == []
