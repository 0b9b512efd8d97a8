"""Files with survey figures and protest counts: what is read, and what is said about what cannot be."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from spsim.config import ConfigError
from spsim.config.surveys import holds_protests, read_protests, read_surveys
from spsim.data import load_pack
from spsim.data.surveys import PROTEST_COLUMNS, SURVEY_COLUMNS

TABLES = Path(__file__).parents[2] / "src" / "spsim" / "data" / "tables"
HEADER = "country,year,power,measure,value,unit,survey"
ROW = "KZ,2014,RU,approve leadership,72,%,Gallup World Poll"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.csv"


def mistakes(path: Path, *lines: str, encoding: str = "utf-8") -> list[str]:
    """Return what is said about a file with these lines, without the path."""
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    with pytest.raises(ConfigError) as caught:
        read_surveys(path)
    return [str(problem).removeprefix(f"{path}:").strip() for problem in caught.value.problems]


def test_shipped_tables_go_through_the_same_reader() -> None:
    pack = load_pack()
    surveys = read_surveys(TABLES / "survey_calibration.csv")
    pd.testing.assert_frame_equal(surveys[pack.surveys_table().columns], pack.surveys_table())
    assert (surveys["mode"] == "").all() and surveys[["se", "month"]].isna().all(axis=None)
    protests = read_protests(TABLES / "protests_calibration.csv")
    pd.testing.assert_frame_equal(protests[pack.protests_table().columns], pack.protests_table())


def test_a_file_with_what_is_required_gets_all_columns(file: Path) -> None:
    file.write_text(f"{HEADER}\n{ROW}\n")
    table = read_surveys(file)
    assert list(table.columns) == [column.name for column in SURVEY_COLUMNS]
    assert table.loc[0, ["country", "year", "power", "value", "wave"]].tolist() == ["KZ", "2014", "RU", 72.0, ""]
    assert table[["n", "se", "month"]].dtypes.eq(float).all()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_separators_byte_order_mark_decimal_comma_and_empty_cells(file: Path, separator: str, encoding: str) -> None:
    rows = ["country,year,power,measure,value,unit,survey,se", "KG,2018,CN,bilateral relations good,38.9,%,IRI,1.5,,"]
    text = "\n\n".join(rows).replace(",", separator)
    if separator != ",":
        text = text.replace("38.9", "38,9").replace("1.5", "1,5")
    file.write_text(text + "\n" + separator * 8 + "\n", encoding=encoding)
    table = read_surveys(file)
    assert table.loc[0, "value"] == 38.9 and table.loc[0, "se"] == 1.5 and len(table) == 1


def test_text_may_hold_separators_and_breaks(file: Path) -> None:
    file.write_text(f'{HEADER},note\n{ROW},"one, two\nthree"\n{ROW},x\n')
    with pytest.raises(ConfigError, match=r":4: the same figure stands on line 2"):
        read_surveys(file)


def test_every_mistake_is_said_with_line_and_what_was_meant(file: Path) -> None:
    said = mistakes(
        file,
        f"{HEADER},n,se,mode,month",
        "Kazakhstan,2018-2014,China,approve leadership,120,percent,,10.5,0,phone,13",
        "KZ+KG+KZ,14,RU,,-3,%,Gallup,1000,2,telephone,4",
        "KZ,2014,RU,approve leadership,nan,pp,Gallup,1e3,,online,",
        "KZ,2014,RU,approve leadership,72,%,Gallup, May,1000,,,5",
    )
    assert said == [
        "2: country: got 'Kazakhstan'; allowed: KZ, KG, TJ, TM, UZ, some of them joined by +, CA4, CA5; "
        "did you mean 'KZ'?",
        "2: year: got '2018-2014'; allowed: a year or two from 1991 to 2050, such as 2014 or 2006-2018",
        "2: power: got 'China'; allowed: CN, RU; did you mean 'CN'?",
        "2: value: got '120'; allowed: a number: 0 to 100 for a share, -100 to 100 for a change",
        "2: unit: got 'percent'; allowed: %, pp; did you mean '%'?",
        "2: survey: is empty; allowed: text",
        "2: n: got '10.5'; allowed: a whole number from 1",
        "2: se: got '0'; allowed: a number above 0 and up to 50",
        "2: mode: got 'phone'; allowed: face to face, telephone, online, mixed; did you mean 'telephone'?",
        "2: month: got '13'; allowed: 1 to 12",
        "3: country: got 'KZ+KG+KZ'; allowed: KZ, KG, TJ, TM, UZ, some of them joined by +, CA4, CA5",
        "3: year: got '14'; allowed: a year or two from 1991 to 2050, such as 2014 or 2006-2018",
        "3: measure: is empty; allowed: text",
        "3: value: got -3 with the unit %; allowed: 0 to 100; the unit of a change is pp",
        "4: value: got 'nan'; allowed: a number: 0 to 100 for a share, -100 to 100 for a change",
        "5: got 12 cells where the header names 11 columns; allowed: text that holds the separator stands in double "
        "quotes",
    ]


def test_four_countries_must_be_named(file: Path) -> None:
    header = HEADER.replace("year", "group,year")
    assert mistakes(file, header, "CA4,all,2014,RU,approve leadership,80,%,Gallup") == [
        "2: group: got 'all', which does not say which four countries CA4 are; allowed: their codes, such as all "
        "(KZ,KG,TJ,UZ)"
    ]
    file.write_text(f'{header}\nCA4,"all (KZ,KG,TJ,UZ)",2014,RU,approve leadership,80,%,Gallup\n'
                    "CA5,all,2014,RU,approve leadership,80,%,Gallup\n")
    assert len(read_surveys(file)) == 2


def test_mistakes_of_the_header(file: Path) -> None:
    assert mistakes(file, "", "Country,year,power,mesure,value,unit,survey,age,year", ROW + ",30,2014") == [
        "2: year: stands twice in the header",
        "2: Country: there is no such column; did you mean 'country'?",
        "2: mesure: there is no such column; did you mean 'measure'?",
        "2: age: there is no such column; allowed: " + ", ".join(column.name for column in SURVEY_COLUMNS),
        "2: country, measure: missing; found: Country, year, power, mesure, value, unit, survey, age, year",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (HEADER.encode(), "no row below it"),
        (HEADER.encode() + b"\nKZ,2014,RU,\xcf\xf3\xf2\xe8\xed,1,%,x", "not UTF-8.*CSV UTF-8"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\0\0\0", "zero bytes"),
        (HEADER.encode() + b'\nKZ,2014,RU,"open,1,%,x', "not readable as CSV"),
    ],
    ids=["empty", "header only", "code page", "workbook", "binary", "open quote"],
)
def test_files_that_are_no_table(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        read_surveys(file)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_surveys(tmp_path / "nothing.csv")
    with pytest.raises(ConfigError, match="is a directory"):
        read_surveys(tmp_path)


def test_the_two_kinds_of_file_are_told_apart(file: Path) -> None:
    assert holds_protests(TABLES / "protests_calibration.csv")
    assert not holds_protests(TABLES / "survey_calibration.csv")
    with pytest.raises(ConfigError, match="a file with protest counts; allowed: a file with survey figures"):
        read_surveys(TABLES / "protests_calibration.csv")
    with pytest.raises(ConfigError, match="a file with survey figures; allowed: a file with protest counts"):
        read_protests(TABLES / "survey_calibration.csv")


def test_mistakes_of_protest_counts(file: Path) -> None:
    file.write_text("country,year_from,year_to,kind,count\nKZ,2020-01-01,2019-12-31,all protests,5\n"
                    "KG,2020,2020-02-30,all protests,2.5\n")
    with pytest.raises(ConfigError) as caught:
        read_protests(file)
    keys = [(problem.place.line, problem.key) for problem in caught.value.problems]
    assert keys == [(2, "year_to"), (3, "year_from"), (3, "year_to"), (3, "count")]


def test_every_column_is_explained() -> None:
    for column in (*SURVEY_COLUMNS, *PROTEST_COLUMNS):
        assert re.fullmatch(r"[A-Z].*\.", column.meaning) and column.allowed
