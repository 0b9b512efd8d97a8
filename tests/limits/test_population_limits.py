"""Cohorts and the education pipeline where the answer is known, and the symmetry of the two powers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import still
from numpy.typing import NDArray

from spsim.config import load, load_text, parameter_table
from spsim.data import load_pack
from spsim.model import population
from spsim.model.simulation import Simulation
from spsim.model.start import build
from spsim.model.step import step
from spsim.model.world import World

COUNTRIES = ("KZ", "KG", "TJ", "TM", "UZ")


def _heads_by_age(world: World, year: int) -> NDArray[np.float64]:
    """Return the persons that slots and pipeline agents stand for, by country and single age."""
    state = world.state
    out = np.zeros((len(world.countries), population.AGES))
    age = np.minimum(year - state.citizens.birth_year, population.OPEN_AGE)
    np.add.at(out, (state.citizens.country, age), state.weight[: state.citizens.slots])
    members = np.bincount(
        state.agents.country, weights=state.weight[state.citizens.slots :], minlength=len(world.countries)
    )
    return out + population.pipeline_heads(members, world.heads(year))


def test_weighted_heads_are_the_age_pyramid_in_every_year_country_and_age() -> None:
    """L5: slots and members of the pipeline together are the adults of the pyramid, to 2050, to the last person."""
    scenario = load("baseline", {"end": "2050-12", "citizens": 200, "elites": 2, "pipeline_agents": 1}).scenario
    world = build(scenario)
    checked = 0
    for number in range(world.clock.steps + 1):
        if number == 0 or world.clock.opens_year(number):
            year = world.clock.year(number)
            real = load_pack().population(COUNTRIES, [year])[0]
            np.testing.assert_allclose(_heads_by_age(world, year)[:, 18:], real[:, 18:], rtol=1e-10, atol=1e-6)
            checked += 1
        if number < world.clock.steps:
            step(world, number)
    assert checked == 47


@pytest.mark.parametrize("transmission", [0.0, 0.4])
def test_heritage_of_rectangular_ages_is_the_mean_over_birth_years(
    monkeypatch: pytest.MonkeyPatch, transmission: float
) -> None:
    """L5: with equal cohorts of 18 to 77, mean heritage is that of sixty birth years, of which one leaves a year.

    Newcomers have (1 - transmission) of their birth year's heritage and transmission of the mean of the year before.
    Heritage is kept in float32, which bounds the precision.
    """
    still.equal_cohorts(monkeypatch, 18, 77)
    world = build(still.scenario(transmission=transmission, heritage_spread=0.0, citizens=240, end="2046-12"))
    p = world.parameters
    fully = np.array([p.heritage_level[code] for code in world.countries])

    def own(births: NDArray[np.int64] | int) -> NDArray[np.float64]:
        return fully / (1 + np.exp(p.cohort_slope * (np.atleast_1d(births)[:, None] - p.cohort_centre)))

    alive = own(np.arange(2016 - 77, 2016 - 17))  # [60, C], the oldest first
    for year in range(2016, 2046):
        mean = alive.mean(axis=0)
        np.testing.assert_allclose(world.state.mean_heritage, mean, rtol=2e-7)
        if transmission == 0:
            np.testing.assert_allclose(mean, own(np.arange(year - 77, year - 17)).mean(axis=0), rtol=1e-12)
        assert (world.state.citizens.slots_by_age[:, 18:78] == 4).all()
        still.advance(world, 12, first=12 * (year - 2016))
        newcomers = (1 - transmission) * own(year + 1 - 18) + transmission * mean
        alive = np.concatenate([alive[1:], newcomers])


def test_transmission_passes_on_a_share_of_the_mean() -> None:
    """L5: under the real pyramid too, newcomers have a share of the mean and the rest of their cohort's heritage."""
    world = build(still.scenario(transmission=0.4, heritage_spread=0.0))
    mean, world_year = world.state.mean_heritage.copy(), 2017
    still.advance(world, 12)
    people, p = world.state.citizens, world.parameters
    young = people.birth_year == world_year - 18
    assert young.any()
    own = 1 / (1 + np.exp(p.cohort_slope * (1999 - p.cohort_centre)))
    for c, code in enumerate(world.countries):
        here = young & (people.country == c)
        np.testing.assert_allclose(people.heritage[here], 0.6 * p.heritage_level[code] * own + 0.4 * mean[c], rtol=1e-7)


