"""From affect to answers: what a poll would print.

Nobody sees affect. An item turns it into ordered answers by cut points, with survey noise; items on leaderships,
countries and relations never share a scale. Distributions are kept as weights on a fine grid of affect, from which
every item, the spread and the distance between two groups are computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtr

from spsim.config import Parameters
from spsim.model.randomness import normals, stream, uniforms

Floats = NDArray[np.float64]

BINS = 801
GRID = np.linspace(-1.0, 1.0, BINS)
STEP = 2.0 / (BINS - 1)  # affect from one point of the grid to the next
_LIFTS = 64
"""Points by which a table is made longer at a time."""


@njit(cache=True)
def distribution(affect: NDArray[np.float32], weight: Floats, group: NDArray[np.integer], groups: int) -> Floats:
    """Return weights on ``GRID`` by group and power, each value shared by its two nearest points.

    The mean is kept exactly; a share above a cut is off by less than 2e-6 of the survey noise's scale.

    Args:
        affect: [N, P] in [-1, 1].
        weight: [N].
        group: [N], from 0.
        groups: number of groups G.

    Returns:
        [G, P, BINS].
    """
    out = np.zeros((groups, affect.shape[1], BINS))
    for i in range(affect.shape[0]):
        for p in range(affect.shape[1]):
            at = (np.float64(affect[i, p]) + 1.0) * 0.5 * (BINS - 1)
            low = np.uint64(min(int(at), BINS - 2))  # an index that cannot be negative is found sooner
            part = at - np.float64(low)
            out[group[i], p, low] += weight[i] * (1.0 - part)
            out[group[i], p, low + np.uint64(1)] += weight[i] * part
    return out


@njit(cache=True)
def add_members(weights: Floats, members: Floats, shares: Floats) -> None:
    """Add distributions of pipeline members to those of the cohorts that they belong to.

    Args:
        weights: by country and birth cohort, [C, B, P, BINS]; changed.
        members: by country, [C, P, BINS].
        shares: how members spread over cohorts, [C, B].
    """
    for c, cohort in np.ndindex(shares.shape):
        share = shares[c, cohort]
        for p in range(members.shape[1]):
            own, spread = weights[c, cohort, p], members[c, p]
            for b in range(BINS):
                own[b] += share * spread[b]


@dataclass(frozen=True)
class Item:
    """A survey item: pollster, wording, and the cuts between its ordered answers from low to high."""

    name: str
    pollster: str
    answers: tuple[str, ...]
    cuts: tuple[float, ...]
    offset: float = 0.0
    noise: float = 0.3

    def probabilities(self) -> Floats:
        """Return the chance of each answer at each point of ``GRID``, [answers, BINS]."""
        below = ndtr((np.array(self.cuts)[:, None] - self.offset - GRID) / self.noise)
        edges = np.vstack([np.zeros(BINS), below, np.ones(BINS)])
        return np.diff(edges, axis=0)

    def shares(self, weights: Floats) -> Floats:
        """Return expected answer shares of distributions [..., BINS]: shape [..., answers], no sampling error."""
        return np.asarray(weights @ self.probabilities().T / weights.sum(axis=-1, keepdims=True))


def leadership_item(power: str, p: Parameters, country: str = "") -> Item:
    """Return Gallup's item on a leadership: disapprove, no opinion, approve; with an offset out of fear."""
    cut = p.approval_cut * p.over("inattention", [power])[0]
    fear = p.over("preference_falsification", [power], [country])[0, 0]
    return Item("leadership approval", "Gallup World Poll", ("disapproval", "no_opinion", "approval"), (-cut, cut),
                fear, p.survey_noise)


def country_item(power: str, p: Parameters) -> Item:
    """Return the Central Asia Barometer's item on a country: five answers from very unfavourable to very favourable."""
    band = p.over("cab_no_opinion", [power])[0]
    return Item("opinion of a country", "Central Asia Barometer",
                ("very_unfavourable", "unfavourable", "no_opinion", "favourable", "very_favourable"),
                (p.cab_low_cut, -band, band, p.cab_high_cut), p.over("cab_offset", [power])[0], p.survey_noise)


def relations_item(p: Parameters) -> Item:
    """Return IRI's item on the state of relations: bad, no opinion, good."""
    return Item("state of relations", "IRI", ("bad", "no_opinion", "good"), (-p.iri_no_opinion, p.iri_no_opinion),
                noise=p.survey_noise)


