"""Who the citizens are: birth cohorts that follow the real age pyramid, and the traits that a citizen is born with.

Each country has a fixed number of slots. A slot belongs to a birth year and stands for that cohort's head-count
divided by the cohort's slots, so that weighted heads equal the pyramid exactly, whatever cohorts gain or lose by
death and migration. When a cohort shrinks, some of its slots pass to eighteen-year-olds, who keep the place, the
language and the ties of the slot and bring traits of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spsim.config import Parameters, SpsimError
from spsim.model.randomness import NEXT_GENERATION, Stream, identities, normals, stream, uniforms

ADULT_AGE, OPEN_AGE = 18, 100
AGES = OPEN_AGE + 1
OLD_AGE = 40
STUDENT_AGES = (18, 39)
"""Ages (inclusive) from whose cohorts the members of the education pipeline are drawn."""

SENSITIVITY_LIMIT = 1.2

RUSSIAN, TITULAR, CHINESE, URBAN, OLD = 1, 2, 4, 8, 16
AUDIENCES = 32
"""Audience classes: one bit each for Russian, titular, Chinese, urban, 40 and older."""

FIRST_TRANSITION, FIRST_INDEPENDENCE = 1975, 1992
COHORTS = ("soviet", "transition", "independence")
"""Political generations: born to 1974, 1975-91, from 1992."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Citizens:
    """The citizens of all countries, country after country; every array has one entry a slot."""

    country: NDArray[np.int64]
    identity: NDArray[np.uint64]
    birth_year: NDArray[np.int64]
    audience: NDArray[np.uint8]
    idiosyncratic: NDArray[np.float32]  # [slots, powers]
    heritage: NDArray[np.float32]
    sensitivity: NDArray[np.float32]
    threshold: NDArray[np.float32]  # standard normal; the mean threshold moves with openness
    age_index: NDArray[np.int64]  # country * AGES + age
    slots_by_age: Floats  # [countries, AGES]

    @property
    def slots(self) -> int:
        """Number of slots in all countries."""
        return int(self.country.size)


@dataclass(frozen=True)
class Births:
    """What newcomers are drawn from: keys of the streams and the shares in force."""

    keys: dict[str, Stream]
    powers: tuple[str, ...]
    parameters: Parameters


def births(seed: int, replicate: int, powers: tuple[str, ...], parameters: Parameters) -> Births:
    """Return the keyed source of newcomers of one replicate."""
    names = ["heritage", "sensitivity", "threshold", "russian", "titular", "chinese", "urban", "turnover"]
    names += [f"idiosyncratic/{power}" for power in powers]
    return Births({name: stream(seed, replicate, f"citizen/{name}") for name in names}, powers, parameters)


def apportion(heads: Floats, slots: int) -> Ints:
    """Share ``slots`` among cohorts by their heads (largest remainder), at least one where there are heads.

    Args:
        heads: persons by age, shape [ages].
        slots: number of slots; at least the number of ages with heads.

    Returns:
        Slots by age, shape [ages]; they sum to ``slots``.
    """
    quota = heads * (slots / heads.sum())
    counts = np.maximum(np.floor(quota).astype(np.int64), (heads > 0).astype(np.int64))
    missing = slots - int(counts.sum())
    by_need = np.argsort(-(quota - counts), kind="stable")
    if missing > 0:
        counts[by_need[:missing]] += 1
    while (excess := int(counts.sum()) - slots) > 0:
        largest = np.argsort(-counts, kind="stable")[:excess]
        counts[largest] -= counts[largest] > 1
    return np.asarray(counts)


def heritage_of(birth_year: Ints | int, level: Floats, parameters: Parameters) -> Floats:
    """Return the mean heritage of birth cohorts: logistic around those socialised before 1991; shapes broadcast."""
    steps = parameters.cohort_slope * (np.asarray(birth_year, dtype=np.float64) - parameters.cohort_centre)
    return np.asarray(level / (1.0 + np.exp(steps)))


