"""Parameters of politics: threat, events, elites and diplomacy, protest, and the observation of opinion."""

from spsim.config.parameters.base import Section
from spsim.config.provenance import (
    FIXED,
    ByCountry,
    ByPower,
    ByPowerCountry,
    by_country,
    factor,
    parameter,
    shift,
    uniform,
)


class Threat(Section):
    """Perceived threat and the opacity that feeds it."""

    threat_decay: float = parameter(
        0.8, "Rate at which threat is forgotten.", unit="per year", prior=uniform(0.3, 1.6), evidence="data",
        source="shape of KZ opinion of China after 2018", low=0, high=6,
    )
    threat_labour: ByPower = parameter(
        {"CN": 0.9, "RU": 0.0}, "Threat that full dependence with all-foreign labour adds in a year.",
        unit="threat per year", prior={"CN": uniform(0.2, 1.8)}, evidence="seed",
        source="C25, K30 (sign); size assumed",
        low=0, high=10,
    )
    threat_opacity: ByPower = parameter(
        {"CN": 0.45, "RU": 0.0}, "Threat that full dependence under full opacity adds in a year.",
        unit="threat per year", prior={"CN": uniform(0.1, 1.2)}, evidence="seed", source="C42 (sign); size assumed",
        low=0, high=10,
    )
    opacity_base: ByCountry = by_country(
        "opacity_base", "Opacity of decisions about foreign projects, without any gap.", unit="share", low=0, high=1,
    )
    opacity_gap: float = parameter(
        0.25, "Rise of opacity with the elite-public gap in a closed country.", unit="share per affect",
        prior=uniform(0, 0.8), evidence="seed", source="C42 (sign); size assumed", low=0, high=5,
    )
    opacity_openness: float = parameter(
        0.4, "Openness from which on the gap makes decisions no more opaque.", unit="openness index",
        prior=uniform(0.2, 0.6), evidence="assumption", source="Freedom House scale", low=0.01, high=1,
    )
    opacity_rate: float = parameter(
        0.5, "Rate at which opacity adjusts.", unit="per year", prior=uniform(0.2, 1), evidence="assumption",
        source="administrative practice changes over years", low=0, high=6,
    )
    concession_weight: float = parameter(
        1.0, "Weight of public pressure in lowering opacity.", unit="factor", prior=uniform(0, 2),
        evidence="assumption",
        source="moratorium and publication after the protests of 2016 and 2020", low=0, high=10,
    )


class Events(Section):
    """Sizes of the dated events; every one of them is imposed on the model."""

    land_protest_rate: float = parameter(
        1.1, "Threat impulse of the land protests in KZ.", unit="threat per year", prior=uniform(0.3, 2),
        evidence="imposed", source="K36; second peak of Sinophobia in KZ (2016)", low=0, high=20,
    )
    xinjiang_rate: float = parameter(
        1.0, "Threat impulse of the news about the Xinjiang internments, at a kinship of one.", unit="threat per year",
        prior=FIXED, evidence="imposed", source="normalisation: identified only as a product with threat_weight",
        low=0, high=20,
    )
    xinjiang_kinship: ByCountry = by_country(
        "xinjiang_kinship", "How much of the Xinjiang news concerns a country's own kin.", unit="share", low=0,
        high=2,
    )
    covid_aid: float = parameter(
        0.02, "Lift of the anchor towards China by pandemic aid.", unit="affect", prior=uniform(0, 0.05),
        evidence="seed", source="C23", low=-1, high=1,
    )
    war_memory: ByCountry = by_country(
        "war_memory", "Fall of affect towards Russia by the war of 2022.", unit="affect", low=-1, high=2,
        in_proportion=True,
    )
    memory_decay: float = parameter(
        0.12, "Rate at which the memory of such an event fades.", unit="per year", prior=uniform(0, 0.5),
        evidence="assumption", source="no published series after 2022 is used", low=0, high=6,
    )
    kabul_security: float = parameter(
        0.15, "Lift of elite alignment by the fall of Kabul, at full exposure.", unit="alignment",
        prior=uniform(0, 0.3), evidence="seed", source="C07", low=0, high=2,
    )
    kabul_exposure: ByCountry = by_country(
        "kabul_exposure", "Exposure of a country to Afghanistan.", unit="share", low=0, high=2,
    )
    security_decay: float = parameter(
        0.5, "Rate at which the security lift of elites fades.", unit="per year", prior=uniform(0.2, 1),
        evidence="assumption", source="C07: a two-year scale", low=0, high=6,
    )
    visa_contact: float = parameter(
        0.02, "Lift of the anchor towards China by visa-free travel (off by default).", unit="affect",
        prior=uniform(-0.02, 0.06), evidence="assumption", source="K29", low=-1, high=1,
    )


