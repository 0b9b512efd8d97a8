"""The region that is simulated: the five countries that come with spsim, or a folder of a user's own.

The variable ``SPSIM_REGION`` names such a folder; it is read once, when the first module is imported, and processes
that are started inherit it. Central Asia is a folder of the same form (``tables``), so there is one way for both.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spsim.ground.errors import ConfigError, Place, Problem, file_problem, listed, nearest
from spsim.ground.reading import Document, read_yaml

VARIABLE: Final = "SPSIM_REGION"
"""The environment variable that names the folder of a user's own region."""

SHIPPED: Final = Path(str(files("spsim.data") / "tables"))
"""The folder of the region that comes with spsim."""

FACTS: Final = "region.yaml"

SERIES: Final = frozenset({"gdp", "openness", "urban", "internet", "commitments", "students_russia", "population"})
"""Names that organisations cannot have: those of the other series."""

PATTERNS: Final = {
    r"^[A-Z]{2}$": "two capital letters",
    r"^[A-Z][A-Z0-9]{2}$": "three capital letters or digits, the first a letter",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and underscores",
}
"""Form of a code or name, and how messages say it."""

_COUNTRY, _REGION, _SERIES = PATTERNS

Code = Annotated[str, Field(pattern=_COUNTRY)]
Point = Annotated[tuple[float, float], Field(description="Degrees east and north.")]


class _Closed(BaseModel):
    """Facts of a file, without any key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Organisation(_Closed):
    """An organisation of a power, membership in which is recorded in ``drivers.csv``."""

    id: str = Field(pattern=_SERIES, description="Name of the series.")
    power: Code = Field(description="The power whose organisation it is.")
    variable: str = Field(description="Its variable in drivers.csv, 1 where a country is a member in a year.")
    description: str
    founded: int | None = Field(None, description="Nobody is a member before this year.")
    outside: dict[str, str] = Field(
        default_factory=dict, description="Countries that are no member before their first record, and why."
    )
    held_back: str = Field("", description="Why the first record also holds for the years before it.")


class Window(_Closed):
    """What part of the earth a map shows, in degrees; west and east are told at the latitude ``at``."""

    west: float
    east: float
    at: float
    south: float
    north: float


class Cone(_Closed):
    """Albers' equal-area cone, in degrees."""

    parallels: tuple[float, float]
    meridian: float
    origin: float


class Outlines(_Closed):
    """What the map is drawn from."""

    countries: str = Field(description="GeoJSON file of the countries; the id of a feature is its country's code.")
    neighbours: str = Field("", description="GeoJSON file of what lies around, by code.")
    window: Window
    cone: Cone
    names_at: dict[str, Point] = Field(description="Where a country's name stands.")
    lines_to: dict[str, Point] = Field(default_factory=dict, description="Where a line from the name leads.")
    neighbours_at: dict[str, Point] = Field(default_factory=dict, description="Where a neighbour's name stands.")


class Region(_Closed):
    """What a region is, beside its tables."""

    name: str = Field(min_length=2)
    code: str = Field(pattern=_REGION, description="Stands for the region as a whole in tables.")
    countries: dict[Code, str] = Field(min_length=1, description="Code and name of each country.")
    illustration: dict[str, str] = Field(
        default_factory=dict, description="Countries that are illustration only, and why; figures mark them."
    )
    population_projected_from: int = Field(description="First year of population_by_age.csv that is a projection.")
    organisations: tuple[Organisation, ...] = ()
    map: Outlines | None = Field(None, description="Without it, figures show the countries as tiles.")


@cache
def own_folder() -> Path | None:
    """Return the folder of the user's own region; None where spsim's own is simulated."""
    named = os.environ.get(VARIABLE, "")
    return Path(named).absolute() if named else None


def region_file(name: str) -> Path:
    """Return a file of the region that is simulated; by a path from here if it lies below, as messages show it."""
    return _seen_from_here((own_folder() or SHIPPED) / name)


def _seen_from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def region() -> Region:
    """Return the facts of the region that is simulated.

    Raises:
        ConfigError: its folder or ``region.yaml`` cannot be used; with every mistake found.
    """
    return _facts(own_folder() or SHIPPED)


