"""More of one thing: what then adds up, what cannot rise, what cannot fall, and what it cannot exceed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from drawn import LINEAR, assert_same, differ, drawn_parameters, only, run, scenario, whatever

from spsim.config import MEDIA_SOURCES
from spsim.data import COUNTRIES

POWERS = ("CN", "RU")
NO_STREET = {"press_rate": 0.0}
"""Nobody who decides hears of protest, so that it has no consequences."""

ROUNDING = 1e-6
"""Half a step of float32, in which affect is kept, may be lost each month."""

SHOCKS = """
events:
  - {name: shock, kind: threat, powers: [CN], size: 2, from: Y0-03, to: Y0-09}
"""


def _never_below(more: xr.DataArray, less: xr.DataArray, by: float = 0.0) -> None:
    assert (more - less).min() >= -by


# sums -----------------------------------------------------------------------------------------------------------------


def _event(name: str, kind: str, size: float, first: str, last: str) -> str:
    return f"  - {{name: {name}, kind: {kind}, powers: [CN, RU], size: {size}, from: {first}, to: {last}}}\n"


@whatever()
def test_two_events_do_what_one_of_their_joint_size_does(seed: int) -> None:
    """Whatever its kind, one event is the sum of two smaller ones, at the same time or one after the other."""
    one, together, in_turn = "events:\n", "events:\n", "events:\n"
    for kind, size in (("threat", 0.8), ("memory", 0.12), ("anchor", 0.06), ("security", 0.12), ("closure", 0.6)):
        total = kind in {"memory", "security"}  # what is spread over the window; the others hold throughout it
        one += _event(kind, kind, size, "Y0-05", "Y0-10")
        together += _event(f"{kind}-a", kind, size / 4, "Y0-05", "Y0-10")
        together += _event(f"{kind}-b", kind, 3 * size / 4, "Y0-05", "Y0-10")
        in_turn += _event(f"{kind}-a", kind, size / 3 if total else size, "Y0-05", "Y0-06")
        in_turn += _event(f"{kind}-b", kind, 2 * size / 3 if total else size, "Y0-07", "Y0-10")
    expected = run(seed, one)
    assert_same(expected, run(seed, together), within=ROUNDING)
    assert_same(expected, run(seed, in_turn), within=ROUNDING)
    assert differ(expected, run(seed), "opinion.affect")


@whatever()
def test_shocks_add_up_where_opinion_is_linear(seed: int) -> None:
    """Without sources and with a street that nobody hears, two shocks together do what each does alone, added up.

    To threat at every date; to the public's affect within a year, as those who turn eighteen start where a search
    leaves them.
    """
    scare = _event("scare", "threat", 1.4, "Y0-03", "Y0-06") + _event("gift", "anchor", 0.05, "Y0-04", "Y0-09")
    scare += _event("slight", "memory", 0.05, "Y0-04", "Y0-05")
    war = _event("war", "memory", 0.1, "Y0-05", "Y0-08") + _event("raid", "threat", 0.5, "Y0-05", "Y1-02")
    none, one, other, both = (
        run(seed, f"events:\n{events}" if events else "", **LINEAR, **NO_STREET)
        for events in ("", scare, war, scare + war)
    )
    assert np.abs(both["public.contribution"].sel(channel="clipping")).max() < 1e-7
    first_year = {"date": both["opinion.affect"]["date"].values[:12], "group": "public"}
    for name, where, within in (("country_power.threat", {}, 1e-12), ("opinion.affect", first_year, ROUNDING)):
        effects = [(result[name] - none[name]).sel(where) for result in (one, other, both)]
        np.testing.assert_allclose(effects[2], effects[0] + effects[1], atol=within, rtol=0)
        assert all(np.abs(effect).max() > 1e-3 for effect in effects)


@whatever()
def test_adaptation_that_convinces_nobody_is_a_cut_of_the_budget(seed: int) -> None:
    """Where acceptance does not rise with it, adaptation does what spending its cost less on media and culture does."""
    settings = {"gate_adaptation": 0.0, "initial_adaptation": dict.fromkeys(POWERS, 0.0), "culture_strength": 0.3}
    left = 1 - 0.8 * drawn_parameters(seed)["adaptation_cost"]
    adapted, cut = "levers:\n", "levers:\n"
    for power in POWERS:
        adapted += f"  - {{lever: adaptation, to: 0.8, from: Y0-04, power: {power}}}\n"
        for name in ("media_budget", "culture_budget"):
            cut += f"  - {{lever: {name}, to: {left}, from: Y0-04, power: {power}}}\n"
    one, other = run(seed, adapted, **settings), run(seed, cut, **settings)
    assert_same(one, other, within=ROUNDING)
    assert differ(one, run(seed, **settings), "public.contribution")
    free = {**settings, "adaptation_cost": 0.0}
    assert_same(run(seed, adapted, **free), run(seed, **free))


AUDIENCES: dict[str, tuple[str, ...]] = {
    "chinese_language_tv": ("reach_chinese_language_tv",),
    "chinese_media_in_russian": ("reach_chinese_media_in_russian",),
    "chinese_media_in_titular": ("reach_chinese_media_in_titular",),
    "russian_tv": ("reach_russian_tv_young", "reach_russian_tv_old", "reach_russian_tv_other"),
    "state_media": ("reach_state_media",),
    "private_press": ("reach_private_press",),
}


@pytest.mark.parametrize("name", list(MEDIA_SOURCES))
@whatever(2)
def test_a_closed_source_is_a_source_without_audience(name: str, seed: int) -> None:
    """A medium switched off by its lever: the same run as if it reached nobody, and nothing comes from it."""
    many: dict[str, Any] = {"chinese_speakers": 0.5}  # so that Chinese-language television reaches somebody
    nobody = {
        parameter: dict.fromkeys(COUNTRIES, 0.0) if isinstance(drawn_parameters(seed)[parameter], dict) else 0.0
        for parameter in AUDIENCES[name]
    }
    closed = run(seed, **many, **{f"source_{name}": 0.0})
    assert_same(closed, run(seed, **many, **nobody))
    for column in ("public.contribution", "public.reach"):
        assert not np.nan_to_num(closed[column].sel(channel=name)).any()
    assert np.nan_to_num(run(seed, **many)["public.contribution"].sel(channel=name)).any()


# what cannot rise or fall ---------------------------------------------------------------------------------------------


@whatever()
def test_a_greater_war_never_raises_opinion_of_the_power_that_wages_it(seed: int) -> None:
    """More memory of a war: nobody's affect to Russia is higher at any date; where elites do not listen.

    If they did, state media would speak worse of Russia, which those who disagree can answer with the opposite.
    """
    deaf = {"listen": 0.0, "demand_affect": 0.0}
    war = "events:\n  - {{name: war, kind: memory, powers: [RU], size: {0}, from: Y0-04, to: Y0-06}}\n"
    small, great = (run(seed, war.format(size), **deaf) for size in (0.1, 0.3))
    for name in ("opinion.affect", "opinion.approval", "cohorts.affect"):
        _never_below(small[name].sel(power="RU"), great[name].sel(power="RU"), ROUNDING)
    _never_below(great["opinion.disapproval"].sel(power="RU"), small["opinion.disapproval"].sel(power="RU"), ROUNDING)
    assert differ(small, great, "opinion.affect")


@whatever()
def test_a_kinder_voice_never_lowers_opinion(seed: int) -> None:
    """A power's media and culture speak better of it: nobody likes it less; where nobody rejects what is said.

    Acceptance must not depend on agreement either: to those who dislike a power, a kinder voice sounds less credible.
    """
    settings = {"gate_opinion": 0.0, "backlash": 0.0, "demand_affect": 0.0, "media_strength": 0.8}
    cool, kind = (run(seed, **settings, **{"stance.RU": stance}) for stance in (0.3, 0.9))
    for name in ("opinion.affect", "cohorts.affect"):
        _never_below(kind[name].sel(power="RU"), cool[name].sel(power="RU"), ROUNDING)
    assert differ(cool, kind, "opinion.affect")


@whatever()
def test_a_heavier_heritage_never_lowers_opinion(seed: int) -> None:
    """Heritage that speaks for Russia with more weight: no affect to Russia falls; where elites do not listen."""
    deaf = {"listen": 0.0, "demand_affect": 0.0}
    light, heavy = (run(seed, **deaf, **{"heritage_weight.RU": weight}) for weight in (0.2, 0.5))
    for name in ("opinion.affect", "cohorts.affect"):
        _never_below(heavy[name].sel(power="RU"), light[name].sel(power="RU"), ROUNDING)
    assert differ(light, heavy, "opinion.affect")


@whatever()
def test_higher_thresholds_never_bring_more_people_into_the_street(seed: int) -> None:
    """Costlier protest or less contagion: no country has more protesters or more events in any month."""
    willing = {"threshold_base": 0.5, "threshold_closed": 0.4, "contagion": 0.5, "openness": 0.15}
    easy = run(seed, SHOCKS, **NO_STREET, **willing)
    for change in ({"threshold_base": 0.6}, {"threshold_closed": 0.7}, {"contagion": 0.1}):
        hard = run(seed, SHOCKS, **NO_STREET, **{**willing, **change})
        for name in ("country.protest_share", "country.protest_events", "country.upper_share"):
            _never_below(easy[name], hard[name])
        assert differ(easy, hard, "country.protest_share")
        opinion = [name for name in easy if not name.startswith("country.")]
        assert_same(only(easy, *opinion), only(hard, *opinion))


@whatever()
def test_a_finer_count_of_events_changes_the_count_only(seed: int) -> None:
    """More events for the same participation: no count falls, and nothing else moves, as nobody reads the counts."""
    scale = drawn_parameters(seed)["protest_scale"]
    willing = {"threshold_base": 0.5, "threshold_closed": 0.4}
    one, finer = run(seed, SHOCKS, **willing), run(seed, SHOCKS, **willing, protest_scale=3 * scale)
    _never_below(finer["country.protest_events"], one["country.protest_events"])
    assert_same(one, finer, but=("country.protest_events",))
    assert differ(one, finer, "country.protest_events")


RECIPIENTS_DECIDE = """
levers:
  - {{lever: local_hiring_floor, to: {0}, from: Y0-04}}
  - {{lever: contract_transparency, to: {1}, from: Y0-06}}
