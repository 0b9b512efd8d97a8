"""Cohorts, newcomers, and who listens to whom."""

from __future__ import annotations

import dataclasses
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from spsim.config import Scenario, SpsimError, load
from spsim.data import load_pack
from spsim.model import network, pipeline_agents, population
from spsim.model.population import RUSSIAN, URBAN
from spsim.model.randomness import identities, stream, uniforms, unit_interval
from spsim.model.start import build
from spsim.model.world import World


def _scenario(**settings: object) -> Scenario:
    return load("baseline", {"citizens": 300, "elites": 4, "end": "2006-12", **settings}).scenario


@pytest.fixture(scope="module")
def world() -> World:
    return build(_scenario())


# slots ----------------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1e6), min_size=5, max_size=83).filter(lambda heads: sum(heads) > 1), st.integers(83, 500))
def test_apportion_shares_all_slots_and_leaves_no_cohort_out(heads: list[float], slots: int) -> None:
    """Slots add up, no cohort with people is without a slot, none without people has one."""
    rows = np.array(heads)
    counts = population.apportion(rows, slots)
    assert counts.sum() == slots
    assert (counts[rows > 0] >= 1).all()


def test_apportion_is_the_largest_remainder() -> None:
    """Four slots for 1.6, 1.6, .8: the largest remainders round up; a tiny cohort takes its one from the largest."""
    np.testing.assert_array_equal(population.apportion(np.array([40.0, 40.0, 20.0, 0.0]), 4), [2, 1, 1, 0])
    np.testing.assert_array_equal(population.apportion(np.array([990.0, 9.0, 1.0]), 10), [8, 1, 1])


def test_newcomers_keep_the_place_and_bring_new_traits() -> None:
    """A freed slot keeps language, place and ties; its identity, own anchor, heritage and threshold are new."""
    world = build(_scenario())
    people, year = world.state.citizens, 2005
    before = dataclasses.replace(
        people,
        **{
            name: getattr(people, name).copy()
            for name in ("audience", "identity", "idiosyncratic", "threshold", "birth_year")
        },
    )
    freed = population.replace_generations(
        people, world.births, world.heads(year), world.state.mean_heritage, np.full(5, 0.25),
        world.over("heritage_level"), year,
    )
    assert freed.size > 0
    others = np.setdiff1d(np.arange(people.slots), freed)
    keep = RUSSIAN | URBAN | population.TITULAR | population.CHINESE
    np.testing.assert_array_equal(people.audience & keep, before.audience & keep)
    assert (people.birth_year[freed] == year - 18).all()
    assert (people.identity[freed] != before.identity[freed]).all()
    assert (people.threshold[freed] != before.threshold[freed]).all()
    for name in ("identity", "idiosyncratic", "threshold", "birth_year"):
        np.testing.assert_array_equal(getattr(people, name)[others], getattr(before, name)[others])
    assert not (people.audience[freed] & population.OLD).any()
    for c in range(5):
        heads = world.heads(year)[c].copy()
        heads[:18] = 0
        assert ((heads > 0) <= (people.slots_by_age[c] > 0)).all(), "every cohort with people has a slot"


def test_the_same_slots_change_hands_whatever_else_is_simulated() -> None:
    """Dropping countries leaves the newcomers of the others the same persons."""
    freed = []
    for countries in (["KZ", "KG", "UZ"], ["KG"]):
        world = build(_scenario(countries=countries))
        index = countries.index("KG")
        population.replace_generations(
            world.state.citizens,
            world.births,
            world.heads(2005),
            world.state.mean_heritage,
            np.full(len(countries), 0.25),
            world.over("heritage_level"),
            2005,
        )
        here = world.state.citizens.country == index
        freed.append((world.state.citizens.identity[here], world.state.citizens.heritage[here]))
    np.testing.assert_array_equal(freed[0][0], freed[1][0])
    np.testing.assert_array_equal(freed[0][1], freed[1][1])


