"""What a region says of itself: rules of membership, numbers by country, words, and a map without outlines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spsim.config import ConfigError, parameter_table
from spsim.config.provenance import FIXED, factor, loguniform, prior_of_text, shift, uniform
from spsim.data import COUNTRIES, fill, load_pack
from spsim.data.by_country import known_numbers
from spsim.data.fill import COMMITMENTS, build_series
from spsim.data.folder import FORMATS, check_folder
from spsim.data.places import illustrations, starred, whole
from spsim.data.region import SHIPPED, Organisation, Region, named_in_code, region
from spsim.viz.geography import TILED, _tiles, geography


@pytest.mark.parametrize(("text", "prior"), [
    ("fixed", FIXED), ("shift 0.2", shift(0.2)), ("factor 2", factor(2)), ("uniform -0.04 0", uniform(-0.04, 0)),
    ("loguniform 0.1 10", loguniform(0.1, 10)),
])
def test_priors_as_a_table_says_them(text: str, prior: object) -> None:
    assert str(prior_of_text(text)) == str(prior)


def test_numbers_by_country_become_parameters() -> None:
    """Each number of the table is the default of its parameter, with its own prior."""
    for (name, power), at in known_numbers().items():
        _, _, default, facts = parameter_table()[name]
        values = default[power] if power else default
        assert list(values) == list(COUNTRIES)
        for code, known in at.items():
            assert values[code] == known.value
            assert str(facts.prior_of(*filter(None, (power, code)))) == str(prior_of_text(known.prior))
            assert known.source in facts.source


def test_the_shipped_folder_passes_the_check_of_a_user_s() -> None:
    """Cells, outlines, numbers; what it lacks is only the scenarios, which stand beside it in the package."""
    with pytest.raises(ConfigError) as caught:
        check_folder()
    assert [problem.place.origin.endswith("scenarios/baseline.yaml") for problem in caught.value.problems] == [True]
    assert set(FORMATS) <= {path.stem for path in SHIPPED.glob("*.csv")}


def drivers(*rows: tuple[str, int, str, float]) -> pd.DataFrame:
    """Return a drivers table that gives every country what it needs, with some rows more."""
    plain = [(code, 2010, variable, 1.0) for code in COUNTRIES for variable in fill.VARIABLES]
    return pd.DataFrame([*plain, *rows], columns=["country", "year", "variable", "value"])


def test_a_kind_of_commitment_that_is_not_recorded_hides_no_other() -> None:
    one, two, three = COMMITMENTS
    table = drivers(("KZ", 2010, one, 2e9), ("KZ", 2011, two, 3e9), ("KG", 2010, three, 1e9))
    series = build_series(table, load_pack().sources_table())["commitments"]
    assert series.select(["KZ", "KG", "UZ"], [2010, 2011]).tolist() == [[2.0, 1.0, 0.0], [3.0, 0.0, 0.0]]


def test_membership_follows_what_the_region_says() -> None:
    facts = Organisation(
        id="league", power="RU", variable="member", description="A league.", founded=2005,
        outside={"KG": "left"}, held_back="as later",
    )
    rows = [(code, 2010, "member", 1.0) for code in COUNTRIES]
    series = fill._membership(drivers(*rows), facts)
    held = series.select(["KZ", "KG"], [2004, 2005, 2009, 2010, 2050])
    assert held.tolist() == [[0, 0], [1, 0], [1, 0], [1, 1], [1, 1]]
    rules = dict(zip(series.years.tolist(), series.rule[:, 1].tolist(), strict=True))
    assert (rules[2004], rules[2009], rules[2010], rules[2011]) == (
        "before the founding in 2005", "left", "", "last recorded value held")


def test_words_for_places() -> None:
    assert (whole("KZ"), whole("CA5"), starred("TM"), starred("KZ")) == (
        "Kazakhstan", "the five countries", "Turkmenistan*", "Kazakhstan")
    assert illustrations(["KZ"]) == [] and illustrations(["KZ", "TM"])[0].startswith("Turkmenistan*: no opinion data")


def test_what_names_central_asia_is_for_regions_that_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    named_in_code("calibration")
    smaller = Region.model_validate({**region().model_dump(), "name": "Steppe", "countries": {"KZ": "Kazakhstan"}})
    monkeypatch.setattr("spsim.data.region.region", lambda: smaller)
    with pytest.raises(ConfigError, match="calibration is about Central Asia; Steppe lacks KG, TJ, TM, UZ"):
        named_in_code("calibration")


def test_tiles_stand_for_outlines() -> None:
    """Each country has a square of its own inside the window, and no two overlap."""
    tiles = _tiles()
    left, right, low, high = tiles.window
    boxes = {}
    for code in COUNTRIES:
        ring = tiles.shapes[code][0][0]
        boxes[code] = (*ring.min(axis=0), *ring.max(axis=0))
        assert np.all(ring.min(axis=0) >= [left, low]) and np.all(ring.max(axis=0) <= [right, high])
        assert np.allclose(ring[:-1].mean(axis=0), tiles.names_at[code])
    for one in COUNTRIES:
        for other in COUNTRIES[: COUNTRIES.index(one)]:
            a, b = boxes[one], boxes[other]
            assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]
    assert tiles.note == TILED != geography().note
