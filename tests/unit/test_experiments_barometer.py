"""A user's own Barometer file: made-up microdata with known shares, of both generations, as CSV and Excel."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

import spsim
from spsim.config import ConfigError
from spsim.config.surveys import read_surveys
from spsim.experiments.surveys import questions
from spsim.experiments.surveys.barometer import ANSWERS

LABELS = ("Very favorable", "Somewhat Favourable", "Somewhat unfavorable", "Very unfavorable", "Don't know (vol.)",
          "Refused")
COUNTS = {"CN": (20, 60, 40, 40, 30, 10), "RU": (60, 90, 20, 10, 16, 4)}
OLD = ("Country", "OpinionChina", "OpinionRussia", "totwt", "age")
NEW = ("Country", "E1a", "E1b", "FinalWgt1", "age")


def people(answers: Sequence[Any], places: Sequence[Any] = ("Kazakhstan", "Uzbekistan")) -> list[list[Any]]:
    """Return 200 respondents a country with the answers of ``COUNTS``, all of weight 1.5."""
    china, russia = (np.repeat(np.arange(6), COUNTS[power]) for power in ("CN", "RU"))
    return [[place, answers[c], answers[r], 1.5, 40] for place in places for c, r in zip(china, russia, strict=True)]


def write(path: Path, header: Sequence[str], rows: list[list[Any]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([header, *rows])
    else:
        book = openpyxl.Workbook()
        book.create_sheet("about")
        book.worksheets[0].title = "data"
        for row in (header, *rows):
            book.worksheets[0].append(list(row))
        book.save(path)
    return path


def shares(rows: pd.DataFrame, country: str, power: str) -> list[float]:
    found = rows[(rows["country"] == country) & (rows["power"] == power)]
    assert found["measure"].tolist() == list(ANSWERS)
    return found["value"].tolist()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize(
    ("wave", "header", "answers"),
    [(4, OLD, LABELS), (4, OLD, (1, 2, 3, 4, 8, 9)), (8, NEW, LABELS), (8, NEW, (1.0, 2.0, 3.0, 4.0, 98.0, 99.0))],
    ids=["old labels", "old codes", "new labels", "new codes"],
)
def test_known_shares_come_back(tmp_path: Path, suffix: str, wave: int, header: Any, answers: Any) -> None:
    told: list[str] = []
    file = write(tmp_path / f"wave{suffix}", header, people(answers))
    rows = spsim.import_barometer(file, wave, note=told.append)
    assert len(rows) == 2 * 2 * 6
    for country in ("KZ", "UZ"):
        for power, counts in COUNTS.items():
            assert shares(rows, country, power) == [count / 2 for count in counts]
    very = rows.iloc[0]
    assert very["se"] == pytest.approx(100 * np.sqrt(0.1 * 0.9 / 199), abs=1e-3) and very["n"] == 200
    assert set(rows["mode"]) == {"face to face" if wave == 4 else "telephone"}
    assert (very["year"], very["month"]) == (("2018", 10) if wave == 4 else ("2020", 10))
    assert any("E1a is taken as the opinion of China" in text for text in told) == (wave == 8)
    assert any("codes are taken as 1 = very favourable" in text for text in told) == (answers is not LABELS)
    assert not any("swapped" in text for text in told)


def test_rows_pass_the_reader_and_have_instruments(tmp_path: Path) -> None:
    file = write(tmp_path / "wave.csv", OLD, people(LABELS))
    out = tmp_path / "rows.csv"
    spsim.import_barometer(file, 3, month=6, note=lambda _: None).to_csv(out, index=False)
    asked, left = questions(read_surveys(out))
    assert {q.months for q in asked} == {("2018-06",)} and {q.mode for q in asked} == {"face to face"}
    assert {q.item for q in asked} == {"country"} and asked[0].standard_error == pytest.approx(2.127)
    assert len(asked) == 20 and {each.measure for each in left} == {"refused"}
    assert "40" not in out.read_text().split()  # nothing of the respondents but shares


def test_weights_strata_and_clusters(tmp_path: Path) -> None:
    rows = [["KZ", 1 + (number % 4 > 1), 2, 0.5 + number % 2, number // 20, number // 10] for number in range(80)]
    file = write(tmp_path / "wave.csv", ("country", "OpinionChina", "OpinionRussia", "totwt", "oblast", "psu"), rows)
    plain = spsim.import_barometer(file, 2, note=lambda _: None)
    told: list[str] = []
    designed = spsim.import_barometer(file, 2, strata="oblast", cluster="psu", note=told.append)
    assert plain["value"].tolist() == designed["value"].tolist() and plain.loc[0, "value"] == 50
    assert plain.loc[0, "se"] == pytest.approx(100 * np.sqrt(1.25 * 0.25 / 80 * 80 / 79), abs=1e-3)
    assert 0 < designed.loc[0, "se"] < plain.loc[0, "se"]  # half of each cluster gives either answer
    assert "as informative as 64 equally weighted answers" in plain.loc[0, "note"]
    assert "strata oblast, clusters psu" in designed.loc[0, "note"]
    assert np.isnan(plain.loc[2, "se"]) and plain.loc[2, "value"] == 0


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    rows = [*people(LABELS, ["1"]), ["1", "", "Very favorable", 1, 1], ["1", "Refused", "Refused", 0, 1],
            ["7", "Refused", "Refused", 1, 1]]
    told: list[str] = []
    file = write(tmp_path / "wave.csv", NEW, rows)
    found = spsim.import_barometer(file, 13, countries={"1": "KZ"}, year=2023, month=5, note=told.append)
    assert shares(found, "KZ", "CN") == [count / 2 for count in COUNTS["CN"]]
    assert set(found["year"]) == {"2023"} and found["n"].tolist() == 6 * [200] + 6 * [201]
    assert told == [
        "E1a is taken as the opinion of China and E1b as that of Russia; see that the questionnaire of your wave says "
        "so (--china, --russia)",
        "left out, of other countries: '7' (1 times)",
        "left out, without a weight or with weight 0: 1 respondents",
        "E1a: left out, not asked: 1 respondents",
    ]


def test_a_file_of_one_country_without_weights_and_with_own_codes(tmp_path: Path) -> None:
    rows = [["a", "ja"], ["b", "nein"], ["a", "ja"], ["-", "ja"]]
    told: list[str] = []
    file = write(tmp_path / "wave.csv", ("x", "y"), rows)
    found = spsim.import_barometer(
        file, 1, china="x", russia="y", weight="none", country="KG", note=told.append,
        codes={"a": "very favourable", "b": "refused", "-": "not asked", "ja": "somewhat favourable",
               "nein": "very unfavourable"},
    )
    assert shares(found, "KG", "CN")[0] == 66.67 and shares(found, "KG", "RU")[1] == 75
    assert set(found["group"]) == {"all, unweighted"} and "no weights: every respondent counts the same" in told


def test_powers_that_look_swapped_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    file = write(tmp_path / "wave.csv", NEW, people(LABELS))
    spsim.import_barometer(file, 8, china="E1b", russia="E1a", note=told.append)
    assert sum("are the two columns swapped?" in text for text in told) == 2


def test_missing_columns_are_one_message_with_what_was_found(tmp_path: Path) -> None:
    file = write(tmp_path / "wave.csv", ("region", "OpinionChinaa", "E1b"), [["KZ", 1, 1]])
    with pytest.raises(ConfigError) as caught:
        spsim.import_barometer(file, 4)
    assert [str(problem).partition(".csv:")[2] for problem in caught.value.problems] == [
        "1: these columns are missing: OpinionChina (--china), OpinionRussia (--russia), totwt (--weight), country "
        "(--country-column, or --country for a file of one country); OpinionChina may be 'OpinionChinaa'; "
        "found: region, OpinionChinaa, E1b"
    ]


def test_values_that_mean_nothing_are_counted(tmp_path: Path) -> None:
    rows = [["KZ", "Mostly ok", "1", "1"], ["KZ", "Mostly ok", "5", "heavy"], ["Narnia", "Refused", "1", "-1"]]
    file = write(tmp_path / "wave.csv", OLD[:4], rows)
    with pytest.raises(ConfigError) as caught:
        spsim.import_barometer(file, 4)
    said = [str(problem).partition(".csv:")[2] for problem in caught.value.problems]
    assert [text.partition(";")[0] for text in said] == [
        "4: Country: got 'Narnia' (1 times)",
        "3: totwt: got 'heavy' (1 times), '-1' (1 times)",
        "2: OpinionChina: got 'Mostly ok' (2 times)",
        "3: OpinionRussia: got '5' (1 times)",
    ]


def test_mistakes_of_the_call_are_said_together(tmp_path: Path) -> None:
    file = write(tmp_path / "wave.csv", OLD, people(LABELS))
    with pytest.raises(ConfigError) as caught:
        spsim.import_barometer(file, 13, month=13, country="Kazakhstan", country_column="c", codes={"5": "refuse"})
    said = str(caught.value)
    for text in ("when wave 13 was asked is not known here", "--month: got 13", "did you mean 'refused'?",
                 "did you mean 'KZ'?", "one of both"):
        assert text in said


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"PK\x03\x04 broken", "not readable as an Excel workbook"), (b"\xd0\xcf\x11\xe0", r"save it as \.xlsx"),
     (b"$FL2@(#)", "SPSS file")],
)
def test_other_files_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "wave.sav"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        spsim.import_barometer(file, 4)


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    file = write(tmp_path / "wave.xlsx", OLD, people(LABELS))
    assert len(spsim.import_barometer(file, 4, sheet="data", note=lambda _: None)) == 24
    with pytest.raises(ConfigError, match=r"no sheet 'dat'.*did you mean 'data'"):
        spsim.import_barometer(file, 4, sheet="dat")
    with pytest.raises(ConfigError, match="the sheet is empty"):
        spsim.import_barometer(file, 4, sheet="about")
