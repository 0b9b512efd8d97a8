"""Runs the worlds of a case and tells which of its statements are false."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from case_files import OUTCOMES, Case, Line, Statement, table_of

from spsim.analysis.tables import Tabulator
from spsim.config import ConfigError, Place, Problem, Scenario
from spsim.config.errors import listed, nearest
from spsim.experiments.replicates import run_replicates

POINTS = {"approval", "disapproval", "no_opinion"}
"""Outcomes in points, 0 to 100; the tables hold shares."""

TOTALS = {"contribution", "protest_events"}
"""Outcomes whose months are added up over a year; of all others a year has its mean."""

SAME = 1e-9
"""Relative difference below which two numbers are the same."""

_runs: dict[str, dict[str, pd.DataFrame]] = {}


def tables(scenario: Scenario) -> dict[str, pd.DataFrame]:
    """Return the tables of a scenario, which is run once only."""
    key = scenario.model_dump_json(exclude={"name", "title", "question", "changes", "lineage"})
    if key not in _runs:
        _runs[key] = Tabulator(scenario, run_replicates(scenario, workers=1)).tables()
    return _runs[key]


def false_statements(case: Case) -> list[str]:
    """Return what each false statement of a case says and what is true instead.

    Raises:
        ConfigError: a statement looks at something that its world does not have.
    """
    return [found for line in case.then for found in _false(case, line)]


def value(scenario: Scenario, where: Mapping[str, Any], place: Place) -> float:
    """Return one outcome in one year of a world, the mean over replicates."""
    name = table_of(where)
    table, outcome = tables(scenario)[name], where["outcome"]
    chosen = table[table["date"].dt.year == where["year"]]
    years = sorted(set(table["date"].dt.year))
    if chosen.empty:
        raise _nothing(place, "year", where["year"], [f"{years[0]} to {years[-1]}"])
    for key in OUTCOMES[name][0]:
        known = [str(code) for code in chosen[key].unique()]
        wanted = where.get(key, _only(scenario, key))
        if wanted not in known:
            raise _nothing(place, key, wanted, known)
        chosen = chosen[chosen[key] == wanted]
    if outcome == "contribution_per_person":
        replicates = chosen["replicate"].nunique()
        reach = chosen["reach"].mean()
        found = chosen["contribution"].sum() / replicates / reach if reach else math.nan
    elif outcome in TOTALS:
        found = chosen[outcome].sum(min_count=1) / chosen["replicate"].nunique()
    else:
        found = chosen[outcome].mean() * (100 if outcome in POINTS else 1)
    if not math.isfinite(found):
        raise ConfigError([Problem(place, outcome, f"has no value here: {_named(where)}")])
    return float(found)


def _only(scenario: Scenario, key: str) -> str:
    """Return what is meant where a statement does not say it: the public, or the only country."""
    countries = scenario.run.countries
    return "public" if key == "group" else countries[0] if key == "country" and len(countries) == 1 else ""


def _nothing(place: Place, key: str, wanted: object, known: list[str]) -> ConfigError:
    said = f"got {wanted!r}, which this world does not have" if wanted else "is missing"
    return ConfigError([Problem(place, key, said, listed(known, 40), nearest(str(wanted), known))])


def _named(where: Mapping[str, Any]) -> str:
    return ", ".join(str(part) for part in where.values())


def _false(case: Case, line: Line) -> Iterator[str]:
    """Yield what is false of a statement, country by country."""
    countries = line.statement.country
    for country in countries if isinstance(countries, list) else [countries]:
        world = case.when or case.given
        where = {**line.statement.named(), "country": country}
        where.setdefault("year", int(world.run.end[:4]))
        if country is None:
            del where["country"]
        if found := _verdict(case, world, where, line):
            yield f"{line.place}: {_named(where)}: {found}"


def _verdict(case: Case, world: Scenario, where: dict[str, Any], line: Line) -> str:
    """Return what is false of a statement about one place and year; empty if it is true."""
    statement, place = line.statement, line.place
    now = value(world, where, place)
    if statement.is_ is not None:
        return "" if _same(now, statement.is_, statement.within) else f"is {now:.6g} and not {statement.is_:g}"
    if statement.change:
        since = statement.since
        before = value(world, {**where, "year": since}, place) if since else value(case.given, where, place)
        told = f"{before:.6g} in {since}" if since else f"{before:.6g} without what differs"
        if statement.change == "none":
            same = _same(now, before, statement.within)
            return "" if same else f"changes by {now - before:+.3g} from {told}"
        way = 1 if statement.change == "rises" else -1
        return _apart(now, before, way, statement, "rises" if way > 0 else "falls", f"from {told}")
    for way, side in ((1, statement.above), (-1, statement.below)):
        if side is None:
            continue
        other = value(world, {**where, **side}, place) if isinstance(side, dict) else side
        told = f"{other:.6g}" + (f" ({_named(side)})" if isinstance(side, dict) else "")
        if found := _apart(now, other, way, statement, "is above" if way > 0 else "is below", told):
            return found
    return ""


def _same(now: float, wanted: float, within: float | None) -> bool:
    return abs(now - wanted) <= (within if within is not None else SAME * max(1.0, abs(wanted)))


def _apart(now: float, other: float, way: int, statement: Statement, does: str, told: str) -> str:
    """Return what is false of a difference: that it goes the other way, that it is too small or too large."""
    margin = way * (now - other)
    least, most = statement.by_at_least, statement.by_at_most
    if margin <= SAME * max(1.0, abs(other)):
        return f"is {now:.6g}; not true that it {does} {told}"
    if least is not None and margin < least:
        return f"is {now:.6g}: it {does} {told} by {margin:.3g}, not by {least:g} or more"
    if most is not None and margin > most:
        return f"is {now:.6g}: it {does} {told} by {margin:.3g}, not by {most:g} or less"
    return ""
