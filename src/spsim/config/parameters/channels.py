"""Parameters of the channels: media and culture, education, investment."""

import math

from spsim.config.parameters.base import Section
from spsim.config.provenance import (
    FIXED,
    ByCountry,
    ByPower,
    ByPowerCountry,
    by_country,
    factor,
    loguniform,
    parameter,
    shift,
    uniform,
)

NO_AUDIENCE_DATA = "no audience measurement exists for the region"


class Media(Section):
    """Media and culture: who is reached, who accepts (Zaller 1992), with what strength."""

    media_strength: float = parameter(
        0.35, "Pull of a media source at full reach and acceptance.", unit="per year", prior=uniform(0.05, 0.8),
        evidence="literature", source="mass-media persuasion of 2-3 points (Enikolopov et al. 2011)", low=0, high=6,
    )
    culture_strength: float = parameter(
        0.08, "Pull of cultural offers at full reach and acceptance.", unit="per year", prior=uniform(0.02, 0.3),
        evidence="literature",
        source="Confucius Institutes: null to small effects (Green-Riley; Brazys and Dukalskis 2019)",
        low=0, high=6,
    )
    gate_base: float = parameter(
        0.0, "Constant of the acceptance gate.", unit="logit", prior=FIXED, evidence="literature",
        source="Zaller 1992 (form); normalised to one half for a neutral citizen", low=-10, high=10,
    )
    gate_opinion: float = parameter(
        1.5, "Rise of acceptance with agreement between message and opinion.", unit="logit per affect squared",
        prior=uniform(0, 3), evidence="literature", source="Zaller 1992; Peisakhin and Rozenas 2018", low=0, high=10,
    )
    gate_adaptation: float = parameter(
        0.8, "Rise of acceptance with local adaptation of a power's own offers.", unit="logit", prior=uniform(0, 2),
        evidence="seed", source="K46, C41", low=0, high=10,
    )
    gate_heritage: ByPower = parameter(
        {"CN": -1.2, "RU": 0.6}, "Change of acceptance of a power's own offers with heritage.",
        unit="logit per unit of heritage", prior={"CN": uniform(-2.5, 0), "RU": uniform(0, 1.5)}, evidence="seed",
        source="C45, C43; Peisakhin and Rozenas 2018", low=-10, high=10,
    )
    gate_threat: ByPower = parameter(
        {"CN": 1.5, "RU": 0.0}, "Fall of acceptance of a power's own offers with perceived threat.",
        unit="logit per unit of threat", prior={"CN": uniform(0, 3)}, evidence="seed", source="K32, K38, C36",
        low=0, high=10,
    )
    backlash: float = parameter(
        0.15, "Depth to which acceptance can turn into rejection.", unit="share", prior=uniform(0, 0.3),
        evidence="literature", source="Peisakhin and Rozenas 2018: negative effects on opposed priors", low=0, high=1,
    )
    stance: ByPower = parameter(
        {"CN": 0.7, "RU": 0.8}, "Position that a power's own media and culture speak for, on that power.",
        unit="affect", prior=shift(0.2), evidence="assumption", source="K47; state media praise their state",
        low=-1, high=1, neutral=0.7,
    )
    private_press_stance: ByPower = parameter(
        {"CN": -0.5}, "Position of the private press in the titular language; a power not listed is not written about.",
        unit="affect", prior=shift(0.2), evidence="assumption", source="K36, C37", low=-1, high=1,
        neutral=math.nan,
    )
    state_source_discount: float = parameter(
        0.0, "Fall of acceptance because a source is known to belong to a state (off by default).", unit="logit",
        prior=uniform(0, 1), evidence="seed", source="C05, K07", low=0, high=10,
    )
    demonstration_strength: ByPower = parameter(
        {"CN": 0.0, "RU": 0.0}, "Pull of the image of a power's economic success (off by default).", unit="per year",
        prior=uniform(0, 0.1), evidence="seed", source="K03, K10", low=0, high=6,
    )
    demonstration_stance: float = parameter(
        0.7, "Position that the image of economic success speaks for.", unit="affect", prior=shift(0.2),
        evidence="seed", source="K03, K10", low=-1, high=1,
    )
    reach_chinese_language_tv: float = parameter(
        0.30, "Reach of Chinese-language television among those who follow Chinese.", unit="share", prior=factor(2),
        evidence="assumption", source=f"K23; {NO_AUDIENCE_DATA}", low=0, high=1,
    )
    reach_chinese_media_in_russian: float = parameter(
        0.08, "Reach of Chinese media in Russian among Russian speakers.", unit="share", prior=factor(2),
        evidence="assumption", source=f"K25; {NO_AUDIENCE_DATA}", low=0, high=1,
    )
    reach_chinese_media_in_titular: ByCountry = by_country(
        "reach_chinese_media_in_titular", "Reach of Chinese media in the titular language among its speakers.",
        unit="share", low=0, high=1,
    )
    reach_russian_tv_young: float = parameter(
        0.35, "Reach of Russian television among Russian speakers of 18-39, without the internet.", unit="share",
        prior=factor(2), evidence="assumption", source=NO_AUDIENCE_DATA, low=0, high=1,
    )
    reach_russian_tv_old: float = parameter(
        0.60, "Reach of Russian television among Russian speakers of 40 and more.", unit="share", prior=factor(1.6),
        evidence="assumption", source=NO_AUDIENCE_DATA, low=0, high=1,
    )
    reach_russian_tv_other: float = parameter(
        0.03, "Reach of Russian television among those who speak no Russian.", unit="share", prior=factor(2),
        evidence="assumption", source=NO_AUDIENCE_DATA, low=0, high=1,
    )
    russian_tv_internet_loss: float = parameter(
        0.4, "Share of the young audience of Russian television that full internet use takes away.", unit="share",
        prior=uniform(0.1, 0.7), evidence="assumption", source=NO_AUDIENCE_DATA, low=0, high=1,
    )
    reach_state_media: float = parameter(
        0.55, "Reach of national state media, without the internet for the young.", unit="share", prior=factor(1.7),
        evidence="assumption", source=NO_AUDIENCE_DATA, low=0, high=1,
    )
    state_media_internet_loss: float = parameter(
        0.5, "Share of the young audience of state media that full internet use takes away.", unit="share",
        prior=uniform(0.1, 0.8), evidence="assumption", source=NO_AUDIENCE_DATA, low=0, high=1,
    )
    reach_private_press: float = parameter(
        0.20, "Reach of the private press in the titular language in an open country.", unit="share", prior=factor(2),
        evidence="assumption", source=NO_AUDIENCE_DATA, low=0, high=1,
    )
    private_press_openness: float = parameter(
        0.4, "Openness from which on the private press has its full reach.", unit="openness index",
        prior=uniform(0.2, 0.6), evidence="assumption", source="Freedom House scale", low=0.01, high=1,
    )
    reach_culture_urban: ByPower = parameter(
        {"CN": 0.02, "RU": 0.05}, "Reach of a power's cultural offers in towns.", unit="share", prior=factor(2),
        evidence="assumption", source="K04, K19; learners per Confucius Institute; no register for Russian centres",
        low=0, high=1,
    )
    reach_culture_rural: ByPower = parameter(
        {"CN": 0.005, "RU": 0.05}, "Reach of a power's cultural offers in the countryside.", unit="share",
        prior=factor(2), evidence="assumption", source="K04, K19", low=0, high=1,
    )