def create(source: Births, countries: tuple[str, ...], slots: int, heads: Floats, urban: Floats, year: int) -> Citizens:
    """Create the citizens at the start.

    Args:
        source: keyed draws and parameters.
        countries: codes, in the order of every country axis.
        slots: slots of each country.
        heads: persons by single age, shape [countries, AGES].
        urban: urban share, shape [countries].
        year: calendar year of the start.
    """
    p = source.parameters
    country = np.repeat(np.arange(len(countries)), slots)
    identity = np.concatenate([identities(code, slots) for code in countries])
    counts = [apportion(_adults_only(row), slots) for row in heads]
    birth_year = np.concatenate([year - np.repeat(np.arange(AGES), count) for count in counts])
    level = np.array([p.heritage_level[code] for code in countries])[country]
    citizens = Citizens(
        country=country, identity=identity, birth_year=birth_year,
        audience=np.zeros(country.size, dtype=np.uint8),
        idiosyncratic=np.zeros((country.size, len(source.powers)), dtype=np.float32),
        heritage=np.zeros(country.size, dtype=np.float32), sensitivity=np.zeros(country.size, dtype=np.float32),
        threshold=np.zeros(country.size, dtype=np.float32), age_index=np.zeros(country.size, dtype=np.int64),
        slots_by_age=np.zeros((len(countries), AGES)),
    )
    everybody = np.arange(country.size)
    expected = heritage_of(birth_year, level, p)
    _give_traits(citizens, everybody, expected, source)
    _give_places(citizens, expected, urban, countries, source)
    set_ages(citizens, year)
    return citizens


def set_ages(citizens: Citizens, year: int) -> None:
    """Bring ages, audience classes and the number of slots by age up to ``year``."""
    age = np.minimum(year - citizens.birth_year, OPEN_AGE)
    citizens.age_index = citizens.country * AGES + age
    young = citizens.audience & ~np.uint8(OLD)
    citizens.audience = (young | np.where(age >= OLD_AGE, OLD, 0)).astype(np.uint8)
    countries = citizens.slots_by_age.shape[0]
    counts = np.bincount(citizens.age_index, minlength=countries * AGES)
    citizens.slots_by_age = counts.reshape(countries, AGES).astype(np.float64)


def replace_generations(
    citizens: Citizens,
    source: Births,
    heads: Floats,
    mean_heritage: Floats,
    transmission: Floats,
    level: Floats,
    year: int,
) -> Ints:
    """Pass slots of shrinking cohorts to those who turn eighteen; return the slots concerned.

    Every cohort keeps the slots that its share of the adults entitles it to; the slots beyond that are freed, by a
    keyed draw, and pass to the new cohort. A newcomer's heritage is (1 - transmission) times that of the birth
    cohort plus transmission times the country's present mean.

    Args:
        citizens: changed in place.
        source: keyed draws and parameters.
        heads: persons by age in ``year``, shape [countries, AGES].
        mean_heritage: weighted mean heritage of the adults before the change, shape [countries].
        transmission: share taken from that mean, shape [countries].
        level: heritage of the fully socialised, shape [countries].
        year: the calendar year that begins.
    """
    age = np.minimum(year - citizens.birth_year, OPEN_AGE)
    draw = uniforms(source.keys["turnover"], year, citizens.identity)
    freed: list[Ints] = []
    slots = citizens.slots // heads.shape[0]
    for c in range(heads.shape[0]):
        here = np.arange(c * slots, (c + 1) * slots)
        spare = np.bincount(age[here], minlength=AGES) - apportion(_adults_only(heads[c]), slots)
        order = here[np.lexsort((draw[here], age[here]))]  # by age, then by the draw
        rank = np.arange(slots) - np.searchsorted(age[order], age[order])
        freed.append(np.sort(order[rank < np.maximum(spare, 0)[age[order]]]))
    slots_freed = np.concatenate(freed)
    citizens.birth_year[slots_freed] = year - ADULT_AGE
    citizens.identity[slots_freed] += NEXT_GENERATION
    where = citizens.country[slots_freed]
    own = heritage_of(year - ADULT_AGE, level, source.parameters)
    expected = (1 - transmission[where]) * own[where] + transmission[where] * mean_heritage[where]
    _give_traits(citizens, slots_freed, expected, source)
    set_ages(citizens, year)
    return slots_freed


