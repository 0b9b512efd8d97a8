"""Draws from the priors: keyed, within bounds, spread as the prior says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from spsim.config import load, parameter_table
from spsim.config.parameters import leaves
from spsim.config.provenance import factor, loguniform, shift, uniform
from spsim.experiments.priors import draw, drawn_parameters


def test_quantiles_run_from_end_to_end_of_the_prior() -> None:
    for prior, default in ((uniform(1, 3), 2.0), (loguniform(1, 100), 9.0), (shift(0.2), -0.1), (factor(2), 5.0),
                           (factor(2), -5.0), (factor(2), 0.0)):
        low, high = prior.interval(default)
        assert prior.quantile(0, default) == pytest.approx(low)
        assert prior.quantile(1, default) == pytest.approx(high)
        steps = [prior.quantile(share, default) for share in np.linspace(0, 1, 11)]
        assert (np.diff(steps) >= 0).all()
    assert loguniform(1, 100).quantile(0.5, 9.0) == pytest.approx(10)
    assert factor(4).quantile(0.5, 7.0) == pytest.approx(7), "the default is the median"


def test_a_draw_is_keyed_by_seed_number_and_name() -> None:
    assert draw(1, 5) == draw(1, 5)
    assert draw(1, 5)["anchor_rate"] == draw(1, 5, ["anchor_rate"])["anchor_rate"]
    assert draw(1, 5)["anchor_rate"] != draw(1, 6)["anchor_rate"] != draw(2, 6)["anchor_rate"]


def test_draws_fill_the_prior_evenly() -> None:
    values = [draw(3, n, ["anchor_rate", "social_rate"]) for n in range(400)]
    anchor = np.array([v["anchor_rate"] for v in values])
    social = np.array([v["social_rate"] for v in values])
    assert kstest(anchor, "uniform", args=(0.2, 1.3)).pvalue > 0.01
    assert abs(np.corrcoef(anchor, social)[0, 1]) < 0.15


def test_every_draw_is_a_sound_scenario() -> None:
    base = load("baseline").scenario
    for number in range(30):
        drawn = base.with_parameters(draw(7, number)).parameters
        for name in drawn_parameters():
            facts = parameter_table()[name][3]
            for path, value in leaves(getattr(drawn, name)):
                default = dict(leaves(parameter_table()[name][2]))[path]
                low, high = facts.prior_of(*path).interval(default)
                if not facts.in_proportion:
                    assert min(max(low, facts.low), facts.high) - 1e-12 <= value <= min(high, facts.high) + 1e-12, name


def test_countries_move_in_proportion_where_the_prior_is_that_of_one() -> None:
    default = parameter_table()["war_memory"][2]
    drawn = draw(1, 2)["war_memory"]
    ratios = {drawn[code] / default[code] for code in default}
    assert max(ratios) - min(ratios) < 1e-12
    assert 0.1 <= drawn["KZ"] <= 0.6


def test_what_is_normalised_or_silent_is_not_drawn() -> None:
    names = set(drawn_parameters())
    assert not names & {"hedge", "state_source_discount", "demonstration_strength", "preference_falsification",
                        "initial_adaptation", "xinjiang_rate", "confidence_bound"}
    assert {"affect_student", "heritage_weight", "posts_per_bn"} <= names
    for number in range(5):
        drawn = draw(1, number)
        assert drawn["xinjiang_kinship"]["KZ"] == 1
        assert drawn["drift"]["RU"]["UZ"] == 0 > drawn["drift"]["RU"]["KZ"]
        assert drawn["heritage_weight"]["CN"] <= 0 < drawn["heritage_weight"]["RU"]
        assert drawn["threat_weight"]["RU"] == 0
