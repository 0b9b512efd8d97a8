"""From a scenario to monthly inputs: levers, events, budgets, drift, series; and the stocks that follow them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from spsim.config import LEVERS, Scenario, load_text
from spsim.data import load_pack
from spsim.model import inputs, threat
from spsim.model.channels import investment
from spsim.model.clock import Clock
from spsim.model.inputs import Inputs
from spsim.model.protest import step_moratorium, step_pressure
from spsim.model.simulation import Simulation
from spsim.model.start import build
from spsim.model.state import Politics
from spsim.model.step import step

Floats = NDArray[np.float64]


def _scenario(text: str = "", **settings: object) -> Scenario:
    base = f"schema: 1\nname: mine\ntitle: A test\nextends: baseline\n{text}"
    return load_text(base, overrides={"citizens": 200, "elites": 4, "pipeline_agents": 1, **settings}).scenario


def _inputs(text: str = "", **settings: object) -> tuple[Inputs, Clock]:
    scenario = _scenario(text, **settings)
    clock = Clock.of(scenario.run)
    return inputs.build(scenario, clock), clock


def _at(clock: Clock, month: str) -> int:
    return next(step for step in range(clock.steps + 1) if clock.text(step) == month)


# levers ---------------------------------------------------------------------------------------------------------------


def test_a_factor_starts_at_one_and_acts_where_and_when_it_says() -> None:
    """Doubled for one power in one country between two dates, and untouched everywhere else."""
    text = "levers:\n  - {lever: media_budget, to: 2, power: CN, countries: [KZ], from: 2020-03, until: 2021-03}\n"
    plain, clock = _inputs()
    pulled, _ = _inputs(text)
    ratio = pulled.budget / plain.budget
    expected = np.ones_like(ratio)
    expected[_at(clock, "2020-03") : _at(clock, "2021-03"), 0, 0, 0] = 2
    np.testing.assert_allclose(ratio, expected, rtol=1e-12)


def test_a_level_with_a_ramp_moves_in_a_straight_line() -> None:
    """Openness goes from the data to the target over the ramp, and stays."""
    text = "levers:\n  - {lever: openness, to: 0.5, countries: [UZ], from: 2020-01, ramp_years: 2}\n"
    plain, clock = _inputs()
    pulled, _ = _inputs(text)
    start, half, full = (_at(clock, month) for month in ("2020-01", "2021-01", "2022-01"))
    np.testing.assert_array_equal(pulled.openness[: start + 1], plain.openness[: start + 1])
    assert pulled.openness[half, 4] == pytest.approx((plain.openness[half, 4] + 0.5) / 2)
    assert (pulled.openness[full:, 4] == 0.5).all()
    np.testing.assert_array_equal(pulled.openness[:, :4], plain.openness[:, :4])


def test_a_pin_holds_the_state_and_lets_go() -> None:
    """Opacity and the foreign labour share are what the pin says while it holds, and move on from there."""
    text = """
levers:
  - {lever: opacity, to: 0.2, countries: [KZ], from: 2004-07, until: 2005-01, hold: true}
  - {lever: foreign_labour_share, to: 0.5, power: CN, countries: [KG], from: 2004-07, hold: true}