def slot_weights(citizens: Citizens, heads: Floats, in_pipeline: Floats) -> Floats:
    """Return the persons that each slot stands for, shape [slots].

    Args:
        citizens: the slots.
        heads: persons by age, shape [countries, AGES].
        in_pipeline: persons by age who are in the education pipeline and are counted there, same shape.

    Raises:
        SpsimError: more persons are in the pipeline than there are in a cohort.
    """
    left = heads - in_pipeline
    if (left < 0).any():
        raise SpsimError("more students and alumni than people of their age; lower demand_rate or raise fade")
    each = np.divide(left, citizens.slots_by_age, out=np.zeros_like(left), where=citizens.slots_by_age > 0)
    return np.asarray(each.ravel()[citizens.age_index])


def pipeline_heads(members: Floats, heads: Floats) -> Floats:
    """Spread the members of the pipeline over the cohorts of student age in proportion to their heads.

    Args:
        members: persons in the pipeline, shape [countries].
        heads: persons by age, shape [countries, AGES].

    Returns:
        Persons by age, shape [countries, AGES].
    """
    young = np.zeros_like(heads)
    first, last = STUDENT_AGES
    young[:, first : last + 1] = heads[:, first : last + 1]
    return np.asarray(young * (members / young.sum(axis=1))[:, None])


def cohort_of(birth_year: Ints) -> Ints:
    """Return the political generation (index into ``COHORTS``) of birth years."""
    return (birth_year >= FIRST_TRANSITION).astype(np.int64) + (birth_year >= FIRST_INDEPENDENCE)


def _adults_only(heads: Floats) -> Floats:
    adults = heads.copy()
    adults[:ADULT_AGE] = 0
    return adults


def _give_traits(citizens: Citizens, who: Ints, expected_heritage: Floats, source: Births) -> None:
    """Draw what a person is born with: own anchor, heritage, sensitivity, protest threshold."""
    p, identity = source.parameters, citizens.identity[who]
    for index, power in enumerate(source.powers):
        draws = normals(source.keys[f"idiosyncratic/{power}"], 0, identity)
        citizens.idiosyncratic[who, index] = p.idiosyncratic_spread * draws
    spread = p.heritage_spread * normals(source.keys["heritage"], 0, identity)
    citizens.heritage[who] = np.clip(expected_heritage + spread, 0, 1)
    wary = p.threat_sensitivity_spread * normals(source.keys["sensitivity"], 0, identity)
    citizens.sensitivity[who] = np.clip(p.threat_sensitivity_mean + wary, 0, SENSITIVITY_LIMIT)
    citizens.threshold[who] = normals(source.keys["threshold"], 0, identity)


def _give_places(
    citizens: Citizens, expected_heritage: Floats, urban: Floats, countries: tuple[str, ...], source: Births
) -> None:
    """Draw what stays with the slot: languages and kind of place."""
    p, c = source.parameters, citizens.country

    def chance(name: str) -> Floats:
        return uniforms(source.keys[name], 0, citizens.identity)

    mean = np.array([expected_heritage[c == k].mean() for k in range(len(countries))])
    speakers = np.array([p.russian_speakers[code] for code in countries])
    russian = chance("russian") < speakers[c] + p.language_heritage_link * (expected_heritage - mean[c])
    titular = ~russian | (chance("titular") < p.titular_among_russian_speakers)
    chinese = chance("chinese") < p.chinese_speakers
    in_town = chance("urban") < urban[c]
    citizens.audience = (
        russian * RUSSIAN + titular * TITULAR + chinese * CHINESE + in_town * URBAN
    ).astype(np.uint8)
