"""The commands on README and on the pages of the guide run as they are written, at a small size.

Convention. A ``sh`` block is made of ``spsim`` commands, one after another by line, ``&&`` or ``;``. They run in a
folder of their page's own, after the ``yaml`` and ``csv`` blocks with a ``title`` were written there under that name. A
block that cannot run in a test has ``<!-- not run: reason -->`` on the line before it; its commands and options must
exist all the same.

For speed all commands run in this process, and sizes are cut down: the baseline, which all scenarios extend, gets a
small ``run``, and what follows ``citizens=`` and ``--replicates`` is replaced.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from spsim.cli.app import app
from spsim.config import loading

ROOT = Path(__file__).parents[2]
GUIDE = (
    "install", "first-run", "scenarios", "comparing", "sweeps", "sensitivity", "app", "validation", "surveys", "speed",
)
PAGES = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in GUIDE)]
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>not run: \S[^\n]*|run-command|test-command) -->\n)?"
    r"^```(?P<kind>sh|yaml|csv)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
SMALL = "run: {citizens: 200, elites: 4, pipeline_agents: 1, replicates: 2}\n"
STUDIES = {"compare", "ablate", "sweep"}
"""Commands that start processes unless told otherwise."""


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command of a block, comments left out; a backslash at the end of a line continues it."""
    for line in text.replace("\\\n", "").splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=";&")
        words.whitespace_split, words.commenters = True, "#"
        command: list[str] = []
        for word in words:
            if word in {"&&", ";"}:
                yield command
                command = []
            else:
                command.append(word)
        if command:
            yield command


def small(words: list[str]) -> list[str]:
    """Return a command with small sizes, in one process."""
    found = [re.sub(r"^citizens=\d+", "citizens=200", word) for word in words]
    for position, word in enumerate(words[:-1]):
        if word == "--replicates":
            found[position + 1] = "2"
    return [*found, "--engine", "serial"] if STUDIES & set(words[1:2]) else found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, in which the shipped scenarios are small."""
    shipped = tmp_path / "shipped"
    shutil.copytree(ROOT / "scenarios", shipped)
    baseline = (shipped / "baseline.yaml").read_text(encoding="utf-8")
    assert "\nrun:" not in baseline
    (shipped / "baseline.yaml").write_text(f"{baseline}\n{SMALL}", encoding="utf-8")
    monkeypatch.setattr(loading, "scenarios_folder", lambda: shipped)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_commands_of_a_page_run_as_written(page: Path, folder: Path) -> None:
    ran, blocks = 0, list(BLOCK.finditer(page.read_text(encoding="utf-8")))
    for block in blocks:
        if block["title"]:
            (folder / block["title"]).write_text(block["text"], encoding="utf-8")
    for block in blocks:
        if block["kind"] == "sh" and not block["mark"]:
            for words in commands(block["text"]):
                assert words[0] == "spsim", f"not a command of spsim, and not marked: {shlex.join(words)}"
                result = CliRunner().invoke(app, small(words)[1:])
                assert result.exit_code == 0, f"{shlex.join(words)}\n{result.output}\n{result.exception!r}"
                ran += 1
    assert ran or "<!-- not run: " in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_what_is_not_run_exists(page: Path) -> None:
    program = typer.main.get_command(app)
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        for words in commands(block["text"]) if (block["mark"] or "").startswith("not run") else ():
            if words[0] == "spsim":
                command, rest = program, words[1:]
                while isinstance(command, typer.core.TyperGroup):
                    command, rest = command.commands[rest[0]], rest[1:]
                options = {name for parameter in command.params for name in parameter.opts}
                assert {word for word in rest if word.startswith("--")} <= options, shlex.join(words)


@pytest.mark.filterwarnings("ignore")
def test_the_python_on_readme_runs(folder: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    names: dict[str, Any] = {}
    exec(compile(block[1], "README.md", "exec"), names)
    assert names["result"].scenario.run.citizens == 200 and names["jobs"].scenario.name == "jobs"


def test_commands_are_told_apart() -> None:
    text = "spsim new a && spsim check 'a b.yaml'   # why\nspsim claims; spsim sources\n"
    assert list(commands(text)) == [
        ["spsim", "new", "a"], ["spsim", "check", "a b.yaml"], ["spsim", "claims"], ["spsim", "sources"]
    ]


def test_a_backslash_continues_a_command() -> None:
    assert [*commands("spsim compare a b \\\n    --out runs/two\nspsim check a\n")] == [
        ["spsim", "compare", "a", "b", "--out", "runs/two"], ["spsim", "check", "a"],
    ]


def test_sizes_are_cut_down() -> None:
    words = ["spsim", "compare", "a", "b", "--replicates", "50", "--set", "citizens=1000"]
    assert small(words) == [
        "spsim", "compare", "a", "b", "--replicates", "2", "--set", "citizens=200", "--engine", "serial"
    ]