class Powers(Section):
    """What the powers spend and how they act; their budgets are indices with 1 as full."""

    budget_scale: ByPower = parameter(
        {"CN": 1.0, "RU": 1.0}, "Factor on a power's whole budget index.", unit="factor", prior=shift(0.2),
        evidence="assumption", source="index dated by C11-C15, K08, K09; no published budgets", low=0, high=5,
        neutral=0.0,
    )
    budget_trend: ByPower = parameter(
        {"CN": 0.0, "RU": -0.02}, "Yearly relative change of the budget of a power without dated index.",
        unit="per year", prior={"RU": uniform(-0.04, 0.0)}, evidence="seed", source="C26", low=-1, high=1,
    )
    initial_adaptation: ByPower = parameter(
        {"CN": 0.0, "RU": 0.0}, "Local adaptation of a power's instruments.", unit="share", prior=uniform(0, 1),
        evidence="seed", source="K46: instruments are universal, not adapted", low=0, high=1,
        note="For RU zero is a normalisation: its fit to the region is in heritage.",
    )
    adaptation_cost: float = parameter(
        0.3, "Share of a budget that full local adaptation costs.", unit="share", prior=uniform(0.1, 0.5),
        evidence="assumption", source="no published costs", low=0, high=1,
    )
    allocation_response: float = parameter(
        2.0, "How strongly an adaptive power moves its media and culture budget to countries where affect is low.",
        unit="per affect", prior=uniform(0, 4), evidence="assumption", source="K47, K05 (direction only)", low=0,
        high=20,
    )


