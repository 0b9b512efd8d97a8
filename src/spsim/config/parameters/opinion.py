"""Parameters of opinion: affect of citizens, the traits behind it, the network it moves in."""

from spsim.config.parameters.base import Section
from spsim.config.provenance import (
    FIXED,
    ByCountry,
    ByPower,
    ByPowerCountry,
    by_country,
    parameter,
    uniform,
)


class Opinion(Section):
    """How affect towards a power moves: social influence, anchoring, noise (Friedkin and Johnsen 1990)."""

    anchor_rate: float = parameter(
        0.70, "Rate at which affect returns to a citizen's own anchor.", unit="per year",
        prior=uniform(0.2, 1.5), evidence="assumption", low=0, high=6,
        source="gives a one-year test-retest correlation near .76 for affect and .32 for survey answers",
    )
    social_rate: float = parameter(
        0.35, "Rate at which affect moves towards the mean of those whom a citizen listens to.", unit="per year",
        prior=uniform(0.1, 1.0), evidence="assumption", low=0, high=6,
        source="Friedkin-Johnsen susceptibility of one third at the default anchor_rate; "
        "no Central Asian estimate exists",
    )
    confidence_bound: float = parameter(
        2.0, "Largest distance in affect across which citizens influence one another; 2 is no bound.", unit="affect",
        prior=FIXED, evidence="assumption", low=0, high=2,
        source="structural alternative: bounded confidence (Deffuant et al. 2000; Hegselmann and Krause 2002)",
    )
    noise: float = parameter(
        0.22, "Standard deviation of individual shocks to affect.", unit="affect per square root of a year",
        prior=uniform(0.1, 0.35), evidence="literature", low=0, high=2,
        source="turnover of individual answers between survey waves; size chosen with anchor_rate",
    )
    common_noise: float = parameter(
        0.08, "Standard deviation of shocks that all citizens of a country share.",
        unit="affect per square root of a year",
        prior=uniform(0.03, 0.12), evidence="literature", low=0, high=2,
        source="national leadership approval moves about 5 points from year to year (Gallup World Poll series)",
    )
    idiosyncratic_spread: float = parameter(
        0.33, "Standard deviation of citizens' own anchors.", unit="affect",
        prior=uniform(0.2, 0.5), evidence="assumption", low=0, high=1,
        source="spread of answers in country opinion items",
    )
    base: ByPowerCountry = by_country(
        "base", "Anchor of a citizen without heritage, threat or any event.", unit="affect", powers=("CN", "RU"),
        low=-1, high=1,
    )
    drift: ByPowerCountry = by_country(
        "drift", "Yearly change of the anchor between drift_start and drift_start + drift_years.",
        unit="affect per year", powers=("CN", "RU"), low=-0.5, high=0.5,
    )
    drift_start: float = parameter(
        2014.0, "Year in which the drift begins.", unit="year", prior=FIXED, evidence="imposed",
        source="first of the two polls that the drift connects", low=1991, high=2050,
    )
    drift_years: float = parameter(
        8.0, "Length of the drift.", unit="years", prior=FIXED, evidence="imposed",
        source="ends in the year of the war", low=0, high=50,
    )
    threat_weight: ByPower = parameter(
        {"CN": 0.45, "RU": 0.0}, "Fall of the anchor for one unit of threat at a sensitivity of one.",
        unit="affect per unit of threat",
        prior={"CN": uniform(0.2, 0.7)}, evidence="data", low=0, high=3,
        source="K32, K35; KZ approval of China's leadership -15 points 2017 to 2018 with a threat impulse of 1 a year",
    )
    jump_share: float = parameter(
        1.0, "Share of an event's weight that moves affect at once, beside the slower move of the anchor.",
        unit="share", prior=uniform(0, 1), evidence="data", low=0, high=2,
        source="speed of the falls of 2018 (CN) and 2022 (RU) in KZ",
    )
    threat_sensitivity_mean: float = parameter(
        0.6, "Mean of citizens' sensitivity to threat.", unit="share", prior=uniform(0.4, 0.8),
        evidence="assumption", source="K35; no scale has been fielded in the region", low=0, high=1.2,
    )
    threat_sensitivity_spread: float = parameter(
        0.2, "Standard deviation of citizens' sensitivity to threat (cut to 0 .. 1.2).", unit="share",
        prior=uniform(0.1, 0.3), evidence="assumption", source="no scale has been fielded in the region", low=0, high=1,
    )
    mean_ties: float = parameter(
        8.0, "Mean number of people whom a citizen listens to.", unit="persons", prior=uniform(4, 16),
        evidence="assumption", source="order of discussion-network sizes in general social surveys", low=1, high=100,
    )
    homophily: float = parameter(
        0.6, "Share of ties that stay among citizens of the same language and kind of place.", unit="share",
        prior=uniform(0.2, 0.9), evidence="assumption",
        source="McPherson, Smith-Lovin and Cook 2001 (sign); size unmeasured in the region", low=0, high=1,
    )


class Heritage(Section):
    """The shared Soviet heritage and the languages that go with it."""

    heritage_weight: ByPower = parameter(
        {"CN": -0.25, "RU": 0.55}, "Effect of a full heritage on the anchor.", unit="affect per unit of heritage",
        prior={"CN": uniform(-0.5, 0.0), "RU": uniform(0.2, 0.9)}, evidence="seed", low=-2, high=2,
        source="C43, C44, C45, K33; four-country approval 2006-18 of RU 80 % against CN 46 %",
    )
    heritage_level: ByCountry = by_country(
        "heritage_level", "Heritage of those fully socialised in the Soviet Union.", unit="share", low=0, high=1,
    )
    cohort_centre: float = parameter(
        1983.0, "Birth year at which heritage has fallen to half.", unit="year", prior=uniform(1978, 1988),
        evidence="assumption", source="C44; school age in 1991", low=1900, high=2050,
    )
    cohort_slope: float = parameter(
        0.22, "Steepness of the fall of heritage over birth years.", unit="per year", prior=uniform(0.1, 0.4),
        evidence="assumption", source="C44", low=0, high=5,
    )
    transmission: float = parameter(
        0.25, "Share of heritage that an eighteen-year-old takes from the country's mean instead of the own cohort.",
        unit="share", prior=uniform(0, 0.6), evidence="assumption", source="C43, C44", low=0, high=1,
    )
    heritage_spread: float = parameter(
        0.10, "Standard deviation of heritage within a birth cohort (cut to 0 .. 1).", unit="share",
        prior=uniform(0, 0.2), evidence="assumption", source="C44: 'a significant portion', so not everybody",
        low=0, high=0.5,
    )
    russian_speakers: ByCountry = by_country(
        "russian_speakers", "Share of adults who follow media in Russian.", unit="share", low=0, high=1,
    )
    language_heritage_link: float = parameter(
        0.30, "Rise of the chance to speak Russian with heritage above the country's mean.",
        unit="share per unit of heritage", prior=uniform(0, 0.6), evidence="assumption",
        source="older cohorts were schooled in Russian more often", low=0, high=1,
    )
    chinese_speakers: float = parameter(
        0.003, "Share of adults who follow media in Chinese.", unit="share", prior=uniform(0.001, 0.01),
        evidence="assumption", source="K23, K41; learners and returned students against adults", low=0, high=1,
    )
    titular_among_russian_speakers: float = parameter(
        0.75, "Share of Russian speakers who also follow media in the titular language.", unit="share",
        prior=uniform(0.5, 0.95), evidence="assumption", source="order of census figures on command of languages",
        low=0, high=1,
    )
