"""Media: six sources, each with a language, an audience and a position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spsim.config import MEDIA_SOURCES, Parameters
from spsim.model.channels import Signal, Source, about
from spsim.model.inputs import Inputs
from spsim.model.population import AUDIENCES, CHINESE, OLD, RUSSIAN, TITULAR

Floats = NDArray[np.float64]

CLASSES = np.arange(AUDIENCES)
SPEAKS = {language: (CLASSES & language) > 0 for language in (RUSSIAN, TITULAR, CHINESE)}
IS_OLD = (CLASSES & OLD) > 0
SOURCE_NUMBER = {name: number for number, name in enumerate(MEDIA_SOURCES)}


def budget_strength(budget: Floats) -> Floats:
    """Return the share of full strength that a budget index buys, with falling returns; 1 at an index of 1."""
    return np.asarray((1 - np.exp(-budget)) / (1 - np.exp(-1.0)))


def reaches(inputs: Inputs, p: Parameters, countries: tuple[str, ...]) -> Floats:
    """Return the share of each audience class that each medium reaches in each step, [steps, M, C, A].

    It depends on data and levers alone, so it is worked out once for all steps; a lever makes it everybody at most.

    Args:
        inputs: of all steps.
        p: parameters.
        countries: codes in the order of the country axis.
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
    return np.stack([
        np.minimum(before_levers[name] * inputs.source_reach[:, :, number, None], 1.0)
        for name, number in SOURCE_NUMBER.items()
    ], axis=1)


def signal(
    reach: Floats,
    media_budget: Floats,
    elite_mean: Floats,
    p: Parameters,
    countries: tuple[str, ...],
    powers: tuple[str, ...],
) -> Signal:
    """Return the media of one step.

    Args:
        reach: share of each audience class that each medium reaches in this step, [M, C, A].
        media_budget: effective budget index, [C, P].
        elite_mean: mean alignment of elites, which national state media speak for, [C, P].
        p: parameters.
        countries: codes in the order of the country axis.
        powers: codes in the order of the power axis.
    """
    desk = _Desk(reach, media_budget, p, countries, powers)
    sources = [
        desk.owned("chinese_language_tv", "CN"),
        desk.owned("chinese_media_in_russian", "CN"),
        desk.owned("chinese_media_in_titular", "CN"),
        desk.owned("russian_tv", "RU"),
        desk.independent("state_media", elite_mean, state=True),
        desk.independent("private_press", _private_stance(p, countries, powers), state=False),
    ]
    sources += [desk.demonstration(power) for power in powers if p.demonstration_strength.get(power, 0) > 0]
    return Signal("media", sources=tuple(source for source in sources if source is not None))


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


def _private_stance(p: Parameters, countries: tuple[str, ...], powers: tuple[str, ...]) -> Floats:
    return np.repeat(p.over("private_press_stance", powers)[None, :], len(countries), axis=0)


class _Desk:
    """Makes sources out of reaches: budgets, levers, positions."""

    def __init__(
        self, reach: Floats, budget: Floats, p: Parameters, countries: tuple[str, ...], powers: tuple[str, ...]
    ) -> None:
        self.reach, self.p, self.countries, self.powers = reach, p, countries, powers
        self.strength = p.media_strength * budget_strength(budget)  # [C, P] of sources that a power pays for
        self.position = p.over("stance", powers)  # [P] of a power's sources on itself

    def owned(self, name: str, power: str) -> Source | None:
        """Return a source that belongs to a power; None if the power is not simulated."""
        if power not in self.powers:
            return None
        owner = self.powers.index(power)
        stance = about(power, self.position[owner], self.countries, self.powers)
        reach = self.reach[SOURCE_NUMBER[name]]
        return Source(name, "media", self.strength[:, owner], reach, stance, owner, state=True)

    def independent(self, name: str, stance: Floats, *, state: bool) -> Source:
        """Return a source that belongs to no power."""
        strength = np.full(len(self.countries), self.p.media_strength)
        return Source(name, "media", strength, self.reach[SOURCE_NUMBER[name]], stance, state=state)

    def demonstration(self, power: str) -> Source:
        """Return the image of a power's economic success, which reaches everybody (off by default)."""
        rows = len(self.countries)
        strength, everybody = np.full(rows, self.p.demonstration_strength[power]), np.ones((rows, AUDIENCES))
        stance = about(power, self.p.demonstration_stance, self.countries, self.powers)
        return Source(f"demonstration_{power.lower()}", "media", strength, everybody, stance)
