"""The calibration: what is asked of the model, how polls err, and whether the method finds what is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spsim.config import ConfigError, Parameters, SetupError
from spsim.data import load_pack
from spsim.experiments.calibration import bank as banks
from spsim.experiments.calibration import members, run, trust
from spsim.experiments.calibration.dimensions import (
    DIMENSIONS,
    NAMES,
    POLLED,
    changed_leaves,
    parameters_of,
    values_at,
)
from spsim.experiments.calibration.emulator import fit, statistics
from spsim.experiments.calibration.posterior import sample
from spsim.experiments.surveys import Question, ask, covariance, questions
from spsim.experiments.surveys.asking import scenario_for
from spsim.experiments.surveys.errors import DESIGN_EFFECT
from spsim.model.record import COUNTRY

DEFAULTS = {dimension.name: dimension.default for dimension in DIMENSIONS}
TINY = run.Sizes(citizens=200, sets=24, refined=4, members=3, checks=1)


def question(**given: object) -> Question:
    """Return a question of Gallup in Kazakhstan, changed as asked."""
    usual = Question(0, ("KZ",), ("2018-07",), "CN", "leadership", ("approval",), "share", 40.0, "Gallup",
                     "face to face", 1000)
    return replace(usual, **given)  # type: ignore[arg-type]


# dimensions -----------------------------------------------------------------------------------------------------------


def test_defaults_of_the_dimensions_are_the_hand_set_parameters() -> None:
    assert Parameters.model_validate(Parameters().model_dump() | parameters_of(DEFAULTS)) == Parameters()


def test_tajikistan_keeps_the_mean_of_the_polled_countries() -> None:
    moved = parameters_of({**DEFAULTS, "base.RU.UZ": 0.0, "base.RU.KG": 0.15})["base"]["RU"]
    assert np.mean([moved[c] for c in POLLED]) == pytest.approx(np.mean([Parameters().base["RU"][c] for c in POLLED]))


def test_memory_of_the_war_moves_in_proportion() -> None:
    moved = parameters_of({**DEFAULTS, "war_memory.KZ": 0.62})["war_memory"]
    assert moved == pytest.approx({country: 2 * value for country, value in Parameters().war_memory.items()})


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=NAMES)
def test_places_in_priors_and_values_are_inverse(dimension: object) -> None:
    for share in (0.0, 0.31, 1.0):
        assert dimension.share(dimension.quantile(share)) == pytest.approx(share)  # type: ignore[attr-defined]


def test_all_sets_give_the_same_numbers_within_their_bounds() -> None:
    for shares in (np.zeros(len(NAMES)), np.ones(len(NAMES)), np.full(len(NAMES), 0.5)):
        values = dict(zip(NAMES, values_at(shares), strict=True))
        Parameters.model_validate(Parameters().model_dump() | parameters_of(values))
        assert list(changed_leaves(values)) == list(changed_leaves(DEFAULTS))


# questions and errors -------------------------------------------------------------------------------------------------


def test_every_row_is_asked_or_listed_with_a_reason() -> None:
    table = load_pack().surveys_table()
    asked, left = questions(table)
    assert sorted([*(q.row for q in asked), *(one.row for one in left)]) == list(table.index)
    assert len(asked) == 33
    assert all(one.reason for one in left)


def test_rows_are_read_as_they_are_meant() -> None:
    asked = {q.row: q for q in questions(load_pack().surveys_table())[0]}
    assert asked[4].kind == "change"
    assert asked[4].months == ("2017-07", "2018-07")
    assert asked[9].countries == ("KZ", "KG", "TJ", "UZ")
    assert len(asked[9].months) == 13
    assert asked[23].months == ("2014-06",)
    assert asked[39].months == ("2018-10", "2020-10", "2022-10")
    assert asked[29].answers == ("favourable", "very_favourable")


def test_answers_of_the_model_add_up() -> None:
    rows = [question(row=n, item="country", answers=(a,)) for n, a in enumerate(
        ("very_unfavourable", "unfavourable", "no_opinion", "favourable", "very_favourable"))]
    scenario = scenario_for(rows, 200, 1, parameters="defaults")
    printed, _ = ask(scenario, 0, rows)
    assert printed.sum(axis=0) == pytest.approx([100.0] * 3)
    assert printed[-1, 2] > printed[-1, 0]  # a raised item is answered more favourably


def test_answers_and_events_do_not_depend_on_what_else_is_recorded() -> None:
    asked = [question(months=("2004-06",)), question(months=("2004-02", "2004-09"), kind="change", power="RU")]
    scenario = scenario_for(asked, 200, 5, parameters="defaults")
    (bare, quiet), (full, whole) = (ask(scenario, 1, asked, recorded=recorded) for recorded in (False, True))
    np.testing.assert_array_equal(bare, full)
    events = COUNTRY.index("protest_events")
    np.testing.assert_array_equal(quiet.record.country[..., events], whole.record.country[..., events])
    assert not np.isnan(whole.record.opinion).any()
    assert np.isnan(quiet.record.opinion).all() and np.isnan(np.delete(quiet.record.country, events, axis=-1)).all()


def test_sampling_error_of_one_share_is_the_binomial_one() -> None:
    found = covariance([question()], np.array([40.0]), np.zeros(1), Parameters(), discrepancy=0.0)
    assert found[0, 0] == pytest.approx(1e4 * 0.4 * 0.6 * DESIGN_EFFECT / 1000)


def test_answers_of_one_poll_err_against_each_other_and_other_polls_do_not() -> None:
    rows = [question(), question(answers=("disapproval",)), question(months=("2019-07",))]
    found = covariance(rows, np.array([40.0, 30.0, 40.0]), np.zeros(3), Parameters(), discrepancy=0.0)
    assert found[0, 1] == pytest.approx(-1e4 * 0.4 * 0.3 * DESIGN_EFFECT / 1000)
    assert found[0, 2] == 0


def test_a_house_is_shared_by_its_waves_and_a_wording_by_its_item() -> None:
    p = Parameters()
    rows = [question(), question(months=("2019-07",)), question(item="country", pollster="CAB")]
    slopes = np.array([80.0, 80.0, 60.0])
    found = covariance(rows, np.full(3, 50.0), slopes, p, discrepancy=0.0)
    assert found[0, 1] == pytest.approx((80 * p.house_effect_spread) ** 2)
    assert found[0, 2] == 0
    own = 60**2 * (p.house_effect_spread**2 + p.item_offset_spread**2)
    assert found[2, 2] == pytest.approx(own + 1e4 * 0.25 * DESIGN_EFFECT / 1000)


def test_a_printed_standard_error_replaces_the_assumed_one() -> None:
    found = covariance([question(standard_error=2.5)], np.array([40.0]), np.zeros(1), Parameters(), discrepancy=0.0)
    assert found[0, 0] == pytest.approx(2.5**2)


# posterior ------------------------------------------------------------------------------------------------------------


def test_sampler_finds_a_known_posterior() -> None:
    centre, width = np.linspace(0.3, 0.7, len(NAMES)), 0.05
    draws = sample(lambda x: -0.5 * (((x - centre) / width) ** 2).sum(axis=1), seed=4, particles=2000)
    assert draws.mean(axis=0) == pytest.approx(centre, abs=0.008)
    assert draws.std(axis=0) == pytest.approx(np.full(len(NAMES), width), rel=0.15)


def test_sampler_returns_the_prior_where_nothing_is_said() -> None:
    draws = sample(lambda x: np.zeros(len(x)), seed=4, particles=2000)
    assert draws.mean(axis=0) == pytest.approx(np.full(len(NAMES), 0.5), abs=0.03)
    assert draws.var(axis=0) == pytest.approx(np.full(len(NAMES), 1 / 12), rel=0.12)


def test_sampler_is_right_where_a_narrow_ridge_meets_the_ends_of_the_priors() -> None:
    centre, precise = np.array([0.1, 0.2]), np.linalg.inv(np.array([[1.0, 0.9], [0.9, 1.0]]) * 0.2**2)

    def ridge(x: np.ndarray) -> np.ndarray:
        return np.asarray(-0.5 * np.einsum("ni,ij,nj->n", x - centre, precise, x - centre))

    middles = (np.arange(200) + 0.5) / 200
    grid = np.stack(np.meshgrid(middles, middles, indexing="ij"), axis=-1).reshape(-1, 2)
    weight = np.exp(ridge(grid)) / np.exp(ridge(grid)).sum()
    draws = sample(ridge, seed=4, particles=4000, dimensions=2)
    # a walk that is reflected at the ends is off by 0.02 here, as its correlated steps are not as likely back as forth
    assert draws.mean(axis=0) == pytest.approx(weight @ grid, abs=0.008)
    assert draws.var(axis=0) == pytest.approx(weight @ grid**2 - (weight @ grid) ** 2, rel=0.08)


def test_sampler_is_keyed_by_its_seed() -> None:
    def pull(x: np.ndarray) -> np.ndarray:
        return np.asarray(-20 * (x[:, 0] - 0.2) ** 2)

    assert np.array_equal(sample(pull, 1, 100), sample(pull, 1, 100))
    assert not np.array_equal(sample(pull, 1, 100), sample(pull, 2, 100))


# emulator and recovery, on a model that is known ----------------------------------------------------------------------


def synthetic(count: int, seed: int, asked: int) -> banks.Bank:
    """Return a bank of a made-up model: figures are quadratic in the places, with chance that grows with the shocks."""
    rng = np.random.default_rng(seed)
    shares = banks.prior_shares(count, seed)
    slope = np.random.default_rng(0).normal(0, 25, (len(NAMES), asked))
    mean = 50 + (shares - 0.5) @ slope + 8 * (shares[:, :1] - 0.5) ** 2
    noise = values_at(shares)[:, NAMES.index("common_noise")]
    luck = rng.standard_normal((count, 3, asked)) * (1 + 40 * noise)[:, None, None]
    return banks.Bank(
        shares, mean[:, None] + luck, np.full((count, 3, asked), 70.0),
        np.round(np.exp(4 + shares[:, 11:12] + 0.1 * rng.standard_normal((count, 3)))), np.full((count, 3), 0.9),
    )


def test_emulator_learns_a_known_model_and_its_chance() -> None:
    bank = synthetic(1024, 3, 6)
    learnt = fit(bank)
    fresh = synthetic(256, 9, 6)
    means, slopes, chance = learnt(fresh.shares)
    of_chance = np.sqrt(np.diagonal(chance - learnt.error, axis1=1, axis2=2))[:, :6]
    truth = 1 + 40 * values_at(fresh.shares)[:, NAMES.index("common_noise")]
    assert np.abs(means[:, :6] - statistics(fresh).mean(axis=1)[:, :6]).mean() < 3.5
    assert of_chance.mean(axis=1) == pytest.approx(truth, rel=0.25)
    assert slopes == pytest.approx(np.full(slopes.shape, 70.0), rel=0.01)
    assert (learnt.r_squared[:6] > 0.95).all()


def test_known_parameters_are_recovered_at_the_nominal_rate(tmp_path: Path) -> None:
    asked = [question(row=n, months=(f"{2006 + n}-07",)) for n in range(6)]
    bank = synthetic(1024, 3, len(asked))
    given = run.evidence(asked, scenario_for(asked, 200, 1, parameters="defaults"))
    plan = trust.Plan(fit(bank.part(slice(0, 984))), given, bank.part(slice(984, None)), 5)
    ranks, recovery = trust.test(tmp_path, plan, {"test": 1}, workers=2)
    # 40 members of 12 numbers, not independent of one another: 90 % within some five standard errors
    assert recovery["covered_90"].mean() == pytest.approx(0.9, abs=0.06)
    assert ranks["rank"].mean() == pytest.approx(trust.DRAWS / 2, abs=6)
    assert set(ranks["L"]) == {trust.DRAWS}


def test_sizes_that_are_too_small_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        run.calibrate(tmp_path, load_pack().surveys_table(), run.Sizes(sets=5, members=1))
    assert [problem.key for problem in caught.value.problems] == ["sets", "members"]
    assert run.FULL.held_out == 300
    assert run.QUICK.held_out == 20


# banks and the whole way ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, run.Calibration]:
    """Return a calibration that is far too small, and its folder."""
    folder = tmp_path_factory.mktemp("calibration")
    return folder, run.calibrate(folder, load_pack().surveys_table(), TINY, 3, 2)


def test_a_calibration_gives_every_table(tiny: tuple[Path, run.Calibration]) -> None:
    _, found = tiny
    assert all(len(table) for table in found.tables.values())
    assert list(found.ensemble.columns) == ["member", *changed_leaves(DEFAULTS)]
    assert len(found.ensemble) == TINY.members
    assert set(found.patterns["pattern"]) == set(members.HELD_TO)
    assert found.fit["inside_90"].equals(found.fit["value"].between(found.fit["p05"], found.fit["p95"]))


def test_a_calibration_goes_on_where_it_was_cut_off_and_gives_the_same(
    tiny: tuple[Path, run.Calibration], tmp_path: Path
) -> None:
    folder, found = tiny
    for log in folder.glob("*.jsonl"):
        whole = log.read_bytes()
        (tmp_path / log.name).write_bytes(whole[: int(len(whole) * 0.97)])  # within a line, as a kill leaves it
    again = run.calibrate(tmp_path, load_pack().surveys_table(), TINY, 3, 1)
    for name, table in {**found.tables, "ensemble": found.ensemble}.items():
        pd.testing.assert_frame_equal(table, {**again.tables, "ensemble": again.ensemble}[name], obj=name)


def test_a_bank_of_other_code_is_refused_unless_it_is_asked_for(
    tiny: tuple[Path, run.Calibration], tmp_path: Path
) -> None:
    folder, found = tiny
    for log in (folder / f"{name}.jsonl" for name in ("prior", "refined", "members")):  # no simulation is in the fourth
        first, *rest = log.read_text().splitlines(keepends=True)
        head = json.loads(first)
        head["design"]["code"] = "another"
        (tmp_path / log.name).write_text(json.dumps(head) + "\n" + "".join(rest))
    with pytest.raises(SetupError, match="another"):
        run.calibrate(tmp_path, load_pack().surveys_table(), TINY, 3, 1)
    taken = run.calibrate(tmp_path, load_pack().surveys_table(), TINY, 3, 1, old_bank=True)
    assert taken.code == "another"
    pd.testing.assert_frame_equal(taken.ensemble, found.ensemble)
