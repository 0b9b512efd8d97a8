"""Who the citizens are: birth cohorts that follow the real age pyramid, and the traits that a citizen is born with.

Each country has a fixed number of slots. A slot belongs to a birth year and stands for that cohort's head-count
divided by the cohort's slots, so that weighted heads equal the pyramid exactly, whatever cohorts gain or lose by
death and migration. When a cohort shrinks, some of its slots pass to eighteen-year-olds, who keep the place, the
language and the ties of the slot and bring traits of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spsim.config import Parameters, SpsimError
from spsim.model.lots import lowest
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

_COHORTS = len(COHORTS)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Citizens:
    """The citizens of all countries, country after country; every array has one entry a slot."""

    country: NDArray[np.uint8]
    identity: NDArray[np.uint64]
    birth_year: NDArray[np.int16]
    audience: NDArray[np.uint8]
    idiosyncratic: NDArray[np.float32]  # [slots, powers]
    heritage: NDArray[np.float32]
    sensitivity: NDArray[np.float32]
    threshold: NDArray[np.float32]  # standard normal; the mean threshold moves with openness
    age_index: NDArray[np.uint16]  # country * AGES + age
    slots_by_age: Floats  # [countries, AGES]

    @property
    def slots(self) -> int:
        """Number of slots in all countries."""
        return int(self.country.size)

    def of(self, country: int) -> slice:
        """Return where the slots of a country stand."""
        slots = self.slots // self.slots_by_age.shape[0]
        return slice(country * slots, (country + 1) * slots)


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


def heritage_of(birth_year: Ints | int, level: Floats | float, parameters: Parameters) -> Floats:
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
    p, size = source.parameters, slots * len(countries)
    citizens = Citizens(
        country=np.repeat(np.arange(len(countries), dtype=np.uint8), slots), identity=np.zeros(size, dtype=np.uint64),
        birth_year=np.zeros(size, dtype=np.int16), audience=np.zeros(size, dtype=np.uint8),
        idiosyncratic=np.zeros((size, len(source.powers)), dtype=np.float32),
        heritage=np.zeros(size, dtype=np.float32), sensitivity=np.zeros(size, dtype=np.float32),
        threshold=np.zeros(size, dtype=np.float32), age_index=np.zeros(size, dtype=np.uint16),
        slots_by_age=np.zeros((len(countries), AGES)),
    )
    born = year - np.arange(AGES)
    for c, code in enumerate(countries):  # one by one, so that what is needed in between stays small
        here, count = citizens.of(c), apportion(_adults_only(heads[c]), slots)
        expected = np.repeat(heritage_of(born, p.heritage_level[code], p), count)
        citizens.identity[here] = identities(code, slots)
        citizens.birth_year[here] = np.repeat(born, count)
        citizens.audience[here] = _places(citizens.identity[here], expected, urban[c], code, source)
        _give_traits(citizens, here, expected, source)
    set_ages(citizens, year)
    return citizens


def set_ages(citizens: Citizens, year: int) -> None:
    """Bring ages, audience classes and the number of slots by age up to ``year``."""
    citizens.slots_by_age[:] = 0
    _set_ages(
        citizens.country, citizens.birth_year, year, citizens.age_index, citizens.audience, citizens.slots_by_age
    )


@njit(cache=True, nogil=True)
def _set_ages(
    country: NDArray[np.uint8], birth_year: NDArray[np.int16], year: int, age_index: NDArray[np.uint16],
    audience: NDArray[np.uint8], slots_by_age: Floats,
) -> None:
    for i in range(country.size):
        age = min(int(year - birth_year[i]), OPEN_AGE)
        age_index[i] = country[i] * AGES + age
        audience[i] = (audience[i] & ~np.uint8(OLD)) | (np.uint8(OLD) if age >= OLD_AGE else np.uint8(0))
        slots_by_age[country[i], age] += 1


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
    set_ages(citizens, year)
    freed = []
    for c in range(heads.shape[0]):
        here = citizens.of(c)
        age = (citizens.age_index[here] - c * AGES).astype(np.uint8)
        entitled = apportion(_adults_only(heads[c]), age.size)
        spare = np.maximum(citizens.slots_by_age[c].astype(np.int64) - entitled, 0)
        passing = here.start + lowest(uniforms(source.keys["turnover"], year, citizens.identity[here]), age, spare)
        citizens.age_index[passing] = c * AGES + ADULT_AGE
        citizens.slots_by_age[c] -= spare
        citizens.slots_by_age[c, ADULT_AGE] += spare.sum()
        freed.append(passing)
    newcomers = np.concatenate(freed)
    citizens.birth_year[newcomers] = year - ADULT_AGE
    citizens.identity[newcomers] += NEXT_GENERATION
    citizens.audience[newcomers] &= ~np.uint8(OLD)
    where = citizens.country[newcomers]
    own = heritage_of(year - ADULT_AGE, level, source.parameters)
    expected = (1 - transmission[where]) * own[where] + transmission[where] * mean_heritage[where]
    _give_traits(citizens, newcomers, expected, source)
    return newcomers


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
    return np.asarray(_looked_up(each.ravel(), citizens.age_index))


@njit(cache=True, nogil=True)
def _looked_up(values: Floats, places: NDArray[np.uint16]) -> Floats:
    """Return ``values[places]``, for which numpy would first make 64-bit places."""
    out = np.empty(places.size)
    for i in range(places.size):
        out[i] = values[places[i]]
    return out


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


def cohort_of(birth_year: NDArray[np.int16] | Ints) -> Ints:
    """Return the political generation (index into ``COHORTS``) of birth years."""
    return (birth_year >= FIRST_TRANSITION).astype(np.int64) + (birth_year >= FIRST_INDEPENDENCE)


@njit(cache=True, nogil=True)
def country_and_cohort(country: NDArray[np.uint8], birth_year: NDArray[np.int16]) -> NDArray[np.uint16]:
    """Return country and political generation of each slot as one number, country * cohorts + generation."""
    out = np.empty(country.size, dtype=np.uint16)
    for i in range(country.size):
        generation = int(birth_year[i] >= FIRST_TRANSITION) + int(birth_year[i] >= FIRST_INDEPENDENCE)
        out[i] = country[i] * _COHORTS + generation
    return out


def _adults_only(heads: Floats) -> Floats:
    adults = heads.copy()
    adults[:ADULT_AGE] = 0
    return adults


def _give_traits(citizens: Citizens, who: Ints | slice, expected_heritage: Floats, source: Births) -> None:
    """Draw what a person is born with: own anchor, heritage, sensitivity, protest threshold."""
    p, identity = source.parameters, citizens.identity[who]

    def draw(name: str) -> Floats:
        return normals(source.keys[name], 0, identity)

    for index, power in enumerate(source.powers):
        citizens.idiosyncratic[who, index] = p.idiosyncratic_spread * draw(f"idiosyncratic/{power}")
    citizens.heritage[who] = np.clip(expected_heritage + p.heritage_spread * draw("heritage"), 0, 1)
    wary = p.threat_sensitivity_mean + p.threat_sensitivity_spread * draw("sensitivity")
    citizens.sensitivity[who] = np.clip(wary, 0, SENSITIVITY_LIMIT)
    citizens.threshold[who] = draw("threshold")


def _places(
    identity: NDArray[np.uint64], expected_heritage: Floats, urban: float, country: str, source: Births
) -> NDArray[np.uint8]:
    """Draw what stays with the slots of a country, languages and kind of place; return their audience classes."""
    p = source.parameters

    def chance(name: str) -> Floats:
        return uniforms(source.keys[name], 0, identity)

    leaning = p.language_heritage_link * (expected_heritage - expected_heritage.mean())
    russian = chance("russian") < p.russian_speakers[country] + leaning
    titular = ~russian | (chance("titular") < p.titular_among_russian_speakers)
    chinese = chance("chinese") < p.chinese_speakers
    in_town = chance("urban") < urban
    bits = ((russian, RUSSIAN), (titular, TITULAR), (chinese, CHINESE), (in_town, URBAN))
    return np.asarray(sum(has * np.uint8(bit) for has, bit in bits))
