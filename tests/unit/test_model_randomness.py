"""Keyed random numbers: known answers, moments, and independence of everything but the key."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from spsim.model import randomness
from spsim.model.randomness import (
    NEXT_GENERATION,
    country_word,
    identities,
    normals,
    standard_normal,
    stream,
    threefry,
    uniforms,
    unit_interval,
)

ONES = (1 << 64) - 1


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0, (0xF167B032C3B480BD, 0xE91F9FEE4B7A6FB5)),
        (ONES, (0xCCDEC5C917A874B1, 0x4DF53ABCA26CEB01)),
    ],
)
@pytest.mark.parametrize("compiled", [True, False])
def test_threefry_gives_the_published_words(
    word: int, expected: tuple[int, int], *, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threefry-2x64 with 13 rounds, first known answers of the Random123 library; key and counter all 0 or all 1."""
    function = threefry if compiled else threefry.py_func
    if not compiled:
        monkeypatch.setattr(randomness, "_round", randomness._round.py_func)
    with np.errstate(over="ignore"):
        got = function(*(np.uint64(word),) * 4)
    assert tuple(int(value) for value in got) == expected


def test_uniforms_and_normals_have_the_right_moments() -> None:
    """200,000 draws; each bound is about five standard errors."""
    who = identities("KZ", 200_000)
    flat, bell = uniforms(stream(1, 0, "a"), 0, who), normals(stream(1, 0, "b"), 0, who)
    assert 0 < flat.min() < 1e-4 < 1 - 1e-4 < flat.max() < 1
    assert flat.mean() == pytest.approx(0.5, abs=0.0033)
    assert flat.var() == pytest.approx(1 / 12, abs=0.001)
    assert bell.mean() == pytest.approx(0, abs=0.011)
    assert bell.var() == pytest.approx(1, abs=0.016)
    assert (bell**3).mean() == pytest.approx(0, abs=0.045)
    assert (bell**4).mean() == pytest.approx(3, abs=0.12)
    assert np.corrcoef(bell[:-1], bell[1:])[0, 1] == pytest.approx(0, abs=0.011)


@pytest.mark.parametrize("number", [0, 1, 511, 512, 1024, 20_001])
def test_many_draws_are_the_single_ones(number: int) -> None:
    """Normal draws made in blocks are to the last bit those made one by one, and near the quantiles of scipy."""
    key, who = stream(4, 1, "affect/CN"), identities("TJ", number)
    many = normals(key, 9, who)
    single = [standard_normal(key.first, key.second, np.uint64(9), one) for one in who]
    np.testing.assert_array_equal(many, single)
    np.testing.assert_allclose(many, ndtri(uniforms(key, 9, who)), rtol=1e-13, atol=1e-15)


def test_the_ends_of_the_unit_interval_are_open() -> None:
    """No draw is 0 or 1, so logarithms and quantiles are finite."""
    assert 0 < unit_interval(np.uint64(0)) < 1e-15
    assert 1 - 1e-15 < unit_interval(np.uint64(ONES)) < 1
    assert np.isfinite(standard_normal(*(np.uint64(0),) * 4))


def test_a_draw_depends_on_every_part_of_its_key_and_on_nothing_else() -> None:
    """Seed, replicate, name, step, country, slot and generation change it; the company it is drawn in does not."""
    who = identities("KZ", 10)
    base = normals(stream(1, 0, "a"), 3, who)
    others = [
        normals(stream(2, 0, "a"), 3, who),
        normals(stream(1, 1, "a"), 3, who),
        normals(stream(1, 0, "b"), 3, who),
        normals(stream(1, 0, "a"), 4, who),
        normals(stream(1, 0, "a"), 3, identities("KG", 10)),
        normals(stream(1, 0, "a"), 3, who + NEXT_GENERATION),
    ]
    assert all((np.abs(base - other) > 1e-9).all() for other in others)
    assert np.unique(base).size == 10
    np.testing.assert_array_equal(base[::-1], normals(stream(1, 0, "a"), 3, who[::-1]))
    np.testing.assert_array_equal(base[4:], normals(stream(1, 0, "a"), 3, np.concatenate([who[4:], who])[:6]))


def test_seed_and_replicate_do_not_run_into_each_other() -> None:
    """Seed 1 with replicate 12 is not seed 11 with replicate 2."""
    assert stream(1, 12, "a") != stream(11, 2, "a")
    assert stream(1, 0, "a") == stream(1, 0, "a")


def test_identities_of_countries_and_generations_never_meet() -> None:
    """The fields of an identity do not overlap: two billion slots, 65,536 generations, two letters."""
    largest = identities("KZ", 1)[0] + np.uint64(30_000_000 - 1)
    assert largest < identities("KZ", 1)[0] + NEXT_GENERATION
    assert country_word("KG") != country_word("KZ")
    assert identities("KZ", 1)[0] + NEXT_GENERATION * np.uint64(65_535) < country_word("KZ") + np.uint64(1 << 48)