def test_cohorts_are_cut_at_1975_and_1992() -> None:
    """Soviet to 1974, transition 1975 to 1991, independence from 1992."""
    np.testing.assert_array_equal(
        population.cohort_of(np.array([1930, 1974, 1975, 1991, 1992, 2010])), [0, 0, 1, 1, 2, 2]
    )


def test_language_and_place_have_their_shares() -> None:
    """Shares of Russian speakers and townspeople are those put in; who has no Russian speaks the titular language."""
    scenario = _scenario(citizens=4000, countries=["KZ", "UZ"])
    people = build(scenario).state.citizens
    urban = load_pack().series["urban"].select(["KZ", "UZ"], [2004])[0]
    for c, code in enumerate(("KZ", "UZ")):
        mine = people.audience[people.country == c]
        russian = (mine & RUSSIAN) > 0
        assert russian.mean() == pytest.approx(scenario.parameters.russian_speakers[code], abs=0.035)
        assert ((mine & URBAN) > 0).mean() == pytest.approx(urban[c], abs=0.035)
        assert ((mine[~russian] & population.TITULAR) > 0).all()
        assert ((mine[russian] & population.TITULAR) > 0).mean() == pytest.approx(0.75, abs=0.035)


def test_nobody_can_change_the_pyramid_of_a_year() -> None:
    """It is read once for all worlds, as the pack has it, and is locked."""
    heads = build(_scenario(countries=["KG"])).heads(2004)
    np.testing.assert_array_equal(heads, load_pack().population(["KG"], [2004])[0])
    assert not heads.flags.writeable


def test_too_many_students_are_refused() -> None:
    """More members of the pipeline than people of their age is an error that says what to do."""
    world = build(_scenario(countries=["KG"]))
    heads = world.heads(2004)
    with pytest.raises(SpsimError, match="demand_rate"):
        population.slot_weights(world.state.citizens, heads, population.pipeline_heads(np.array([9e7]), heads))


def test_citizens_and_ties_take_little_memory_and_little_more_while_they_are_made() -> None:
    """34 bytes a citizen, 4 a tie and a citizen; in between 32 a citizen of one country, and 8 that are not traced."""
    scenario = _scenario(citizens=20_000, countries=["KG", "KZ", "UZ", "TJ"])
    build(scenario)  # loads what is compiled
    countries, slots = tuple(scenario.run.countries), scenario.run.citizens
    source = population.births(1, 0, ("CN", "RU"), scenario.parameters)
    heads = load_pack().population(countries, [2004])[0].astype(float)
    tracemalloc.start()
    try:
        people = population.create(source, countries, slots, heads, np.full(4, 0.5), 2004)
        before, most_for_people = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        ties = network.create(1, 0, countries, people.audience, 8.0, 0.5)
        _, most_for_ties = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    in_between = 32 * slots + 32_000  # the second part is whatever does not grow
    assert sum(array.nbytes for array in vars(people).values()) == 34 * people.slots + people.slots_by_age.nbytes
    assert most_for_people <= 34 * people.slots + in_between
    assert ties.first.nbytes + ties.alters.nbytes == 4 * (people.slots + 1 + ties.alters.size)
    assert most_for_ties - before <= ties.first.nbytes + ties.alters.nbytes + in_between


def test_small_types_hold_the_largest_numbers() -> None:
    """The oldest of the last country, and the birth years on both ends: nothing overflows."""
    people = build(_scenario()).state.citizens
    for year in (2004, 2050):
        population.set_ages(people, year)
        age = np.minimum(year - people.birth_year.astype(np.int64), population.OPEN_AGE)
        np.testing.assert_array_equal(people.age_index, people.country.astype(np.int64) * population.AGES + age)
        np.testing.assert_array_equal((people.audience & population.OLD) > 0, age >= 40)
        assert people.age_index.max() == 4 * population.AGES + population.OPEN_AGE


# network --------------------------------------------------------------------------------------------------------------


