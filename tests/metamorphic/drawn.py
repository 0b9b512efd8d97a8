"""Small runs with parameters drawn from their priors, and the comparison of what they print."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import xarray as xr
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spsim.config import Scenario, load_text, parameter_table
from spsim.data import COUNTRIES, REGION
from spsim.experiments.priors import draw
from spsim.model import record as rec
from spsim.model.population import COHORTS
from spsim.model.simulation import Simulation

SMALL: dict[str, Any] = {"citizens": 200, "elites": 6, "pipeline_agents": 1, "countries": ["KZ", "KG"]}
FIRST_YEARS = (2004, 2016, 2021)
"""A quiet start, the years of land protests and internments, the years of war, closed borders and projections."""

PERSONS = ("adults", "weight", "students", "returnees", "employed", "ceiling", "disappointed")
"""Columns that count persons."""

SEARCH = 1e-3
"""Affect to which the model seeks the start of those who turn eighteen.

It stops when the last of a country's newcomers, towards the last of the powers, has come to rest to this precision, so
what concerns one power or nobody at all decides when it stops for the others. Relations that hold to the bit within a
calendar year hold to this from one generation to the next.
"""

LINEAR: dict[str, Any] = {
    "media_strength": 0.0,
    "culture_strength": 0.0,
    "demonstration_strength": {"CN": 0.0, "RU": 0.0},
    # nobody is near the ends of the scale
    "noise": 0.05,
    "idiosyncratic_spread": 0.1,
    "heritage_weight": {"CN": -0.1, "RU": 0.1},
    "threat_weight": {"CN": 0.1, "RU": 0.0},
    "war_memory": dict.fromkeys(COUNTRIES, 0.2),
    # neither the street nor the choice of studies nor secrecy asks where on the scale people stand
    "dislike_weight": {"CN": 0.0, "RU": 0.0},
    "demand_affect": 0.0,
    "opacity_gap": 0.0,
}
"""Settings under which opinion is linear, with nobody who broadcasts."""

Found = dict[str, xr.DataArray]
"""What a run records: table.column -> array with named axes."""


def drawn_parameters(seed: int) -> dict[str, Any]:
    """Return a value from its prior for every number of every parameter, also of mechanisms that are off by default."""
    return draw(seed, 0, parameter_table())


def whatever(examples: int = 6) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test with some seeds; each draws all parameters, a period and the chances of the run.

    A smaller seed is no simpler case, so a seed that fails is not made smaller.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        tried = settings(max_examples=examples, phases=(Phase.explicit, Phase.generate))
        return tried(given(seed=st.integers(0, 2**32 - 1))(test))

    return decorate


def scenario(seed: int, text: str = "", *, first: int | None = None, events: bool = True, **overrides: Any) -> Scenario:
    """Return a small scenario of two years and a quarter with the parameters that ``seed`` draws.

    Args:
        seed: draws the parameters, the period and the run's own seed.
        text: levers and events; here and in overrides ``Y0`` is the first year, ``Y1`` the second, and so on.
        first: the first year, if the period is not to be drawn.
        events: whether the dated events of the baseline happen.
        overrides: what is not drawn; a lever acts from the first month.
    """
    year = FIRST_YEARS[seed % len(FIRST_YEARS)] if first is None else first
    extends = "extends: baseline\n" if events else ""
    period = {"start": "Y0-01", "end": "Y2-03", "seed": seed % 1000}
    settings = {**SMALL, **period, **drawn_parameters(seed), **overrides}

    def dated(value: Any) -> Any:
        return re.sub(r"\bY(\d)", lambda at: str(year + int(at[1])), value) if isinstance(value, str) else value

    return load_text(
        f"schema: 1\nname: drawn\ntitle: Drawn from the priors\n{extends}{dated(text)}",
        overrides={name: dated(value) for name, value in settings.items()},
    ).scenario


def found(of: Scenario | Simulation) -> Found:
    """Return what a run records, after running it to its end."""
    simulation = of if isinstance(of, Simulation) else Simulation(of)
    record, world = simulation.run(), simulation.world
    country, power = ("country", list(world.countries)), ("power", list(world.powers))
    region, cohort = ("country", [*world.countries, REGION]), ("cohort", list(COHORTS))
    tables = {
        "opinion": ([("group", list(rec.GROUPS)), region, power], rec.OPINION),
        "cohorts": ([country, power, cohort], rec.COHORT),
        "divergence": ([region, power], rec.DIVERGENCE),
        "country": ([country], rec.COUNTRY),
        "country_power": ([country, power], rec.COUNTRY_POWER),
    }
    dates = ("date", [world.clock.text(step) for step in range(world.clock.steps + 1)])
    out = {
        f"{table}.{column}": xr.DataArray(getattr(record, table)[..., k], [dates, *axes])
        for table, (axes, columns) in tables.items()
        for k, column in enumerate(columns)
    }
    for name in ("protest_slope", "upper_share", "loop_gain"):
        out[f"country.{name}"] = xr.DataArray(getattr(record, name), [dates, country])
    for group in rec.GROUPS:
        axes = [dates, country, power, ("channel", [channel for _, channel in record.terms[group]])]
        out[f"{group}.contribution"] = xr.DataArray(record.contributions[group], axes)
        out[f"{group}.reach"] = xr.DataArray(record.reach[group], axes)
    return out


def run(seed: int, text: str = "", **overrides: Any) -> Found:
    """Return what a small run records; see :func:`scenario`."""
    return found(scenario(seed, text, **overrides))


def only(runs: Found, *names: str, **where: str | Sequence[str]) -> Found:
    """Return the rows with the given keys, of the columns named (by default of all columns that have these keys)."""
    chosen = {
        name: column.sel({key: [value] if isinstance(value, str) else list(value) for key, value in where.items()})
        for name, column in runs.items()
        if (not names or name in names) and set(where) <= set(column.dims)
    }
    assert chosen and set(names) <= set(chosen)
    return chosen


def assert_same(one: Found, other: Found, *, within: float = 0.0, but: Collection[str] = ()) -> None:
    """Assert that two runs record the same, to the bit or within a tolerance; rows may stand in another order.

    Args:
        one: what a run records.
        other: what another run records; the same rows.
        within: relative and absolute tolerance.
        but: columns that may differ.
    """
    assert one.keys() == other.keys()
    for name in one.keys() - set(but):
        here, there = one[name], other[name]
        assert here.dims == there.dims
        assert all(set(here[key].values) == set(there[key].values) for key in here.dims), name
        there = there.sel({key: here[key].values for key in here.dims})
        np.testing.assert_allclose(there.values, here.values, rtol=within, atol=within, err_msg=name)


def differ(one: Found, other: Found, name: str) -> bool:
    """Tell whether a column differs by more than rounding somewhere."""
    return not np.allclose(one[name], other[name], rtol=1e-6, atol=1e-6, equal_nan=True)