# education -----------------------------------------------------------------------------------------------------------

STUDY: dict[str, Any] = {
    "demand_rate": {"CN": {"KZ": 0.002, "KG": 0.002}, "RU": {"KZ": 0.001, "KG": 0.001}},
    "initial_students": {"CN": {"KZ": 700.0, "KG": 300.0}, "RU": {"KZ": 900.0, "KG": 100.0}},
    "study_years": {"CN": 1.0, "RU": 1.5},
    "demand_floor": 1.0,
    "demand_affect": 0.0,
    "to_ceiling": 0.5,
    "quit_rate": 0.8,
    "give_up": 1.2,
    "fade": 2.0,
    "placement_learning": 2.0,
    "initial_capital.CN": {"KZ": 10.0, "KG": 5.0},
    "end": "2050-12",
}
"""Education alone moves, fast enough to be at rest to ten digits after 35 years."""


@pytest.mark.parametrize(("posts_per_bn", "posts_bind"), [(20.0, True), (500.0, True), (1000.0, False), (9e5, False)])
def test_the_pipeline_goes_to_its_steady_state(
    monkeypatch: pytest.MonkeyPatch, posts_per_bn: float, *, posts_bind: bool
) -> None:
    """L6: C/J = to_ceiling / (to_ceiling + quit); placement = min(h / (h + give_up), quit J / g); nobody is lost.

    J are the posts that are filled: all of them where there are few, and else as many as returnees find in time.
    """
    still.stop_the_calendar(monkeypatch)
    world = build(still.scenario(**STUDY, posts_per_bn={"CN": posts_per_bn, "RU": 9e5}))
    state, p, now = world.state, world.parameters, world.inputs.at(0)
    first = state.pipeline.stocks.sum(axis=-1)
    for number in range(world.clock.steps):
        step(world, number)
        stocks = state.pipeline.stocks.sum(axis=-1)
        np.testing.assert_allclose(state.pipeline.entries + first, stocks + state.pipeline.left, rtol=1e-12)
    students, returnees, employed, ceiling, disappointed = np.moveaxis(state.pipeline.stocks, -1, 0)
    entering = np.stack([p.demand_rate[power]["KZ"] * now.youth for power in world.powers], axis=1)
    home = (1 - p.leave_share) * entering
    amount = state.projects.capital + now.trade * now.gdp[:, None]
    posts = np.array([posts_per_bn, 9e5]) * amount * (1 - state.projects.foreign_labour)
    placed = np.minimum(p.hire_rate / (p.hire_rate + p.give_up), p.quit_rate * posts / home)
    filled = placed * home / p.quit_rate
    precise = {"rtol": 1e-8}  # the slowest rate, of Russia's students, leaves exp(-35 / 1.5) = 7e-11
    np.testing.assert_allclose(students, entering * [p.study_years["CN"], p.study_years["RU"]], **precise)
    np.testing.assert_allclose(state.pipeline.placement, placed, **precise)
    np.testing.assert_allclose(state.pipeline.expected_placement, placed, **precise)
    np.testing.assert_allclose(employed + ceiling, filled, **precise)
    np.testing.assert_allclose(ceiling / filled, p.to_ceiling / (p.to_ceiling + p.quit_rate), **precise)
    np.testing.assert_allclose(returnees, (1 - placed) * home / p.give_up, **precise)
    np.testing.assert_allclose(disappointed, (1 - placed) * home / p.fade, **precise)
    assert (np.isclose(filled[:, 0], posts[:, 0], rtol=1e-9) == posts_bind).all()
    assert (filled[:, 1] < 0.1 * posts[:, 1]).all(), "Russia's graduates only need time to find a post"


@pytest.mark.parametrize(
    "overrides", [{}, {"seats": {"CN": 0.05}}, {"border_open": 0.0}, {"graduate_posts": {"CN": 5.0}}]
)
def test_entries_are_stocks_plus_leavers_in_the_baseline(overrides: dict[str, Any]) -> None:
    """L6: persons are conserved whatever the levers say; closed borders let nobody in."""
    settings = {"citizens": 200, "elites": 2, "end": "2010-12", "pipeline_agents": 1, **overrides}
    world = build(load("baseline", settings).scenario)
    first = world.state.pipeline.stocks.sum(axis=-1)
    still.advance(world, world.clock.steps)
    pipeline = world.state.pipeline
    np.testing.assert_allclose(pipeline.entries + first, pipeline.stocks.sum(axis=-1) + pipeline.left, rtol=1e-12)
    assert (pipeline.stocks >= 0).all()
    assert (pipeline.entries > 0).all() == ("border_open" not in overrides)


