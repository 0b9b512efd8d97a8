"""`spsim surveys`: what it lists, prints, imports and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spsim.cli.app import app
from spsim.cli.surveys import EXAMPLE
from spsim.config.surveys import read_surveys
from spsim.data.surveys import PROTEST_COLUMNS, SURVEY_COLUMNS
from spsim.experiments.surveys import questions

DOCUMENT = Path(__file__).parents[2] / "docs" / "surveys.md"
MICRODATA = """\
country,OpinionChina,OpinionRussia,totwt
Kazakhstan,Very favorable,Somewhat favorable,1
Kazakhstan,Very unfavorable,Very favorable,1
Kyrgyzstan,Don't know,Somewhat unfavorable,0.5
Kyrgyzstan,Somewhat favorable,Refused,1.5
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def surveys(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["surveys", *arguments])


def test_shipped_figures_are_listed_covered_or_with_the_reason() -> None:
    said = surveys("list")
    assert said.exit_code == 0
    assert "33 of 55 figures have an instrument" in said.output and "22 figures are not covered" in said.output
    assert "best able to help with COVID-19" in said.output and "refusals are not modelled" in said.output
    assert "the order of countries only" in said.output and "12 counts of protests" in said.output


def test_a_file_of_either_kind_is_listed() -> None:
    Path("mine.csv").write_text(EXAMPLE)
    said = surveys("list", "mine.csv")
    assert said.exit_code == 0 and "3 of 3 figures have an instrument" in said.output
    Path("counts.csv").write_text("country,year_from,year_to,kind,count\nKZ,2019-01-01,2019-12-31,strikes,7\n")
    said = surveys("list", "counts.csv")
    assert said.exit_code == 0 and "nothing: the model counts no such events" in said.output


def test_mistakes_of_a_file_are_said_with_their_lines() -> None:
    Path("mine.csv").write_text(EXAMPLE.replace("KG,", "KQ,").replace(",CN,change", ",China,change"))
    said = surveys("list", "mine.csv")
    assert said.exit_code == 2
    assert "mine.csv:2: country: got 'KQ'" in said.output and "mine.csv:3: power: got 'China'" in said.output


def test_the_format_names_every_column() -> None:
    said = surveys("format")
    assert said.exit_code == 0
    for column in (*SURVEY_COLUMNS, *PROTEST_COLUMNS):
        assert column.name + (" *" if column.required else "") in said.output


def test_the_example_is_in_the_format() -> None:
    assert surveys("format", "--example").output == EXAMPLE
    Path("mine.csv").write_text(EXAMPLE)
    assert len(read_surveys("mine.csv")) == 3


def test_import_writes_shares_that_can_be_listed() -> None:
    Path("wave4.csv").write_text(MICRODATA)
    said = surveys("import", "wave4.csv", "--wave", "4", "--out", "rows.csv")
    assert said.exit_code == 0, said.output
    assert "note: wave 4 is dated 2018-10" in said.output and "rows.csv holds 24 rows" in said.output
    assert "nan" not in said.output  # nobody refused, so that answer has no standard error
    rows = read_surveys("rows.csv")
    kyrgyz = rows[(rows["country"] == "KG") & (rows["power"] == "CN")]
    assert kyrgyz["value"].tolist() == [0, 75, 0, 0, 25, 0]
    assert "20 of 24 figures have an instrument" in surveys("list", "rows.csv").output
    again = surveys("import", "wave4.csv", "--wave", "4", "--out", "rows.csv")
    assert again.exit_code == 1 and "exists already" in again.output


def test_import_without_out_shows_and_writes_nothing(tmp_path: Path) -> None:
    coded = MICRODATA.replace("Kazakhstan", "1").replace("Kyrgyzstan", "2").replace("Refused", "7")
    Path("wave4.csv").write_text(coded)
    said = surveys("import", "wave4.csv", "--wave", "4", "--countries", "1=KZ, 2=KG", "--codes", "7=refused",
                   "--year", "2018", "--month", "11")
    assert said.exit_code == 0 and "Nothing was written" in said.output
    notes = [line for line in said.output.splitlines() if line.startswith("note: ")]
    assert len(notes) == 1 and "KG: China is seen more favourably (75 %) than Russia (0 %)" in notes[0]
    assert [path.name for path in tmp_path.iterdir()] == ["wave4.csv"]


def test_import_says_which_columns_are_missing() -> None:
    Path("wave8.csv").write_text(MICRODATA)
    said = surveys("import", "wave8.csv", "--wave", "8")
    assert said.exit_code == 2 and "E1a (--china), E1b (--russia), FinalWgt1 (--weight)" in said.output
    assert "found: country, OpinionChina, OpinionRussia, totwt" in said.output
    assert surveys("import", "wave8.csv", "--wave", "8", "--codes", "x").exit_code == 2


def table_below(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of docs/surveys.md, without its head."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_document_names_every_column_and_what_is_required() -> None:
    for heading, columns in (("Survey figures", SURVEY_COLUMNS), ("Protest counts", PROTEST_COLUMNS)):
        documented = {row[0]: row[1] for row in table_below(heading)}
        assert documented == {column.name: "yes" if column.required else "" for column in columns}


def test_the_measures_of_the_document_have_instruments() -> None:
    found = table_below("Measures with an instrument")
    assert len(found) >= 4
    for pollster, measures, _ in found:
        for measure in measures.split(";"):
            row = f"KZ,2018,RU,{measure.strip(' `')},40,%,{pollster}"
            Path("mine.csv").write_text(f"country,year,power,measure,value,unit,survey\n{row}\n")
            asked, left = questions(read_surveys("mine.csv"))
            assert len(asked) == 1, left
