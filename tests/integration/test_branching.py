"""A past that is computed once: whatever branches from it equals a run of its own, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from branched import JANUARY, LATER, SMALL, SUMMER, arrays, assert_branches, assert_same, at, scenario
from hypothesis import Phase, given, reject, settings
from hypothesis import strategies as st

from spsim.config import LEVERS, ConfigError, Event, LeverSetting, Scenario, parameter_table
from spsim.config import load as load_scenario
from spsim.data import COUNTRIES
from spsim.experiments.priors import draw
from spsim.model.simulation import Simulation

EARLIEST_END = "2026-03"

TARGETS = {"seats": 0.001, "openness": 0.6, "scholarships": 5.0, "opacity": 0.1, "foreign_labour_share": 0.5,
           "adaptation": 1.0}


@pytest.mark.parametrize("name", sorted(LEVERS))
def test_every_lever_can_be_pulled_after_the_branch(name: str, commons: Callable[..., Simulation]) -> None:
    """From the month after the state, in January and in the middle of a year."""
    lever = LEVERS[name]
    for date, after in ((JANUARY, "2025-02"), (SUMMER, "2025-08")):
        to = TARGETS.get(name, 0.9 if lever.kind == "level" and lever.base == "0" else 0.0)
        own = (", power: CN" if lever.by_power else "") + (", hold: true" if lever.kind == "pin" else "")
        text = f"levers:\n  - {{lever: {name}, to: {to}, from: {after}{own}}}\n"
        moved = assert_branches(commons(date), scenario(text))
        if date == JANUARY:  # eighteen months later something has moved, so equality says something
            assert arrays(moved) != arrays(commons("2026-06").record)


@st.composite
def futures(draw_from: st.DrawFn, base: Scenario, step: int) -> Scenario:
    """Return a scenario with any levers and events after a step, and another end."""
    run, months = base.run, base.run.months
    later = months[step + 1 :]
    after = st.sampled_from(later)
    end = draw_from(st.sampled_from([EARLIEST_END, "2026-06", "2027-02"]))
    levers, events = [], []
    for name in draw_from(st.lists(st.sampled_from(sorted(LEVERS)), max_size=3)):
        lever, begin = LEVERS[name], draw_from(after)
        levers.append(LeverSetting(
            lever=name, to=draw_from(st.floats(lever.low, min(lever.high, 3))), from_=begin,
            power=draw_from(st.sampled_from(run.powers)) if lever.by_power else None,
            countries=draw_from(st.none() | st.sampled_from([["KG"], ["KZ"]])),
            until=draw_from(st.none() | st.sampled_from([month for month in later if month > begin] or [None])),
            ramp_years=0.0 if lever.kind == "pin" else draw_from(st.sampled_from([0.0, 0.4, 2.0])),
            hold=lever.kind == "pin",
        ))
    kinds = st.sampled_from(["threat", "memory", "closure", "anchor", "security"])
    for number, kind in enumerate(draw_from(st.lists(kinds, max_size=2))):
        begin = draw_from(after)
        events.append(Event(
            name=f"new-{number}", kind=kind, powers=[draw_from(st.sampled_from(run.powers))],
            countries=["KZ", "KG"], size=draw_from(st.floats(-0.5, 1)), from_=begin,
            to=draw_from(st.sampled_from([begin, "2026-12"])),
        ))
    changes = {"levers": [*base.levers, *levers], "events": [*base.events, *events]}
    return base.model_copy(update={**changes, "run": run.model_copy(update={"end": end})})


@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))
@given(data=st.data(), step_months=st.sampled_from([1, 3]), drawn=st.none() | st.integers(0, 2**32 - 1))
def test_any_future_of_any_past(data: st.DataObject, step_months: int, drawn: int | None) -> None:
    """Levers and events of all kinds, parameters as they are or from their priors, any date, one or three months."""
    priors = {} if drawn is None else draw(drawn, 0, parameter_table() if step_months == 1 else None)
    try:
        base = scenario(**{**priors, "step_months": step_months, "seed": (drawn or 0) % 1000})
    except ConfigError:
        reject()  # too fast for steps of three months
    step = data.draw(st.sampled_from([n for n, month in enumerate(base.run.months) if month < EARLIEST_END]))
    common = Simulation(base, replicate=step % 2)
    common.run(until=step)
    assert_branches(common, data.draw(futures(base, step)))


@pytest.mark.parametrize("date", [JANUARY, SUMMER])
@pytest.mark.parametrize("step_months", [1, 3])
def test_short_and_long_steps(step_months: int, date: str, commons: Callable[..., Simulation]) -> None:
    """In January generations have just changed, in summer not; a step may be a month or three."""
    common = commons(date, step_months=step_months)
    assert_branches(common, scenario(LATER, step_months=step_months))


@pytest.mark.parametrize("end", [SUMMER, "2025-08", "2028-03"])
def test_the_end_may_be_another_one(end: str, commons: Callable[..., Simulation]) -> None:
    """Sooner, later, or the very date of the state."""
    assert_branches(commons(SUMMER), scenario(end=end))


@pytest.mark.parametrize("date", ["2024-07", "2026-06"])
def test_a_branch_at_the_start_and_one_at_the_end(date: str, commons: Callable[..., Simulation]) -> None:
    assert_branches(commons(date), scenario(end="2026-12"))


def test_a_third_power() -> None:
    """It goes through a branch like the others."""
    turkish = {
        "powers": ["TR", "CN", "RU"], "stance.TR": 0.6, "budget_scale.TR": 0.8, "reach_culture_urban.TR": 0.05,
        "demand_rate.TR": {"KZ": 0.002, "KG": 0.003}, "study_years.TR": 4.0, "seat_ceiling.TR": {"KZ": 5, "KG": 5},
        "trade_exposure.TR": {"KZ": 0.02}, "heritage_weight.TR": -0.1, "threat_weight.TR": 0.2,
    }
    text = "levers:\n  - {lever: culture_budget, to: 4, from: 2025-08, power: TR}\n"
    common = at(SUMMER, scenario(**turkish))
    moved = assert_branches(common, scenario(text, **turkish))
    assert arrays(moved) != arrays(common.run())


def test_listening_to_the_like_minded_only() -> None:
    bounded = {"mechanisms.social_influence": "bounded_confidence"}
    assert_branches(at(SUMMER, scenario(**bounded)), scenario(LATER, **bounded))


def test_branches_of_a_branch_and_the_run_they_leave() -> None:
    """Several futures from one past, one of them with a branch of its own, and the past runs on undisturbed."""
    common = at(JANUARY, scenario())
    ours, theirs = scenario(LATER), scenario("levers:\n  - {lever: openness, to: 0.9, from: 2025-03}\n")
    first, second = common.branch(ours), common.branch(theirs)
    second.run(until=second.step_number + 5)
    twig = second.branch(theirs)
    first.run()
    for simulation, of in ((second, theirs), (twig, theirs), (first, ours), (common, scenario())):
        assert_same(simulation.run(), Simulation(of).run())


def test_what_is_shared_and_what_is_not() -> None:
    """A branch has arrays of its own, but for those that nothing ever changes."""
    common = at(JANUARY, scenario())
    branch = common.branch(scenario())
    assert branch.world.state.network is common.world.state.network
    for group in ("citizens", "elites", "agents", "projects", "pipeline", "politics"):
        for field in fields(getattr(common.world.state, group)):
            old, new = (getattr(getattr(of.world.state, group), field.name) for of in (common, branch))
            assert not isinstance(old, np.ndarray) or not np.shares_memory(old, new)
    assert not np.shares_memory(common.world.state.affect, branch.world.state.affect)


def test_shipped_scenarios_share_the_past_of_the_baseline() -> None:
    """What is decided from 2026 on starts from the baseline's December 2025."""
    size = {**SMALL, "start": "2025-10", "countries": list(COUNTRIES)}
    common = at("2025-12", load_scenario("baseline", size).scenario)
    for name in ("publish-contracts", "double-scholarships-with-jobs", "borders-closed", "uzbekistan-opens"):
        assert_branches(common, load_scenario(name, size).scenario)
