"""The mechanisms of the model by name, and what it takes to switch each of them off.

Both papers give signs without sizes, so every mechanism is a hypothesis: a scenario file says
``mechanisms: {heritage: off}`` and runs without it. To switch off is to set the parameters behind a mechanism to the
values at which it is silent; nothing in the model has to know of switches. A structural alternative is a switch with
a name of its own (``social_influence: bounded_confidence``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spsim.config.scenario import Scenario

ON, OFF = "on", "off"
"""``on`` leaves a mechanism to its parameters and takes back what a lower layer has switched."""

BOUNDED_CONFIDENCE = 0.5
"""Distance in affect within which citizens still listen under ``bounded_confidence``: a quarter of the scale."""

NOBODY = 10.0
"""A protest threshold that no grievance reaches (the largest that is allowed)."""

ENDLESS_POSTS = 1e6
"""Posts for each billion that no cohort of graduates can fill (the largest number that is allowed)."""


@dataclass(frozen=True)
class Mechanism:
    """One hypothesis about how the world works.

    ``options`` says for each way to switch it which parameters take which value; a number holds for every power and
    country that the parameter lists.
    """

    name: str
    section: str
    description: str
    source: str
    options: dict[str, dict[str, float]]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters behind it."""
        return tuple(dict.fromkeys(name for values in self.options.values() for name in values))

    @property
    def choices(self) -> tuple[str, ...]:
        """What a scenario file may say of it."""
        return (ON, *self.options)


def _off(name: str, section: str, description: str, source: str, **silent: float) -> Mechanism:
    return Mechanism(name, section, description, source, {OFF: silent})


