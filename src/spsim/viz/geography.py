"""Where countries lie on a map: outlines on an equal-area cone or, where a region has none, tiles of equal size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from spsim.data import COUNTRIES, load_pack
from spsim.data.region import Cone, region
from spsim.display import POWER_NAMES

Floats = NDArray[np.float64]
Polygons = list[list[Floats]]
"""Polygons of rings, the outer one first, each [n, 2] on the plane of the map."""

OUTLINED = "Equal-area projection; outlines: Natural Earth, simplified; borders carry no legal opinion."
TILED = "A tile a country: this region has no outlines."


@dataclass(frozen=True)
class Geography:
    """A map's shapes and places on its plane."""

    shapes: dict[str, Polygons]
    around: dict[str, Polygons]
    names_at: dict[str, Floats]
    lines_to: dict[str, Floats]
    around_at: dict[str, tuple[str, Floats]]
    window: tuple[float, float, float, float]
    """Left, right, low and high end."""
    note: str


@cache
def geography() -> Geography:
    """Return the map of the region that is simulated."""
    facts, pack = region().map, load_pack()
    if facts is None:
        return _tiles()

    def flat(degrees: Sequence[float] | Floats) -> Floats:
        return albers(np.asarray(degrees, dtype=np.float64), facts.cone)

    window, meridian = facts.window, facts.cone.meridian
    corner = flat(np.array([
        [meridian, window.south], [meridian, window.north], [window.west, window.at], [window.east, window.at],
    ]))
    near = {  # what lies beyond 180 degrees, as Russia's far end, comes as polygons near -180
        code: [[flat(ring) for ring in rings] for rings in polygons if rings[0][:, 0].min() > 0]
        for code, polygons in pack.neighbour_outlines().items()
    }
    return Geography(
        {code: [[flat(ring) for ring in rings] for rings in shape] for code, shape in pack.outlines().items()},
        near,
        {code: flat(place) for code, place in facts.names_at.items()},
        {code: flat(place) for code, place in facts.lines_to.items()},
        {code: (POWER_NAMES.get(code, code).upper(), flat(place)) for code, place in facts.neighbours_at.items()},
        (corner[2, 0], corner[3, 0], corner[0, 1], corner[1, 1]),
        OUTLINED,
    )


def _tiles() -> Geography:
    """Return a map of squares, as many in a row as in a column."""
    across = int(np.ceil(np.sqrt(len(COUNTRIES))))
    down = -(-len(COUNTRIES) // across)
    shapes: dict[str, Polygons] = {}
    middles: dict[str, Floats] = {}
    for number, code in enumerate(COUNTRIES):
        x, y = number % across, down - 1 - number // across
        left, right, low, high = x + 0.04, x + 0.96, y + 0.04, y + 0.96
        shapes[code] = [[np.array([[left, low], [right, low], [right, high], [left, high], [left, low]])]]
        middles[code] = np.array([x + 0.5, y + 0.5])
    side = max(across, down / 0.7)  # as wide as it must be for a sheet that is wider than high
    rest = (side - across) / 2
    return Geography(shapes, {}, middles, {}, {}, (-rest, across + rest, 0.0, float(down)), TILED)


def albers(points: Floats, cone: Cone) -> Floats:
    """Project degrees, [..., 2] longitude and latitude, onto an equal-area cone, in earth radii."""
    longitude, latitude = np.radians(points[..., 0]), np.radians(points[..., 1])
    first, second, centre, origin = np.radians([*cone.parallels, cone.meridian, cone.origin])
    n = (np.sin(first) + np.sin(second)) / 2
    c = np.cos(first) ** 2 + 2 * n * np.sin(first)
    rho, rho_0 = np.sqrt(c - 2 * n * np.sin(latitude)) / n, np.sqrt(c - 2 * n * np.sin(origin)) / n
    turn = n * (longitude - centre)
    return np.stack([rho * np.sin(turn), rho_0 - rho * np.cos(turn)], axis=-1)
