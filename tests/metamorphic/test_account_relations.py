"""Bounds and accounts that hold in every run: shares are shares, heads are heads, contributions add up."""

from __future__ import annotations

import numpy as np
from drawn import scenario, whatever

from spsim.analysis.tables import Tabulator
from spsim.data import COUNTRIES
from spsim.model.record import Record
from spsim.model.simulation import Simulation


@whatever(15)
def test_every_run_is_sound_all_over_the_priors(seed: int) -> None:
    """Bounds, head-counts and the accounts of what moved opinion hold for parameters drawn from their priors."""
    simulation = Simulation(scenario(seed, countries=list(COUNTRIES), end="Y1-06"))
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
    _shares_are_shares(simulation)
    _contributions_add_up(simulation.record)


def _shares_are_shares(simulation: Simulation) -> None:
    tables = Tabulator(simulation.world.scenario, [simulation.record]).tables()
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


@whatever(3)
def test_contributions_add_up_across_turns_of_years(seed: int) -> None:
    """Also over eight years in which generations change, events strike and a lever makes heritage fade."""
    record = Simulation(scenario(seed, first=2016, end="2023-12", heritage_fade=0.1)).run()
    _contributions_add_up(record)
    turnover = record.contributions["public"][..., -1]
    assert np.abs(turnover[12::12]).max() > 1e-4, "generations change in January"
