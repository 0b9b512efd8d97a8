"""The ensemble: which replicate runs with which parameter set, and what is chance and what is not."""

import numpy as np
import pytest

from spsim.analysis.intervals import paired_difference, variances
from spsim.config import load, member_of, members, sets_of, with_member


def test_two_replicates_share_a_set_and_none_comes_twice_before_all_have_come():
    found = [member_of(7, number) for number in range(2 * len(members()))]
    assert found[::2] == found[1::2]
    assert sorted(found[::2]) == sorted(members().index)
    assert sets_of(load("baseline").scenario, 6) == sets_of(load("baseline").scenario, 20)[:6]


def test_what_a_scenario_sets_itself_holds_and_the_rest_comes_from_its_member():
    default = load("baseline").scenario.parameters.threat_decay
    own = with_member(load("baseline", {"threat_decay": default}).scenario, 3)
    row = members().loc[member_of(own.run.seed, 3)]
    assert own.parameters.threat_decay == default
    assert own.parameters.base["RU"]["KZ"] == row["base.RU.KZ"]
    assert with_member(own, 3) == own
    plain = load("baseline", {"run.parameters": "defaults"}).scenario
    assert with_member(plain, 3) is plain


def test_known_variances_are_told_apart():
    rng, count = np.random.default_rng(1), 4000
    sets = np.repeat(np.arange(count), 2)
    between, within = variances(rng.normal(0, 2, count)[sets] + rng.normal(0, 1, 2 * count), sets)
    assert between == pytest.approx(4, rel=0.1)
    assert within == pytest.approx(1, rel=0.1)


def test_a_sign_on_which_few_sets_agree_is_undetermined():
    pairs = np.repeat([1.0, 1.0, 1.0, 1.1, 1.2, 0.9, 1.0, -0.05, -0.05, -0.05], 2)
    found = paired_difference(pairs, np.repeat(range(10), 2))
    assert found["low"] > 0
    assert (found["agreement"], found["sign"], found["sets"]) == (0.7, "undetermined", 10)


def test_nine_in_ten_further_sets_lie_in_the_span_of_single_sets_and_few_in_the_interval_of_the_mean():
    """Drawn again and again: 8 sets of 2 runs, and one more set; the interval is about the mean and no set."""
    rng, sets = np.random.default_rng(5), np.repeat(range(8), 2)
    inside, near_the_mean, mean_inside, rounds = 0, 0, 0, 4000
    for _ in range(rounds):
        of_sets = rng.normal(1.0, 0.5, 9)
        runs = np.repeat(of_sets, 2) + rng.normal(0, 0.3, 18)
        found, further = paired_difference(runs[:16], sets), runs[16:].mean()
        inside += found["sets_low"] <= further <= found["sets_high"]
        near_the_mean += found["low"] <= further <= found["high"]
        mean_inside += found["low"] <= 1.0 <= found["high"]
    assert inside / rounds == pytest.approx(0.90, abs=0.015)
    assert mean_inside / rounds == pytest.approx(0.95, abs=0.012)
    assert near_the_mean / rounds < 0.7


def test_the_span_of_single_sets_is_not_told_from_few_or_without_sets():
    pairs = np.arange(8.0)
    for found in (paired_difference(pairs), paired_difference(pairs, np.repeat(range(4), 2))):
        assert np.isnan(found["sets_low"]) and np.isnan(found["sets_high"])
    many = paired_difference(np.arange(10.0), np.repeat(range(5), 2))
    assert many["sets_low"] < many["low"] < many["difference"] < many["high"] < many["sets_high"]
