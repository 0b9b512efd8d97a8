"""The files that a browser needs for the page: Vuetify, its icons and fonts. They are not shipped (4 MB, others' work).

``spsim app --fetch-assets`` fetches them once with npm, in the exact versions of ``assets/package.json``, into the
user's cache. From then on the page works without a network.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import uuid
from pathlib import Path, PurePosixPath

from spsim.config import SetupError

PACKAGES = Path(__file__).parent / "assets" / "package.json"
WANTED = {
    "@widgetti/solara-vuetify-app": (
        "dist/main8.css", "dist/fonts.css", "dist/solara-vuetify-app8.min.js", "dist/*.woff2"
    ),
    "@widgetti/vue-grid-layout": ("dist/vue-grid-layout.umd.js",),
    "requirejs": ("require.js",),
}
"""Package -> the files of it that a page asks for, as patterns."""

TIMEOUT = 300
"""Seconds that npm may take for one package."""


def versions() -> dict[str, str]:
    """Return package -> exact version."""
    found: dict[str, str] = json.loads(PACKAGES.read_text(encoding="utf-8"))["dependencies"]
    return found


def cache_folder() -> Path:
    """Return the folder in the user's cache; other versions have another one."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    tag = "-".join(versions().values())
    return base / "spsim" / f"browser-files-{tag}"


def missing(folder: Path) -> list[str]:
    """Return the files that a page would ask for in vain."""
    return [
        f"{name}@{version}/{pattern}"
        for name, version in versions().items()
        for pattern in WANTED[name]
        if not any((folder / f"{name}@{version}").glob(pattern))
    ]


def fetch(folder: Path) -> None:
    """Fetch the files with npm; a folder that is complete stays as it is.

    Raises:
        SetupError: there is no npm, it failed, or the folder cannot be written.
    """
    if not missing(folder):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SetupError("npm is needed to fetch the browser files and is not installed (it comes with Node.js); "
                         "without it, `spsim app --from-cdn` lets the page load them over the network")
    try:
        with tempfile.TemporaryDirectory() as work:
            for name, version in versions().items():
                _unpack(_packed(npm, f"{name}@{version}", Path(work)), folder / f"{name}@{version}", WANTED[name])
    except OSError as error:
        raise SetupError(f"{folder}: cannot be written: {error.strerror or error}") from error
    if lacking := missing(folder):
        raise SetupError(f"npm has brought packages without {', '.join(lacking)}")


def _packed(npm: str, package: str, work: Path) -> Path:
    """Return the archive of a package, which npm has checked."""
    try:
        done = subprocess.run(
            [npm, "pack", package, "--pack-destination", str(work), "--json"], capture_output=True, text=True,
            timeout=TIMEOUT, check=True, cwd=work,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(f"npm has not brought {package} in {TIMEOUT} seconds; is there a network?") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines()
        raise SetupError(f"npm could not fetch {package}: {said[-1] if said else 'no reason given'}") from None
    archives = sorted(work.glob("*.tgz"), key=lambda path: path.stat().st_mtime_ns)
    if not archives:
        raise SetupError(f"npm has brought no archive of {package}: {done.stdout.strip()[:200]}")
    return archives[-1]


def _unpack(archive: Path, target: Path, patterns: tuple[str, ...]) -> None:
    """Write the wanted files of a package, each whole or not at all."""
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            inside = PurePosixPath(member.name).relative_to("package")
            wanted = ".." not in inside.parts and any(inside.match(pattern) for pattern in patterns)
            if not member.isfile() or not wanted:
                continue
            source = packed.extractfile(member)
            assert source is not None
            path = target / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")  # others may be fetching, too
            part.write_bytes(source.read())
            part.replace(path)
    archive.unlink()