def test_the_network_has_its_degree_homophily_and_no_self_ties() -> None:
    """Rows are complete, nobody listens to himself or abroad, and mean degree and homophily are those put in."""
    world = build(_scenario(citizens=3000, countries=["KZ", "TJ"], mean_ties=8.0, homophily=0.6))
    ties, people = world.state.network, world.state.citizens
    degree = np.diff(ties.first.astype(np.int64))
    ego = np.repeat(np.arange(people.slots), degree)
    assert ties.first[0] == 0
    assert ties.first[-1] == ties.alters.size
    assert degree.min() >= 1
    assert degree.mean() == pytest.approx(8.0, abs=0.2)
    assert not (ego == ties.alters).any()
    np.testing.assert_array_equal(people.country[ego], people.country[ties.alters])
    group = people.audience & (RUSSIAN | URBAN)
    for c in range(2):
        here = people.country[ego] == c
        shares = np.bincount(group[people.country == c]) / 3000
        inside = (group[ego] == group[ties.alters])[here].mean()
        # those who do not stay draw from the whole country, where some are of the own group by chance
        assert inside == pytest.approx(0.6 + 0.4 * (shares**2).sum(), abs=0.02)


def test_without_homophily_ties_go_anywhere_and_with_full_homophily_nowhere_else() -> None:
    """The two ends of the homophily parameter."""
    audience = np.tile(np.array([0, 1, 8, 9], dtype=np.uint8), 100)
    for homophily, expected in ((0.0, 0.25), (1.0, 1.0)):
        ties = network.create(3, 0, ("KZ",), audience, 10, homophily)
        ego = np.repeat(np.arange(400), np.diff(ties.first.astype(np.int64)))
        assert (audience[ego] == audience[ties.alters]).mean() == pytest.approx(expected, abs=0.03)


def test_a_lone_member_of_a_group_listens_to_others() -> None:
    """Who has nobody of the own kind in the country draws from the whole country."""
    audience = np.zeros(50, dtype=np.uint8)
    audience[7] = RUSSIAN
    ties = network.create(1, 0, ("KZ",), audience, 6, 1.0)
    assert ties.of(7).size >= 1
    assert 7 not in ties.of(7)


def test_ties_reach_every_other_citizen_evenly() -> None:
    """Stepping over the own position leaves no gap: in a group of four, each of the other three is chosen as often."""
    audience = np.zeros(4, dtype=np.uint8)
    counts = np.zeros((4, 4))
    for replicate in range(400):
        ties = network.create(1, replicate, ("KZ",), audience, 8, 0.5)
        for i in range(4):
            np.add.at(counts[i], ties.of(i), 1)
    assert (np.diag(counts) == 0).all()
    shares = counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares[~np.eye(4, dtype=bool)], 1 / 3, atol=0.03)


def _plain_ties(
    seed: int, replicate: int, code: str, audience: NDArray[np.uint8], mean_ties: float, homophily: float
) -> list[list[int]]:
    """Return everybody's alters, drawn person by person as the module's first lines say."""
    everybody = list(range(len(audience)))

    def draw(name: str, who: int) -> float:
        return float(uniforms(stream(seed, replicate, f"network/{name}"), 0, np.array([who], dtype=np.uint64))[0])

    def group(slot: int) -> int:
        return int(audience[slot]) & (RUSSIAN | URBAN)

    rows = []
    for ego in everybody:
        identity = int(identities(code, ego + 1)[-1])
        alike = [other for other in everybody if group(other) == group(ego)]
        anybody = sorted(everybody, key=group)
        row = []
        for number in range(1 + int(stats.poisson.ppf(draw("degree", identity), mean_ties - 1))):
            tie = identity + (number << 32)
            choice = [other for other in (alike if draw("stay", tie) < homophily else anybody) if other != ego]
            choice = choice or [other for other in anybody if other != ego]
            row.append(choice[int(draw("alter", tie) * len(choice))])
        rows.append(row)
    return rows


