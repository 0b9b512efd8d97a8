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
