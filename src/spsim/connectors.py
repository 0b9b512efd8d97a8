"""Doors to other tools: the model as an ``ema_workbench`` Model, as a SALib problem, and for ``mesa.batch_run``.

Bounds, priors and names come from the schema, so nothing is said twice. The other libraries are imported when they are
needed; ``pip install "spsim[sensitivity]"`` brings SALib and ema-workbench.
"""

# ruff: noqa: ANN401 - the objects of ema_workbench and SALib are untyped
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spsim.analysis.outcomes import OUTCOMES
from spsim.api.running import load
from spsim.config import LEVERS, ConfigError, Place, Problem, Resolved, RunSettings, SetupError, parameter_table
from spsim.config.errors import listed, nearest
from spsim.config.merging import words
from spsim.config.parameters import leaves
from spsim.config.provenance import Prior
from spsim.data import REGION
from spsim.experiments.priors import drawn_parameters
from spsim.experiments.sensitivity.factors import unheard
from spsim.experiments.sweeps.points import leaf
from spsim.experiments.workers import Workers, run_tasks
from spsim.model.simulation import Simulation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Source = Resolved | str | Path
Bounds = Mapping[str, tuple[float, float]] | Sequence[str]
"""Keys with their bounds, or keys alone, which take those of the schema."""

SHARE = 0.05
"""An ema_workbench parameter runs from the 5 % to the 95 % quantile of its prior."""


def prior_keys(scenario: Source = "baseline") -> list[str]:
    """Return every parameter value with a prior, such as ``threat_decay`` and ``threat_weight.CN``.

    Values that nothing hears in the scenario are left out, and so are those of which the others follow one in
    proportion.
    """
    chosen = _resolved(scenario).scenario
    parameters, silent = chosen.parameters, unheard(chosen)
    found = []
    for name in drawn_parameters():
        if name in silent:
            continue
        facts = parameter_table()[name][3]
        for path, _ in leaves(getattr(parameters, name)) if not facts.in_proportion else ():
            key = ".".join((name, *path))
            low, high = _prior(key)[0].interval(_default(key))
            if low < high:
                found.append(key)
    return found


# running at other values ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evaluation:
    """What is read off runs of a scenario at other values: outcomes as means over years and replicates.

    Calling it with keys and values runs the scenario there. It can be sent to other processes.
    """

    scenario: Resolved
    outcomes: tuple[str, ...]
    years: tuple[int, ...]
    country: str

    @cached_property
    def columns(self) -> list[tuple[str, str]]:
        """The outcomes with their powers; empty where an outcome has none."""
        powers = self.scenario.scenario.run.powers
        return [(name, power) for name in self.outcomes for power in (powers if OUTCOMES[name].by_power else [""])]

    @property
    def names(self) -> list[str]:
        """The columns as Python names: ``approval_CN``, ``protest_events``."""
        return [f"{name}_{power}" if power else name for name, power in self.columns]

    def __call__(self, values: Mapping[str, Any]) -> dict[str, float]:
        """Return the columns at these values: key -> value.

        Raises:
            ConfigError: the values are not allowed.
        """
        scenario = self.scenario.with_(values).scenario
        shorter = scenario.run.model_copy(update={"end": min(scenario.run.end, f"{self.years[-1]}-12")})
        scenario = scenario.model_copy(update={"run": shorter})
        at = [*scenario.run.countries, REGION].index(self.country)
        powers = list(scenario.run.powers)
        found = dict.fromkeys(self.names, 0.0)
        for replicate in range(scenario.run.replicates):
            record = Simulation(scenario, replicate).run()
            for name, (outcome, power) in zip(self.names, self.columns, strict=True):
                means = OUTCOMES[outcome].yearly(record, scenario, self.years).mean(axis=0)[at]
                found[name] += float(means[powers.index(power)] if power else means) / scenario.run.replicates
        return found


def evaluation(
    scenario: Source, outcomes: Sequence[str], years: tuple[int, int] | int | None = None, country: str = REGION
) -> Evaluation:
    """Return what reads outcomes off runs of a scenario.

    Args:
        scenario: a name, a path, or what :func:`spsim.load` returned; its replicates are averaged.
        outcomes: names of outcomes.
        years: first and last year, or one year, over which they are averaged; the last year of the run if not given.
        country: a country, or the region.

    Raises:
        ConfigError: with every name that is not known, and years that are not in the run.
    """
    chosen = _resolved(scenario)
    run = chosen.scenario.run
    first, last = int(run.start[:4]), int(run.end[:4])
    period = (last, last) if years is None else (years, years) if isinstance(years, int) else years
    places = [*run.countries, REGION]
    place = Place("connectors")
    problems = [
        Problem(place, "outcomes", f"there is no outcome {name!r}", listed(OUTCOMES, 40), nearest(str(name), OUTCOMES))
        for name in outcomes if name not in OUTCOMES
    ]
    if country not in places:
        problems.append(Problem(place, "country", f"got {country!r}", listed(places), nearest(str(country), places)))
    if not first <= period[0] <= period[1] <= last:
        allowed = f"years from {first} to {last}, the first one first"
        problems.append(Problem(place, "years", f"got {period[0]} to {period[1]}", allowed))
    if problems:
        raise ConfigError(problems)
    return Evaluation(chosen, tuple(outcomes), tuple(range(period[0], period[1] + 1)), country)