# symmetry -------------------------------------------------------------------------------------------------------------


def _by_power(values: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the values with those of China and Russia exchanged."""
    return {name: {"CN": row["RU"], "RU": row["CN"]} for name, row in values.items()}


EVENTS = """
events:
  - {{name: shock, kind: threat, powers: [{0}], size: 1.5, from: 2016-03, to: 2016-08}}
  - {{name: war, kind: memory, powers: [{1}], countries: [KG], size: 0.3, from: 2016-06, to: 2016-07}}
  - {{name: base, kind: security, powers: [{1}], size: 0.1, from: 2016-09, to: 2016-09}}
  - {{name: gift, kind: anchor, powers: [{0}], size: 0.05, from: 2016-05, to: 2016-10}}
  - {{name: shut, kind: closure, powers: [{1}], size: 0.7, from: 2016-10, to: 2016-12}}
"""


def test_swapping_the_parameters_of_the_two_powers_swaps_the_outputs() -> None:
    """L11: China and Russia differ in their parameters only.

    What is tied to a power by its name is made equal first: the media that belong to one power (switched off; the
    state media and the private press stay), memberships, the language in which Russia's culture is followed
    (everybody speaks Russian), the recorded commitments (none realised), students, and personal draws (no spread).
    """
    table = parameter_table()
    names = [name for name, row in table.items() if row[3].shape in {"power", "power_country"}]
    both: dict[str, dict[str, Any]] = {}
    for name in names:
        _, _, default, facts = table[name]
        for power in ("CN", "RU"):
            empty = dict.fromkeys(COUNTRIES, facts.neutral) if facts.shape == "power_country" else facts.neutral
            both.setdefault(name, {})[power] = default.get(power, empty)
    both |= {"budget_trend": {"CN": 0.01, "RU": -0.02}, "private_press_stance": {"CN": -0.5, "RU": 0.2}}
    both |= {
        name: {p: dict.fromkeys(COUNTRIES, 0.0) for p in ("CN", "RU")} for name in ("demand_rate", "initial_students")
    }
    both["initial_capital"] = {"CN": dict.fromkeys(COUNTRIES, 4.0), "RU": dict.fromkeys(COUNTRIES, 0.0)}
    rest = {
        "noise": 0.0,
        "common_noise": 0.0,
        "idiosyncratic_spread": 0.0,
        "orientation_spread": 0.0,
        "elite_rate": 0.6,
        "opacity_rate": 0.5,
        "localisation_press": 0.7,
        "localisation_drift": 0.03,
        "depreciation": 0.05,
        "membership_security": 0.0,
        "russian_speakers": dict.fromkeys(COUNTRIES, 1.0),
        "language_heritage_link": 0.0,
        "culture_strength": 0.3,
        "end": "2019-06",
        "source_russian_tv": 0.0,
        "source_chinese_language_tv": 0.0,
        "source_chinese_media_in_russian": 0.0,
        "source_chinese_media_in_titular": 0.0,
        "hedge": 0.3,
        "hedge_above": 0.1,
    }
    drop = ("demand_rate", "initial_students", "initial_capital.CN", "drift.RU.KZ", "budget_trend.RU")
    quiet = {key: value for key, value in still.QUIET.items() if key not in drop}
    records = []
    for values, order in ((both, ("CN", "RU")), (_by_power(both), ("RU", "CN"))):
        text = "schema: 1\nname: swap\ntitle: Two powers\n" + EVENTS.format(*order)
        records.append(Simulation(load_text(text, overrides={**quiet, **rest, **values}).scenario).run())
    one, other = records
    # equal to the bit as long as two numbers are added in either order; the margin is for processors that fuse products
    np.testing.assert_allclose(one.opinion, other.opinion[:, :, :, ::-1], atol=1e-9)
    np.testing.assert_allclose(one.divergence, other.divergence[:, :, ::-1], atol=1e-7)  # some of it in points
    np.testing.assert_allclose(one.cohorts, other.cohorts[:, :, ::-1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.country, other.country, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.country_power, other.country_power[:, :, ::-1], rtol=1e-9, atol=1e-9)
    assert np.abs(one.opinion - one.opinion[:, :, :, ::-1]).max() > 0.1, "the two powers do differ"