@cache
def _facts(folder: Path) -> Region:
    if not folder.is_dir():
        raise ConfigError([Problem(Place(VARIABLE), "", f"there is no folder {str(folder)!r}",
                                   f"a folder that holds {FACTS} and its tables")])
    document = read_yaml(_seen_from_here(folder / FACTS))
    try:
        found = Region.model_validate(document.content)
    except ValidationError as error:
        raise ConfigError(dict.fromkeys(_translated(error, document))) from None
    if problems := list(_wrong_together(found, folder, document)):
        raise ConfigError(problems)
    return found


def _translated(error: ValidationError, document: Document) -> Iterator[Problem]:
    """Yield pydantic's findings about ``region.yaml`` in our own words."""
    for item in error.errors():
        path = tuple(part for part in item["loc"] if part != "[key]")
        key = ".".join(map(str, path))
        if item["type"] == "extra_forbidden":
            known = _keys_at(path[:-1])
            yield Problem(document.place(path), key, "unknown key", listed(known, 30), nearest(str(path[-1]), known))
        elif item["type"] == "missing":
            yield Problem(document.place(path), key, "is missing")
        elif item["type"] == "string_pattern_mismatch":
            yield Problem(document.place(path), key, f"got {item['input']!r}", PATTERNS[item["ctx"]["pattern"]])
        else:
            said = item["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            yield Problem(document.place(path), key, f"got {item['input']!r}", said)


def _keys_at(path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that are allowed at a path of ``region.yaml``."""
    models: Mapping[Any, type[BaseModel]] = {
        "organisations": Organisation, "map": Outlines, "window": Window, "cone": Cone,
    }
    return list(next((models[part] for part in reversed(path) if part in models), Region).model_fields)


def _wrong_together(found: Region, folder: Path, document: Document) -> Iterator[Problem]:
    """Yield what is wrong between the facts of a region."""
    known = list(found.countries)
    for code in known:
        if code in {"CN", "RU"}:
            yield Problem(document.place(("countries", code)), f"countries.{code}", "is a power", "other countries")
    names = [each.id for each in found.organisations]
    for number, name in enumerate(names):
        if name in names[:number] or name in SERIES:
            place = document.place(("organisations", number, "id"))
            yield Problem(place, f"organisations.{number}.id", f"got {name!r}, which names a series already", "another")
    named: list[tuple[tuple[str | int, ...], str]] = [(("illustration", code), code) for code in found.illustration]
    for number, each in enumerate(found.organisations):
        named += [(("organisations", number, "outside", code), code) for code in each.outside]
    if found.map:
        named += [(("map", name, code), code) for name in ("names_at", "lines_to") for code in getattr(found.map, name)]
        if lost := [code for code in known if code not in found.map.names_at]:
            yield Problem(document.place(("map",)), "map.names_at", f"no place for {listed(lost)}")
        for name in ("countries", "neighbours"):
            given = getattr(found.map, name)
            if given and not (folder / given).is_file():
                yield Problem(document.place(("map", name)), f"map.{name}", f"there is no file {given!r}")
    for path, code in named:
        if code not in known:
            key = ".".join(map(str, path))
            yield Problem(document.place(path), key, f"got {code!r}", listed(known), nearest(code, known))


def named_in_code(what: str) -> None:
    """Make sure that the region has the countries of the shipped one, which something names in its code.

    Args:
        what: what names them, in words.

    Raises:
        ConfigError: it lacks some.
    """
    if lost := [code for code in _facts(SHIPPED).countries if code not in region().countries]:
        raise file_problem(
            region_file(FACTS), f"{what} is about {_facts(SHIPPED).name}; {region().name} lacks {listed(lost)}"
        )


def lacking(table: str, what: str) -> ConfigError:
    """Return the error for a table that the region does not have and that something needs.

    Args:
        table: its file.
        what: what it is needed for, in words.
    """
    return file_problem(region_file(table), f"{region().name} has no such table; {what} needs it")
