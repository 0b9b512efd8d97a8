"""What must hold in every run, whatever the parameters, the seed, the levers, the countries and the powers."""

from __future__ import annotations

import ast
import hashlib
import inspect
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spsim.analysis.tables import Tabulator
from spsim.config import LEVERS, Scenario, load, load_text, parameter_table
from spsim.config.provenance import Prior
from spsim.experiments.replicates import run_replicates
from spsim.model import simulation as simulation_module
from spsim.model import step as step_module
from spsim.model.record import Record
from spsim.model.simulation import Simulation
from spsim.model.world import World

SMALL: dict[str, Any] = {"citizens": 200, "elites": 6, "pipeline_agents": 1}


def _scenario(text: str = "", **overrides: Any) -> Scenario:
    base = f"schema: 1\nname: small\ntitle: A small run\nextends: baseline\n{text}"
    return load_text(base, overrides={**SMALL, "start": "2016-01", "end": "2018-03", **overrides}).scenario


def _arrays(record: Record) -> dict[str, np.ndarray]:
    """Return every array of a record by name."""
    out: dict[str, np.ndarray] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            out[field.name] = value
        elif field.name != "terms":
            out |= {f"{field.name}/{group}": array for group, array in value.items()}
    return out


def _digest(*records: Record) -> str:
    """Return a fingerprint of all bytes of records."""
    digest = hashlib.sha256()
    for record in records:
        for name, array in sorted(_arrays(record).items()):
            digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
        digest.update(repr(record.terms).encode())
    return digest.hexdigest()


def _tables(scenario: Scenario) -> dict[str, pd.DataFrame]:
    return Tabulator(scenario, [Simulation(scenario).run()]).tables()


# random parameters ----------------------------------------------------------------------------------------------------


def _drawn(prior: Prior, default: float, low: float, high: float, rng: np.random.Generator) -> float:
    below, above = prior.interval(default)
    return float(np.clip(rng.uniform(below, above), low, high))


def _random_parameters(seed: int) -> dict[str, Any]:
    """Return a value from its prior for every number of every parameter."""
    rng = np.random.default_rng(seed)
    out: dict[str, Any] = {}
    for name, (_, _, default, facts) in parameter_table().items():

        def value(number: float, power: str = "", f: Any = facts) -> float:
            return _drawn(f.prior_of(power), number, f.low, f.high, rng)

        if facts.shape == "one":
            out[name] = value(default)
        elif facts.shape == "country":
            out[name] = {code: value(number) for code, number in default.items()}
        elif facts.shape == "power":
            out[name] = {power: value(number, power) for power, number in default.items()}
        else:
            out[name] = {
                power: {code: value(number, power) for code, number in row.items()} for power, row in default.items()
            }
    return {name: item for name, item in out.items() if item != {}}


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from(["2004-01", "2016-01", "2021-01"]))
def test_every_run_is_sound_all_over_the_priors(seed: int, start: str) -> None:
    """Bounds, head-counts and the accounts of what moved opinion hold for parameters drawn from their priors."""
    overrides = {**_random_parameters(seed), "start": start, "end": f"{int(start[:4]) + 1}-06", "seed": seed % 1000}
    scenario = load("baseline", {**SMALL, **overrides}).scenario
    simulation = Simulation(scenario)
    world, first = simulation.world, simulation.world.state.pipeline.stocks.sum(axis=-1)
    while not simulation.finished:
        simulation.advance()
        state, year = world.state, world.clock.year(simulation.step_number)
        assert np.abs(state.affect).max() <= 1
        assert np.abs(state.elites.alignment).max() <= 1
        heads = np.bincount(world.people.country, weights=state.weight)
        np.testing.assert_allclose(heads, world.adults(year), rtol=1e-10)
        assert (state.weight >= 0).all()
        assert (state.pipeline.stocks >= 0).all()
        kept = state.pipeline.stocks.sum(axis=-1) + state.pipeline.left
        np.testing.assert_allclose(state.pipeline.entries + first, kept, rtol=1e-9)
    _shares_are_shares(scenario, simulation.record)
    _contributions_add_up(simulation.record)


