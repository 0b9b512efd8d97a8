"""Drawing lots, against sorting everybody."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spsim.model.lots import lowest


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=60), st.data())
def test_lots_fall_as_sorting_says(members: list[tuple[int, int]], data: st.DataObject) -> None:
    """Any number of each group, none or all of it; equal draws, which are many here, in the order of the list."""
    group, draw = (np.array([member[k] for member in members], dtype=np.int64) for k in (0, 1))
    sizes = np.bincount(group, minlength=5)
    wanted = np.array([data.draw(st.integers(0, int(size))) for size in sizes])
    expected: list[int] = []
    for g in range(5):
        here = np.flatnonzero(group == g)
        expected += here[np.argsort(draw[here], kind="stable")][: wanted[g]].tolist()
    found = lowest(draw / 10, group.astype(np.uint8), wanted)
    np.testing.assert_array_equal(found, sorted(expected))


def test_lots_of_a_crowd() -> None:
    """Thousands of members: as many as wanted, and none who stays out has a lower draw than one who is in."""
    rng = np.random.default_rng(1)
    draw, group = rng.random(20_000), rng.integers(0, 3, 20_000).astype(np.uint8)
    wanted = np.array([5, 0, 3000])
    found = lowest(draw, group, wanted)
    np.testing.assert_array_equal(np.bincount(group[found], minlength=3), wanted)
    others = np.setdiff1d(np.arange(20_000), found)
    for g in (0, 2):
        assert draw[found[group[found] == g]].max() < draw[others[group[others] == g]].min()
