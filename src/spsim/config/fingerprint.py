"""A fingerprint of the code, by which results of two models are kept apart."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.resources import files
from pathlib import Path

from spsim._version import __version__
from spsim.data.region import own_folder

CHANNELS = "SPSIM_CHANNELS"
"""The environment variable that lists a user's own channel modules; worker processes inherit it."""


TABLES = frozenset({".csv", ".yaml"})
"""What holds numbers and facts in a folder of data."""


def channel_files() -> list[Path]:
    """Return the user's own channel modules."""
    return [Path(part) for part in os.environ.get(CHANNELS, "").split(os.pathsep) if part]


@cache
def code_digest() -> str:
    """Return a fingerprint of all that decides what a run gives: version, code, tables, own region and channels."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(str(files("spsim")))
    for room in ("analysis", "config", "data", "experiments", "model"):
        for path in sorted((package / room).rglob("*")):
            if path.suffix in {".py", *TABLES}:
                digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    if (own := own_folder()) is not None:
        for path in (path for path in sorted(own.iterdir()) if path.suffix in TABLES):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for path in channel_files():
        digest.update(path.name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()[:16]