@pytest.mark.parametrize(
    ("size", "mean", "homophily"), [(2, 3.0, 0.5), (30, 1.0, 1.0), (61, 5.5, 0.6), (40, 20.0, 0.0)]
)
def test_ties_are_those_that_a_plain_program_draws(size: int, mean: float, homophily: float) -> None:
    """Two countries; the compiled drawing of all ties against one that goes from person to person."""
    audience = np.random.default_rng(size).integers(0, 32, 2 * size).astype(np.uint8)
    audience[:size] &= ~np.uint8(URBAN)  # one country is without towns, but for a single townsman
    audience[0] = URBAN
    ties = network.create(7, 2, ("KZ", "UZ"), audience, mean, homophily)
    for c, code in enumerate(("KZ", "UZ")):
        expected = _plain_ties(7, 2, code, audience[c * size : (c + 1) * size], mean, homophily)
        assert [(ties.of(c * size + ego) - c * size).tolist() for ego in range(size)] == expected


@pytest.mark.parametrize("mean", [1.0, 1.2, 8.0, 100.0])
def test_degrees_are_one_plus_poisson_numbers(mean: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quantiles of scipy, for 100,000 draws and for the ends of the unit interval."""
    key, who = stream(1, 0, "network/degree"), identities("KZ", 100_000)
    expected = 1 + stats.poisson.ppf(uniforms(key, 0, who), mean - 1)
    np.testing.assert_array_equal(network._degrees(key, who, mean), expected)
    ends = np.array([unit_interval(np.uint64(0)), unit_interval(np.uint64(2**64 - 1))])
    monkeypatch.setattr(network, "uniforms", lambda *_: ends)
    number = network._degrees(key, who, mean) - 1
    assert (stats.poisson.cdf(number, mean - 1) >= ends).all()
    assert (stats.poisson.cdf(number - 1, mean - 1) < ends).all()


def test_more_ties_than_can_be_numbered_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their numbers have 32 bits; the message says what to lower."""
    monkeypatch.setattr(network, "MOST_TIES", 399)
    with pytest.raises(SpsimError, match=r"100 citizens with 8 ties each .* no more than 399 .* lower citizens"):
        network.create(1, 0, ("KZ", "KG"), np.zeros(100, dtype=np.uint8), 8, 0.5)


# pipeline agents ------------------------------------------------------------------------------------------------------


def test_pipeline_agents_live_with_a_young_citizen_of_their_country(world: World) -> None:
    """Homes are young, agents of one number share a home over the stages, identities are unique and nobody else's."""
    agents, people = world.state.agents, world.state.citizens
    np.testing.assert_array_equal(people.country[agents.home], agents.country)
    age = 2004 - people.birth_year[agents.home]
    assert age.min() >= 18
    assert age.max() <= pipeline_agents.HOME_AGE_LIMIT
    home = agents.home.reshape(agents.shape)
    assert (home == home[:, :, :1]).all()
    everyone = np.concatenate([people.identity, agents.identity])
    assert np.unique(everyone).size == everyone.size


def test_newcomers_of_a_stage_bring_their_affect() -> None:
    """A stage's affect is the mean of those who stayed and those who came, and an empty stage takes the newcomers'."""
    agents = pipeline_agents.create(("KZ",), ("CN",), 1)
    affect = np.array([[0.5], [0.0], [0.1], [0.2], [0.3], [0.4]], dtype=np.float32)  # the home, then five stages
    stocks = np.array([[[100.0, 100.0, 100.0, 0.0, 100.0]]])
    inflows = np.array([[[50.0, 25.0, 0.0, 0.0, 100.0]]])
    pipeline_agents.mix_in_newcomers(agents, affect, 1, stocks, inflows)
    np.testing.assert_allclose(affect[:, 0], [0.5, 0.25, 0.075, 0.2, 0.2, 0.1], atol=1e-7)


def test_country_and_cohort_are_one_number() -> None:
    """As told year by year, at both borders between generations and at the ends."""
    born = np.array([1900, 1974, 1975, 1991, 1992, 2012], dtype=np.int16)
    for country in (0, 4, 254):
        got = population.country_and_cohort(np.full(born.size, country, dtype=np.uint8), born)
        np.testing.assert_array_equal(got, 3 * country + population.cohort_of(born))
