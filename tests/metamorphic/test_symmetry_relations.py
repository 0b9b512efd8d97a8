"""What may be renamed, reordered, scaled, shifted or mirrored without any consequence."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from drawn import (
    LINEAR,
    PERSONS,
    SEARCH,
    Found,
    assert_same,
    differ,
    drawn_parameters,
    found,
    only,
    run,
    scenario,
    whatever,
)

from spsim.config import parameter_table
from spsim.data import COUNTRIES
from spsim.model import inputs, population
from spsim.model.network import Network
from spsim.model.simulation import Simulation
from spsim.model.world import World, everybody

EXACT_SUMS = 1e-9
"""What the order of a sum over citizens may change."""

FLOAT32 = 1e-7
"""What the order of a sum for one citizen may change: another last digit of affect, which is kept in float32."""


def _everywhere(value: float) -> dict[str, dict[str, float]]:
    """Return the same value for both powers and all countries."""
    return {power: dict.fromkeys(COUNTRIES, value) for power in ("CN", "RU")}


def _times(parameters: dict[str, Any], factors: dict[str, float]) -> dict[str, Any]:
    """Return the parameters named in ``factors``, each number in them multiplied."""

    def scaled(value: Any, factor: float) -> Any:
        return (
            {key: scaled(inner, factor) for key, inner in value.items()} if isinstance(value, dict) else value * factor
        )

    return {name: scaled(parameters[name], factor) for name, factor in factors.items()}


def _with_columns_times(result: Found, factors: dict[str, float]) -> Found:
    """Return a result with some of its columns multiplied."""
    return {name: column * factors.get(name.split(".")[1], 1.0) for name, column in result.items()}


# names and order ------------------------------------------------------------------------------------------------------

NAMED: dict[str, Any] = {
    "noise": 0.0,
    "common_noise": 0.0,
    "idiosyncratic_spread": 0.0,
    "orientation_spread": 0.0,
    "realised_share": 0.0,
    "membership_security": 0.0,
    "russian_speakers": dict.fromkeys(COUNTRIES, 1.0),
    "language_heritage_link": 0.0,
    "demand_rate": _everywhere(0.0),
    "initial_students": _everywhere(0.0),
    "source_russian_tv": 0.0,
    "source_chinese_language_tv": 0.0,
    "source_chinese_media_in_russian": 0.0,
    "source_chinese_media_in_titular": 0.0,
}
"""What is tied to a power by its name is made equal: personal draws, records, languages, media of its own."""

BOTH_ACT = """
levers:
  - {{lever: adaptive_allocation, power: {0}, to: 0.7, from: Y0-06}}
  - {{lever: adaptation, power: {1}, to: 0.9, from: Y0-04}}
  - {{lever: investment, power: {0}, to: 3, from: Y0-08, ramp_years: 1}}
  - {{lever: foreign_labour_share, power: {0}, to: 0.5, from: Y1-06, hold: true}}
events:
  - {{name: shock, kind: threat, powers: [{0}], size: 1.5, from: Y0-03, to: Y0-08}}
  - {{name: war, kind: memory, powers: [{1}], countries: [KG], size: 0.3, from: Y0-06, to: Y0-07}}
  - {{name: base, kind: security, powers: [{1}], size: 0.1, from: Y0-09, to: Y0-09}}
  - {{name: gift, kind: anchor, powers: [{0}], size: 0.05, from: Y0-05, to: Y0-10}}
  - {{name: shut, kind: closure, powers: [{1}], size: 0.7, from: Y0-10, to: Y0-12}}