@dataclass(frozen=True)
class Instrument:
    """A survey as it is fielded: an item, a mode, a sample; what stands between opinion and a printed figure.

    The pollster's house effect is one draw for each pollster and mode (a change from visits to the telephone is a new
    house); the offset of the wording is one draw for each item and power. Both are the same in every wave, so that
    they do not average out. Sampling error is a draw for each wave.
    """

    item: Item
    mode: str
    sample: int
    design_effect: float
    month: int = 7

    def poll(self, weights: Floats, power: str, wave: int, seed: int, replicate: int, p: Parameters) -> Floats:
        """Return printed answer shares of one wave.

        Args:
            weights: distribution of affect, [BINS].
            power: the power asked about.
            wave: number or year of the wave, which keys the sampling error.
            seed: root seed.
            replicate: number of the replicate.
            p: parameters, for the sizes of the effects.

        Returns:
            Shares of the answers, [answers], a multiple of one over the effective sample.
        """
        who = np.zeros(1, dtype=np.uint64)
        house = normals(stream(seed, replicate, f"house/{self.item.pollster}/{self.mode}"), 0, who)[0]
        wording = normals(stream(seed, replicate, f"item/{self.item.pollster}/{self.item.name}/{power}"), 0, who)[0]
        shift = p.house_effect_spread * house + p.item_offset_spread * wording
        shares = replace(self.item, offset=self.item.offset + shift).shares(weights)
        asked = max(1, round(self.sample / self.design_effect))
        key = stream(seed, replicate, f"sample/{self.item.pollster}/{self.item.name}/{power}/{self.mode}")
        drawn = uniforms(key, wave, np.arange(asked, dtype=np.uint64))
        answers = np.searchsorted(np.cumsum(shares)[:-1], drawn, side="right")
        return np.bincount(answers, minlength=shares.size) / asked


def instruments(power: str, p: Parameters, country: str = "") -> dict[str, Instrument]:
    """Return the surveys whose figures exist for the region, by name.

    Sample sizes: IRI's is printed with its figures; the Barometer's is the pooled 15,029 over three countries and
    three waves; Gallup's, and the design effect, are assumed at what is usual.
    """
    cab = country_item(power, p)
    return {
        "gallup": Instrument(leadership_item(power, p, country), "face to face", 1000, 1.5),
        "cab_to_2019": Instrument(cab, "face to face", 1670, 1.5, month=10),
        "cab_from_2020": Instrument(cab, "telephone", 1670, 1.5, month=10),
        "iri": Instrument(relations_item(p), "face to face", 1500, 1.5, month=11),
    }


def job_belief(weights: Floats, project_cycle: Floats, p: Parameters) -> Floats:
    """Return the share that believes a power's investment creates jobs, answered from affect and the project cycle.

    Args:
        weights: distributions of affect, [C, P, BINS].
        project_cycle: shift by hopes and let-downs, [C, P].
        p: parameters.
    """
    lift = p.job_belief_cycle * project_cycle
    reach = _LIFTS * math.ceil((np.abs(lift).max() / STEP + 2) / _LIFTS)
    return _believing(weights, lift / STEP, _chances_above_zero(p.survey_noise, reach), reach)


@lru_cache(maxsize=8)  # asked for every month
def _chances_above_zero(noise: float, reach: int) -> Floats:
    """Return the chance of an answer above zero on the grid and on ``reach`` points beyond either end."""
    chances = np.asarray(ndtr((np.arange(-reach, BINS + reach) * STEP - 1.0) / noise))
    chances.setflags(write=False)
    return chances


@njit(cache=True)
def _believing(weights: Floats, lift: Floats, chances: Floats, reach: int) -> Floats:
    """Return the share whose affect, lifted and with survey noise, is above zero, [C, P].

    All points are lifted by the same, so that the chance at each is read off the chances on the grid, by a cubic
    through four of them: exact to 1e-10 at the default survey noise of 0.3, to 1e-8 at 0.1, to 2e-5 at the least, 0.01.

    Args:
        weights: distributions of affect, [C, P, BINS].
        lift: in steps of the grid, [C, P].
        chances: see :func:`_chances_above_zero`.
        reach: points of it beyond either end; two more than any lift.
    """
    out, chance = np.empty(lift.shape), np.empty(BINS)
    for c, p in np.ndindex(lift.shape):
        whole = math.floor(lift[c, p])
        t = lift[c, p] - whole
        before, at = -t * (t - 1) * (t - 2) / 6, (t + 1) * (t - 1) * (t - 2) / 2
        after, beyond = -(t + 1) * t * (t - 2) / 2, (t + 1) * t * (t - 1) / 6
        first = np.uint64(reach + int(whole))
        near = chances[first - np.uint64(1) : first + np.uint64(BINS + 2)]
        for b in range(BINS):
            chance[b] = before * near[b] + at * near[b + 1] + after * near[b + 2] + beyond * near[b + 3]
        believing = persons = 0.0
        for b in range(BINS):
            believing += weights[c, p, b] * chance[b]
            persons += weights[c, p, b]
        out[c, p] = believing / persons
    return out