"""
    record = Simulation(_scenario(text, end="2005-12")).run()
    opacity, labour = record.country[:, 0, 1], record.country_power[:, 1, 0, 3]
    # the pin of a month acts on what is seen at the next date
    assert (opacity[7:13] == 0.2).all()
    assert opacity[6] != 0.2
    assert opacity[13] != 0.2
    assert opacity[13] == pytest.approx(0.2, abs=0.05)
    assert (labour[7:] == 0.5).all()
    assert (labour[:7] < 0.46).all()


def test_a_hiring_floor_bounds_foreign_labour() -> None:
    """With nine tenths local at least, foreign labour is one tenth at most from the next date on."""
    record = Simulation(_scenario(local_hiring_floor=0.9, end="2005-12")).run()
    assert record.country_power[:, :, 0, 3].max() <= 0.1 + 1e-12


def test_budget_steps_and_trends_are_those_of_the_register() -> None:
    """China's dated index is linear between knots with steps where a year has two; Russia's falls by 2 % a year."""
    plain, clock = _inputs()
    media = plain.budget[:, 0, 0, 0]
    assert media[0] == pytest.approx(0.15)
    assert media[_at(clock, "2007-09")] == pytest.approx(0.15 + 0.05 * (2007 + 8 / 12 - 2004) / 3.75)
    assert media[_at(clock, "2007-10")] == pytest.approx(0.35), "the second of two knots holds from its date on"
    assert media[_at(clock, "2016-01")] == pytest.approx(1)
    assert media[-1] == pytest.approx(1)
    education = plain.budget[:, 0, 0, 2]
    assert education[_at(clock, "2010-01")] == pytest.approx(0.85)
    russian = plain.budget[:, 0, 1]
    np.testing.assert_allclose(russian[_at(clock, "2014-01")], 0.98**10, rtol=1e-12)
    assert (plain.budget == plain.budget[:, :1]).all(), "budgets do not differ between countries"


def test_adaptation_costs_the_budgets_that_are_adapted() -> None:
    """Full adaptation takes its cost from media and culture, not from education."""
    plain, _ = _inputs()
    adapted, _ = _inputs(adaptation={"CN": 1.0})
    np.testing.assert_allclose(adapted.budget[:, :, 0, :2], 0.7 * plain.budget[:, :, 0, :2])
    np.testing.assert_array_equal(adapted.budget[:, :, 0, 2], plain.budget[:, :, 0, 2])
    np.testing.assert_array_equal(adapted.budget[:, :, 1], plain.budget[:, :, 1])


def test_a_moratorium_and_the_investment_lever_scale_commitments() -> None:
    """The lever halves, the moratorium stops; a power without capital has its trade scaled."""
    plain, _ = _inputs()
    assert plain.commitments[..., 0].sum() > 0
    assert not plain.commitments[..., 1].any()
    half, _ = _inputs(investment={"CN": 0.5, "RU": 0.5})
    np.testing.assert_allclose(half.commitments, plain.commitments / 2)
    np.testing.assert_allclose(half.trade, plain.trade / 2)
    assert not _inputs(moratorium=1.0)[0].commitments.any()


def test_memberships_follow_the_record() -> None:
    """KZ is in the EAEU from 2015, KG too; TM is in nothing; SCO stands for China."""
    plain, clock = _inputs()
    series = load_pack().series
    at = _at(clock, "2016-06")
    for c, code in enumerate(("KZ", "KG", "TJ", "TM", "UZ")):
        values = {name: series[name].select([code], [2016])[0, 0] for name in ("sco", "eaeu", "csto")}
        assert plain.membership[at, c, 0] == values["sco"]
        assert plain.membership[at, c, 1] == (values["eaeu"] + values["csto"]) / 2
    assert not plain.membership[at, 3].any()


# events ---------------------------------------------------------------------------------------------------------------

EVENT = "events:\n  - {{name: test, kind: {0}, powers: [RU], countries: [TJ], size: 0.6, from: {1}, to: {2}}}\n"


@pytest.mark.parametrize(("kind", "field"), [("memory", "memory_impulse"), ("security", "security_impulse")])
def test_an_impulse_is_spread_over_its_window(kind: str, field: str) -> None:
    """The size is a total, spread evenly over the months, both ends included."""
    plain, clock = _inputs()
    with_event, _ = _inputs(EVENT.format(kind, "2010-02", "2010-07"))
    added = getattr(with_event, field) - getattr(plain, field)
    start = _at(clock, "2010-02")
    np.testing.assert_allclose(added[start : start + 6, 2, 1], 0.1, atol=1e-12)
    assert added.sum() == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("threat", "threat_impulse"),
        ("anchor", "event_anchor"),
        ("closure", "closure"),
    ],
)
def test_a_rate_or_level_holds_over_its_window(kind: str, field: str) -> None:
    """A rate per year, a shift, a closed share: the size in every month of the window, and nothing outside."""
    plain, clock = _inputs()
    with_event, _ = _inputs(EVENT.format(kind, "2010-02", "2010-07"))
    added = getattr(with_event, field) - getattr(plain, field)
    start = _at(clock, "2010-02")
    np.testing.assert_allclose(added[start : start + 6, 2, 1], 0.6, atol=1e-12)
    assert np.abs(added).sum() == pytest.approx(3.6)


def test_longer_steps_keep_what_an_event_does_in_all() -> None:
    """With steps of two months an event of three months acts fully in one step and by half in the next."""
    settings = {"step_months": 2, "hire_rate": 3.0, "start": "2010-01", "end": "2012-12"}
    plain, clock = _inputs(**settings)
    with_event, _ = _inputs(EVENT.format("threat", "2010-03", "2010-05"), **settings)
    added = (with_event.threat_impulse - plain.threat_impulse)[:, 2, 1]
    np.testing.assert_allclose(added[:4], [0, 0.6, 0.3, 0], atol=1e-12)
    assert added.sum() * clock.dt == pytest.approx(0.6 * 3 / 12)


def test_the_baselines_events_are_in_the_inputs() -> None:
    """The internments act in KZ with the full rate and by kinship elsewhere; closures of several events end at one."""
    plain, clock = _inputs()
    at = _at(clock, "2018-01")
    np.testing.assert_allclose(plain.threat_impulse[at, :, 0], [1, 0.6, 0.1, 0.02, 0.1])
    assert plain.memory_impulse[_at(clock, "2022-02"), 0, 1] == pytest.approx(0.31)
    assert not plain.memory_impulse[: _at(clock, "2022-02")].any()
    both, _ = _inputs(
        "events:\n  - {name: twice, kind: closure, powers: [CN], size: 0.8, from: 2020-01, to: 2020-12}\n"
    )
    assert both.closure.max() == 1


def test_drift_is_imposed_between_its_years() -> None:
    """KZ's anchor towards Russia falls from 2014 for eight years, and nobody else's moves."""
    world = build(_scenario(end="2005-12"))
    base = world.level_at(2010.0)
    np.testing.assert_array_equal(base, world.level_at(2014.0))
    fallen = world.level_at(2018.0) - base
    assert fallen[0, 1] == pytest.approx(-0.027 * 4)
    assert np.abs(fallen).sum() == pytest.approx(0.027 * 4)
    np.testing.assert_array_equal(world.level_at(2022.0), world.level_at(2040.0))
    assert (world.level_at(2022.0) - base)[0, 1] == pytest.approx(-0.027 * 8)


# what follows the inputs ----------------------------------------------------------------------------------------------


def test_capital_follows_commitments_through_works() -> None:
    """Commitments become works, works become capital after a lag, capital wears out; hopes rise and disappoint."""
    world = build(_scenario(end="2012-12"))
    state, p, dt = world.state, world.parameters, 1 / 12
    works, capital = state.projects.works.copy(), state.projects.capital.copy()
    hopes, letdown = state.projects.hopes.copy(), state.projects.letdown.copy()
    for number in range(24):
        now, labour = world.inputs.at(number), state.projects.foreign_labour.copy()
        step(world, number)
        new = now.commitments * p.realised_share
        hopes, letdown = (
            hopes + dt * (new / now.gdp[:, None] - hopes / p.announcement_years),
            letdown + dt * (hopes * (1 - p.local_jobs * (1 - labour)) - letdown / p.disappointment_years),
        )
        works, capital = (
            works + dt * (new - works / p.works_lag),
            capital + dt * (works / p.works_lag - p.depreciation * capital),
        )
    np.testing.assert_allclose(state.projects.works, works, rtol=1e-10)
    np.testing.assert_allclose(state.projects.capital, capital, rtol=1e-10)
    np.testing.assert_allclose(state.projects.hopes, hopes, rtol=1e-10)
    np.testing.assert_allclose(state.projects.letdown, letdown, rtol=1e-10)
    cycle = investment.cycle(state.projects, p)
    np.testing.assert_allclose(cycle, 0.05 * hopes / (hopes + 0.05) - 0.05 * letdown / (letdown + 0.05), rtol=1e-10)


def test_dependence_of_russia_is_trade_over_trade_plus_half() -> None:
    """e / (e + k_half), whatever GDP is."""
    world = build(_scenario())
    now, p = world.inputs.at(0), world.parameters
    depend = investment.dependence(investment.exposure(world.state.projects, now), now.gdp, p)
    trade = np.array([0.12, 0.31, 0.12, 0.03, 0.075])
    np.testing.assert_allclose(depend[:, 1], trade / (trade + 0.2), rtol=1e-12)
    assert ((depend >= 0) & (depend < 1)).all()


def test_localisation_lowers_foreign_labour_to_its_floor_and_not_below() -> None:
    """Pressure and practice lower the share at loc (l_press press + l_0); three per cent are left."""
    world = build(_scenario(localisation={"KZ": 5.0}, localisation_drift=2.0))
    now, p = world.inputs.at(0), world.parameters
    press, projects = np.full(5, 0.5), world.state.projects
    before = projects.foreign_labour.copy()
    localisation = world.over("localisation")
    after = investment.step(projects, world.state.politics, now, press, 1 / 12, p, localisation).foreign_labour
    rate = localisation * (0.7 * 0.5 + 2.0)
    np.testing.assert_allclose(after[:, 0], np.maximum(before[:, 0] * (1 - rate / 12), 0.03), rtol=1e-12)
    for _ in range(100):
        projects = investment.step(projects, world.state.politics, now, press, 1 / 12, p, localisation)
    np.testing.assert_allclose(projects.foreign_labour[:, 0], 0.03)
    assert not projects.foreign_labour[:, 1].any(), "Russia sends no labour"


def test_a_moratorium_cuts_projected_commitments_only() -> None:
    """Recorded commitments contain what was conceded; those after the record are cut by the factor while it holds."""
    world = build(_scenario(end="2026-12"))
    p, politics = world.parameters, world.state.politics
    politics.moratorium_until[:] = 2100.0
    clock, still = world.clock, np.zeros(5)
    for month, factor in (("2018-01", 1.0), ("2024-01", p.moratorium_factor)):
        now = world.inputs.at(_at(clock, month))
        moved = investment.step(world.state.projects, politics, now, still, 1 / 12, p, world.over("localisation"))
        works = world.state.projects.works
        new = (moved.works - works) * 12 + works / p.works_lag
        np.testing.assert_allclose(new, factor * now.commitments * p.realised_share, atol=1e-9)


def test_concessions_come_with_pressure_and_last_their_years() -> None:
    """A moratorium is drawn with the hazard times the pressure, starts at the next step, and is not drawn twice."""
    now = world_now()
    p = _scenario().parameters
    chance = 1 - np.exp(-p.concession_hazard * 0.8 / 12)
    until = step_moratorium(
        np.array([0.0, 0.0, 3000.0]), np.full(3, 0.8), now, np.array([chance - 1e-9, chance + 1e-9, 0.0]), 1 / 12, p
    )
    np.testing.assert_allclose(until, [now.decimal_year + 1 / 12 + 5, 0, 3000])
    assert not step_moratorium(np.zeros(1), np.zeros(1), now, np.zeros(1), 1 / 12, p).any()


def test_pressure_follows_participation_up_to_one() -> None:
    """dQ = press_rate (min(press_gain A, 1) - Q)."""
    p = _scenario().parameters
    after = step_pressure(np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.9, 0.0]), 1 / 12, p)
    np.testing.assert_allclose(after, [2 / 12 * 0.5, 0.5 + 2 / 12 * 0.5, 1 - 2 / 12])


def world_now() -> Inputs:
    """Return the inputs of the first month."""
    return _inputs()[0].at(0)


def test_opacity_follows_base_gap_and_pressure() -> None:
    """The target is base (1 - transparency) + gap where closed - half the pressure, and opacity is a share."""
    scenario = _scenario(contract_transparency=0.4, openness=0.1, opacity_rate=6.0)
    now = inputs.build(scenario, Clock.of(scenario.run)).at(0)
    p, base = scenario.parameters, np.array([0.55, 0.55, 0.7, 0.85, 0.6])
    start, gap, press = np.full(5, 0.5), np.array([0.4, -0.4, 0.0, 1.0, 0.2]), np.array([0.0, 0.0, 0.5, 0.0, 1.0])
    none, weight = np.zeros((5, 2)), np.array([0.5, 0.0])
    politics = Politics(none, none, none, start, *(np.zeros(5) for _ in range(4)))

    def opacity(press: Floats) -> Floats:
        elites = np.stack([gap, np.full(5, 9.0)], axis=1)  # nobody fears the second power: its gap does not count
        return threat.step(politics, none, none, elites, none, press, base, now, 1 / 12, p, weight, weight, weight)[3]

    after = opacity(press)
    target = base * 0.6 + 0.25 * np.maximum(gap, 0) * 0.75 - 0.5 * press
    np.testing.assert_allclose(after, np.clip(start + 0.5 * (target - start), 0, 1), rtol=1e-12)
    for _ in range(200):
        politics.opacity = opacity(np.ones(5))
    assert ((politics.opacity >= 0) & (politics.opacity <= 1)).all()


@pytest.mark.parametrize("name", sorted(LEVERS))
def test_a_lever_of_one_country_is_read_in_that_country(name: str) -> None:
    """No input is read off the first country for all of them."""
    lever, period = LEVERS[name], {"start": "2016-01", "end": "2016-12"}
    target = {"factor": 3.0, "level": 0.5, "pin": 0.5}[lever.kind]
    power, hold = ", power: CN" if lever.by_power else "", ", hold: true" if lever.kind == "pin" else ""
    rows = []
    for where in ("[KG]", "[KZ, KG, TJ, TM, UZ]", ""):
        pull = f"  - {{lever: {name}, to: {target}, from: 2016-01, countries: {where}{power}{hold}}}\n"
        rows.append(_inputs(f"levers:\n{pull}" if where else "", **period)[0].at(3))
    changed = 0
    for field in fields(Inputs):
        one, everywhere, nowhere = (np.asarray(getattr(row, field.name)) for row in rows)
        if one.ndim:
            np.testing.assert_array_equal(one[1], everywhere[1], err_msg=field.name)
            np.testing.assert_array_equal(np.delete(one, 1, axis=0), np.delete(nowhere, 1, axis=0), err_msg=field.name)
            changed += not np.array_equal(one[1], nowhere[1], equal_nan=True)
    assert changed
