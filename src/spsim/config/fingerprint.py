"""A fingerprint of the code, by which results of two models are kept apart."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from spsim._version import __version__


@cache
def code_digest() -> str:
    """Return a fingerprint of everything that decides what a run gives: version, code, shipped tables."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(str(files("spsim")))
    for room in ("analysis", "config", "data", "experiments", "model"):
        for path in sorted((package / room).rglob("*")):
            if path.suffix in {".py", ".csv"}:
                digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