"""


@whatever()
def test_local_hiring_and_open_books_never_raise_foreign_labour_opacity_or_threat(seed: int) -> None:
    """A higher hiring floor or more published contracts: less or equal foreign labour, opacity and threat at all dates.

    At once in the full model, and at every later date where neither the street nor the gap between elites and public
    works back on them: without them fewer protests would also mean less pressure to open the books.
    """
    for name, low, high in (("foreign_labour_share", (0.3, 0.0), (0.8, 0.0)), ("opacity", (0.0, 0.2), (0.0, 0.9))):
        column = f"country_power.{name}" if name == "foreign_labour_share" else f"country.{name}"
        weak, strong = (
            run(seed, RECIPIENTS_DECIDE.format(*sizes), **NO_STREET, opacity_gap=0.0) for sizes in (low, high)
        )
        _never_below(weak[column].fillna(0), strong[column].fillna(0))
        _never_below(weak["country_power.threat"], strong["country_power.threat"])
        assert differ(weak, strong, "country_power.threat")
        weak, strong = (run(seed, RECIPIENTS_DECIDE.format(*sizes)) for sizes in (low, high))
        first = {"date": slice(0, 8 if name == "opacity" else 6)}
        _never_below(weak[column].isel(first).fillna(0), strong[column].isel(first).fillna(0))
        if name == "foreign_labour_share":
            assert strong[column].isel(date=slice(5, None)).max() <= 1 - high[0]


@whatever()
def test_a_closed_border_lets_no_student_and_no_culture_in(seed: int) -> None:
    """From the month in which the border closes, students only leave, and culture reaches nobody and moves nobody."""
    open_, closed = run(seed), run(seed, "levers:\n  - {lever: border_open, to: 0, from: Y0-07}\n")
    students = closed["country_power.students"].isel(date=slice(6, None))
    assert (students.diff("date") < 0).all()
    _never_below(open_["country_power.students"], closed["country_power.students"])
    culture = {"channel": ["culture_cn", "culture_ru"]}
    for name in ("public.contribution", "public.reach"):
        assert not np.nan_to_num(closed[name].isel(date=slice(7, None)).sel(culture)).any()
        assert closed[name].isel(date=slice(1, 7)).sel(culture).max() > 0


@whatever()
def test_stricter_questions_and_more_fear_have_their_signs(seed: int) -> None:
    """A higher cut takes from approval and from disapproval; fear to speak adds to the public's approval alone."""
    base = {"approval_cut": 0.08, "preference_falsification": _fear(0.0)}
    plain, strict = run(seed, **base), run(seed, **{**base, "approval_cut": 0.2})
    for name in ("opinion.approval", "opinion.disapproval"):
        assert (strict[name] < plain[name]).all()
    fearful = run(seed, **{**base, "preference_falsification": _fear(0.1)})
    public, elite = ({"group": group} for group in ("public", "elite"))
    assert (fearful["opinion.approval"].sel(public) > plain["opinion.approval"].sel(public)).all()
    assert (fearful["opinion.disapproval"].sel(public) < plain["opinion.disapproval"].sel(public)).all()
    np.testing.assert_array_equal(fearful["opinion.approval"].sel(elite), plain["opinion.approval"].sel(elite))


