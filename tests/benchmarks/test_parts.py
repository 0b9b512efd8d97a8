"""Where the time of a month goes: the parts add up, and measuring leaves nothing behind."""

from __future__ import annotations

import pytest

from measuring import parts


def test_every_part_takes_time_and_the_clocks_are_taken_off() -> None:
    """A year of a small baseline: each part is called, they are parts of the whole, and the functions are as before."""
    before = [getattr(where, name) for _, where, name in parts.PARTS]
    found = parts.seconds_by_part(1000, 1)
    assert list(found)[-1] == "all the rest"
    assert set(found) == {*(what for what, _, _ in parts.PARTS), "all the rest"}
    assert all(seconds > 0 for seconds in found.values())
    assert [getattr(where, name) for _, where, name in parts.PARTS] == before


def test_what_is_called_inside_a_part_counts_for_that_part() -> None:
    """A search for rest asks for the sources; its time is not counted twice."""
    clock = parts._Clock()
    inner = clock.watching("inner", lambda: 1)
    outer = clock.watching("outer", lambda: inner() + 1)
    assert outer() == 2
    assert list(clock.seconds) == ["outer"]
    assert inner() == 1
    assert set(clock.seconds) == {"outer", "inner"}


def test_an_error_does_not_stop_the_clock() -> None:
    """What fails is timed like the rest, and the next call counts."""
    clock = parts._Clock()

    def failing() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        clock.watching("failing", failing)()
    assert not clock.inside
    assert set(clock.seconds) == {"failing"}
