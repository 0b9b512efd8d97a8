"""``spsim doctor``: does this machine have what spsim needs, and does it compute the same twice?"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import typer

from spsim.cli.terminal import Debug, guarded, say, show, table

Verdict = tuple[Literal["ok", "note", "FAILED"], str]

SELF_TEST = {"replicates": 2, "citizens": 200, "elites": 4, "start": "2004-01", "end": "2006-12"}


@guarded
def doctor(debug: Debug = False) -> None:
    """Check this machine; takes some seconds."""
    checks: list[tuple[str, Callable[[], Verdict]]] = [
        ("Python", _python),
        ("packages", _packages),
        ("tested versions", _tested_versions),
        ("compiler cache", _cache),
        ("data pack", _data),
        ("self-test", _self_test),
    ]
    rows: list[list[str]] = []
    for name, check in checks:
        try:
            verdict, text = check()
        except Exception as error:
            if debug:
                raise
            verdict, text = "FAILED", f"{type(error).__name__}: {error}"
        rows.append([name, verdict, text])
    show(table("", ("check", "verdict", "what was found"), rows))
    failed = [row[0] for row in rows if row[1] == "FAILED"]
    if failed:
        say(f"failed: {', '.join(failed)}", style="red")
        raise typer.Exit(1)
    say("spsim is ready", style="green")


def _python() -> Verdict:
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return ("ok" if good else "FAILED"), f"{version}; works with 3.11 to 3.13"


def _requirements() -> list[str]:
    """Return what the installed package requires; in a bare source tree, what pyproject.toml says."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        return [text for text in requires("spsim") or [] if "extra ==" not in text]
    except PackageNotFoundError:
        import tomllib

        project = _beside_package("pyproject.toml")
        if project is None:
            return []
        return list(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"])


def _beside_package(name: str) -> Path | None:
    """Return a file that lies inside the package, or beside ``src`` in a checkout."""
    import spsim

    package = Path(spsim.__file__).parent
    return next((folder / name for folder in (package, package.parents[1]) if (folder / name).is_file()), None)


def _packages() -> Verdict:
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import Requirement

    wrong: list[str] = []
    requirements = [Requirement(text) for text in _requirements()]
    for requirement in requirements:
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, needed {requirement.specifier}")
    if wrong:
        return "FAILED", "; ".join(wrong)
    return "ok", f"all {len(requirements)} required packages are there in allowed versions"


def _tested_versions() -> Verdict:
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import Requirement

    constraints = _beside_package("constraints.txt")
    if constraints is None:
        return "note", "the list of tested versions (constraints.txt) is not at hand"
    required = {Requirement(text).name.lower() for text in _requirements()}
    other: list[str] = []
    for line in constraints.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pin = Requirement(line)
        if pin.name.lower().replace("-", ".") not in {name.replace("-", ".") for name in required}:
            continue
        if pin.marker and not pin.marker.evaluate():
            continue
        try:
            found = version(pin.name)
        except PackageNotFoundError:
            continue
        if found not in pin.specifier:
            other.append(f"{pin.name} is {found}, tested {str(pin.specifier).removeprefix('==')}")
    return ("note", "; ".join(other)) if other else ("ok", "exactly the versions that spsim is tested with")


def _cache() -> Verdict:
    """Numba keeps compiled code beside the sources or, where these are read-only, in the user's cache folder."""
    import spsim

    places = [Path(spsim.__file__).parent / "model" / "__pycache__", Path.home() / ".cache"]
    if wanted := os.environ.get("NUMBA_CACHE_DIR"):
        places = [Path(wanted)]
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                return "ok", f"compiled code is kept in {place}"
        except OSError:
            continue
    tried = ", ".join(str(place) for place in places)
    return "FAILED", f"no folder for compiled code can be written ({tried}); set NUMBA_CACHE_DIR to one that can"


def _data() -> Verdict:
    from spsim.data import check_pack, load_pack
    from spsim.data.region import own_folder, region

    pack = load_pack()
    faults = check_pack(pack)
    if faults:
        return "FAILED", "; ".join(faults[:5]) + (f"; {len(faults) - 5} more" if len(faults) > 5 else "")
    whose = f" (your own region: {region().name}, {own_folder()})" if own_folder() else ""
    return "ok", f"{len(pack.series)} series and {len(pack.tables)} tables are sound{whose}"


def _self_test() -> Verdict:
    from spsim import api
    from spsim.config import load

    resolved = load("baseline", SELF_TEST)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="spsim-doctor-") as folder:
        digests = []
        for name in ("one", "two"):
            result = api.run(resolved, replicates=None, seed=None, workers=1, progress=None)
            written = result.save(Path(folder) / name, csv=False, figures=False, progress=None)
            digests.append(table_digests(written))
    seconds = f"{time.perf_counter() - began:.1f} s"
    if not digests[0]:
        return "FAILED", "a small run of the baseline wrote no tables"
    if digests[0] != digests[1]:
        differing = sorted(name for name in digests[0] if digests[0][name] != digests[1].get(name))
        return "FAILED", f"two runs with one seed differ in {', '.join(differing)}"
    return "ok", f"two small runs of the baseline gave the same {len(digests[0])} tables, byte by byte ({seconds})"


def table_digests(folder: Path) -> dict[str, str]:
    """Return name -> digest of the Parquet tables below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }
