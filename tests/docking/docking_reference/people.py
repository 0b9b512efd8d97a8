"""Those who hold opinions: citizens, members of the education pipeline, members of the elites."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from docking_reference.outside import clip, single
from spsim.model.randomness import NEXT_GENERATION, country_word

if TYPE_CHECKING:
    from docking_reference.country import Country
    from docking_reference.model import ReferenceModel
    from docking_reference.sources import Source

LANGUAGE_OF_STUDY = {"CN": "Chinese", "RU": "Russian"}
"""What those learn who study in a power."""

FIRST_SEAT = 2**29
"""Seats of the elite are numbered from here, so that they share no draw with citizens."""


class Person(mesa.Agent):
    """Somebody with an affect towards each power, who listens to others, to an inner anchor and to sources."""

    model: ReferenceModel
    # of a citizen these are attributes, of a pipeline member those of the twin
    birth_year: int
    urban: bool
    languages: frozenset[str]
    heritage: float
    sensitivity: float
    own_anchor: dict[str, float]
    ties: list[Citizen]

    def __init__(self, model: ReferenceModel, country: Country, identity: int, affect: dict[str, float]) -> None:
        super().__init__(model)
        self.country, self.identity = country, identity
        self.affect = affect
        self.intended: dict[str, float] = {}
        self.shock: dict[str, float] = {}  # dealt by the model, as all chance is
        self.persons = 0.0  # how many people stand behind this one

    @property
    def is_old(self) -> bool:
        """Whether the media treat the person as one of the older, from forty on."""
        return self.model.year - self.birth_year >= 40

    def felt_threat(self, power: str) -> float:
        """Return how sensitive the person is to a threat from a power."""
        return self.sensitivity

    def shift_by_study(self, power: str) -> float:
        """Return how study in a power moves the anchor."""
        return 0.0

    def anchor(self, power: str) -> float:
        """Return the affect that the person would hold alone."""
        here, rules = self.country, self.country.rules
        return (
            here.level[power]
            + self.own_anchor[power]
            + rules.heritage_weight[power] * self.heritage
            - rules.threat_weight[power] * self.felt_threat(power) * here.threat[power]
            + here.memory[power]
            + here.project_cycle[power]
            + here.month.event_anchor[power]
            + self.shift_by_study(power)
        )

    def pull_of_others(self, power: str) -> float:
        """Return the mean distance to those whom the person listens to (Friedkin and Johnsen 1990)."""
        mine, bound = self.affect[power], self.country.rules.confidence_bound
        pull = 0.0
        for other in self.ties:
            distance = other.affect[power] - mine
            if abs(distance) <= bound:
                pull += distance
        return pull / len(self.ties) if self.ties else 0.0

    def acceptance(self, source: Source, power: str) -> float:
        """Return how far the person accepts what a source says of a power (Zaller 1992); below 0 is backlash."""
        rules = self.country.rules
        resonance = rules.gate_opinion * source.stance[power] * self.affect[power]
        logit = rules.gate_base + resonance
        if source.belongs_to_a_state:
            logit -= rules.state_source_discount
        if source.owner == power:
            logit += rules.gate_adaptation * self.country.month.adaptation[power]
            logit += rules.gate_heritage[power] * self.heritage
            logit -= rules.gate_threat[power] * self.felt_threat(power) * self.country.threat[power]
        return (1 + rules.backlash) / (1 + math.exp(-logit)) - rules.backlash

    def pull_of_sources(self, power: str) -> float:
        """Return the pull of all sources that reach the person and speak of a power, affect a year."""
        pull = 0.0
        for source in self.country.speaking_of[power]:
            reach = source.reach(self)
            if reach > 0:
                accepted = source.strength * reach * self.acceptance(source, power)
                pull += accepted * (source.stance[power] - self.affect[power])
        return pull

    def drift(self, power: str) -> float:
        """Return how fast affect moves without chance or shocks, a year."""
        rules = self.country.rules
        return (
            rules.social_rate * self.pull_of_others(power)
            + rules.anchor_rate * (self.anchor(power) - self.affect[power])
            + self.pull_of_sources(power)
        )

    def jump(self, power: str) -> float:
        """Return the fall of affect that this month's events bring at once."""
        rules, month = self.country.rules, self.country.month
        scare = rules.threat_weight[power] * self.felt_threat(power) * month.threat_impulse[power] * self.model.dt
        return rules.jump_share * (scare + month.memory_impulse[power])

    def decide(self) -> None:
        """Work out the next affect from the state at the beginning of the step."""
        dt, noise = self.model.dt, self.country.rules.noise
        for power in self.model.powers:
            chance = noise * math.sqrt(dt) * self.shock[power] + self.country.common_shock[power]
            moved = self.affect[power] + self.drift(power) * dt - self.jump(power) + chance
            self.intended[power] = single(clip(moved, -1, 1))

    def change(self) -> None:
        """Take up what was decided; everybody does so at once."""
        self.affect.update(self.intended)


