"""Settings for the tests of the command line."""

from pathlib import Path

import pytest

import spsim


@pytest.fixture(autouse=True)
def subprocesses_find_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a process that starts in another folder import the package that is tested here."""
    monkeypatch.setenv("PYTHONPATH", str(Path(spsim.__file__).parents[1].resolve()))