# ema_workbench --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Function:
    """An evaluation as ema_workbench calls it: with Python names, and the values as keyword arguments."""

    evaluate: Evaluation
    keys: Mapping[str, str]
    __name__ = "spsim"

    def __call__(self, **values: float) -> dict[str, float]:
        return self.evaluate({self.keys[name]: float(value) for name, value in values.items()})


def ema_model(
    scenario: Source, uncertainties: Bounds | None = None, levers: Bounds = (), *, outcomes: Sequence[str],
    years: tuple[int, int] | int | None = None, country: str = REGION, name: str = "spsim",
) -> Any:
    """Return a scenario as an ``ema_workbench.Model``.

    Names are keys with ``_`` for the dot, as ema_workbench wants Python names: ``threat_weight_CN``, ``approval_RU``.

    Args:
        scenario: a name, a path, or what :func:`spsim.load` returned; its replicates are averaged.
        uncertainties: parameter keys, from the 5 % to the 95 % quantile of their priors, or keys with their bounds; all
            of :func:`prior_keys` if not given.
        levers: lever keys such as ``investment.CN``, with the bounds of the register, or keys with their bounds.
        outcomes: names of outcomes, each a ``ScalarOutcome`` for each power.
        years: years over which they are averaged; the last one if not given.
        country: a country, or the region.
        name: of the model.

    Raises:
        ConfigError: with every name that is not known.
        SetupError: ema_workbench is not installed.
    """
    try:
        from ema_workbench import Model, RealParameter, ScalarOutcome
    except ImportError:
        raise SetupError('ema_workbench is not installed; pip install "spsim[sensitivity]"') from None

    reads = evaluation(scenario, outcomes, years, country)
    unknown = prior_keys(reads.scenario) if uncertainties is None else uncertainties
    ranges = {"uncertainties": _ranges(unknown, SHARE), "levers": _ranges(levers, 0.0)}
    _check_keys(reads.scenario, {**ranges["uncertainties"], **ranges["levers"]})
    names = {key: key.replace(".", "_") for found in ranges.values() for key in found}
    model = Model(name, function=_Function(reads, {python: key for key, python in names.items()}))
    for role, found in ranges.items():
        setattr(model, role, [RealParameter(names[key], low, high) for key, (low, high) in found.items()])
    model.outcomes = [ScalarOutcome(each) for each in reads.names]
    return model


# SALib ----------------------------------------------------------------------------------------------------------------


def salib_problem(keys: Bounds | None = None) -> dict[str, Any]:
    """Return a SALib problem: names, bounds and distributions of parameters and levers.

    Each prior becomes SALib's ``unif`` or ``logunif`` on its support, cut to what a scenario may use; levers are
    uniform.

    Args:
        keys: keys of parameters and levers, or keys with bounds, which are uniform then; all of :func:`prior_keys` if
            not given.

    Raises:
        ConfigError: with every key that is not known or has no range.
    """
    given = prior_keys() if keys is None else keys
    ranges = _ranges(given, 0.0)
    _check_keys(load("baseline"), ranges)
    own = not isinstance(given, Mapping)
    return {
        "num_vars": len(ranges),
        "names": list(ranges),
        "bounds": [list(bounds) for bounds in ranges.values()],
        "dists": ["logunif" if own and _is_log(key) else "unif" for key in ranges],
    }