class Citizen(Person):
    """A slot of a country, and whoever occupies it: one person in a birth cohort, standing for many."""

    def __init__(self, model: ReferenceModel, country: Country, identity: int, affect: dict[str, float]) -> None:
        super().__init__(model, country, identity, affect)
        self.ties = []
        self.own_threshold = 0.0  # standard normal, before the country's mean and spread

    @property
    def age(self) -> int:
        """Age reached in the calendar year; the oldest share the class of 100 and over."""
        return min(self.model.year - self.birth_year, 100)

    def reluctance(self) -> float:
        """Return what keeps a citizen from protest if nobody else does: the threshold minus the grievance."""
        here, rules = self.country, self.country.rules
        fear = sum(here.threat[power] for power in self.model.powers if rules.threat_weight[power] > 0)
        dislike = sum(rules.dislike_weight[power] * max(0.0, -self.affect[power]) for power in self.model.powers)
        threshold = here.mean_threshold + rules.threshold_spread * self.own_threshold
        return threshold - self.sensitivity * fear - dislike

    def pass_to_newborn(self, birth_year: int, expected_heritage: float) -> None:
        """Give the slot to somebody who turns eighteen: place, languages and ties stay, traits are drawn anew."""
        self.birth_year = birth_year
        self.identity += int(NEXT_GENERATION)
        rules = self.country.rules

        def draw(trait: str) -> float:
            return self.model.chance.normal(f"citizen/{trait}", 0, self.identity)

        self.own_anchor = {
            power: single(rules.idiosyncratic_spread * draw(f"idiosyncratic/{power}")) for power in self.model.powers
        }
        self.heritage = single(clip(expected_heritage + rules.heritage_spread * draw("heritage"), 0, 1))
        wary = rules.threat_sensitivity_mean + rules.threat_sensitivity_spread * draw("sensitivity")
        self.sensitivity = single(clip(wary, 0, 1.2))
        self.own_threshold = single(draw("threshold"))


class PipelineMember(Person):
    """One of the agents of a stage of education abroad: the twin of a citizen, whose traits and ties it shares."""

    def __init__(
        self, model: ReferenceModel, country: Country, identity: int, affect: dict[str, float],
        power: str, stage: str, home: Citizen,
    ) -> None:
        super().__init__(model, country, identity, affect)
        self.power, self.stage, self.home = power, stage, home

    @property
    def birth_year(self) -> int:
        return self.home.birth_year

    @property
    def urban(self) -> bool:
        return self.home.urban

    @property
    def languages(self) -> frozenset[str]:
        """The home's languages, and that of the country of study."""
        return self.home.languages | {LANGUAGE_OF_STUDY.get(self.power, "no other")}

    @property
    def heritage(self) -> float:
        return self.home.heritage

    @property
    def sensitivity(self) -> float:
        return self.home.sensitivity

    @property
    def own_anchor(self) -> dict[str, float]:
        return self.home.own_anchor

    @property
    def ties(self) -> list[Citizen]:
        return self.home.ties

    def felt_threat(self, power: str) -> float:
        """Who knows a country fears it less, without liking it more."""
        is_alumnus = power == self.power and self.stage != "student"
        return self.sensitivity * (self.country.rules.alumni_threat_factor if is_alumnus else 1.0)

    def shift_by_study(self, power: str) -> float:
        """Jobs please, a ceiling and no job disappoint; who waits for a job has no verdict yet."""
        if power != self.power or self.stage == "returnee":
            return 0.0
        return getattr(self.country.rules, f"affect_{self.stage}")

    def blend_with_newcomers(self, before: dict[str, float], share: float) -> None:
        """Mix those who entered the stage, with the affect that they held ``before``, into those who were there."""
        for power in self.model.powers:
            self.affect[power] = single((1 - share) * self.affect[power] + share * before[power])


class EliteMember(mesa.Agent):
    """A seat of the elite and whoever holds it: a rent, a leaning, an alignment with each power."""

    model: ReferenceModel

    def __init__(self, model: ReferenceModel, country: Country, seat: int) -> None:
        super().__init__(model)
        self.country, self.seat = country, seat
        self.generation = 0
        self.rent = 1.0
        self.birth_year = 0
        self.alma_mater: str | None = None
        self.orientation: dict[str, float] = {}
        self.alignment: dict[str, float] = {}
        self.intended: dict[str, float] = {}

    @property
    def seat_identity(self) -> int:
        """Identity of the seat, whoever holds it."""
        return int(country_word(self.country.code)) + FIRST_SEAT + self.seat

    def aim(self, power: str) -> float:
        """Return the alignment that the member would choose: rents, the public, the street, caution, security."""
        here, rules, month = self.country, self.country.rules, self.country.month
        diplomacy = month.diplomacy[power] * (
            rules.membership_security * month.membership[power]
            + rules.non_interference[power]
            + here.security[power]
        )
        wanted = (
            rules.rent_weight * self.rent * here.dependence[power]
            + rules.listen * month.openness * here.public_mean[power]
            - rules.bow[power] * here.press
            - rules.hedge * max(0.0, here.dependence[power] - rules.hedge_above)
            + diplomacy
            + self.orientation[power]
        )
        return clip(wanted, -1, 1)

    def decide(self) -> None:
        """Move towards the aim."""
        pace = self.country.rules.elite_rate * self.model.dt
        for power in self.model.powers:
            self.intended[power] = self.alignment[power] + pace * (self.aim(power) - self.alignment[power])

    def change(self) -> None:
        """Take up what was decided."""
        self.alignment.update(self.intended)

    def hand_over(self, year: int, alma_mater: str | None) -> None:
        """Give the seat to somebody of 35, who starts where the predecessor stood."""
        rules = self.country.rules
        self.generation += 1
        self.birth_year = year - 35
        self.alma_mater = alma_mater
        identity = self.seat_identity + self.generation * int(NEXT_GENERATION)
        draw = self.model.chance.normal("elite/rent", 0, identity)
        self.rent = math.exp(rules.rent_spread * draw - rules.rent_spread**2 / 2)  # mean one
        for power in self.model.powers:
            leaning = self.model.chance.normal(f"elite/orientation/{power}", 0, identity)
            self.orientation[power] = rules.orientation_spread * leaning
        if alma_mater is not None:
            self.orientation[alma_mater] += rules.alumni_orientation
