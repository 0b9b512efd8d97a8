"""The turn of a year: slots follow the pyramid, twins find homes, seats change hands, newcomers come to rest."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from docking_reference.outside import clip, single
from docking_reference.sources import strongest_pull

if TYPE_CHECKING:
    from docking_reference.country import Country
    from docking_reference.model import ReferenceModel
    from docking_reference.people import Citizen

HOME_AGE_LIMIT = 35
AT_REST = 1e-3
PATIENCE = 1000


def entitled(heads: list[float], slots: int) -> list[int]:
    """Share the slots of a country among its ages by heads: largest remainder, at least one where anybody lives."""
    everybody = sum(heads[18:])
    quota = [slots * own / everybody if age >= 18 else 0.0 for age, own in enumerate(heads)]
    given = [max(math.floor(share), 1 if share > 0 else 0) for share in quota]
    by_remainder = sorted(range(len(heads)), key=lambda age: given[age] - quota[age])
    for age in by_remainder[: max(slots - sum(given), 0)]:
        given[age] += 1
    while (excess := sum(given) - slots) > 0:  # the ones given to small cohorts are taken from the largest
        for age in sorted(range(len(heads)), key=lambda age: -given[age])[:excess]:
            given[age] -= given[age] > 1
    return given


def turn_of_year(model: ReferenceModel, year: int) -> None:
    """Let generations change as ``year`` begins; the model's inputs are still those of the month before."""
    model.year = year
    first_month = model.months(model.number + 1)
    newcomers = {}
    for country in model.countries:
        transmission = first_month[country.code].transmission
        newcomers[country.code] = pass_slots(model, country, year, transmission)
        find_homes(model, country, year)
        replace_elite(model, country, year)
    model.take_stock(first_month)
    for country in model.countries:
        came = newcomers[country.code]
        for citizen in came:
            citizen.affect = {
                power: single(clip(country.level[power] + citizen.own_anchor[power], -1, 1)) for power in model.powers
            }
        come_to_rest(model, country, came)
        spread_out(model, country, came, f"newcomers/{year}")


def pass_slots(model: ReferenceModel, country: Country, year: int, transmission: float) -> list[Citizen]:
    """Pass the slots that cohorts are no longer entitled to on to those who turn eighteen; return these."""
    due = entitled(model.pyramids.heads(country.code, year), len(country.citizens))
    draws = model.chance.uniforms("citizen/turnover", year, [citizen.identity for citizen in country.citizens])
    cohorts = defaultdict(list)
    for draw, citizen in zip(draws, country.citizens, strict=True):
        cohorts[citizen.age].append((draw, citizen))
    freed = []
    for age, cohort in cohorts.items():
        cohort.sort(key=lambda one: one[0])
        freed += [citizen for _, citizen in cohort[: max(len(cohort) - due[age], 0)]]
    rules, birth_year = country.rules, year - 18
    own = rules.heritage_level / (1 + math.exp(rules.cohort_slope * (birth_year - rules.cohort_centre)))
    expected = (1 - transmission) * own + transmission * country.mean_heritage
    for citizen in freed:
        citizen.pass_to_newborn(birth_year, expected)
    return freed


def find_homes(model: ReferenceModel, country: Country, year: int) -> None:
    """Give a new home to the twins whose home has grown too old for a student."""
    young = [citizen for citizen in country.citizens if 18 <= citizen.age <= HOME_AGE_LIMIT]
    for power, stages in country.members.items():
        twins = list(zip(*stages.values(), strict=True))  # the k-th agents of all stages are twins of one citizen
        draws = model.chance.uniforms(f"home/{country.code}/{power}", year, range(len(twins)))
        for draw, agents in zip(draws, twins, strict=True):
            if agents[0].home.age > HOME_AGE_LIMIT:
                for agent in agents:
                    agent.home = young[int(draw * len(young))]


def replace_elite(model: ReferenceModel, country: Country, year: int) -> None:
    """Let some seats change hands; alumni of a power come in more often than others."""
    adults = model.pyramids.adults(country.code, year)
    share_of_alumni = {
        power: sum(persons for stage, persons in pipeline.stock.items() if stage != "student") / adults
        for power, pipeline in country.pipeline.items()
    }
    chances = {power: country.rules.alumni_recruitment * share for power, share in share_of_alumni.items()}
    too_many = max(1.0, sum(chances.values()))
    seats = [member.seat_identity for member in country.elite]
    leaving = model.chance.uniforms("elite/turnover", year, seats)
    schooling = model.chance.uniforms("elite/alma_mater", year, seats)
    for member, leaves, school in zip(country.elite, leaving, schooling, strict=True):
        model.close("turnover", country.code, leaves - country.rules.elite_turnover)
        if leaves < country.rules.elite_turnover:
            alma_mater, reached = None, 0.0
            for power in model.powers:
                reached += chances[power] / too_many
                model.close("alma mater", country.code, school - reached)
                if alma_mater is None and school < reached:
                    alma_mater = power
            member.hand_over(year, alma_mater)


def come_to_rest(model: ReferenceModel, country: Country, who: list[Citizen]) -> None:
    """Move newcomers to where anchor, ties and media would hold them, while everybody else stands still."""
    rules = country.rules
    if rules.anchor_rate == 0:  # without anchors only consensus is at rest, and nobody begins there
        return
    step = 1 / (rules.anchor_rate + rules.social_rate + strongest_pull(country.sources))
    for _ in range(PATIENCE):
        moved = 0.0
        for citizen in who:
            for power in model.powers:
                after = clip(citizen.affect[power] + step * citizen.drift(power), -1, 1)
                citizen.intended[power] = single(after)
                moved = max(moved, abs(citizen.intended[power] - citizen.affect[power]))
        for citizen in who:
            citizen.change()
        model.close("rest", country.code, moved - AT_REST)
        if moved < AT_REST:
            return


def spread_out(model: ReferenceModel, country: Country, who: list[Citizen], name: str) -> None:
    """Add the spread that years of individual noise would have left."""
    rules = country.rules
    pace = rules.anchor_rate + rules.social_rate
    if rules.noise == 0 or pace == 0:
        return
    spread, identities = rules.noise / math.sqrt(2 * pace), [citizen.identity for citizen in who]
    for power in model.powers:
        for citizen, draw in zip(who, model.chance.normals(f"{name}/{power}", 0, identities), strict=True):
            citizen.affect[power] = single(clip(citizen.affect[power] + spread * draw, -1, 1))