MECHANISMS: dict[str, Mechanism] = {
    mechanism.name: mechanism
    for mechanism in (
        # opinion
        Mechanism(
            "social_influence", "opinion",
            "Citizens move towards the mean of those whom they listen to; under bounded_confidence only towards those "
            "whose affect is near their own.",
            "Friedkin and Johnsen 1990; Deffuant et al. 2000; Hegselmann and Krause 2002",
            {OFF: {"social_rate": 0}, "bounded_confidence": {"confidence_bound": BOUNDED_CONFIDENCE}},
        ),
        _off("anchoring", "opinion", "Affect returns to each citizen's own anchor; off, nothing that works through "
             "the anchor is left.", "Friedkin and Johnsen 1990; K34", anchor_rate=0),
        _off("own_anchors", "opinion", "Citizens differ in their anchors.", "spread of answers in country items",
             idiosyncratic_spread=0),
        _off("individual_noise", "opinion", "Chance moves each citizen.", "turnover of individual answers", noise=0),
        _off("common_noise", "opinion", "Chance moves a country's citizens together.",
             "national approval moves from year to year", common_noise=0),
        _off("homophily", "opinion", "Citizens listen to their like in language and place.",
             "McPherson, Smith-Lovin and Cook 2001", homophily=0),
        _off("drift", "opinion", "The anchor towards Russia slides in Kazakhstan from 2014 on (imposed).",
             "Gallup 2014 and 2021", drift=0),
        # heritage
        _off("heritage", "heritage", "The Soviet heritage shifts anchors and acceptance.", "C43, C44, C45, K33",
             heritage_weight=0, gate_heritage=0),
        _off("heritage_cohorts", "heritage", "Heritage falls over birth cohorts; off, all cohorts have half of it.",
             "C44", cohort_slope=0),
        _off("heritage_transmission", "heritage", "The young take a share of heritage from their elders.", "C43, C44",
             transmission=0),
        # media and culture
        _off("media", "media", "Media pull those whom they reach.", "C20, K23, K25, K26", media_strength=0),
        _off("culture", "media", "Cultural offers pull those whom they reach.", "C17, C18, K20", culture_strength=0),
        _off("gate", "media", "Who accepts a message depends on opinion, heritage, threat and adaptation; off, "
             "everybody accepts one half.", "Zaller 1992; C36, C45, K38",
             gate_base=0, gate_opinion=0, gate_heritage=0, gate_threat=0, gate_adaptation=0, backlash=0,
             state_source_discount=0),
        _off("adaptation", "media", "Local adaptation raises the acceptance of a power's offers.", "K46, C41",
             gate_adaptation=0),
        _off("state_source_discount", "media", "Sources known to belong to a state are accepted less (silent by "
             "default).", "C05, K07", state_source_discount=0),
        _off("demonstration", "media", "The image of economic success attracts (silent by default).", "K03, K10",
             demonstration_strength=0),
        _off("budget_trend", "powers", "Russia spends less from year to year.", "C26", budget_trend=0),
        _off("adaptive_allocation", "powers", "A power moves its budget to where it is liked less (needs its lever).",
             "K47, K05", allocation_response=0),
        # education
        _off("education", "education", "Citizens study abroad, come back, find a post or not.", "C27-C34, K39-K42",
             demand_rate=0, initial_students=0),
        _off("alumni_affect", "education", "Studying and what comes of it shift affect and the sense of threat.",
             "K39, K40, K42", affect_student=0, affect_employed=0, affect_ceiling=0, affect_disappointed=0,
             alumni_threat_factor=1),
        _off("scarce_posts", "education", "Posts for graduates are limited by a power's exposure.", "C30, C34, K41",
             posts_per_bn=ENDLESS_POSTS),
        _off("career_ceiling", "education", "Employed alumni reach a ceiling.", "K40", to_ceiling=0),
        _off("placement_expectations", "education", "Applicants heed how those before them were placed.", "C33, K24",
             demand_floor=1),
        _off("mood_of_applicants", "education", "Applicants follow affect.", "C27", demand_affect=0),
        _off("alumni_in_elites", "education", "Elite members who studied in a power lean towards it.", "K06, C28",
             alumni_orientation=0),
        # investment
        _off("capital", "investment", "A power's capital or trade makes a country depend on it.", "C24, K14, K45",
             realised_share=0, initial_capital=0, trade_exposure=0),
        _off("project_cycle", "investment", "Announced projects raise hopes, running ones disappoint.",
             "Wang, McCauley and Pearson 2022; C39", announcement_weight=0, disappointment_weight=0),
        _off("localisation", "investment", "Practice and pressure lower the share of foreign labour.",
             "C31, work permits", localisation=0),
        # threat
        _off("threat", "threat", "A perceived threat lowers affect and acceptance, and drives protest.",
             "K32, K35, C36", threat_weight=0, gate_threat=0),
        _off("threat_from_labour", "threat", "Foreign labour in projects is felt as a threat.", "C25, K30",
             threat_labour=0),
        _off("threat_from_opacity", "threat", "Opaque decisions are felt as a threat.", "C42", threat_opacity=0),
        _off("opacity_from_gap", "threat", "A gap between elites and publics makes decisions more opaque.", "C42",
             opacity_gap=0),
        _off("event_jump", "threat", "An event moves affect at once and not through the anchor alone.",
             "speed of the falls of 2018 and 2022 in Kazakhstan", jump_share=0),
        # elites
        _off("rents", "elites", "Dependence pays elites, who align.", "C35, K45", rent_weight=0),
        _off("listening", "elites", "Elites of open countries follow the public.", "Kertzer 2022", listen=0),
        _off("yielding", "elites", "Public pressure bends elites.", "concessions of 2016, 2019, 2020", bow=0),
        _off("hedging", "elites", "Elites draw back from a power on which they depend too much (silent by default).",
             "C09", hedge=0),
        _off("diplomacy", "elites", "Memberships, security and non-interference align elites.", "C12, C07, C21",
             membership_security=0, non_interference=0, kabul_security=0),
        _off("elite_turnover", "elites", "Elite members are replaced.", "careers of about 25 years", elite_turnover=0),
        # protest
        _off("protest", "protest", "Citizens whose grievance passes their threshold protest.",
             "Granovetter 1978; Epstein 2002; C37", threshold_base=NOBODY, background_protest=0),
        _off("contagion", "protest", "Protest of some draws others in.", "Granovetter 1978", contagion=0),
        _off("closed_countries", "protest", "Protest costs more in closed countries.", "C37", threshold_closed=0),
        _off("dislike", "protest", "Dislike adds to grievance.", "C37", dislike_weight=0),
        _off("pressure", "protest", "Protest presses decision makers.", "K36; pressure after protest", press_gain=0),
        _off("concessions", "protest", "States concede moratoria and open books under pressure.", "KZ 2016, KG 2020",
             concession_hazard=0, concession_weight=0),
        # observation
        _off("preference_falsification", "observation", "Who fears to speak answers more kindly (silent by default).",
             "Kuran 1995", preference_falsification=0),
    )
}


def silenced(mechanism: str, option: str, current: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters behind a mechanism with their values under an option.

    Args:
        mechanism: its name.
        option: one of its choices; ``on`` changes nothing.
        current: the parameters in force by name, whose powers and countries are kept.
    """
    wanted = MECHANISMS[mechanism].options[option] if option != ON else {}
    return {name: _everywhere(current[name], float(value)) for name, value in wanted.items()}


def switched(scenario: Scenario, mechanism: str, option: str = OFF) -> Scenario:
    """Return a scenario with one mechanism switched, whatever its parameters were."""
    current = {name: getattr(scenario.parameters, name) for name in MECHANISMS[mechanism].options.get(option, {})}
    changed = silenced(mechanism, option, current)
    mechanisms = {**scenario.mechanisms, mechanism: option}
    return scenario.with_parameters(changed).model_copy(update={"mechanisms": mechanisms})


def without_event(scenario: Scenario, name: str) -> Scenario:
    """Return a scenario in which one event does not happen."""
    events = [
        event.model_copy(update={"active": False}) if event.name == name else event for event in scenario.events
    ]
    return scenario.model_copy(update={"events": events})


def _everywhere(current: Any, value: float) -> Any:  # noqa: ANN401 - a number or a mapping of numbers
    """Return ``value`` at every leaf of ``current``."""
    if isinstance(current, dict):
        return {key: _everywhere(inner, value) for key, inner in current.items()}
    return value
