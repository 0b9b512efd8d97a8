"""A fingerprint of the code, by which results of two models are kept apart."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.resources import files
from pathlib import Path

from spsim._version import __version__

CHANNELS = "SPSIM_CHANNELS"
"""The environment variable that lists a user's own channel modules; worker processes inherit it."""


def channel_files() -> list[Path]:
    """Return the user's own channel modules."""
    return [Path(part) for part in os.environ.get(CHANNELS, "").split(os.pathsep) if part]


@cache
def code_digest() -> str:
    """Return a fingerprint of everything that decides what a run gives: version, code, tables, own channels."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(str(files("spsim")))
    for room in ("analysis", "config", "data", "experiments", "model"):
        for path in sorted((package / room).rglob("*")):
            if path.suffix in {".py", ".csv"}:
                digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    for path in channel_files():
        digest.update(path.name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()[:16]
