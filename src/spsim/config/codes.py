"""Codes of countries and powers for those who write their names."""

from __future__ import annotations

from collections.abc import Iterable

from spsim.config.errors import nearest
from spsim.data import COUNTRY_NAMES
from spsim.display import POWER_NAMES


def code_meant(said: object, choices: Iterable[str] = ()) -> str:
    """Return the code that was likely meant: that of a country or power called by its name, or one like it.

    Args:
        said: what stands where a code is wanted.
        choices: the codes that are allowed; all that have a name if left out.
    """
    names = {**COUNTRY_NAMES, **POWER_NAMES}
    allowed = list(choices) or list(names)
    codes = {names[code].lower(): code for code in allowed if code in names}
    return codes.get(nearest(str(said).lower(), codes), "") or nearest(str(said), choices and allowed)
