"""Each broken file gets its message: all mistakes, with their lines, exit code 2, no traceback."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from spsim.cli.app import app

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_broken_file_gets_its_message(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    result = CliRunner().invoke(app, ["check", path.name])
    assert result.stderr == path.with_suffix(".txt").read_text(encoding="utf-8")
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not result.stdout


def test_every_message_belongs_to_a_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {path.stem for path in FILES}


def test_a_message_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in FILES:
        lines = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
        assert lines, path
        # a loop is found in the file that closes it, which is another one
        assert all(line.split(":")[0] in {p.name for p in FILES} for line in lines), path
