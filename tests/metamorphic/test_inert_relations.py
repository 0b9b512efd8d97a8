"""What does nothing, and who leaves whom alone: each relation holds to the last bit unless it says otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from drawn import SEARCH, assert_same, differ, drawn_parameters, only, run, scenario, whatever

from spsim.config import LEVERS, MEDIA_SOURCES, parameter_table
from spsim.config.levers import Lever
from spsim.config.parameters.politics import Observation
from spsim.data import COUNTRIES

POWERS = ("CN", "RU")
OTHER_SEED = 1_000_003
"""Added to a seed it draws another set of parameters."""

NOBODY_STUDIES: dict[str, Any] = {
    name: {power: dict.fromkeys(COUNTRIES, 0.0) for power in POWERS} for name in ("demand_rate", "initial_students")
}
NO_EVENTS = {"events": False}


def _others(seed: int, *names: str) -> dict[str, Any]:
    """Return other values for some parameters."""
    drawn = drawn_parameters(seed + OTHER_SEED)
    assert all(drawn[name] != drawn_parameters(seed)[name] for name in names)
    return {name: drawn[name] for name in names}


def _pull(lever: Lever, to: float, power: str, since: str = "Y0-01", extra: str = "") -> str:
    """Return one lever as a line of a scenario file."""
    whose = f", power: {power}" if lever.by_power else ""
    hold = ", hold: true" if lever.kind == "pin" else ""
    return f"  - {{lever: {lever.name}, to: {to}, from: {since}{whose}{hold}{extra}}}\n"


# nothing comes of nothing ---------------------------------------------------------------------------------------------


@whatever()
def test_a_lever_at_its_base_value_changes_nothing(seed: int) -> None:
    """All levers moved to where they stand anyway: the same run, for every lever whose base is a number."""
    p, lines, moved = scenario(seed).parameters, "levers:\n", 0
    for lever in LEVERS.values():
        for power in POWERS if lever.by_power else POWERS[:1]:
            base = {
                "parameter transmission": p.transmission,
                "parameter initial_adaptation": p.initial_adaptation[power],
            }
            number = base.get(lever.base, lever.base)
            if number in ("state", "Freedom House total / 100"):
                continue
            lines += _pull(lever, float(number), power) + _pull(
                lever, float(number), power, "Y1-03", ", ramp_years: 0.5"
            )
            moved += 1
    assert moved > 20
    assert_same(run(seed), run(seed, lines))


@whatever()
def test_an_event_that_is_too_early_too_late_or_of_no_size_changes_nothing(seed: int) -> None:
    """What happened before the run or will happen after it is not in it, and an event of size zero is none."""
    text = "events:\n"
    for kind in ("threat", "memory", "closure", "anchor", "security"):
        text += f"  - {{name: none-{kind}, kind: {kind}, powers: [CN, RU], size: 0, from: Y0-03, to: Y1-03}}\n"
        text += f"  - {{name: early-{kind}, kind: {kind}, powers: [CN, RU], size: 0.9, from: 2000-02, to: 2003-12}}\n"
        text += f"  - {{name: late-{kind}, kind: {kind}, powers: [CN, RU], size: 0.9, from: 2040-01, to: 2041-12}}\n"
    untouched = run(seed)
    assert_same(untouched, run(seed, text))
    for kind in ("threat", "memory", "closure", "anchor", "security"):
        name = f"late-{kind}, kind: {kind}, powers: [CN, RU], size: 0.9, from: "
        acting = run(seed, text.replace(f"{name}2040-01, to: 2041-12", f"{name}Y0-02, to: Y0-04"))
        column = {"closure": "country_power.students", "security": "opinion.approval"}.get(kind, "opinion.affect")
        assert differ(untouched, acting, column if kind != "threat" else "country_power.threat"), kind


@whatever()
def test_parameters_of_what_does_not_happen_do_not_matter(seed: int) -> None:
    """Without events, drift, students, adaptation, commitments after the record: their parameters change nothing."""
    absent: dict[str, Any] = {
        **NO_EVENTS,
        **NOBODY_STUDIES,
        "first": 2016,
        "drift": {power: dict.fromkeys(COUNTRIES, 0.0) for power in POWERS},
        "initial_adaptation": dict.fromkeys(POWERS, 0.0),
        "demonstration_strength": dict.fromkeys(POWERS, 0.0),
        "hedge": 0.0,
        "threshold_base": 0.2,  # protest and concessions there are; they stop what is projected, and nothing is yet
    }
    unasked = (
        *("jump_share", "memory_decay", "security_decay", "land_protest_rate", "war_memory", "covid_aid"),
        *("kabul_security", "kabul_exposure", "xinjiang_kinship", "visa_contact"),
        *("study_years", "leave_share", "hire_rate", "to_ceiling", "quit_rate", "give_up", "posts_per_bn"),
        *("alumni_recruitment", "alumni_orientation", "demand_floor", "demand_affect", "scholarship_share"),
        *("gate_adaptation", "adaptation_cost", "allocation_response", "demonstration_stance", "hedge_above"),
        *("moratorium_factor", "moratorium_years", "concession_hazard", "commitments_after_record"),
    )
    others = {**_others(seed, *unasked), "drift_start": 2015.0, "drift_years": 1.0}
    one, other = run(seed, **absent), run(seed, **absent, **others)
    assert_same(one, other)
    # what students would think if there were any: they weigh nothing, but the search for rest asks them too
    opinions = _others(seed, "affect_student", "affect_employed", "affect_disappointed", "alumni_threat_factor")
    other = run(seed, **absent, **opinions)
    assert_same(only(one, "opinion.affect"), only(other, "opinion.affect"), within=SEARCH)


@whatever()
def test_budgets_without_strength_buy_no_opinion(seed: int) -> None:
    """Where media and culture have no strength, money, adaptation, audiences and positions of theirs change nothing."""
    mute: dict[str, Any] = {
        "media_strength": 0.0,
        "culture_strength": 0.0,
        "demonstration_strength": dict.fromkeys(POWERS, 0.0),
        "budget_scale": dict.fromkeys(POWERS, 1.0),
    }
    levers = "levers:\n"
    for name in ("media_budget", "culture_budget", "institutes_open", "adaptation"):
        levers += "".join(_pull(LEVERS[name], 0.3, power, "Y0-05") for power in POWERS)
    levers += "".join(_pull(LEVERS[f"source_{name}"], 4.0, "", "Y0-05") for name in MEDIA_SOURCES)
    loud = _others(
        seed,
        *(
            "stance",
            "private_press_stance",
            "gate_opinion",
            "gate_heritage",
            "gate_threat",
            "gate_adaptation",
            "backlash",
        ),
        *("reach_state_media", "reach_private_press", "reach_russian_tv_old", "reach_culture_urban", "adaptation_cost"),
    )
    one, other = run(seed, **mute), run(seed, levers, **mute, **loud)
    assert_same(one, other)
    names = list(one["public.contribution"]["channel"].values)
    sources = names[names.index("clipping") + 1 : -1]
    assert len(sources) == len(MEDIA_SOURCES) + len(POWERS)
    assert not one["public.contribution"].sel(channel=sources).any()


@whatever()
def test_a_heritage_that_weighs_nothing_may_fade(seed: int) -> None:
    """Where heritage moves neither anchors nor acceptance, its fading and its transmission change heritage alone."""
    weightless = {"heritage_weight": dict.fromkeys(POWERS, 0.0), "gate_heritage": dict.fromkeys(POWERS, 0.0)}
    levers = "levers:\n" + _pull(LEVERS["heritage_fade"], 0.3, "", "Y0-04")
    levers += _pull(LEVERS["heritage_transmission"], 0.95, "", "Y0-04")
    one, other = run(seed, **weightless), run(seed, levers, **weightless)
    assert_same(one, other, but=("country.heritage",))
    assert differ(one, other, "country.heritage")


SHOCKS = """
events:
  - {name: shock, kind: threat, powers: [CN], size: 3, from: Y0-03, to: Y0-09}
"""


@whatever()
def test_a_threat_that_nobody_fears_moves_nobody(seed: int) -> None:
    """Where threat weighs on neither anchors nor acceptance, it rises and changes nothing else, not even the street."""
    unfeared = {"threat_weight": dict.fromkeys(POWERS, 0.0), "gate_threat": dict.fromkeys(POWERS, 0.0)}
    presence = _others(seed, "threat_labour", "threat_opacity", "threat_decay")
    one, other = run(seed, **unfeared), run(seed, SHOCKS, **unfeared, **presence)
    assert_same(one, other, but=("country_power.threat",))
    assert differ(one, other, "country_power.threat")


@whatever()
def test_a_state_that_is_held_obeys_nobody(seed: int) -> None:
    """Opacity and the share of foreign labour held at a value ask for none of their own parameters and levers."""
    held = "levers:\n" + _pull(LEVERS["opacity"], 0.35, "")
    held += "".join(_pull(LEVERS["foreign_labour_share"], 0.25, power) for power in POWERS)
    pushes = _pull(LEVERS["contract_transparency"], 0.9, "") + _pull(LEVERS["local_hiring_floor"], 0.9, "", "Y0-02")
    others = _others(
        seed,
        *("opacity_base", "opacity_rate", "opacity_gap", "opacity_openness", "concession_weight"),
        *("localisation", "localisation_press", "localisation_drift"),
    )
    one, other = run(seed, held), run(seed, held + pushes, **others)
    assert_same(one, other, but=("country.loop_gain",))  # the gain is what the loop would do if opacity were free
    assert (one["country.opacity"] == 0.35).all()


@whatever()
def test_who_agrees_has_nothing_to_learn_from_each_other(seed: int) -> None:
    """Among citizens who are alike, how much they listen and to whom does not matter, up to the search for a start."""
    alike: dict[str, Any] = {
        **NOBODY_STUDIES,
        "end": "Y0-12",
        "noise": 0.0,
        "idiosyncratic_spread": 0.0,
        "threat_sensitivity_spread": 0.0,
        "heritage_weight": dict.fromkeys(POWERS, 0.0),
        "media_strength": 0.0,
        "culture_strength": 0.0,
        "demonstration_strength": dict.fromkeys(POWERS, 0.0),
    }
    others = _others(seed, "social_rate", "mean_ties", "homophily")
    one, other = run(seed, **alike), run(seed, **alike, **others)
    affect = "opinion.affect"
    np.testing.assert_allclose(one[affect], other[affect], atol=5e-6)
    for result in (one, other):
        assert np.abs(result["public.contribution"].sel(channel="social_influence")).max() < 1e-9
    assert np.ptp(one[affect].sel(group="public").values, axis=0).max() > 1e-3, "opinion does move"


@whatever()
def test_an_elite_of_equals_acts_as_one(seed: int) -> None:
    """Where elite members are alike, two of them do what thirty do, up to the order of a sum."""
    alike = {"rent_spread": 0.0, "orientation_spread": 0.0, "alumni_orientation": 0.0}
    assert_same(run(seed, elites=2, **alike), run(seed, elites=30, **alike), within=1e-8)


# who leaves whom alone ------------------------------------------------------------------------------------------------


@whatever()
def test_elites_reach_the_public_through_state_media_and_secrecy_only(seed: int) -> None:
    """Where state media reach nobody and a gap hides nothing, the public does the same under any elite."""
    cut: dict[str, Any] = {"reach_state_media": 0.0, "opacity_gap": 0.0}
    elite = (
        *(
            "rent_weight",
            "rent_spread",
            "listen",
            "bow",
            "elite_rate",
            "hedge",
            "membership_security",
            "kabul_security",
        ),
        *("non_interference", "initial_alignment", "orientation_spread", "elite_turnover", "alumni_orientation"),
    )
    one, other = run(seed, **cut), run(seed, **cut, **_others(seed, *elite))
    public = [name for name in one if name.split(".")[0] in {"cohorts", "country", "country_power", "public"}]
    assert_same(only(one, *public), only(other, *public))
    opinion = [name for name in one if name.startswith("opinion.")]
    assert_same(only(one, *opinion, group="public"), only(other, *opinion, group="public"))
    assert differ(only(one, *opinion, group="elite"), only(other, *opinion, group="elite"), "opinion.affect")


@whatever()
def test_the_public_reaches_elites_by_being_heard_and_feared_only(seed: int) -> None:
    """Where elites neither listen nor bow nor concede, what citizens think changes nothing of what elites do.

    Pressure is off, which also frees posts for graduates; students choose by prospects and not by affect, since
    graduates enter the elite.
    """
    deaf: dict[str, Any] = {
        "listen": 0.0,
        "bow": dict.fromkeys(POWERS, 0.0),
        "press_rate": 0.0,
        "demand_affect": 0.0,
    }
    public = ("base", "anchor_rate", "social_rate", "noise", "common_noise", "idiosyncratic_spread", "threat_weight")
    public += ("media_strength", "gate_opinion", "heritage_weight", "threat_sensitivity_mean", "threshold_base")
    one, other = run(seed, **deaf), run(seed, **deaf, **_others(seed, *public))
    opinion = [name for name in one if name.startswith("opinion.")]
    # of the region's mean only the weights are the public's, and these are the adults
    assert_same(only(one, *opinion, group="elite"), only(other, *opinion, group="elite"))
    assert_same(only(one, "elite.contribution"), only(other, "elite.contribution"))
    assert differ(only(one, *opinion, group="public"), only(other, *opinion, group="public"), "opinion.affect")


FAR = {
    "scholarships": 5.0,
    "seats": 0.001,
    "adaptation": 1.0,
    "adaptive_allocation": 1.0,
    "openness": 0.6,
    "local_hiring_floor": 0.99,
    "contract_transparency": 1.0,
    "moratorium": 1.0,
    "heritage_fade": 0.2,
    "heritage_transmission": 0.9,
    "opacity": 0.1,
    "foreign_labour_share": 0.5,
}
"""Where levers are moved to; factors and shares that are not listed go to 0.3, so that no lever hides another."""


def _all_levers(*wheres: str) -> str:
    """Return all levers, once for each of the places given."""
    lines = [
        _pull(lever, FAR.get(name, 0.3), power, "Y0-05", where)
        for where in wheres
        for name, lever in LEVERS.items()
        for power in (POWERS if lever.by_power else POWERS[:1])
    ]
    return "levers:\n" + "".join(lines)


@whatever()
def test_what_is_decided_for_one_country_leaves_its_neighbour_alone(seed: int) -> None:
    """All levers pulled in Kazakhstan: Kyrgyzstan does what it did; pulled in each, they do what they do for all.

    Also the lever that moves money between countries, as long as it is pulled in one of them only.
    """
    untouched, pulled = run(seed), run(seed, _all_levers(", countries: [KZ]"))
    assert_same(only(untouched, country="KG"), only(pulled, country="KG"))
    assert differ(only(untouched, country="KZ"), only(pulled, country="KZ"), "opinion.affect")
    everywhere, each = _all_levers(""), _all_levers(", countries: [KZ]", ", countries: [KG]")
    assert_same(run(seed, everywhere), run(seed, each))


ABOUT_RUSSIA = """
events:
  - {name: war, kind: memory, powers: [RU], size: 0.3, from: Y0-03, to: Y0-05}
  - {name: charm, kind: anchor, powers: [RU], size: 0.2, from: Y0-08, to: Y1-08}
  - {name: help, kind: security, powers: [RU], size: 0.2, from: Y0-10, to: Y0-11}
  - {name: fear, kind: threat, powers: [RU], size: 2, from: Y0-02, to: Y0-06}