def _shares_are_shares(scenario: Scenario, record: Record) -> None:
    tables = Tabulator(scenario, [record]).tables()
    shares = {
        "opinion": ["approval", "disapproval", "no_opinion"],
        "generations": ["approval"],
        "country": ["openness", "opacity", "press", "protest_share", "heritage"],
        "country_power": ["dependence", "foreign_labour_share", "placement_rate", "job_belief"],
        "channels": ["reach"],
    }
    for name, columns in shares.items():
        values = tables[name][columns].to_numpy()
        values = values[~np.isnan(values)]
        assert values.min() >= 0, name
        assert values.max() <= 1 + 1e-12, name
    answers = tables["opinion"][["approval", "disapproval", "no_opinion"]].sum(axis=1)
    np.testing.assert_allclose(answers, 1, atol=1e-9)
    for name, column in (("opinion", "affect"), ("generations", "affect")):
        assert tables[name][column].abs().max() <= 1 + 1e-12
    assert (tables["country_power"]["threat"] >= 0).all()


def _contributions_add_up(record: Record) -> None:
    countries = record.country.shape[1]
    for g, group in enumerate(("public", "elite")):
        change = np.diff(record.opinion[:, g, :countries, :, 0], axis=0)
        moved = record.contributions[group][1:].sum(axis=-1)
        np.testing.assert_allclose(moved, change, atol=1e-6)


def test_contributions_add_up_across_turns_of_years_in_the_baseline() -> None:
    """Also where generations change, events strike and a lever makes heritage fade."""
    record = Simulation(_scenario(heritage_fade=0.1, end="2023-12")).run()
    _contributions_add_up(record)
    turnover = record.contributions["public"][..., -1]
    assert np.abs(turnover[12::12]).max() > 1e-4, "generations change in January"


# chance ---------------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    """Chance is the seed's and nobody else's."""
    one = _digest(Simulation(_scenario(seed=5)).run())
    assert one == _digest(Simulation(_scenario(seed=5)).run())
    assert one != _digest(Simulation(_scenario(seed=6)).run())
    assert one != _digest(Simulation(_scenario(seed=5), 1).run())


def test_a_replicate_does_not_depend_on_how_many_there_are() -> None:
    """Replicate 1 of two is replicate 1 of three, and differs from replicate 0."""
    few = run_replicates(_scenario(replicates=2, end="2017-03"), 1)
    many = run_replicates(_scenario(replicates=3, end="2017-03"), 1)
    assert [_digest(record) for record in few] == [_digest(record) for record in many[:2]]
    assert len({_digest(record) for record in many}) == 3


def test_one_worker_and_two_give_the_same_bytes() -> None:
    """Processes change nothing but the time."""
    scenario = _scenario(replicates=2, end="2016-06", countries=["KZ"])
    assert _digest(*run_replicates(scenario, 1)) == _digest(*run_replicates(scenario, 2))


def test_the_hash_seed_of_python_does_not_matter() -> None:
    """Sets and dictionaries of names decide nothing."""
    program = textwrap.dedent("""
        import sys
        sys.path.insert(0, sys.argv[1])
        from test_runs_properties import _digest, _scenario
        from spsim.model.simulation import Simulation
        print(_digest(Simulation(_scenario(end="2017-02")).run()))
    """)
    here = os.path.dirname(os.path.abspath(__file__))
    found = {
        subprocess.run(
            [sys.executable, "-c", program, here],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "4242")
    }
    assert found == {_digest(Simulation(_scenario(end="2017-02")).run()) + "\n"}


# interventions --------------------------------------------------------------------------------------------------------

PERIOD = {"start": "2025-01", "end": "2027-03"}
TARGETS = {
    "scholarships": 5.0,
    "seats": 0.001,
    "adaptation": 1.0,
    "adaptive_allocation": 1.0,
    "openness": 0.6,
    "local_hiring_floor": 0.99,
    "contract_transparency": 1.0,
    "moratorium": 1.0,
    "heritage_fade": 0.2,
    "heritage_transmission": 0.9,
    "opacity": 0.1,
    "foreign_labour_share": 0.5,
}
"""What each lever is moved to; factors and shares that are not listed go to 0."""


@pytest.fixture(scope="module")
def untouched() -> dict[str, pd.DataFrame]:
    return _tables(_scenario(**PERIOD, chinese_speakers=0.3))


