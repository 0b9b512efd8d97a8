"""Shares of answers: estimates and standard errors against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from spsim.analysis.estimates import weighted_shares

RANDOM = np.random.default_rng(7)


def test_equal_weights_give_the_textbook_error() -> None:
    answers = np.repeat([0, 1, 2], [30, 50, 20])
    found = weighted_shares(answers, 4, np.full(100, 2.5))
    expected = np.array([0.3, 0.5, 0.2, 0.0])
    np.testing.assert_allclose(found.share, expected)
    np.testing.assert_allclose(found.error, np.sqrt(expected * (1 - expected) / 99))
    assert found.respondents == 100 and found.effective == pytest.approx(100)


def test_weights_that_have_nothing_to_do_with_answers_cost_what_kish_says() -> None:
    answers, weight = (part.ravel() for part in np.meshgrid(np.repeat([0, 1], [40, 60]), [0.5, 1.0, 3.0]))
    found = weighted_shares(answers, 2, weight)
    kish = (0.5 + 1 + 3) ** 2 / (3 * (0.25 + 1 + 9))
    assert found.effective == pytest.approx(300 * kish)
    np.testing.assert_allclose(found.share, [0.4, 0.6])
    np.testing.assert_allclose(found.error, np.sqrt(0.24 / found.effective * 300 / 299))


def test_clusters_that_answer_alike_count_as_one_person_each() -> None:
    answers, clusters = np.repeat([0, 0, 1, 1, 1], 20), np.repeat(np.arange(5), 20)
    found = weighted_shares(answers, 2, np.ones(100), clusters=clusters)
    np.testing.assert_allclose(found.error, np.sqrt(0.4 * 0.6 / 4))


def test_strata_take_out_what_lies_between_them() -> None:
    strata = np.repeat([0, 1], [60, 40])
    answers = np.concatenate([np.repeat([0, 1], [45, 15]), np.repeat([0, 1], [10, 30])])
    found = weighted_shares(answers, 2, np.ones(100), strata)
    within = 0.6**2 * 0.75 * 0.25 / 59 + 0.4**2 * 0.25 * 0.75 / 39
    np.testing.assert_allclose(found.error, np.sqrt(within))
    same_names = weighted_shares(answers, 2, np.ones(100), strata, np.tile(np.arange(20), 5))
    other_names = weighted_shares(answers, 2, np.ones(100), strata, np.tile(np.arange(20), 5) + 100 * strata)
    np.testing.assert_array_equal(same_names.error, other_names.error)


def test_a_stratum_with_one_cluster_is_centred_at_the_mean_of_all() -> None:
    answers, strata = np.array([0, 1, 0, 1, 1]), np.array([0, 0, 0, 0, 1])
    found = weighted_shares(answers, 2, np.ones(5), strata)
    np.testing.assert_allclose(found.share, [0.4, 0.6])
    many = 4 / 3 * (4 * 0.25 / 25)  # two answers each way, half a point from their mean, over n = 5
    np.testing.assert_allclose(found.error, np.sqrt(many + (0.4 / 5) ** 2))


def test_the_error_is_what_repeated_samples_show() -> None:
    """Two-stage samples: 40 clusters whose shares differ, 10 persons each with unequal weights."""
    shares, errors = [], []
    for _ in range(400):
        leaning = RANDOM.beta(4, 6, 40)
        answers = (RANDOM.random((40, 10)) > leaning[:, None]).astype(int).ravel()
        clusters = np.repeat(np.arange(40), 10)
        found = weighted_shares(answers, 2, RANDOM.choice([0.5, 1, 2], 400), clusters=clusters)
        shares.append(found.share[0])
        errors.append(found.error[0])
    assert np.mean(errors) == pytest.approx(np.std(shares), rel=0.12)
