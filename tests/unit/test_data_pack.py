"""The data pack: what it holds, how gaps are filled and marked, and that damage is noticed."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spsim.data import (
    COUNTRIES,
    COUNTRY_NAMES,
    POPULATION_YEARS,
    YEARS,
    DataPack,
    Series,
    check_pack,
    load_pack,
    read_table,
)

SERIES = {
    "gdp",
    "openness",
    "urban",
    "internet",
    "commitments",
    "sco",
    "eaeu",
    "csto",
    "students_russia",
}


@pytest.fixture(scope="module")
def pack() -> DataPack:
    """The shipped pack."""
    return load_pack()


def rules(series: Series, country: str) -> dict[int, str]:
    """Year -> rule of one country, recorded years left out."""
    column = series.countries.index(country)
    return {
        int(year): str(text) for year, text in zip(series.years, series.rule[:, column], strict=True) if text
    }


def with_series(pack: DataPack, name: str, **changes: Any) -> DataPack:
    """A copy of the pack with one series changed."""
    return replace(pack, series={**pack.series, name: replace(pack.series[name], **changes)})


def with_table(pack: DataPack, name: str, table: pd.DataFrame) -> DataPack:
    """A copy of the pack with one table changed."""
    return replace(pack, tables={**pack.tables, name: table})


def with_cell(pack: DataPack, name: str, country: str, year: int, value: float) -> DataPack:
    """A copy of the pack with one cell of a series changed."""
    values = pack.series[name].values.copy()
    values[year - YEARS.start, COUNTRIES.index(country)] = value
    return with_series(pack, name, values=values)


class TestSeries:
    def test_names_and_cover(self, pack: DataPack) -> None:
        assert set(pack.series) == SERIES
        for name, series in pack.series.items():
            assert series.name == name
            assert series.countries == COUNTRIES == tuple(COUNTRY_NAMES)
            assert series.years.tolist() == list(range(2000, 2051))
            assert np.isfinite(series.values).all()
            assert ((series.rule != "") == series.filled).all()

    def test_read_only(self, pack: DataPack) -> None:
        with pytest.raises(ValueError, match="read-only"):
            pack.series["gdp"].values[0, 0] = 1.0

    def test_at_and_select_agree(self, pack: DataPack) -> None:
        gdp = pack.series["gdp"]
        table = gdp.select(["UZ", "KZ"], [2020, 2010])
        assert table.shape == (2, 2)
        assert table[1, 0] == gdp.at("UZ", 2010)
        assert table[0, 1] == gdp.at("KZ", 2020)
        assert gdp.select_filled(["KZ"], [2024, 2025]).ravel().tolist() == [False, True]
        table[0, 0] = -1.0
        assert gdp.at("UZ", 2020) > 0

    @pytest.mark.parametrize(("country", "year"), [("XX", 2010), ("KZ", 1999), ("KZ", 2051)])
    def test_unknown_cell(self, pack: DataPack, country: str, year: int) -> None:
        with pytest.raises(KeyError, match="is not in the data"):
            pack.series["gdp"].at(country, year)

    def test_frame(self, pack: DataPack) -> None:
        frame = pack.series["internet"].to_frame()
        columns = ["year", "country", "variable", "value", "unit", "filled", "rule", "source"]
        assert list(frame.columns) == columns
        assert len(frame) == len(YEARS) * len(COUNTRIES)
        cell = frame[(frame["country"] == "TM") & (frame["year"] == 2030)].iloc[0]
        assert cell["value"] == pytest.approx(0.21251)
        assert cell["filled"]
        assert cell["source"] == "wdi_internet"

    def test_wrong_shape_is_refused(self, pack: DataPack) -> None:
        with pytest.raises(ValueError, match="shape"):
            replace(pack.series["gdp"], values=np.zeros((2, 5)))


class TestFilling:
    def test_recorded_cells_are_the_rows(self, pack: DataPack) -> None:
        expected = {"gdp": ("gdp_constant2015_usd", 1e-9), "urban": ("urban_share_pct", 1e-2)}
        for name, (variable, scale) in expected.items():
            rows = pack.drivers_table(variable)
            rows = rows[rows["year"] >= YEARS.start]
            series = pack.series[name]
            for country, year, value in zip(rows["country"], rows["year"], rows["value"], strict=True):
                assert series.at(country, year) == pytest.approx(value * scale, rel=1e-12)
            assert (~series.filled).sum() == len(rows)

    def test_gdp_grows_three_percent(self, pack: DataPack) -> None:
        gdp = pack.series["gdp"]
        assert gdp.at("KZ", 2024) == pytest.approx(244.491152896)
        assert gdp.at("KZ", 2050) == pytest.approx(244.491152896 * 1.03**26)
        assert set(rules(gdp, "KZ")) == set(range(2025, 2051))

    def test_openness(self, pack: DataPack) -> None:
        openness = pack.series["openness"]
        assert openness.at("KG", 2012) == pytest.approx(0.39)
        assert openness.at("KZ", 2050) == openness.at("KZ", 2024) == pytest.approx(0.23)
        # The least-squares line of the total on the sum of ratings has slope -8.152, intercept 118.48.
        assert openness.at("KG", 2005) == openness.at("KG", 2008) == pytest.approx(0.4511, abs=1e-4)
        assert openness.at("TM", 2000) == pytest.approx(0.0435, abs=1e-4)
        assert set(rules(openness, "KG")) == {*range(2000, 2012), *range(2025, 2051)}

    def test_internet(self, pack: DataPack) -> None:
        internet = pack.series["internet"]
        step = (27.5441 - 21.96) / 3 / 100
        assert internet.at("TJ", 2018) == pytest.approx(0.2196 + step)
        assert "linear" in rules(internet, "TJ")[2019]
        assert set(rules(internet, "TM")) == set(range(2018, 2051))

    def test_commitments(self, pack: DataPack) -> None:
        commitments = pack.series["commitments"]
        # A second edition of the register prints the totals of 2000-21.
        totals = commitments.select(COUNTRIES, range(2000, 2022)).sum(axis=0)
        np.testing.assert_allclose(totals, [64.146, 4.131, 6.256, 12.276, 18.209], atol=2e-3)
        assert commitments.at("TM", 2010) == 0.0
        assert rules(commitments, "TM")[2010] == "nothing recorded"
        gaps = [
            text for c in COUNTRIES for text in rules(commitments, c).values() if text == "nothing recorded"
        ]
        assert len(gaps) == 110 - 98
        # A recorded zero is not a gap.
        assert commitments.at("TM", 2018) == 0.0
        assert 2018 not in rules(commitments, "TM")
        mean = commitments.select(["UZ"], range(2017, 2022)).mean()
        assert commitments.at("UZ", 2022) == commitments.at("UZ", 2050) == pytest.approx(mean)

    def test_memberships(self, pack: DataPack) -> None:
        sco, eaeu, csto = (pack.series[name] for name in ("sco", "eaeu", "csto"))
        assert not sco.select(["TM"], YEARS).any()
        assert sco.at("KZ", 2000) == 0
        assert sco.select(["KZ", "KG", "TJ", "UZ"], range(2001, 2051)).all()
        assert not eaeu.select(COUNTRIES, range(2000, 2015)).any()
        assert eaeu.select(["KZ", "KG"], range(2015, 2051)).all()
        assert not eaeu.select(["TJ", "TM", "UZ"], YEARS).any()
        assert csto.select(["KZ", "KG", "TJ"], YEARS).all()
        assert not csto.select(["TM", "UZ"], YEARS).any()
        assert set(rules(csto, "KZ")) == set(YEARS) - {2022}
        assert "earlier membership" in rules(csto, "UZ")[2008]

    def test_students_in_russia(self, pack: DataPack) -> None:
        students = pack.series["students_russia"]
        assert students.at("KZ", 2004) == 29518
        assert students.at("KZ", 2013) == pytest.approx((29518 + 49252) / 2)
        assert students.at("KZ", 2040) == 69895
        assert students.at("TM", 2012) == 15662
        assert 2013 in rules(students, "TM")
        assert (~students.filled).sum() == 19


class TestPopulation:
    def test_pyramids(self, pack: DataPack) -> None:
        pyramids = pack.population(["TM", "KZ"], [1991, 2050])
        assert pyramids.shape == (2, 2, 101)
        assert pyramids.dtype == np.float64
        assert (pyramids > 0).all()
        assert pyramids[0, 1, :3].tolist() == [373156, 379647, 394418]

    def test_totals_and_groups(self, pack: DataPack) -> None:
        total = pack.population(["KZ"], [2023]).sum()
        assert total == 20330109
        pyramid = pack.population(["UZ"], [2010])[0, 0]
        assert pack.adults(["UZ"], [2010]).item() == pyramid[18:].sum()
        assert pack.youth(["UZ"], [2010]).item() == pyramid[15:25].sum()
        assert pack.adults(COUNTRIES, POPULATION_YEARS).shape == (60, 5)

    @pytest.mark.parametrize("year", [1990, 2051])
    def test_outside(self, pack: DataPack, year: int) -> None:
        with pytest.raises(KeyError, match="year"):
            pack.population(["KZ"], [year])


class TestRegisters:
    def test_budget_knots(self, pack: DataPack) -> None:
        knots = pack.budget_knots()
        assert set(knots) == {("CN", "media"), ("CN", "culture"), ("CN", "education")}
        assert knots["CN", "media"] == knots["CN", "culture"]
        assert knots["CN", "media"][1:3] == [(2007.75, 0.2), (2007.75, 0.35)]
        assert knots["CN", "education"][0] == (2004.0, 0.15)
        assert all(channel[-1][1] == 1.0 for channel in knots.values())

    def test_events(self, pack: DataPack) -> None:
        events = pack.events_table()
        assert events["id"].tolist() == [f"E{number:02d}" for number in range(1, 46)]
        assert events["start"].str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all()
        assert (events["start"] <= events["end"]).all()
        land = events[events["event"].str.contains("Land Code")].iloc[0]
        assert (land["start"], land["end"]) == ("2016-04", "2016-05")
        assert set(events.loc[events["precision"] == "year", "date_text"]) == {"2014/2015", "2016", "2023"}

    def test_inconsistencies_name_real_claims(self, pack: DataPack) -> None:
        table = pack.inconsistencies_table()
        assert table["id"].is_unique
        assert {"I1", "I13", "I16", "I20"} <= set(table["id"])
        ids = {claim.strip() for text in table["claims"] for claim in text.split(";")} - {"", "all"}
        assert ids <= {f"C{n:02d}" for n in range(1, 46)} | {f"K{n:02d}" for n in range(1, 49)}
        assert (table[["statement", "what_the_model_does"]] != "").all(axis=None)

    def test_tables_are_copies(self, pack: DataPack) -> None:
        mine = pack.sources_table()
        mine.loc[0, "licence"] = ""
        assert (pack.sources_table()["licence"] != "").all()
        assert len(pack.surveys_table()) == 55
        assert len(pack.protests_table()) == 12

    def test_unknown_names(self, pack: DataPack) -> None:
        with pytest.raises(FileNotFoundError):
            read_table("nothing")
        with pytest.raises(KeyError, match="nothing"):
            pack.drivers_table("nothing")

    def test_pickles(self, pack: DataPack) -> None:
        copy = pickle.loads(pickle.dumps(pack))
        assert check_pack(copy) == []


def signed_area(ring: np.ndarray[Any, Any]) -> float:
    """Area of a closed ring [n, 2], positive if it runs counter-clockwise."""
    x, y = ring.T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


class TestOutlines:
    def test_countries(self, pack: DataPack) -> None:
        assert set(pack.outlines()) == set(COUNTRIES)
        assert set(pack.neighbour_outlines()) == {"CN", "RU"}
        areas = {c: sum(signed_area(r) for p in ps for r in p) for c, ps in pack.outlines().items()}
        assert sorted(areas, key=areas.__getitem__, reverse=True) == ["KZ", "TM", "UZ", "KG", "TJ"]

    def test_rings(self, pack: DataPack) -> None:
        for polygons in (*pack.outlines().values(), *pack.neighbour_outlines().values()):
            for rings in polygons:
                assert all((ring[0] == ring[-1]).all() for ring in rings)
                assert signed_area(rings[0]) > 0
                assert all(signed_area(hole) < 0 for hole in rings[1:])
                assert all(np.abs(ring).max(axis=0)[0] <= 180 for ring in rings)


class TestDamage:
    def test_shipped_pack_is_sound(self, pack: DataPack) -> None:
        assert check_pack(pack) == []

    def test_share_above_one(self, pack: DataPack) -> None:
        faults = check_pack(with_cell(pack, "urban", "KG", 2010, 1.2))
        assert faults == ["series urban: 1.2 in KG 2010 is outside [0, 1]"]

    def test_negative_amount(self, pack: DataPack) -> None:
        faults = check_pack(with_cell(pack, "commitments", "TJ", 2005, -0.5))
        assert faults == ["series commitments: -0.5 in TJ 2005 is outside [0, inf]"]

    def test_nan(self, pack: DataPack) -> None:
        faults = check_pack(with_cell(pack, "gdp", "UZ", 2049, np.nan))
        assert faults == ["series gdp: no value for UZ 2049"]

    def test_unmarked_fill(self, pack: DataPack) -> None:
        filled = np.zeros_like(pack.series["gdp"].filled)
        assert any("rule differ" in fault for fault in check_pack(with_series(pack, "gdp", filled=filled)))

    def test_missing_years(self, pack: DataPack) -> None:
        gdp = pack.series["gdp"]
        short = {name: getattr(gdp, name)[:-1] for name in ("years", "values", "filled", "rule")}
        assert any(
            "every country and year" in fault for fault in check_pack(with_series(pack, "gdp", **short))
        )

    def test_unknown_source(self, pack: DataPack) -> None:
        faults = check_pack(with_series(pack, "sco", source="hearsay"))
        assert faults == ["series sco: source 'hearsay' is not in sources.csv"]

    def test_missing_age(self, pack: DataPack) -> None:
        table = pack.tables["population_by_age"]
        gone = (table["country"] == "TJ") & (table["year"] == 2004) & (table["age"] == 30)
        faults = check_pack(with_table(pack, "population_by_age", table[~gone]))
        assert "population_by_age: TJ 2004 has 100 ages, expected 101" in faults
        assert any("TJ 2004 sums to" in fault for fault in faults)

    def test_nan_age(self, pack: DataPack) -> None:
        table = pack.tables["population_by_age"].astype({"population": float})
        table.loc[0, "population"] = np.nan
        faults = check_pack(with_table(pack, "population_by_age", table))
        assert "population_by_age: no valid head-count for KZ 1991 age 0" in faults

    def test_row_twice(self, pack: DataPack) -> None:
        table = pack.tables["population_by_age"]
        doubled = pd.concat([table, table.tail(1)], ignore_index=True)
        faults = check_pack(with_table(pack, "population_by_age", doubled))
        assert faults == ["population_by_age: a country, year and age comes twice"]

    @pytest.mark.parametrize("column", ["unit", "source", "source_url"])
    def test_driver_without_ground(self, pack: DataPack, column: str) -> None:
        table = pack.drivers_table()
        table.loc[5, column] = ""
        faults = check_pack(with_table(pack, "drivers", table))
        assert len(faults) == 1
        assert faults[0].endswith(f"has no {column}")

    @pytest.mark.parametrize(
        ("row", "column", "value", "word"),
        [(1, "year", 2017.0, "order of time"), (2, "index", 1.6, "outside"), (0, "index", np.nan, "outside")],
    )
    def test_budget(self, pack: DataPack, row: int, column: str, value: float, word: str) -> None:
        table = pack.tables["budget_index"].astype({"year": float})
        table.loc[row, column] = value
        faults = check_pack(with_table(pack, "budget_index", table))
        assert len(faults) == 1
        assert word in faults[0]

    @pytest.mark.parametrize("column", ["licence", "url", "licence_checked"])
    def test_register(self, pack: DataPack, column: str) -> None:
        table = pack.sources_table()
        table.loc[3, column] = ""
        faults = check_pack(with_table(pack, "sources", table))
        assert len(faults) == 1
        assert str(table.loc[3, "id"]) in faults[0]


def test_claims_table_holds_the_93_claims(pack: DataPack) -> None:
    claims = pack.claims_table()
    assert {"id", "claim", "where", "implies", "sign", "testable"} <= set(claims.columns)
    assert len(claims) == 93
    assert claims["id"].is_unique