"""


@whatever()
def test_the_names_of_the_powers_mean_nothing(seed: int) -> None:
    """If Russia had China's parameters and China Russia's, each would be seen exactly as the other is now."""
    both: dict[str, dict[str, Any]] = {}
    for name, (_, _, _, facts) in parameter_table().items():
        if facts.shape in {"power", "power_country"}:
            empty = facts.neutral if facts.shape == "power" else dict.fromkeys(COUNTRIES, facts.neutral)
            both[name] = {power: drawn_parameters(seed)[name].get(power, empty) for power in ("CN", "RU")}
    both["private_press_stance"]["RU"] = 0.2
    swapped = {name: {"CN": row["RU"], "RU": row["CN"]} for name, row in both.items()}
    settings: dict[str, Any] = {"first": 2016, "events": False}  # from 2016 on no budget is dated
    one = run(seed, BOTH_ACT.format("CN", "RU"), **settings, **{**both, **NAMED})
    other = run(seed, BOTH_ACT.format("RU", "CN"), **settings, **{**swapped, **NAMED})
    assert differ(one, other, "opinion.affect"), "the two powers do differ"
    rename = {"CN": "RU", "RU": "CN", "culture_cn": "culture_ru", "culture_ru": "culture_cn"}
    rename |= {"demonstration_cn": "demonstration_ru", "demonstration_ru": "demonstration_cn"}
    for name, column in other.items():
        keys = {key: [rename.get(value, value) for value in column[key].values] for key in column.dims}
        other[name] = column.assign_coords(keys)
    assert_same(one, other, within=EXACT_SUMS)


@whatever()
def test_the_order_of_the_powers_means_nothing(seed: int) -> None:
    """Russia named first or China named first: the same run."""
    assert_same(run(seed), run(seed, powers=["RU", "CN"]), within=FLOAT32)


@whatever()
def test_a_power_without_means_leaves_everything_as_it_was(seed: int) -> None:
    """Türkiye joins with no budget, no trade and no students: all that concerns China and Russia stays as it was.

    Up to the search for rest from which everybody starts, which ends when affect to all powers has arrived.
    """
    for end, within in (("Y0-12", 1e-5), ("Y2-03", SEARCH)):
        two = run(seed, end=end)
        three = run(seed, end=end, powers=["TR", "CN", "RU"])
        for name in ("threat", "dependence", "students", "employed"):
            assert not three[f"country_power.{name}"].sel(power="TR").any()
        both = {
            name: column.sel(power=["CN", "RU"]) if "power" in column.dims else column for name, column in three.items()
        }
        for name in ("public.contribution", "public.reach"):
            silent = list({"culture_tr", "demonstration_tr"} & set(both[name]["channel"].values))
            assert silent
            assert not np.nan_to_num(both[name].sel(channel=silent)).any()
            both[name] = both[name].drop_sel(channel=silent)
        if within == SEARCH:  # participation moves in steps, by one citizen at a time
            two, both = only(two, "opinion.affect"), only(both, "opinion.affect")
        assert_same(two, both, within=within)


@whatever(4)
def test_a_country_is_the_same_in_whatever_company(seed: int) -> None:
    """Countries dropped and put in another order: those that stay do to the last bit what they did before."""
    all_five, some = run(seed, countries=list(COUNTRIES)), run(seed, countries=["UZ", "KG"])
    assert_same(only(all_five, country=["KG", "UZ"]), only(some, country=["KG", "UZ"]))
    alone = run(seed, countries=["KG"])
    assert_same(only(some, country="KG"), only(alone, country="KG"))


@whatever(4)
def test_earlier_dates_do_not_know_when_the_run_ends(seed: int) -> None:
    """A longer run begins with the shorter one, to the last bit."""
    short, long = run(seed, first=2016, end="2017-02"), run(seed, first=2016, end="2019-06")
    dates = short["country.openness"]["date"].values
    assert_same(short, only(long, date=list(dates)))
    stopped = Simulation(scenario(seed, first=2016, end="2019-06"))
    for _ in range(5):  # and a run that rests in the middle goes on as if it had not
        stopped.advance()
    assert_same(long, found(stopped))


def _shuffle(world: World, rng: np.random.Generator) -> None:
    """Give the citizens of each country other places in the lists, with their traits, ties, twins and weights."""
    state, slots = world.state, world.state.citizens.slots
    here = [np.flatnonzero(state.citizens.country == c) for c in range(len(world.countries))]
    order = np.concatenate([rng.permutation(slots) for slots in here])  # new place -> old place
    place = np.argsort(order)
    for field in fields(state.citizens):
        value = getattr(state.citizens, field.name)
        if len(value) == slots:
            setattr(state.citizens, field.name, value[order])
    ties = [place[state.network.of(i)] for i in order]
    first = np.concatenate([[0], np.cumsum([len(row) for row in ties])])
    state.network = Network(first.astype(np.uint32), np.concatenate(ties).astype(np.uint32))
    state.agents.home = place[state.agents.home]
    state.affect[:slots], state.weight[:slots] = state.affect[order], state.weight[order]
    world.people = everybody(world)


@whatever()
def test_no_citizen_is_special_by_a_place_in_the_list(seed: int) -> None:
    """Citizens in another order, with their traits, ties and draws: the same publics.

    Over a year without students, in which generations change too, and from January to December with them: the twins of
    students are chosen by their place among the young, so that other twins are chosen in the second January.
    """
    nobody_studies = {"demand_rate": _everywhere(0.0), "initial_students": _everywhere(0.0)}
    for settings in (nobody_studies, {"end": "2016-12"}):
        of = scenario(seed, first=2016, **settings)
        shuffled = Simulation(of)
        before = shuffled.world.state.citizens.identity.copy()
        _shuffle(shuffled.world, np.random.default_rng(seed))
        assert (before != shuffled.world.state.citizens.identity).mean() > 0.9
        assert_same(found(of), found(shuffled), within=EXACT_SUMS)


# units ----------------------------------------------------------------------------------------------------------------


@whatever()
def test_twice_the_people_think_the_same(seed: int) -> None:
    """Everybody counted twice, with twice the seats and posts: heads are doubled, and every mean and share stays."""
    parameters = drawn_parameters(seed)
    double = _times(parameters, dict.fromkeys(("initial_students", "seat_ceiling", "posts_per_bn"), 2.0))
    double["protest_scale"] = parameters["protest_scale"] / 2 ** parameters["adults_exponent"]
    one = run(seed)
    with pytest.MonkeyPatch.context() as patch:
        heads, youth = World.heads, inputs._Builder._youth
        patch.setattr(World, "heads", lambda self, year: 2 * heads(self, year))
        patch.setattr(inputs._Builder, "_youth", lambda self: 2 * youth(self))
        other = run(seed, **double)
    assert_same(_with_columns_times(one, dict.fromkeys(PERSONS, 2.0)), other, within=1e-12)


@whatever()
def test_dollars_of_half_the_worth_change_nothing(seed: int) -> None:
    """GDP, commitments and capital in half-dollars: capital is doubled, and opinion, politics and students stay."""
    halved = _times(drawn_parameters(seed), {"initial_capital": 2.0, "realised_share": 2.0, "posts_per_bn": 0.5})
    one = run(seed)
    with pytest.MonkeyPatch.context() as patch:
        smooth = inputs._Builder._smooth
        patch.setattr(
            inputs._Builder, "_smooth", lambda self, name: smooth(self, name) * (2.0 if name == "gdp" else 1.0)
        )
        other = run(seed, **halved)
    assert_same(_with_columns_times(one, {"capital_usd_bn": 2.0}), other)


@whatever()
def test_the_unit_of_threat_is_arbitrary(seed: int) -> None:
    """All that makes threat and all that is measured in it doubled, its weights halved: threat is doubled, and no more.

    Polls therefore identify the product of the size of a shock and the weight of threat, never one of them alone.
    """
    factors = {
        **dict.fromkeys(("threat_labour", "threat_opacity", "land_protest_rate", "xinjiang_rate"), 2.0),
        **dict.fromkeys(("threshold_base", "threshold_closed", "threshold_spread", "contagion", "dislike_weight"), 2.0),
        **dict.fromkeys(("threat_weight", "gate_threat"), 0.5),
    }
    one, other = run(seed, first=2016), run(seed, first=2016, **_times(drawn_parameters(seed), factors))
    assert_same(_with_columns_times(one, {"threat": 2.0}), other)


@whatever()
def test_education_is_linear_in_its_head_counts(seed: int) -> None:
    """Twice the applicants, first students, seats and posts: twice the students, graduates and disappointed."""
    alone: dict[str, Any] = {"demand_affect": 0.0, "press_rate": 0.0}  # opinion and the street leave studies alone
    doubled = ("demand_rate", "initial_students", "seat_ceiling", "posts_per_bn")
    one, other = run(seed, **alone), run(seed, **alone, **_times(drawn_parameters(seed), dict.fromkeys(doubled, 2.0)))
    columns = [f"country_power.{name}" for name in PERSONS[2:]]
    assert_same(_with_columns_times(only(one, *columns), dict.fromkeys(PERSONS, 2.0)), only(other, *columns))
    placement = "country_power.placement_rate"
    assert_same(only(one, placement), only(other, placement))


@whatever()
def test_without_sources_only_distances_count(seed: int) -> None:
    """Where nobody broadcasts, anchors moved by a tenth move everybody's affect by a tenth at every date."""
    base, moved = drawn_parameters(seed)["base"], 0.1
    lifted = {power: {code: value + moved for code, value in row.items()} for power, row in base.items()}
    one, other = run(seed, **LINEAR), run(seed, **LINEAR, base=lifted)
    assert np.abs(other["public.contribution"].sel(channel="clipping")).max() < 1e-7
    affect = "opinion.affect"
    one[affect].loc[{"group": "public"}] += moved
    assert_same(only(one, affect, group="public"), only(other, affect, group="public"), within=5e-6)
    assert_same(
        only(one, "opinion.affect_sd", group="public"), only(other, "opinion.affect_sd", group="public"), within=1e-5
    )
    still = [name for name in one if name.startswith("country.") or name == "country_power.threat"]
    assert_same(only(one, *still), only(other, *still))