def evaluate(
    scenario: Source, problem: Mapping[str, Any], sample: Floats, outcomes: Sequence[str] | str, *,
    years: tuple[int, int] | int | None = None, country: str = REGION, workers: Workers = None,
) -> dict[str, Floats]:
    """Run a scenario at each row of a sample, all with the same draws.

    Args:
        scenario: a name, a path, or what :func:`spsim.load` returned; its replicates are averaged.
        problem: what :func:`salib_problem` returned.
        sample: values of the problem's names, [rows, names], as SALib samples them.
        outcomes: one or several names of outcomes.
        years: years over which they are averaged; the last one if not given.
        country: a country, or the region.
        workers: processes, or an executor; the result does not depend on it.

    Returns:
        ``approval_CN`` -> [rows], ready for SALib's ``analyze``.

    Raises:
        ConfigError: a name is not known, or a row has values that are not allowed.
    """
    import numpy as np

    reads = evaluation(scenario, [outcomes] if isinstance(outcomes, str) else outcomes, years, country)
    rows = [dict(zip(problem["names"], map(float, row), strict=True)) for row in np.asarray(sample)]
    found = {name: np.full(len(rows), np.nan) for name in reads.names}

    def receive(number: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            found[name][number] = value

    run_tasks(_one_row, (reads, rows), range(len(rows)), receive, workers)
    return found


def _one_row(shared: tuple[Evaluation, Sequence[Mapping[str, float]]], number: int) -> dict[str, float]:
    reads, rows = shared
    return reads(rows[number])


# mesa.batch_run -------------------------------------------------------------------------------------------------------


def mesa_parameters(
    vary: Mapping[str, Iterable[Any]] | Sequence[str], *, scenario: Source = "baseline", replicates: int = 1,
    values: int = 3, **settings: Any,
) -> dict[str, Any]:
    """Return the parameters of ``mesa.batch_run(SoftPowerModel, ...)``: every combination of values and replicates.

    Replicates are a parameter of the model, so that they differ, share their draws between combinations, and are those
    of ``spsim.run``; leave ``iterations`` (Mesa 3.3) and ``rng`` (Mesa 3.5) of ``batch_run`` alone. A model stops at
    the end of its scenario; give ``max_steps`` at least as many steps. Mesa 3.3 reports the row before the last one;
    Mesa 3.5 the last one, once for each public and elite (one a run: ``drop_duplicates("RunId")``).

    Args:
        vary: keys with their values; or keys alone, which take ``values`` quantiles of their prior or bounds.
        scenario: a name, a path, or what :func:`spsim.load` returned.
        replicates: number of replicates.
        values: how many values a key takes that comes without any.
        settings: run settings that all share, such as ``citizens=1000``.

    Raises:
        ConfigError: with every mistake in the keys and settings.
    """
    chosen = _resolved(scenario).with_(settings)
    if isinstance(vary, Mapping):
        wanted = {key: list(found) for key, found in vary.items()}
        for key, several in wanted.items():
            for value in several:
                chosen.with_({key: value})  # says what is wrong before anything has been run
    else:
        ranges = _ranges(vary, SHARE)
        _check_keys(chosen, ranges)
        wanted = {}
        for key, (low, high) in ranges.items():
            prior = Prior("loguniform" if _is_log(key) else "uniform", low, high)
            wanted[key] = [prior.quantile(n / max(values - 1, 1), 0.0) for n in range(values)]
    # batch_run tries each element of an iterable, so the scenario stands alone in a list
    return {"source": [chosen], "replicate": list(range(replicates)), **wanted}


# keys and their ranges ------------------------------------------------------------------------------------------------


def _resolved(scenario: Source) -> Resolved:
    return scenario if isinstance(scenario, Resolved) else load(scenario)


def _prior(key: str) -> tuple[Prior, float, float]:
    """Return the prior of a parameter's value, and the bounds that a scenario may use."""
    head, *rest = words(key)
    facts = parameter_table()[head][3]
    return facts.prior_of(*rest), facts.low, facts.high


def _default(key: str) -> float:
    head, *rest = words(key)
    return float(leaf(parameter_table()[head][2], rest))


def _is_log(key: str) -> bool:
    """Tell whether the prior of a key is log-uniform on positive numbers."""
    if words(key)[0] not in parameter_table():
        return False
    prior = _prior(key)[0]
    return prior.kind in {"loguniform", "factor"} and prior.interval(_default(key))[0] > 0


def _ranges(keys: Bounds, share: float) -> dict[str, tuple[float, float]]:
    """Return the bounds of keys: those given, quantiles of a prior (``share``, 1 - ``share``), or those of a lever.

    Raises:
        ConfigError: with every key that is not known or has no range.
    """
    if isinstance(keys, Mapping):
        return {key: (float(low), float(high)) for key, (low, high) in keys.items()}
    problems: list[Problem] = []
    found = {key: _range(key, share, problems) for key in ([keys] if isinstance(keys, str) else keys)}
    if problems:
        raise ConfigError(problems)
    return found


def _range(key: str, share: float, problems: list[Problem]) -> tuple[float, float]:
    head, *rest = words(key)
    if head in LEVERS:
        return LEVERS[head].low, LEVERS[head].high
    place = Place("connectors")
    if head not in parameter_table():
        known = [name for name in (*parameter_table(), *LEVERS) if name not in RunSettings.model_fields]
        problems.append(Problem(place, key, "there is no such key", "a parameter or lever", nearest(head, known)))
        return 0.0, 0.0
    default = leaf(parameter_table()[head][2], rest)
    if not isinstance(default, int | float):
        problems.append(Problem(place, key, "is not one value", f"a key below it, such as {_first_key(head)}"))
        return 0.0, 0.0
    prior, least, most = _prior(key)
    low, high = (min(max(prior.quantile(each, default), least), most) for each in (share, 1 - share))
    if not low < high:
        problems.append(Problem(place, key, "has no prior: it is fixed, or silent by default", "key -> (low, high)"))
    return float(low), float(high)


def _first_key(head: str) -> str:
    return ".".join((head, *leaves(parameter_table()[head][2])[0][0]))


def _check_keys(scenario: Resolved, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Try each key at both of its bounds.

    Raises:
        ConfigError: with every mistake found.
    """
    problems: dict[Problem, None] = {}
    for key, bounds in ranges.items():
        for value in bounds:
            try:
                scenario.with_({key: value})
            except ConfigError as error:
                problems |= dict.fromkeys(error.problems)
    if problems:
        raise ConfigError(problems)