class Elites(Section):
    """Elites: rents, listening, yielding, hedging, security."""

    rent_weight: float = parameter(
        1.05, "Alignment that full dependence buys at a mean rent share.", unit="alignment", prior=uniform(0.5, 1.5),
        evidence="seed", source="C35, K45 (sign); size assumed", low=0, high=5,
    )
    rent_spread: float = parameter(
        0.35, "Logarithmic spread of rent shares among elite members (mean one).", unit="log units",
        prior=uniform(0.1, 0.7), evidence="assumption", source="no elite survey exists", low=0, high=2,
    )
    listen: float = parameter(
        0.6, "Weight of public affect in elite alignment in a fully open country.", unit="alignment per affect",
        prior=uniform(0, 1), evidence="assumption", source="Kertzer 2022: elite and public responses are alike", low=0,
        high=5,
    )
    bow: ByPower = parameter(
        {"CN": 0.8, "RU": 0.0}, "Fall of alignment under public pressure against a power.", unit="alignment",
        prior={"CN": uniform(0, 1.5)}, evidence="assumption", source="concessions of 2016, 2019, 2020", low=0, high=5,
    )
    elite_rate: float = parameter(
        0.6, "Rate at which elites adjust.", unit="per year", prior=uniform(0.2, 1), evidence="assumption",
        source="no elite panel exists", low=0, high=6,
    )
    hedge: float = parameter(
        0.0, "Fall of alignment with dependence above hedge_above (off by default).", unit="alignment",
        prior=uniform(0, 1), evidence="seed", source="C09 multi-vector policy", low=0, high=5,
    )
    hedge_above: float = parameter(
        0.5, "Dependence above which elites hedge.", unit="share", prior=uniform(0.3, 0.7), evidence="assumption",
        source="C09", low=0, high=1,
    )
    membership_security: float = parameter(
        0.10, "Alignment from full membership in a power's organisations.", unit="alignment", prior=uniform(0, 0.3),
        evidence="seed", source="C12; SCO for CN, EAEU and CSTO for RU", low=0, high=2,
    )
    non_interference: ByPower = parameter(
        {"CN": 0.0, "RU": 0.0}, "Alignment from a power's respect for non-interference (off by default).",
        unit="alignment", prior=uniform(0, 0.2), evidence="seed", source="C21", low=-1, high=1,
    )
    initial_alignment: ByPower = parameter(
        {"CN": 0.4, "RU": 0.4}, "Alignment of elites at the start.", unit="alignment", prior=shift(0.2),
        evidence="assumption", source="no elite survey exists", low=-1, high=1,
    )
    orientation_spread: float = parameter(
        0.10, "Standard deviation of elite members' own leaning.", unit="alignment", prior=uniform(0, 0.3),
        evidence="assumption", source="no elite survey exists", low=0, high=1,
    )
    elite_turnover: float = parameter(
        0.04, "Share of elite members replaced in a year.", unit="per year", prior=uniform(0.02, 0.08),
        evidence="assumption", source="careers of about 25 years", low=0, high=1,
    )
    alumni_recruitment: float = parameter(
        20.0, "Chance of alumni of a power to enter the elite, against other adults.", unit="ratio",
        prior=uniform(5, 40), evidence="assumption", source="K06, C28; no elite biographies coded", low=0, high=1000,
    )
    alumni_orientation: float = parameter(
        0.10, "Leaning towards a power of elite members who studied there.", unit="alignment", prior=uniform(0, 0.3),
        evidence="literature", source="Atkinson 2010 (conditional); size assumed", low=-1, high=1,
    )