"""


@whatever()
def test_what_one_power_does_changes_no_opinion_of_the_other(seed: int) -> None:
    """A war, a charm offensive and security help of Russia's: opinion on China, threat and protest stay as they were.

    Nobody in the street acts on a dislike of Russia, and students choose without affect, as their number is part of the
    public's. To the bit for a year; then those who turn eighteen may start a little elsewhere.
    """
    settings = {"demand_affect": 0.0}
    one, other = run(seed, **settings, end="Y0-12"), run(seed, ABOUT_RUSSIA, **settings, end="Y0-12")
    assert_same(only(one, power="CN"), only(other, power="CN"))
    country = [name for name in one if name.startswith("country.")]
    assert_same(only(one, *country), only(other, *country))
    assert differ(one, other, "opinion.affect")
    one, other = run(seed, **settings), run(seed, ABOUT_RUSSIA, **settings)
    assert_same(only(one, "opinion.affect", power="CN"), only(other, "opinion.affect", power="CN"), within=SEARCH)


@whatever()
def test_the_street_is_empty_of_opinion_where_nobody_has_a_grievance(seed: int) -> None:
    """Where neither threat nor dislike is a grievance, who protests does not depend on what anybody thinks."""
    content: dict[str, Any] = {
        "threat_weight": dict.fromkeys(POWERS, 0.0),
        "dislike_weight": dict.fromkeys(POWERS, 0.0),
        "demand_affect": 0.0,
        "threshold_base": 0.3,
        "threshold_closed": 0.1,
    }
    public = ("base", "anchor_rate", "social_rate", "noise", "common_noise", "idiosyncratic_spread", "media_strength")
    public += ("heritage_weight", "threat_labour", "gate_opinion", "rent_weight", "opacity_gap", "stance")
    one, other = run(seed, **content), run(seed, **content, **_others(seed, *public))
    street = [
        f"country.{name}" for name in ("protest_share", "protest_events", "press", "protest_slope", "upper_share")
    ]
    assert_same(only(one, *street), only(other, *street))
    assert one["country.protest_share"][1:].min() > 0
    assert differ(one, other, "opinion.affect")


@whatever()
def test_how_opinion_is_asked_does_not_move_it(seed: int) -> None:
    """Another questionnaire, another pollster, more fear to speak: other answers from citizens who think the same."""
    asked = [name for name in Observation.model_fields if drawn_parameters(seed)[name] != parameter_table()[name][2]]
    assert {"survey_noise", "approval_cut", "preference_falsification"} < set(asked)
    one, other = run(seed), run(seed, **_others(seed, *asked))
    answers = ["opinion.approval", "opinion.disapproval", "opinion.no_opinion", "cohorts.approval"]
    answers += ["divergence.divergence_points", "country_power.job_belief"]
    assert_same(one, other, but=answers)
    assert all(differ(one, other, name) for name in answers)
