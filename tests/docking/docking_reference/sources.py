"""What is broadcast in a country in one month: media, culture, and the image of success."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Protocol

from docking_reference.outside import clip

if TYPE_CHECKING:
    from docking_reference.country import Country


class Listener(Protocol):
    """What decides which sources reach somebody."""

    @property
    def languages(self) -> frozenset[str]: ...
    @property
    def urban(self) -> bool: ...
    @property
    def is_old(self) -> bool: ...


@dataclass(frozen=True)
class Anybody:
    """A conceivable listener, whether or not there is one."""

    languages: frozenset[str]
    urban: bool
    is_old: bool


CONCEIVABLE = [
    Anybody(frozenset(name for name, speaks in zip(("Russian", "titular", "Chinese"), known, strict=True) if speaks),
            urban, is_old)
    for *known, urban, is_old in product((True, False), repeat=5)
]


@dataclass(frozen=True)
class Source:
    """A source in one country: how strong, whom it reaches, where it stands on the powers that it speaks of."""

    name: str
    strength: float  # pull a year at full reach and acceptance
    reach: Callable[[Listener], float]  # chance that it reaches a listener
    stance: dict[str, float]  # by power; a power that is missing is not spoken of
    owner: str | None = None  # the power that it belongs to
    belongs_to_a_state: bool = False


def bought(budget: float) -> float:
    """Return the share of full strength that a budget buys, with falling returns; 1 buys all."""
    return (1 - math.exp(-budget)) / (1 - math.exp(-1))


def strongest_pull(sources: list[Source]) -> float:
    """Return the strongest pull a year that the sources together could have on anybody."""
    return max(sum(source.strength * source.reach(anybody) for source in sources) for anybody in CONCEIVABLE)


def sources_of(country: Country) -> list[Source]:
    """Return everything that is broadcast in a country this month."""
    return [*_media(country), *_images(country), *_culture(country)]


def _media(country: Country) -> Iterator[Source]:
    rules, month = country.rules, country.month
    young_audience_of_russian_tv = rules.reach_russian_tv_young * (1 - rules.russian_tv_internet_loss * month.internet)
    young_audience_of_state_media = rules.reach_state_media * (1 - rules.state_media_internet_loss * month.internet)
    press_freedom = min(month.openness / rules.private_press_openness, 1.0)

    def follows(language: str, share: float) -> Callable[[Listener], float]:
        return lambda listener: share if language in listener.languages else 0.0

    def russian_tv(listener: Listener) -> float:
        if "Russian" not in listener.languages:
            return rules.reach_russian_tv_other
        return rules.reach_russian_tv_old if listener.is_old else young_audience_of_russian_tv

    def state_media(listener: Listener) -> float:
        return rules.reach_state_media if listener.is_old else young_audience_of_state_media

    def scaled(name: str, reach: Callable[[Listener], float]) -> Callable[[Listener], float]:
        factor = month.source_reach[name]  # the lever on this source
        return lambda listener: clip(reach(listener) * factor, 0.0, 1.0)

    owned = [
        ("chinese_language_tv", "CN", follows("Chinese", rules.reach_chinese_language_tv)),
        ("chinese_media_in_russian", "CN", follows("Russian", rules.reach_chinese_media_in_russian)),
        ("chinese_media_in_titular", "CN", follows("titular", rules.reach_chinese_media_in_titular)),
        ("russian_tv", "RU", russian_tv),
    ]
    for name, power, reach in owned:
        if power in country.powers:
            strength = rules.media_strength * bought(country.budget[power]["media"])
            stance = {power: rules.stance[power]}
            yield Source(name, strength, scaled(name, reach), stance, owner=power, belongs_to_a_state=True)
    # national state media say what the elites think, the private press what it always says
    yield Source("state_media", rules.media_strength, scaled("state_media", state_media), dict(country.elite_mean),
                 belongs_to_a_state=True)
    written_about = {power: at for power, at in rules.private_press_stance.items() if not math.isnan(at)}
    press = follows("titular", rules.reach_private_press * press_freedom)
    yield Source("private_press", rules.media_strength, scaled("private_press", press), written_about)


def _images(country: Country) -> Iterator[Source]:
    """The image of a power's economic success reaches everybody and belongs to nobody (off by default)."""
    for power, strength in country.rules.demonstration_strength.items():
        if strength > 0:
            stance = {power: country.rules.demonstration_stance}
            yield Source(f"demonstration_{power.lower()}", strength, lambda _: 1.0, stance)


def _culture(country: Country) -> Iterator[Source]:
    """Institutes, centres, tours, film: in towns more than in villages, Russian ones in Russian only."""
    rules, month = country.rules, country.month
    for power in country.powers:
        exchange = (1 - month.closure[power]) * month.border_open
        in_town, outside = rules.reach_culture_urban[power] * exchange, rules.reach_culture_rural[power] * exchange

        def reach(
            listener: Listener, in_town: float = in_town, outside: float = outside, needs_russian: bool = power == "RU"
        ) -> float:
            if needs_russian and "Russian" not in listener.languages:
                return 0.0
            return in_town if listener.urban else outside

        strength = rules.culture_strength * bought(country.budget[power]["culture"])
        yield Source(f"culture_{power.lower()}", strength, reach, {power: rules.stance[power]}, owner=power,
                     belongs_to_a_state=True)