class Education(Section):
    """Education: students, returnees and what becomes of them, in persons (C27-C34, K39-K42)."""

    study_years: ByPower = parameter(
        {"CN": 2.0, "RU": 4.0}, "Mean stay of a student.", unit="years",
        prior={"CN": uniform(1.5, 4), "RU": uniform(3, 5)}, evidence="assumption",
        source="about 40 % of Central Asian students in China follow language courses", low=0.5, high=10, neutral=4.0,
    )
    leave_share: float = parameter(
        0.30, "Share of finishing students who do not come back.", unit="share", prior=uniform(0.1, 0.5),
        evidence="assumption", source="no graduate tracking published", low=0, high=1,
    )
    hire_rate: float = parameter(
        6.0, "Rate at which returnees fill open posts.", unit="per year", prior=uniform(3, 12), evidence="assumption",
        source="job search of some months", low=0, high=12,
    )
    vacancy_time: float = parameter(
        0.25, "Time in which firms open missing posts.", unit="years", prior=uniform(0.1, 0.5), evidence="assumption",
        source="hiring within some months", low=0.1, high=5,
    )
    to_ceiling: float = parameter(
        0.12, "Rate at which the employed reach the ceiling for locals.", unit="per year", prior=uniform(0.03, 0.3),
        evidence="seed", source="K40", low=0, high=6,
    )
    quit_rate: float = parameter(
        0.15, "Rate at which the employed leave their posts.", unit="per year", prior=uniform(0.05, 0.3),
        evidence="assumption", source="K40; ordinary staff turnover", low=0, high=6,
    )
    give_up: float = parameter(
        0.6, "Rate at which waiting returnees give up.", unit="per year", prior=uniform(0.3, 1.2), evidence="seed",
        source="C33, K42", low=0, high=6,
    )
    fade: float = parameter(
        0.05, "Rate at which disappointment fades.", unit="per year", prior=uniform(0.025, 0.075),
        evidence="assumption", source="K42", low=0, high=6,
    )
    posts_per_bn: ByPower = parameter(
        {"CN": 350.0, "RU": 3500.0}, "Posts for graduates of a power's universities for each billion of its exposure.",
        unit="posts per bn USD of 2015", prior={"CN": loguniform(100, 800), "RU": loguniform(1000, 8000)},
        evidence="assumption", source="C30, C34, K41: the least-known input", low=0, high=1e6,
        note="For RU ten times the Chinese figure: Russian is a working language across the labour market, and the "
        "exposure is trade, not capital.",
    )
    demand_rate: ByPowerCountry = by_country(
        "demand_rate",
        "Applicants a year for each person of 15-24 at full visibility, full expected placement and neutral affect.",
        unit="persons per person of 15-24 a year", powers=("CN", "RU"), low=0, high=1,
    )
    demand_floor: float = parameter(
        0.35, "Share of demand that does not depend on the expected placement.", unit="share", prior=uniform(0.1, 0.6),
        evidence="assumption", source="C27: cheap degrees draw students too", low=0, high=1,
    )
    demand_affect: float = parameter(
        0.2, "Relative rise of demand for one unit of mean affect.", unit="per affect", prior=uniform(0, 0.6),
        evidence="assumption", source="C27", low=0, high=1,
        note="Lowered from .5 after a first look at KZ students in 2018: the plateau of 2014-18 is no test of it.",
    )
    placement_learning: float = parameter(
        0.5, "Rate at which the expected placement follows the observed one.", unit="per year", prior=uniform(0.2, 1),
        evidence="assumption", source="adaptive expectations over about two years", low=0, high=6,
    )
    seat_ceiling: ByPowerCountry = by_country(
        "seat_ceiling", "Seats open to a country's applicants in a year.", unit="thousand persons per year",
        powers=("CN", "RU"), low=0, high=1000, in_proportion=True,
    )
    scholarship_share: float = parameter(
        0.125, "Share of seats that official scholarships pay for.", unit="share", prior=uniform(0.08, 0.2),
        evidence="data", source="K16, I12: an exchange of 100 a year against 11,000 students; grants against stocks",
        low=0, high=1,
    )
    initial_students: ByPowerCountry = by_country(
        "initial_students", "Students abroad at the start.", unit="persons", powers=("CN", "RU"), low=0,
        high=1e6,
    )
    affect_student: float = parameter(
        0.0, "Shift of the anchor of those who study in a power.", unit="affect", prior=shift(0.25),
        evidence="seed", source="C38 (complaints) against K06 (immersion): sign open", low=-2, high=2,
    )
    affect_employed: float = parameter(
        0.30, "Shift of the anchor of placed alumni.", unit="affect", prior=shift(0.25), evidence="literature",
        source="K39; alumni interviews", low=-2, high=2,
    )
    affect_ceiling: float = parameter(
        -0.15, "Shift of the anchor of alumni at the ceiling.", unit="affect", prior=shift(0.25),
        evidence="literature", source="K40; unmet expectations (Haugen 2013)", low=-2, high=2,
    )
    affect_disappointed: float = parameter(
        -0.35, "Shift of the anchor of alumni who gave up.", unit="affect", prior=shift(0.25), evidence="literature",
        source="K42; unmet expectations (Haugen 2013)", low=-2, high=2,
    )
    alumni_threat_factor: float = parameter(
        0.6, "Factor on the threat sensitivity of those who studied in a power, towards that power.", unit="factor",
        prior=uniform(0.3, 1), evidence="literature",
        source="Kazakh alumni reject the threat frame without becoming fans (Journal of Current Chinese Affairs 2022)",
        low=0, high=2,
    )


