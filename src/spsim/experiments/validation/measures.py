"""How each pattern is measured in a run: one number from the readings of all arms.

The keys of ``MEASURES`` are the ids of the table ``patterns``, which says what each number is and between which bounds
it has to lie.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from spsim.data import load_pack
from spsim.experiments.validation.readings import Reading
from spsim.model import observation

Floats = NDArray[np.float64]

ALL = ("KZ", "KG", "TJ", "TM", "UZ")
POLLED = ("KZ", "KG", "TJ", "UZ")
REGION = ("CA5",)
GALLUP_YEARS = range(2006, 2019)
WHAT_IF_YEARS = range(2015, 2025)
BASE = "base"

Evidence = Mapping[str, Reading]
"""Arm -> reading; all arms share their draws."""


def _effect(e: Evidence, arm: str, outcome: str, power: str, countries: tuple[str, ...] = ALL) -> Floats:
    """Return what an arm changes in the mean of an outcome over 2015-24, [countries]."""
    with_it, without = (e[each].mean(outcome, power, countries, WHAT_IF_YEARS) for each in (arm, BASE))
    return np.asarray(with_it - without)


def _kz_and_kg_ahead(e: Evidence) -> float:
    events = e[BASE].events(ALL, "2015-01", "2024-11")
    return float(events[:2].min() - events[2:].max())


def _placement_change(e: Evidence) -> float:
    early, late = (
        e[BASE].mean("placement_rate", "CN", ("KZ",), years)[0] for years in (range(2006, 2011), range(2015, 2020))
    )
    return float(late - early)


def _disappointed_change(e: Evidence) -> float:
    return e[BASE].at("disappointed", "CN", "KZ", "2019-12") - e[BASE].at("disappointed", "CN", "KZ", "2009-12")


def _acceptance_change(e: Evidence) -> float:
    looks, here = e[BASE].looks, (e[BASE].places(("KZ",))[0], e[BASE].scenario.run.powers.index("CN"))
    return float(looks["2018-07"].acceptance["culture_cn"][here] - looks["2010-07"].acceptance["culture_cn"][here])


def _older_minus_younger(e: Evidence) -> float:
    reading = e[BASE]
    from_, to = reading.step("2015-01"), reading.step("2024-12")
    affect = reading.record.cohorts[from_ : to + 1, :, reading.scenario.run.powers.index("RU"), :, 1].mean(axis=0)
    return float((affect[:, 0] - affect[:, 2]).min())


def _largest_rise_of_heritage(e: Evidence) -> float:
    yearly = e[BASE].yearly("heritage", "", ALL, range(2004, 2025))
    return float(np.diff(yearly, axis=0).max())


def _alumni(e: Evidence, which: str) -> float:
    """Return a look at graduates of China in 2018, the mean over countries."""
    return float(np.nanmean(getattr(e[BASE].looks["2018-12"], which)[:, e[BASE].scenario.run.powers.index("CN")]))


def _education_over_culture(e: Evidence) -> float:
    years = range(2010, 2019)
    return e[BASE].effect_per_participant("education", "CN", "KZ", years) - e[BASE].effect_per_participant(
        "culture_cn", "CN", "KZ", years
    )


def _ratio(of: float, over: float) -> float:
    """Return a ratio, or nan, which no pattern passes, where there is nothing to compare with."""
    return of / over if over > 0 else math.nan


def _disappointed_with_more_seats(e: Evidence) -> float:
    with_them, as_it_is = (
        e[arm].mean("disappointed", "CN", REGION, WHAT_IF_YEARS)[0] for arm in ("seats doubled", BASE)
    )
    return _ratio(with_them, as_it_is)


def _student_ratio(e: Evidence, month: str, earlier: str) -> float:
    return _ratio(*(e[BASE].at("students", "CN", "KZ", when) for when in (month, earlier)))


def _students(e: Evidence, year: int) -> float:
    return float(e[BASE].yearly("students", "CN", ("KZ",), (year,))[0, 0])


def _students_on_record(year: int) -> float:
    known = load_pack().drivers_table("students_in_china").set_index(["country", "year"])["value"]
    return float(known.loc[("KZ", year)])


ANSWERS = ["very unfavourable", "somewhat unfavourable", "no opinion", "somewhat favourable", "very favourable"]


def _shape_distance(e: Evidence, power: str) -> float:
    """Return the total variation between pooled answers to the Barometer's country item and the model's, in points."""
    table = load_pack().surveys_table()
    poll = table[table["survey"].str.startswith("Central Asia Barometer micro") & (table["power"] == power)]
    known = poll.set_index("measure")["value"]
    known.loc["no opinion"] = known["dont know"] + known["refused"]
    reading = e[BASE]
    where = np.s_[reading.places(("KZ", "KG", "UZ")), reading.scenario.run.powers.index(power)]
    waves = [reading.looks[date].distributions[where] for date in ("2018-10", "2020-10", "2022-10")]
    pooled = sum((each / each.sum(axis=-1, keepdims=True)).sum(axis=0) for each in waves)
    shares = observation.country_item(power, reading.scenario.parameters).shares(np.asarray(pooled))
    return float(np.abs(100 * shares - known[ANSWERS].to_numpy()).sum() / 2)


def _votes_like_elites(e: Evidence, power: str) -> float:
    """Return the rank correlation over countries of elite alignment with closeness in UN votes, 2015-22."""
    from scipy.stats import spearmanr  # takes long to import, and only a validation needs it

    years = range(2015, 2023)
    votes = load_pack().votes_table()
    chosen = votes[(votes["power"] == power) & votes["year"].isin(years)]
    closeness = -chosen.groupby("country")["ideal_distance"].mean().loc[list(ALL)]
    return float(spearmanr(e[BASE].mean("alignment", power, ALL, years), closeness.to_numpy()).statistic)


MEASURES: dict[str, Callable[[Evidence], float]] = {
    "P01": _kz_and_kg_ahead,
    "P02": lambda e: float(e[BASE].events(("KZ", "KG"), "2018-01", "2020-11").sum()),
    "P03": lambda e: float(e[BASE].yearly("divergence_affect", "CN", ALL, WHAT_IF_YEARS).min()),
    "P04": lambda e: float((e[BASE].poll("RU", POLLED, GALLUP_YEARS) - e[BASE].poll("CN", POLLED, GALLUP_YEARS)).min()),
    "P05-RU": lambda e: float(e[BASE].poll("RU", POLLED, GALLUP_YEARS).mean()),
    "P05-CN": lambda e: float(e[BASE].poll("CN", POLLED, GALLUP_YEARS).mean()),
    "P06": lambda e: float(np.diff(e[BASE].poll("CN", ("KZ",), (2017, 2018)), axis=0)[0, 0]),
    "P08": lambda e: float(np.diff(e[BASE].poll("RU", ("KZ",), (2021, 2022)), axis=0)[0, 0]),
    "P10": lambda e: _ratio(_students(e, 2014), _students_on_record(2014)),
    "P11": lambda e: _ratio(_students(e, 2018), _students(e, 2014)),
    "P12-fall": lambda e: _student_ratio(e, "2021-12", "2019-12"),
    "P12-rebound": lambda e: _student_ratio(e, "2024-12", "2021-12"),
    "P13-placement": _placement_change,
    "P13-disappointed": _disappointed_change,
    "P14": _acceptance_change,
    "P15": _older_minus_younger,
    "P16": _largest_rise_of_heritage,
    "P17-threat": lambda e: _alumni(e, "alumni_threat"),
    "P17-affect": lambda e: _alumni(e, "alumni_gap"),
    "P18-person": _education_over_culture,
    "P18-education": lambda e: float(np.abs(_effect(e, "no education", "approval", "CN")).max()),
    "P18-culture": lambda e: float(np.abs(_effect(e, "no culture", "approval", "CN")).max()),
    "P19-disappointed": _disappointed_with_more_seats,
    "P19-approval": lambda e: float(_effect(e, "seats doubled", "approval", "CN", REGION)[0]),
    "P19-posts": lambda e: float(_effect(e, "seats and posts doubled", "approval", "CN", REGION)[0]),
    "P20-approval": lambda e: float(_effect(e, "foreign labour .5", "approval", "CN", ("KZ", "KG")).max()),
    "P20-protest": lambda e: float(_effect(e, "foreign labour .5", "participation", "", ("KZ", "KG")).min()),
    "P21": lambda e: float(_effect(e, "opacity .2", "approval", "CN").min()),
    "P22-gap": lambda e: float(_effect(e, "capital doubled", "divergence_affect", "CN").min()),
    "P22-public": lambda e: float(_effect(e, "capital doubled", "approval", "CN").max()),
    "P23": lambda e: float(np.abs(_effect(e, "no Chinese-language TV", "approval", "CN")).max()),
    "P24-gap": lambda e: float(_effect(e, "openness .5", "divergence_affect", "CN", REGION)[0]),
    "P24-protest": lambda e: float(_effect(e, "openness .5", "participation", "", REGION)[0]),
    "P28": lambda e: float(_effect(e, "capital doubled", "affect_sd", "CN").mean()),
    "S-CN": lambda e: _shape_distance(e, "CN"),
    "S-RU": lambda e: _shape_distance(e, "RU"),
    "UN-CN": lambda e: _votes_like_elites(e, "CN"),
    "UN-RU": lambda e: _votes_like_elites(e, "RU"),
}
