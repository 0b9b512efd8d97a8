"""Countries and the region in words, as tables, figures and pages print them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from spsim.data.region import region
from spsim.data.series import COUNTRY_NAMES

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNT: Final = len(COUNTRY_NAMES)

HOW_MANY: Final = _NUMBERS[_COUNT] if len(_NUMBERS) > _COUNT else str(_COUNT)
"""Number of the countries of the region, as a word where there is a short one."""


def starred(country: str) -> str:
    """Return a country's name; a star leads to the note on those that are illustration only."""
    return COUNTRY_NAMES[country] + star(country)


def star(country: str) -> str:
    """Return the star of a country that is illustration only, or nothing."""
    return "*" if country in region().illustration else ""


def illustrations(countries: Iterable[str]) -> list[str]:
    """Return the notes on those of some countries that are illustration only."""
    there = set(countries)
    return [
        f"{COUNTRY_NAMES[code]}*: {why}; illustration only."
        for code, why in region().illustration.items() if code in there
    ]


def whole(place: str) -> str:
    """Return a country's name, or how many countries the region is."""
    return COUNTRY_NAMES.get(place, f"the {HOW_MANY} countries" if _COUNT > 1 else "the region")


def concerned(place: str) -> Iterable[str]:
    """Return the countries that a number of a place is made of."""
    return (place,) if place in COUNTRY_NAMES else COUNTRY_NAMES