MIRRORED = """
events:
  - {{name: news, kind: memory, powers: [CN, RU], size: {0}0.2, from: Y0-05, to: Y0-06}}
  - {{name: mood, kind: anchor, powers: [CN], size: {0}0.05, from: Y1-01, to: Y1-04}}
  - {{name: shut, kind: closure, powers: [CN, RU], size: 0.5, from: Y0-10, to: Y0-12}}
"""


@whatever()
def test_love_and_hate_are_mirror_images(seed: int) -> None:
    """Every liking turned into an equal disliking: affect changes its sign, approval and disapproval change places.

    So acceptance knows agreement and not direction, and no rounding leans to one side. What leans by its nature is
    switched off: threat, dislike, rents, hopes, applicants.
    """
    leaning: dict[str, Any] = {
        "threat_weight": {"CN": 0.0, "RU": 0.0},
        "dislike_weight": {"CN": 0.0, "RU": 0.0},
        "bow": {"CN": 0.0, "RU": 0.0},
        "rent_weight": 0.0,
        "hedge": 0.0,
        "membership_security": 0.0,
        "announcement_weight": 0.0,
        "disappointment_weight": 0.0,
        "demand_affect": 0.0,
        "noise": 0.0,
        "orientation_spread": 0.0,
    }
    signed = ("base", "drift", "heritage_weight", "stance", "private_press_stance", "demonstration_stance")
    signed += ("affect_student", "affect_employed", "affect_ceiling", "affect_disappointed")
    signed += ("initial_alignment", "non_interference", "alumni_orientation", "preference_falsification")
    turned = _times(drawn_parameters(seed), dict.fromkeys(signed, -1.0))
    one = run(seed, MIRRORED.format(""), events=False, **leaning)
    with pytest.MonkeyPatch.context() as patch:
        give, common = population._give_traits, World.common_shocks.func

        def turned_anchors(citizens: population.Citizens, who: population.Ints, *rest: Any) -> None:
            give(citizens, who, *rest)
            citizens.idiosyncratic[who] *= -1

        patch.setattr(population, "_give_traits", turned_anchors)
        patch.setattr(World, "common_shocks", property(lambda world: -common(world)))
        other = run(seed, MIRRORED.format("-"), events=False, **leaning, **turned)
    assert differ(one, other, "opinion.affect")
    expected = dict(one)
    for name in (
        "opinion.affect",
        "cohorts.affect",
        "divergence.divergence_affect",
        "public.contribution",
        "elite.contribution",
    ):
        expected[name] = -one[name]
    expected["opinion.approval"], expected["opinion.disapproval"] = one["opinion.disapproval"], one["opinion.approval"]
    expected["country_power.job_belief"] = 1 - one["country_power.job_belief"]
    # approval alone is recorded of generations and in divergence: its mirror image is not
    assert_same(expected, other, within=EXACT_SUMS, but=("cohorts.approval", "divergence.divergence_points"))