@njit(cache=True)
def totals(weights: Floats, answers: Floats) -> Floats:
    """Return sums over the persons of groups: of 1, of affect, of its square, and of the chance of each answer.

    Args:
        weights: distributions of affect of groups, [C, G, P, BINS].
        answers: chance of each of three answers at each point of ``GRID`` by country and power, [C, P, BINS, 3].

    Returns:
        [C, G, P, 6].
    """
    countries, groups, powers, _ = weights.shape
    out = np.empty((countries, groups, powers, 6))
    for c, g, p in np.ndindex(countries, groups, powers):
        heads = affect = squares = lowest = middle = highest = 0.0
        for b in range(BINS):
            persons = weights[c, g, p, b]  # often none; to ask for that would take longer than to add nothing
            heads += persons
            affect += persons * GRID[b]
            squares += persons * GRID[b] ** 2
            lowest += persons * answers[c, p, b, 0]
            middle += persons * answers[c, p, b, 1]
            highest += persons * answers[c, p, b, 2]
        row = out[c, g, p]
        row[0], row[1], row[2], row[3], row[4], row[5] = heads, affect, squares, lowest, middle, highest
    return out


@njit(cache=True, error_model="numpy")
def polled(summed: Floats) -> Floats:
    """Return what a poll of each group would find, from what :func:`totals` gives, [..., 6].

    Returns:
        Mean and standard deviation of affect, approval, disapproval, no opinion, [..., 5].
    """
    out = np.empty((*summed.shape[:-1], 5))
    rows, found = summed.reshape(-1, 6), out.reshape(-1, 5)
    for i in range(rows.shape[0]):
        persons, affect, squares, disapproval, no_opinion, approval = rows[i]
        mean = affect / persons
        found[i, 0], found[i, 1] = mean, math.sqrt(max(squares / persons - mean * mean, 0.0))
        found[i, 2], found[i, 3], found[i, 4] = approval / persons, disapproval / persons, no_opinion / persons
    return out


@njit(cache=True, error_model="numpy")
def cohorts(summed: Floats) -> Floats:
    """Return persons, mean affect and approval by country, power and birth cohort, [C, P, B, 3].

    A cohort that is not yet adult has no opinion: nan.

    Args:
        summed: what :func:`totals` gives of birth cohorts, [C, B, P, 6].
    """
    countries, groups, powers, _ = summed.shape
    out = np.empty((countries, powers, groups, 3))
    for c, g, p in np.ndindex(countries, groups, powers):
        persons, affect, _, _, _, approval = summed[c, g, p]
        out[c, p, g, 0], out[c, p, g, 1], out[c, p, g, 2] = persons, affect / persons, approval / persons
    return out


@njit(cache=True)
def with_region(public: Floats, elite: Floats) -> Floats:
    """Return sums over the persons of the public and of elites, with the region as a last country, [2, C + 1, P, X].

    Args:
        public: by country and birth cohort, [C, B, P, X].
        elite: by country, [C, 1, P, X].
    """
    countries, _, powers, columns = public.shape
    out = np.zeros((2, countries + 1, powers, columns))
    for group, sums in enumerate((public, elite)):
        for c, p in np.ndindex(countries, powers):
            own, region = out[group, c, p], out[group, countries, p]
            for part in range(sums.shape[1]):
                added = sums[c, part, p]
                for x in range(columns):
                    own[x] += added[x]
            for x in range(columns):
                region[x] += own[x]
    return out


def wasserstein(one: Floats, other: Floats) -> Floats:
    """Return the Wasserstein-1 distance between distributions [R, P, BINS], in units of affect."""
    return _area_between(one, other, one.sum(axis=-1), other.sum(axis=-1))


@njit(cache=True, error_model="numpy")
def _area_between(one: Floats, other: Floats, persons: Floats, others: Floats) -> Floats:
    """Return the area between the cumulative curves of two groups of ``persons`` and ``others``, [R, P], [R, P]."""
    out, more = np.empty(persons.shape), np.empty(BINS)
    for r, p in np.ndindex(persons.shape):
        here, there, heads, other_heads = one[r, p], other[r, p], persons[r, p], others[r, p]
        for b in range(BINS):
            more[b] = here[b] / heads - there[b] / other_heads
        apart = 0.0  # by how much more of one group than of the other stands at or below a point
        area = 0.0
        for b in range(BINS - 1):
            apart += more[b]
            area += abs(apart)
        out[r, p] = area * (GRID[1] - GRID[0])
    return out
