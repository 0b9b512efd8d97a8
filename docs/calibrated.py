"""Generated blocks of the page on the calibration: what was fitted, what the ensemble ships, what was forecast.

``calibration.csv`` holds the tables ``parameters`` and ``recovery`` of ``spsim calibrate`` side by side, and
``calibration-hindcast.csv`` its ``hindcast.csv``. What is shipped is read from the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd

from spsim.analysis.hindcast import against_persistence, distinct
from spsim.config import ensemble
from spsim.config.parameters import parameter_table
from spsim.experiments.calibration.dimensions import DIMENSIONS, POLLED, Dimension
from spsim.experiments.calibration.members import HELD_TO

HERE = Path(__file__).parent

Table = Callable[[Sequence[str], Iterable[Sequence[object]]], str]
"""Makes a Markdown table of a head and rows."""


def shipped(dimension: Dimension) -> pd.Series:
    """Return a calibrated number in the members of the ensemble; a shift is the same in all countries: one tells it."""
    if not dimension.shift:
        return ensemble.members()[dimension.name]
    default = parameter_table()[dimension.parameter][2]
    for key in (*dimension.path, POLLED[0]):
        default = default[key]
    return ensemble.members()[f"{dimension.name}.{POLLED[0]}"] - default


def numbers(table: Table) -> str:
    """Return each fitted number before the fit, after it, and in the shipped ensemble."""
    kept = pd.read_csv(HERE / "calibration.csv").set_index("parameter")
    rows = []
    for dimension in DIMENSIONS:
        row = kept.loc[dimension.name]
        low, middle, high = shipped(dimension).quantile([0.05, 0.5, 0.95])
        rows.append((
            f"`{dimension.name}`", f"{row['default']:.3g}", f"{row['prior_low']:.3g} to {row['prior_high']:.3g}",
            f"{row['median']:.3g} ({row['p05']:.3g} to {row['p95']:.3g})", f"{middle:.3g} ({low:.3g} to {high:.3g})",
            f"{100 * row['contraction']:.0f} %", row["verdict"], f"{100 * row['covered_50']:.0f} %",
            f"{100 * row['covered_90']:.0f} %",
        ))
    head = ("fitted", "default", "prior", "posterior: median (90 %)", "in the ensemble: median (90 %)", "variance lost",
            "verdict", "recovered in 50 %", "in 90 %")
    return table(head, rows)


def held(table: Table) -> str:
    """Return the patterns with whose numbers in sight parameters were set, and how they fare with the ensemble."""
    found = pd.read_csv(HERE / "validation.csv", keep_default_na=False)
    found = found[(found["role"] == "calibration") | found["pattern"].isin(HELD_TO)]
    chosen = ensemble.about()["patterns"]
    rows = [
        (row["pattern"], row["statement"], row["role"],
         f"{100 * chosen[row['pattern']]:.0f} %" if row["pattern"] in HELD_TO else "not held to it",
         f"{100 * float(row['pass_rate']):.0f} %: {row['verdict']}")
        for row in found.to_dict("records")
    ]
    return table(("id", "pattern", "role", "holds in members", "single runs of the validation"), rows)


def hindcast(table: Table) -> str:
    """Return how the hindcast went, beside persistence."""
    kept = pd.read_csv(HERE / "calibration-hindcast.csv")
    told = against_persistence(kept).iloc[0]
    with_value, with_spread = (kept[kept[name].notna()] for name in ("persistence", "persistence_crps"))
    rows = [
        ("asked about later polls", f"{len(kept)} times", _told(kept), ""),
        ("polled value inside the 90 % interval", f"{kept['inside_90'].sum()} of {len(kept)}", _told(kept), ""),
        ("inside the 50 % interval", f"{kept['inside_50'].sum()} of {len(kept)}", _told(kept), ""),
        ("middle of the forecast nearer than the last value", f"{told['wins_by_error']} of {told['compared_by_error']}",
         _told(with_value), f"{told['model_absolute_error']:.1f}; {told['naive_absolute_error']:.1f}"),
        ("whole forecast nearer (CRPS)", f"{told['wins']} of {told['compared']}", _told(with_spread),
         f"{told['model_crps']:.1f}; {told['naive_crps']:.1f}"),
    ]
    return table(("what", "how often", "in these", "mean error in points: model; last value"), rows)


def _told(kept: pd.DataFrame) -> str:
    figures, polls = distinct(kept)
    return f"{figures} figures of {polls} polls"


def blocks(table: Table) -> dict[str, Callable[[], str]]:
    """Return the name of each block -> what fills it."""
    made = {"calibration-numbers": numbers, "calibration-held": held, "calibration-hindcast": hindcast}
    return {name: (lambda fill=fill: fill(table)) for name, fill in made.items()}
