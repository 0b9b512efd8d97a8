"""Media: six outlets, each with a language, an audience and a position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import MEDIA_SOURCES, Parameters
from spsim.model.inputs import Inputs
from spsim.model.outlets import Outlet, about
from spsim.model.population import AUDIENCES, CHINESE, OLD, RUSSIAN, TITULAR

Floats = NDArray[np.float64]

CLASSES = np.arange(AUDIENCES)
SPEAKS = {language: (CLASSES & language) > 0 for language in (RUSSIAN, TITULAR, CHINESE)}
IS_OLD = (CLASSES & OLD) > 0
OWNERS = {
    "chinese_language_tv": "CN", "chinese_media_in_russian": "CN", "chinese_media_in_titular": "CN",
    "russian_tv": "RU",
}
"""The power that owns an outlet; the others belong to no power."""


def outlets(inputs: Inputs, p: Parameters, countries: tuple[str, ...], powers: tuple[str, ...]) -> list[Outlet]:
    """Return the media of all months; those of a power that is not simulated are left out.

    Args:
        inputs: of all steps.
        p: parameters.
        countries: codes in the order of the country axis.
        powers: codes in the order of the power axis.
    """
    position, reach = p.over("stance", powers), _reaches(inputs, p, countries)
    criticised = np.repeat(p.over("private_press_stance", powers)[None, :], len(countries), axis=0)
    stances = {"state_media": None, "private_press": criticised}
    found = []
    for name in MEDIA_SOURCES:
        power = OWNERS.get(name)
        if power is None:
            state = name == "state_media"
            found.append(Outlet(name, "media", p.media_strength, reach[name], stances[name], state=state))
        elif power in powers:
            owner = powers.index(power)
            stance = about(power, position[owner], countries, powers)
            found.append(Outlet(name, "media", p.media_strength, reach[name], stance, owner, state=True))
    return found + [
        _demonstration(power, reach["state_media"], p, countries, powers)
        for power in powers if p.demonstration_strength.get(power, 0) > 0
    ]


def _demonstration(
    power: str, like: Floats, p: Parameters, countries: tuple[str, ...], powers: tuple[str, ...]
) -> Outlet:
    """Return the image of a power's economic success, which reaches everybody (off by default)."""
    stance = about(power, p.demonstration_stance, countries, powers)
    strength = p.demonstration_strength[power]
    return Outlet(f"demonstration_{power.lower()}", "media", strength, np.ones_like(like), stance)


def _reaches(inputs: Inputs, p: Parameters, countries: tuple[str, ...]) -> dict[str, Floats]:
    """Return the share of each audience class that each medium reaches in each step, [steps, C, A].

    It depends on data and levers alone; a lever makes it everybody at most.
    """
    in_titular = p.over("reach_chinese_media_in_titular", countries=countries)
    before_levers = {
        "chinese_language_tv": _of(CHINESE, p.reach_chinese_language_tv),
        "chinese_media_in_russian": _of(RUSSIAN, p.reach_chinese_media_in_russian),
        "chinese_media_in_titular": _of(TITULAR, in_titular[:, None]),
        "russian_tv": _russian_tv(inputs, p),
        "state_media": _state_media(inputs, p),
        "private_press": _private_press(inputs, p),
    }
    return {
        name: np.minimum(before_levers[name] * inputs.source_reach[:, :, number, None], 1.0)
        for number, name in enumerate(MEDIA_SOURCES)
    }


def _of(language: int, reach: Floats | float) -> Floats:
    """Return a reach by audience class, ``reach`` for those who follow a language: [..., A] of a number or [..., 1]."""
    return np.asarray(reach * SPEAKS[language])


def _by_age(young: Floats, old: float) -> Floats:
    """Return a reach by class from one for the young, [...], and one for the old; shape [..., A]."""
    return np.where(IS_OLD, old, young[..., None])


def _russian_tv(inputs: Inputs, p: Parameters) -> Floats:
    speakers = _by_age(
        p.reach_russian_tv_young * (1 - p.russian_tv_internet_loss * inputs.internet), p.reach_russian_tv_old
    )
    return np.where(SPEAKS[RUSSIAN], speakers, p.reach_russian_tv_other)


def _state_media(inputs: Inputs, p: Parameters) -> Floats:
    return _by_age(p.reach_state_media * (1 - p.state_media_internet_loss * inputs.internet), p.reach_state_media)


def _private_press(inputs: Inputs, p: Parameters) -> Floats:
    free = np.minimum(inputs.openness / p.private_press_openness, 1.0)
    return _of(TITULAR, p.reach_private_press * free[..., None])