class Investment(Section):
    """Investment: commitments, works, capital, dependence, labour, the project cycle."""

    k_half: float = parameter(
        0.20, "Capital over GDP at which dependence is one half.", unit="ratio", prior=uniform(0.1, 0.4),
        evidence="assumption", source="places KG and TJ, with capital at .25-.30 of GDP, above one half", low=0.01,
        high=5,
    )
    depreciation: float = parameter(
        0.05, "Depreciation of capital.", unit="per year", prior=uniform(0.03, 0.1), evidence="literature",
        source="usual range for infrastructure", low=0, high=1,
    )
    works_lag: float = parameter(
        3.0, "Mean time from commitment to capital.", unit="years", prior=uniform(1, 5), evidence="assumption",
        source="construction times in the AidData records", low=0.5, high=20,
    )
    realised_share: float = parameter(
        0.88, "Share of commitments that is built, in dollars of 2015 for dollars of 2021.", unit="ratio",
        prior=uniform(0.6, 1), evidence="data", source="US price ratio 2015/2021; realisation unknown", low=0, high=2,
    )
    commitments_after_record: float = parameter(
        1.0, "Factor on the mean of 2017-21 that stands for commitments after the record ends.", unit="factor",
        prior=uniform(0.5, 1.5), evidence="assumption", source="AidData GCDF v3 ends in 2021", low=0, high=10,
    )
    initial_capital: ByPowerCountry = by_country(
        "initial_capital", "Capital of a power at the start.", unit="bn USD of 2015", powers=("CN",), low=0,
        high=1000,
    )
    trade_exposure: ByPowerCountry = by_country(
        "trade_exposure", "Trade over GDP that stands for the exposure to a power without a capital series.",
        unit="ratio", powers=("RU",), low=0, high=5,
    )
    initial_foreign_labour: ByPowerCountry = by_country(
        "initial_foreign_labour", "Share of foreign labour in a power's projects at the start.", unit="share",
        powers=("CN",), low=0, high=0.6,
    )
    labour_floor: float = parameter(
        0.03, "Lowest share of foreign labour that practice reaches.", unit="share", prior=FIXED, evidence="data",
        source="97 % local staffing reported in KZ in 2021", low=0, high=1,
    )
    localisation: ByCountry = by_country(
        "localisation", "Strength with which a state localises labour.", unit="factor", low=0, high=5,
    )
    localisation_press: float = parameter(
        0.7, "Rate of localisation at full public pressure.", unit="per year", prior=uniform(0, 1.5),
        evidence="assumption", source="permits in KZ after 2016", low=0, high=6,
    )
    localisation_drift: float = parameter(
        0.03, "Rate of localisation without pressure.", unit="per year", prior=uniform(0, 0.1), evidence="assumption",
        source="permits in KG", low=0, high=6,
    )
    local_jobs: float = parameter(
        0.6, "Local jobs that a project gives for the hopes it raises, if all labour were local.", unit="ratio",
        prior=uniform(0.3, 0.9), evidence="seed", source="C32, C39, I6", low=0, high=1,
    )
    announcement_weight: float = parameter(
        0.05, "Rise of the anchor while announced projects raise hopes.", unit="affect", prior=uniform(0, 0.1),
        evidence="literature", source="Wang, McCauley and Pearson 2022 (sign, Africa); size assumed", low=0, high=1,
    )
    disappointment_weight: float = parameter(
        0.05, "Fall of the anchor when running projects disappoint.", unit="affect", prior=uniform(0, 0.1),
        evidence="literature", source="Wang, McCauley and Pearson 2022 (sign, Africa); size assumed", low=0, high=1,
    )
    announcement_years: float = parameter(
        1.0, "Time over which hopes last.", unit="years", prior=uniform(0.5, 2), evidence="literature",
        source="Wang, McCauley and Pearson 2022", low=0.25, high=20,
    )
    disappointment_years: float = parameter(
        4.0, "Time over which disappointment lasts.", unit="years", prior=uniform(2, 8), evidence="assumption",
        source="Wang, McCauley and Pearson 2022 (below the counterfactual once running)", low=0.25, high=50,
    )
    project_half: float = parameter(
        0.05, "Announced projects over GDP at which half of the effect is reached.", unit="ratio", prior=factor(2),
        evidence="assumption", source="scale of large yearly commitments", low=0.001, high=5,
    )
    job_belief_cycle: float = parameter(
        1.0, "Weight of the project cycle in the answer whether investment creates jobs, beside affect.",
        unit="affect per affect", prior=uniform(0, 3), evidence="assumption", source="C39, I6", low=0, high=20,
    )