@pytest.mark.parametrize("name", sorted(LEVERS))
def test_a_lever_changes_what_comes_after_it_and_nothing_before(name: str, untouched: dict[str, pd.DataFrame]) -> None:
    """Pulled from 2026, every table is the same to the last bit up to 2025-12, and some row differs afterwards."""
    lever = LEVERS[name]
    power = ", power: CN" if lever.by_power else ""
    hold = ", hold: true" if lever.kind == "pin" else ""
    text = f"levers:\n  - {{lever: {name}, to: {TARGETS.get(name, 0.0)}, from: 2026-01{power}{hold}}}\n"
    pulled = _tables(_scenario(text, **PERIOD, chinese_speakers=0.3))
    later_differs = False
    for table, before in untouched.items():
        after = pulled[table]
        if "date" not in before:
            continue
        early = before["date"] <= "2025-12-01"
        pd.testing.assert_frame_equal(before[early], after[early], check_exact=True)
        later_differs |= not before[~early].equals(after[~early])
    assert later_differs


def test_an_event_outside_the_period_changes_nothing() -> None:
    """Neither one that is over nor one that is to come."""
    text = """
events:
  - {name: past, kind: threat, powers: [CN], size: 2, from: 2010-01, to: 2015-12}
  - {name: future, kind: memory, powers: [RU], size: 0.5, from: 2040-01, to: 2040-06}
"""
    assert _digest(Simulation(_scenario(text)).run()) == _digest(Simulation(_scenario()).run())
    inside = text.replace("2015-12", "2016-01")
    assert _digest(Simulation(_scenario(inside)).run()) != _digest(Simulation(_scenario()).run())


def test_dropping_countries_leaves_the_others_as_they_were() -> None:
    """Rows of the countries that stay are the same to the last bit, in another order too."""
    everything = _arrays(Simulation(_scenario()).run())
    some = _arrays(Simulation(_scenario(countries=["UZ", "KG"])).run())
    axis = {"opinion": 2, "divergence": 1}
    for name, array in everything.items():
        which = axis.get(name, 1)
        kept = np.take(array, [4, 1], axis=which)
        fewer = np.take(some[name], [0, 1], axis=which)
        np.testing.assert_array_equal(kept, fewer, err_msg=name)


def test_a_power_without_budget_or_parameters_leaves_the_others_as_they_were() -> None:
    """Türkiye is added and does nothing: the rows of China and Russia stay as they were."""
    two = Simulation(_scenario()).run()
    three = Simulation(_scenario(powers=["CN", "RU", "TR"])).run()
    np.testing.assert_allclose(three.opinion[:, :, :, :2], two.opinion, atol=1e-9)
    np.testing.assert_allclose(three.country_power[:, :, :2], two.country_power, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(three.country, two.country, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(three.cohorts[:, :, :2], two.cohorts, rtol=1e-9, atol=1e-9)
    assert not three.country_power[:, :, 2, :3].any(), "no threat, no capital, no dependence"
    assert not three.country_power[:, :, 2, 4:9].any(), "no students"
    assert np.abs(three.opinion[:, 0, :, 2, 0]).max() < 0.3


# order ----------------------------------------------------------------------------------------------------------------


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, context)}


def _permuted_step(rng: np.random.Generator) -> Callable[[World, int], step_module.Report]:
    """Return ``step`` with the lines that only read the state in another order that their results allow."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(step_module.step)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    head, body = function.body[:1], function.body[1:]
    writing = next(i for i, line in enumerate(body) if isinstance(line, ast.Expr))
    waiting, rest, ordered = body[:writing], body[writing:], []
    made = _names(function.args, ast.Load) | {argument.arg for argument in function.args.args}
    local = {name for line in waiting for name in _names(line, ast.Store)}
    while waiting:
        ready = [line for line in waiting if not (_names(line, ast.Load) & local) - made]
        chosen = ready[rng.integers(len(ready))]
        waiting.remove(chosen)
        ordered.append(chosen)
        made |= _names(chosen, ast.Store)
    function.body = [*head, *ordered, *rest]
    space = dict(vars(step_module))
    exec(compile(ast.fix_missing_locations(tree), "permuted step", "exec"), space)
    return space["step"]  # type: ignore[no-any-return]


def test_the_order_of_the_lines_that_read_the_state_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """All right-hand sides are taken at t: permuting the middle of a step gives the same bytes."""
    scenario = _scenario(end="2017-03", start="2016-01")
    expected = _digest(Simulation(scenario).run())
    orders = set()
    for seed in range(4):
        permuted = _permuted_step(np.random.default_rng(seed))
        monkeypatch.setattr(simulation_module, "step", permuted)
        orders.add(permuted.__code__.co_code)
        assert _digest(Simulation(scenario).run()) == expected
    assert len(orders) > 1, "the orders did differ"