def _fear(size: float) -> dict[str, dict[str, float]]:
    return {power: dict.fromkeys(COUNTRIES, size) for power in POWERS}


@whatever()
def test_no_source_moves_more_than_those_whom_it_reaches_could_move(seed: int) -> None:
    """In a month no source moves a mean by more than strength x reach x the whole distance to its message.

    So a channel that reaches one adult in a thousand is inert whatever it says, and its message however accepted.
    """
    credulous = {
        "gate_base": 10.0,
        "gate_heritage": dict.fromkeys(POWERS, 0.0),
        "gate_threat": dict.fromkeys(POWERS, 0.0),
    }
    p = scenario(seed).parameters
    strongest = max(p.media_strength, p.culture_strength, *p.demonstration_strength.values()) / (1 - np.exp(-1))
    for settings in ({}, credulous):
        result = run(seed, **settings)
        moved, reach = result["public.contribution"][1:], result["public.reach"][1:]
        names = list(moved["channel"].values)
        sources = names[names.index("clipping") + 1 : -1]
        bound = 2 * strongest * reach.sel(channel=sources) / 12
        assert (np.abs(moved.sel(channel=sources)) <= bound + 1e-12).all()
        if settings:  # whoever is reached accepts: the bound is used to a good part
            assert (np.abs(moved.sel(channel=sources)) / bound).max() > 0.1
