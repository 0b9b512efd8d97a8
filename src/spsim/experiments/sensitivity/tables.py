"""What the stages of a sensitivity study find: tables out of the runs of their sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from spsim.analysis import sensitivity as measures
from spsim.analysis.discovery import Box, discover
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import ConfigError, Place, Problem
from spsim.data import REGION
from spsim.experiments.sensitivity.study import Study
from spsim.experiments.sweeps.design import Sweep
from spsim.experiments.sweeps.points import Design, Floats, shares_of
from spsim.experiments.sweeps.store import SweepFolder
from spsim.ground.reading import read_yaml

SURE = 1.96
"""Standard deviations within which 95 % of what chance gives lies."""

Label = tuple[str, str, str]
"""Outcome, power (empty where the outcome has none) and country."""

Seen = Mapping[Label, Floats]
"""What a sweep found: for each label the outcome at each point in each replicate, [points, replicates]."""


def values(runs: pd.DataFrame, design: Sweep) -> dict[Label, Floats]:
    """Return what a sweep of one scenario found.

    Returns:
        (outcome, power, country) -> [points, replicates]; NaN for a run that failed.
    """
    shape = len(design.points), design.design.replicates
    found = {
        (outcome, power, country): np.full(shape, np.nan)
        for outcome in design.design.outcomes
        for power in (design.base(0).run.powers if OUTCOMES[outcome].by_power else [""])
        for country in [*design.base(0).run.countries, REGION]
    }
    for (outcome, power, country), rows in runs.groupby(["outcome", "power", "country"], sort=False):
        _fill(found[str(outcome), str(power), str(country)], rows)
    return found


def _fill(table: Floats, rows: pd.DataFrame) -> None:
    table[rows["point"].to_numpy(), rows["replicate"].to_numpy()] = rows["value"].to_numpy()


def _means(values: Floats) -> Floats:
    """Return the mean over replicates of each point; NaN where one of them failed, whose draws the others lack."""
    return np.asarray(values.mean(axis=1), dtype=np.float64)


def _labelled(tables: list[tuple[Label, pd.DataFrame]]) -> pd.DataFrame:
    """Put tables together, with the outcome, the power and the country of each in front."""
    return pd.concat(
        [table.assign(outcome=o, power=p, country=c)[["outcome", "power", "country", *table.columns]]
         for (o, p, c), table in tables], ignore_index=True,
    )


def one_at_a_time(design: Sweep, seen: Seen) -> pd.DataFrame:
    """Return what each factor changes by itself.

    Returns:
        For each outcome, power, country and factor: ``level`` (the outcome as the scenario is), ``low`` and ``high``
        (values of the factor, or places in the priors of a table), ``at_low`` and ``at_high`` (change of the outcome
        there), and ``low_sign`` and ``high_sign``: "up", "down", "none" (no change), or "undetermined" (replicates
        disagree, or there is one, or chance alone could give as much).
    """
    keys = list(design.varied)
    values_of = design.points.set_index("point")
    tables = []
    for label, found in seen.items():
        changes = found - found[0]
        by_chance = SURE * np.sqrt(2) * measures.noise(found)["left_sd"]  # of a difference of two means
        rows = []
        for n, key in enumerate(keys):
            low, high = 2 * n + 1, 2 * n + 2
            rows.append(
                {"factor": key, "level": found[0].mean(), "low": values_of[key][low], "high": values_of[key][high],
                 "at_low": changes[low].mean(), "at_high": changes[high].mean(),
                 "low_sign": _sign(changes[low], by_chance), "high_sign": _sign(changes[high], by_chance)}
            )
        tables.append((label, pd.DataFrame(rows)))
    return _labelled(tables)


def _sign(changes: Floats, by_chance: float) -> str:
    if np.isnan(changes).any():
        return "undetermined"
    if not changes.any():
        return "none"
    agree = np.all(changes > 0) or np.all(changes < 0)
    # two replicates that show nothing but chance agree half of the time
    if len(changes) == 1 or not agree or not abs(changes.mean()) > by_chance:
        return "undetermined"
    return "up" if changes[0] > 0 else "down"


def screening_table(design: Sweep, seen: Seen) -> pd.DataFrame:
    """Return the Morris measures, and ``relative``: mu* as a share of the largest one of the outcome."""
    shares = shares_of(design.design, len(design.varied))
    tables = []
    for label, found in seen.items():
        table = _morris(design.design, shares, found, list(design.varied))
        largest = table["mu_star"].max()
        table["relative"] = table["mu_star"] / largest if largest > 0 else 0.0
        tables.append((label, table))
    return _labelled(tables)


def _morris(design: Design, shares: Floats, found: Floats, names: list[str]) -> pd.DataFrame:
    chance = np.nan_to_num(measures.noise(found)["left_sd"])
    return measures.morris(shares, _means(found), names, design.seed, float(chance))


def _sobol(design: Design, found: Floats, names: list[str]) -> pd.DataFrame:
    chance = np.nan_to_num(measures.noise(found)["left"])
    return measures.sobol(_means(found), names, design.seed, float(chance))


def important(study: Study, screening: pd.DataFrame) -> tuple[str, ...]:
    """Return the factors that matter most: by the largest of their relative mu* over the outcomes of the study.

    What chance alone would give does not count: where an outcome is moved by nothing else, it ranks nothing.
    """
    panels = set(study.panels)
    here = screening[screening["country"] == study.country]
    here = here[[panel in panels for panel in zip(here["outcome"], here["power"], strict=True)]]
    here = here[here["mu_star"] > here["by_chance"]]
    largest = here.groupby("factor", sort=False)["relative"].max().sort_values(ascending=False, kind="stable")
    return tuple(str(key) for key in largest[largest > 0].index[: study.sizes.top])


def indices_table(design: Sweep | None, seen: Seen) -> pd.DataFrame:
    """Return the Sobol indices of the most important factors."""
    if design is None:
        return _labelled([(("", "", ""), measures.sobol(np.empty(0), [], 0))])  # columns without a row
    return _labelled([(label, _sobol(design.design, found, list(design.varied))) for label, found in seen.items()])


def noise_table(seen: Mapping[str, Seen]) -> pd.DataFrame:
    """Return how much of what each stage sees is chance, by outcome, power and country."""
    return pd.concat(
        [_labelled([(label, pd.DataFrame([measures.noise(found)])) for label, found in of.items()]).assign(stage=stage)
         for stage, of in seen.items()], ignore_index=True,
    )


def discovery(study: Study, design: Sweep | None, seen: Seen, level: float) -> tuple[Box, pd.DataFrame]:
    """Return the conditions under which points are of interest, and the points."""
    target = study.target
    if design is None:
        return Box(0, 0, "no factor moves anything"), pd.DataFrame()
    found = _means(seen[(target.outcome, target.power, study.country)])
    whole = ~np.isnan(found)
    limit = target.limit(level)
    interesting = found >= limit if target.above else found <= limit
    cases = design.points.assign(outcome=found, interesting=interesting)[whole].reset_index(drop=True)
    if target.times and not level > 0:
        return Box(len(cases), 0, f"the outcome is {level:g} as it is: it has no multiple"), cases
    return discover(cases[list(design.varied)], cases["interesting"].to_numpy(dtype=bool)), cases


def analyse(folder: Path) -> pd.DataFrame:
    """Return the Morris measures or Sobol indices of a sweep that ``spsim sweep`` has run.

    Args:
        folder: the folder of a sweep whose method is ``morris`` or ``saltelli``.

    Returns:
        As :func:`spsim.analysis.sensitivity.morris` or :func:`spsim.analysis.sensitivity.sobol`, for each scenario,
        outcome, power and country.

    Raises:
        ConfigError: the folder holds no such sweep, or not all of it.
    """
    content = read_yaml(folder / "design.yaml").content
    design = Design.model_validate(content)
    result = SweepFolder(folder)
    problem = ""
    if design.method not in ("morris", "saltelli"):
        problem = f"is a sweep by {design.method}"
    elif len(result.manifest["parts"]) < result.manifest["yields"]["parts"]:
        problem = "holds only some of the parts of its sweep"
    if problem:
        raise ConfigError([Problem(Place(str(folder)), "", problem, "a whole sweep by morris or saltelli")])
    names, count = list(design.vary), result.manifest["yields"]["points"]
    tables = []
    for group, rows in result.runs.groupby(["scenario", "outcome", "power", "country"], sort=False):
        scenario, outcome, power, country = (str(word) for word in group)
        found = np.full((count, design.replicates), np.nan)
        _fill(found, rows)
        if design.method == "morris":
            table = _morris(design, shares_of(design, len(names)), found, names)
        else:
            table = _sobol(design, found, names)
        tables.append(((outcome, power, country), table.assign(scenario=scenario)))
    return _labelled(tables)
