"""The server and its browser files: what is said where something is missing."""

from __future__ import annotations

import os
import socket
import stat
import sys
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spsim.app import assets, server
from spsim.cli.app import app
from spsim.config import SetupError

NPM = """\
#!{python}
import io, sys, tarfile
name = sys.argv[2].rpartition("@")[0]
files = {files!r}[name]
path = sys.argv[4] + "/" + name.replace("/", "-").strip("@") + ".tgz"
with tarfile.open(path, "w:gz") as made:
    for file in files:
        member = tarfile.TarInfo("package/" + file)
        member.size = 4
        made.addfile(member, io.BytesIO(b"text"))
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return assets.cache_folder()


def put_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    folder.mkdir()
    (folder / "npm").write_text(text, encoding="utf-8")
    (folder / "npm").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_without_the_browser_files_it_says_what_to_do(cache: Path) -> None:
    result = CliRunner().invoke(app, ["app", "--no-browser"])
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert "spsim app --fetch-assets" in result.stderr and "spsim app --from-cdn" in result.stderr


def test_fetching_takes_what_is_wanted_and_no_more(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                   ) -> None:
    names = {name: [pattern.replace("*", "font") for pattern in patterns] + ["dist/huge.js.map", "package.json"]
             for name, patterns in assets.WANTED.items()}
    put_npm(tmp_path / "bin", monkeypatch, NPM.format(python=sys.executable, files=names))
    result = CliRunner().invoke(app, ["app", "--fetch-assets"])
    assert result.exit_code == 0, result.output
    assert assets.missing(cache) == []
    found = {path.relative_to(cache).as_posix() for path in cache.rglob("*") if path.is_file()}
    assert f"requirejs@{assets.versions()['requirejs']}/require.js" in found
    assert not any(name.endswith((".map", "package.json", ".part")) for name in found)


def test_npm_that_fails_or_is_missing_is_a_message(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                   ) -> None:
    put_npm(tmp_path / "bin", monkeypatch, "#!/bin/sh\necho 'npm error network down' >&2\nexit 1\n")
    result = CliRunner().invoke(app, ["app", "--fetch-assets"])
    assert result.exit_code == 1 and "could not fetch" in result.stderr and "network down" in result.stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    result = CliRunner().invoke(app, ["app", "--fetch-assets"])
    assert result.exit_code == 1 and "npm is needed" in result.stderr


def test_a_package_that_lacks_a_file_is_a_message(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name: ["readme.md"] for name in assets.WANTED}
    put_npm(tmp_path / "bin", monkeypatch, NPM.format(python=sys.executable, files=names))
    with pytest.raises(SetupError, match=r"packages without .*main8\.css"):
        assets.fetch(cache)


def test_without_solara_it_says_what_to_install(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, patterns in assets.WANTED.items():
        for pattern in patterns:
            file = cache / f"{name}@{assets.versions()[name]}" / pattern.replace("*", "font")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    monkeypatch.setattr(server, "_configure", lambda *_: None)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = CliRunner().invoke(app, ["app", "--no-browser", "--port", "0"])
    assert result.exit_code == 1 and "pip install 'spsim[app]'" in result.stderr


def test_settings_and_mesas_page_do_not_go_together(cache: Path) -> None:
    result = CliRunner().invoke(app, ["app", "--mesa", "--set", "citizens=200"])
    assert result.exit_code == 2 and "cannot be used with --mesa" in result.stderr


def test_versions_are_exact() -> None:
    assert set(assets.versions()) == set(assets.WANTED)
    assert all(version[0].isdigit() for version in assets.versions().values())


def test_a_member_outside_the_package_is_not_written(tmp_path: Path) -> None:
    deep = tmp_path / "one" / "two"
    deep.mkdir(parents=True)
    archive = deep / "bad.tgz"
    with tarfile.open(archive, "w:gz") as made:
        made.addfile(tarfile.TarInfo("package/../require.js"))
    assets._unpack(archive, deep / "out", ("require.js",))
    assert not list(tmp_path.rglob("require.js"))


def test_a_port_that_is_taken_is_a_message() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=r"try another --port"):
            server.listen("127.0.0.1", port)


def test_port_0_takes_a_free_one() -> None:
    with server.listen("127.0.0.1", 0) as made:
        assert made.getsockname()[1] > 0


@pytest.mark.parametrize(("host", "local"), [
    ("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("192.168.1.5", False),
    ("example.org", False),
])
def test_which_addresses_are_for_this_machine_only(host: str, local: bool) -> None:
    assert server.is_local(host) == local


@pytest.mark.parametrize("arguments", [["no-such-scenario"], ["--set", "citizens=50000"], ["--set", "anchor_rate=x"]])
def test_a_scenario_that_cannot_be_used_is_said_before_anything_starts(cache: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["app", "--no-browser", *arguments])
    assert result.exit_code == 2 and "Traceback" not in result.output and "allowed" in result.stderr