class Protest(Section):
    """Protest as a threshold process, its counts, and what states concede."""

    threshold_base: float = parameter(
        1.0, "Mean threshold in an open country.", unit="grievance", prior=uniform(0.7, 1.3), evidence="assumption",
        source="Granovetter 1978; Epstein 2002 (form)", low=-5, high=10,
    )
    threshold_closed: float = parameter(
        0.60, "Rise of the mean threshold in a closed country.", unit="grievance", prior=uniform(0.2, 1),
        evidence="data",
        source="C37; order of protest totals 520, 351, 74, 27, 9 (Oxus tracker 2018-20)", low=0, high=10,
    )
    threshold_spread: float = parameter(
        0.35, "Standard deviation of thresholds.", unit="grievance", prior=uniform(0.25, 0.5), evidence="assumption",
        source="keeps the slope of the threshold map below one", low=0, high=5,
    )
    contagion: float = parameter(
        0.30, "Grievance that full participation of others adds.", unit="grievance", prior=uniform(0, 0.5),
        evidence="assumption", source="Granovetter 1978 (form)", low=0, high=5,
    )
    openness_full: float = parameter(
        0.25, "Openness from which on protest is as free as it gets in the region.", unit="openness index",
        prior=uniform(0.2, 0.4), evidence="assumption", source="C37; Freedom House scale", low=0.01, high=1,
    )
    dislike_weight: ByPower = parameter(
        {"CN": 0.35, "RU": 0.0}, "Grievance from one unit of negative affect.", unit="grievance per affect",
        prior={"CN": uniform(0, 0.6)}, evidence="assumption", source="C37", low=0, high=5,
    )
    background_protest: float = parameter(
        0.002, "Participation that stands for events without a mass behind them, in a fully open country.",
        unit="share",
        prior=uniform(0, 0.01), evidence="assumption", source="small rallies in event lists", low=0, high=1,
    )
    protest_scale: float = parameter(
        58.0, "Events a year for one million adults in full protest.", unit="events per year", prior=factor(2),
        evidence="data", source="112 anti-China incidents in KZ and KG, 2018-01 to 2020-11 (ACLED as quoted)", low=0,
        high=1e5,
    )
    adults_exponent: float = parameter(
        0.4, "Growth of the number of events with the number of adults.", unit="exponent", prior=uniform(0, 1),
        evidence="assumption", source="KG holds two thirds of KZ's events with a third of its adults", low=0, high=2,
    )
    event_shape: float = parameter(
        1.5, "Shape of the negative binomial count of events in a month.", unit="shape", prior=uniform(0.5, 4),
        evidence="assumption", source="clustering of protest events", low=0.01, high=1000,
    )
    press_rate: float = parameter(
        2.0, "Rate at which public pressure follows protest.", unit="per year", prior=uniform(1, 4),
        evidence="assumption",
        source="pressure lasts some months after protest", low=0, high=6,
    )
    press_gain: float = parameter(
        5.0, "Pressure for one unit of participation, up to one.", unit="factor", prior=uniform(2, 10),
        evidence="assumption", source="a fifth of adults in protest is full pressure", low=0, high=100,
    )
    concession_hazard: float = parameter(
        0.5, "Hazard of a moratorium under full pressure.", unit="per year", prior=uniform(0.1, 1),
        evidence="assumption",
        source="KZ 2016, KG 2020", low=0, high=6,
    )
    moratorium_factor: float = parameter(
        0.5, "Factor on projected commitments under a moratorium.", unit="factor", prior=uniform(0.2, 0.8),
        evidence="assumption", source="KZ land moratorium of 2016", low=0, high=1,
    )
    moratorium_years: float = parameter(
        5.0, "Length of a moratorium.", unit="years", prior=uniform(2, 8), evidence="data",
        source="KZ land moratorium of 2016 to 2021", low=0, high=50,
    )


class Observation(Section):
    """From affect to answers: items, modes, errors."""

    survey_noise: float = parameter(
        0.30, "Standard deviation of what an answer adds to affect.", unit="affect", prior=uniform(0.2, 0.4),
        evidence="assumption", source="response instability in panels", low=0.01, high=2,
    )
    approval_cut: float = parameter(
        0.14, "Affect above which a leadership is approved, and below the negative of which it is disapproved.",
        unit="affect", prior=uniform(0.08, 0.2), evidence="data",
        source="share without opinion in Gallup leadership items",
        low=0, high=1,
    )
    inattention: ByPower = parameter(
        {"CN": 1.16, "RU": 1.0}, "Factor on the approval cut: less attention, more answers without opinion.",
        unit="factor", prior={"CN": uniform(1, 1.4)}, evidence="data", source="share without opinion on China", low=0,
        high=5,
        neutral=1.0,
    )
    house_effect_spread: float = parameter(
        0.05, "Standard deviation of a pollster's house effect.", unit="affect", prior=FIXED, evidence="assumption",
        source="usual range between pollsters", low=0, high=1,
    )
    item_offset_spread: float = parameter(
        0.15, "Standard deviation of the offset of an item's wording.", unit="affect", prior=FIXED,
        evidence="assumption", source="leadership, country and relations items never share a scale", low=0, high=1,
    )
    cab_low_cut: float = parameter(
        -0.30, "Cut below which a country is seen very unfavourably (Central Asia Barometer).", unit="affect",
        prior=FIXED, evidence="data", source="pooled answer shares 2018-22 (n = 15,029)", low=-2, high=2,
    )
    cab_high_cut: float = parameter(
        0.57, "Cut above which a country is seen very favourably (Central Asia Barometer).", unit="affect",
        prior=FIXED, evidence="data", source="pooled answer shares 2018-22 (n = 15,029)", low=-2, high=2,
    )
    cab_no_opinion: ByPower = parameter(
        {"CN": 0.073, "RU": 0.062}, "Half-width of the range without opinion (Central Asia Barometer).", unit="affect",
        prior=FIXED, evidence="data", source="pooled answer shares 2018-22 (n = 15,029)", low=0, high=1, neutral=0.07,
    )
    cab_offset: ByPower = parameter(
        {"CN": 0.13, "RU": 0.05}, "Offset of the country item against the leadership item.", unit="affect",
        prior=shift(0.15), evidence="data", source="pooled answer shares 2018-22 (n = 15,029)", low=-1, high=1,
    )
    iri_no_opinion: float = parameter(
        0.15, "Half-width of the range without opinion in the item on relations (IRI).", unit="affect", prior=FIXED,
        evidence="data", source="KG late 2018, China: 39 % good, 31 % bad", low=0, high=1,
    )
    preference_falsification: ByPowerCountry = by_country(
        "preference_falsification", "Offset of answers from affect where citizens fear to speak (off by default).",
        unit="affect", powers=("CN", "RU"), low=-1, high=1,
    )
