"""Ensembles: the bands of an outcome over replicates, and the paired difference between two scenarios."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spsim.analysis.intervals import QUANTILES, Sets, chance_band, paired_difference
from spsim.analysis.outcomes import OUTCOMES
from spsim.display import under
from spsim.viz.looks import looks
from spsim.viz.svg.drawing import Floats, points, power_colour
from spsim.viz.svg.lines import Area, Frame, Line, limits, line_chart
from spsim.viz.svg.opinion import place_name

NEGLIGIBLE = 0.05
"""Differences below this would be printed as 0.0."""


def difference_words(difference: float, low: float, high: float, sign: str) -> str:
    """Return a paired difference in words: its mean, or that its sign is undetermined, or that there is none."""
    if sign == "none":
        return "none"
    if max(abs(low), abs(high)) < NEGLIGIBLE:
        return under(2 * NEGLIGIBLE)
    return points(difference, "+.1f") if sign in {"up", "down"} else "undetermined"


def band_words(sets: Sets) -> str:
    """Return what line and bands are."""
    if len(set(sets)) > 1:
        return "median, 90 % of all runs and, inside, 90 % by chance alone"
    return "median, 50 and 90 % of replicates"


def _of(values: Floats, place: int, powers: Sequence[str], outcome: str) -> dict[str, Floats]:
    """Return an outcome of a place by power, [replicates, years]; under "" where it belongs to no power."""
    if not OUTCOMES[outcome].by_power:
        return {"": values[:, :, place]}
    return {power: values[:, :, place, p] for p, power in enumerate(powers)}


def bands_chart(
    values: Floats, outcome: str, place: str, places: Sequence[str], powers: Sequence[str], years: Sequence[int],
    extrapolated_from: int, *, width: float = 560, sets: Sets = (),
) -> str:
    """Return median and bands over replicates; with sets, the inner band is what chance alone would give.

    Args:
        values: [replicates, years, places] or [replicates, years, places, powers].
        outcome: its name.
        place: what is shown.
        places: names along the axis of places.
        powers: codes along the axis of powers.
        years: years along the axis of years.
        extrapolated_from: year from which the ground is shaded.
        width: of the chart.
        sets: the parameter set of each replicate; empty where they differ in chance only.
    """
    known, x = OUTCOMES[outcome], np.array(years, dtype=np.float64) + 0.5
    lines, areas = [], []
    for power, runs in _of(values, places.index(place), powers, outcome).items():
        low, lower, middle, upper, high = np.quantile(runs, list(QUANTILES.values()), axis=0)
        colour = power_colour(powers, power) if power else "c5"
        if len(sets):
            lower, upper = chance_band(runs, sets)
        areas += [Area(colour, x, low, high, 0.14), Area(colour, x, lower, upper, 0.22)]
        name = looks(powers)[power].name if power else "median"
        lines.append(Line(f"{name} {middle[-1]:.0f} ({low[-1]:.0f}–{high[-1]:.0f})", colour, x, middle))
    reached = [Line("", "ink", x, edge) for area in areas for edge in (area.low, area.high)]
    signs = known.name == "divergence"
    low_end, high_end = limits(reached, 20, 20, both=signs) if known.unit == "points" else limits(reached, 4, 4)
    frame = Frame(
        f"{known.title.capitalize()}, {place_name(place)}: {band_words(sets)}",
        "; ".join(line.label for line in lines), (years[0], years[-1] + 1), low_end, high_end, extrapolated_from, (),
        width, 240, known.unit, signs=signs, areas=areas,
    )
    return line_chart(frame, lines)


def difference_chart(
    one: Floats, other: Floats, outcome: str, place: str, places: Sequence[str], powers: Sequence[str],
    years: Sequence[int], extrapolated_from: int, *, width: float = 560, sets: Sets = (),
) -> str:
    """Return the mean paired difference of ``other`` to ``one`` by year, with its 95 % interval; arguments as above."""
    known, x = OUTCOMES[outcome], np.array(years, dtype=np.float64) + 0.5
    lines, areas = [], []
    pairs = _of(other - one, places.index(place), powers, outcome)
    for power, runs in pairs.items():
        found = [paired_difference(runs[:, year], sets) for year in range(runs.shape[1])]
        mean, low, high = (np.array([row[key] for row in found]) for key in ("difference", "low", "high"))
        colour = power_colour(powers, power) if power else "c5"
        areas.append(Area(colour, x, low, high, 0.2))
        name = looks(powers)[power].name if power else "all"
        said = difference_words(**{key: found[-1][key] for key in ("difference", "low", "high", "sign")})
        lines.append(Line(f"{name} {said}", colour, x, mean))
    reached = [Line("", "ink", x, edge) for area in areas for edge in (area.low, area.high)]
    low_end, high_end = limits(reached, 2, 2, both=True)
    frame = Frame(
        f"{known.title.capitalize()}, {place_name(place)}: this minus the pinned run, mean and 95 % interval",
        "; ".join(line.label for line in lines), (years[0], years[-1] + 1), low_end, high_end, extrapolated_from, (),
        width, 240, f"{known.unit}, this minus pinned", signs=True, areas=areas,
    )
    return line_chart(frame, lines)
