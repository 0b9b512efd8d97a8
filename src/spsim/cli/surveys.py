"""``spsim surveys``: the format of survey files, what the model can answer of one, and a reader of one's own data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spsim.cli.terminal import Debug, complain, facts, guarded, listing, say, written_file
from spsim.ground.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from spsim.ground.columns import Column

app = typer.Typer(help="Survey figures: the format, what the model answers, and your own file.", no_args_is_help=True)

EXAMPLE = """\
country,year,wave,power,measure,value,unit,survey,n,se
KG,2018,late 2018,CN,bilateral relations good,39,%,IRI,1500,
KZ,2018,,CN,change in approve leadership vs previous year (pp),-15,pp,Gallup World Poll,,
KZ,2021,wave 10,RU,very favourable,31.5,%,Central Asia Barometer,1650,1.6
"""
"""A file in the format; a test reads it."""


@app.command("list")
@guarded
def list_rows(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A survey file; those that are shipped if "
                                                                       "left out.")] = None,
    debug: Debug = False,
) -> None:
    """List figures with the instrument that answers them, and those that none covers, with the reason."""
    from spsim.config.surveys import holds_protests, read_protests, read_surveys
    from spsim.data import load_pack

    if file is None:
        pack = load_pack()
        _list_surveys(pack.surveys_table())
        say()
        _list_protests(pack.protests_table())
    elif holds_protests(file):
        _list_protests(read_protests(file))
    else:
        _list_surveys(read_surveys(file))


def _list_surveys(table: pd.DataFrame) -> None:
    from spsim.experiments.surveys import questions

    asked, left = questions(table)
    rows = [
        [str(q.row), "+".join(q.countries), _months(q.months), q.power, q.item,
         ("change of " if q.kind == "change" else "") + " + ".join(q.answers).replace("_", " "), f"{q.value:g}",
         f"{q.interviews:,.0f}", "" if q.standard_error is None else f"{q.standard_error:g}", q.mode, q.pollster]
        for q in asked
    ]
    heads = ("row", "countries", "asked", "power", "item", "answer", "value", "interviews", "se", "mode", "pollster")
    listing(heads, rows, long=("interviews", "se", "mode", "pollster"))
    say(f"{len(asked)} of {len(table)} figures have an instrument (rows count from 0; months and interviews that the "
        "file does not give are the usual ones)", style="bold")
    if left:
        say()
        places = table.loc[[each.row for each in left], ["country", "year", "power"]].astype(str).to_numpy().tolist()
        listing(("row", "country", "year", "power", "measure", "why no instrument covers it"),
                [[str(each.row), *place, each.measure, each.reason] for each, place in zip(left, places, strict=True)],
                long=("measure", "why no instrument covers it"))
        say(f"{len(left)} figures are not covered: they score nothing", style="bold")


def _months(months: tuple[str, ...]) -> str:
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]} ({len(months)})"


def _list_protests(table: pd.DataFrame) -> None:
    from spsim.data.surveys import protest_use

    shown = table[["country", "year_from", "year_to", "kind", "count"]].astype(str)
    rows = [[str(row), *cells, protest_use(cells[3]) or "nothing: the model counts no such events"]
            for row, cells in enumerate(shown.to_numpy().tolist())]
    listing(("row", "country", "first day", "last day", "kind", "count", "what it scores"), rows,
            long=("what it scores",))
    say(f"{len(rows)} counts of protests", style="bold")


@app.command("format")
@guarded
def show_format(
    example: Annotated[bool, typer.Option("--example", help="Print a small file in the format instead.")] = False,
    debug: Debug = False,
) -> None:
    """Print the format of survey files."""
    from spsim.data.surveys import PROTEST_COLUMNS, SURVEY_COLUMNS

    if example:
        typer.echo(EXAMPLE, nl=False)
        return
    say("A CSV file (UTF-8; comma, semicolon or tab; decimal point or comma) with a header and a row for each figure.")
    for title, columns in (("Survey figures", SURVEY_COLUMNS), ("Protest counts", PROTEST_COLUMNS)):
        say()
        facts(f"{title} (* must be there, in every row)", [_column(column) for column in columns])
    say()
    say("`spsim surveys format --example` prints a small file; docs/surveys.md lists the measures with an instrument.")


def _column(column: Column) -> tuple[str, str]:
    allowed = "" if column.allowed == "text" else f" [{column.allowed}]"
    return column.name + (" *" if column.required else ""), column.meaning + allowed


@app.command("import")
@guarded
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Your Central Asia Barometer file (.xlsx, .csv).")],
    wave: Annotated[int, typer.Option(metavar="N", help="Number of the wave.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="CSV file to write.")] = None,
    china: Annotated[str, typer.Option(metavar="COLUMN", help="Opinion of China [OpinionChina, later E1a].")] = "",
    russia: Annotated[str, typer.Option(metavar="COLUMN", help="Opinion of Russia [OpinionRussia, later E1b].")] = "",
    weight: Annotated[str, typer.Option(metavar="COLUMN", help="Weights [totwt, later FinalWgt1], or none.")] = "",
    country_column: Annotated[str, typer.Option(metavar="COLUMN", help="The country [country].")] = "",
    country: Annotated[str, typer.Option(metavar="CODE", help="The country of a file that holds one.")] = "",
    countries: Annotated[str, typer.Option(metavar="V=CODE,...", help="What its values mean: 1=KZ,2=KG.")] = "",
    codes: Annotated[str, typer.Option(metavar="V=ANSWER,...", help="What answers mean: 5=refused,6=not asked.")] = "",
    strata: Annotated[str, typer.Option(metavar="COLUMN", help="Strata of the sample.")] = "",
    cluster: Annotated[str, typer.Option(metavar="COLUMN", help="Clusters of the sample.")] = "",
    year: Annotated[int | None, typer.Option(metavar="YYYY", help="Year of the interviews.")] = None,
    month: Annotated[int | None, typer.Option(metavar="M", help="Month of the interviews.")] = None,
    sheet: Annotated[str, typer.Option(metavar="NAME", help="Sheet of the workbook [the first one].")] = "",
    debug: Debug = False,
) -> None:
    """Turn your own Barometer file into rows of the format: shares of answers, with standard errors."""
    from spsim import api
    from spsim.config import SetupError

    if out and out.exists():
        raise SetupError(f"{out}: exists already and is not overwritten; choose another --out")
    rows = api.import_barometer(
        file, wave, china=china, russia=russia, weight=weight, country_column=country_column, country=country,
        countries=_pairs("--countries", countries), codes=_pairs("--codes", codes), strata=strata, cluster=cluster,
        year=year, month=month, sheet=sheet, note=lambda text: complain(f"note: {text}", style="yellow"),
    )
    heads = ("country", "year", "power", "measure", "value", "se", "n")
    shown = rows[list(heads)].map(lambda cell: f"{cell:g}" if isinstance(cell, float) else str(cell))
    shown["se"] = shown["se"].mask(rows["se"].isna(), "")  # an answer that nobody gave has no standard error
    listing(heads, shown.to_numpy().tolist(), long=())
    if out is None:
        say("Shares in %, standard errors in points. Nothing was written: --out rows.csv does.", style="bold")
        return
    with written_file(out):
        out.write_text(rows.to_csv(index=False, lineterminator="\n"), encoding="utf-8")
    say(f"{out} holds {counted(len(rows), 'row')}; `spsim surveys list {out}` shows what the model can answer",
        style="bold")


def _pairs(option: str, text: str) -> dict[str, str]:
    """Return value -> meaning of ``value=meaning,...``.

    Raises:
        ConfigError: it is something else.
    """
    from spsim.config import ConfigError, Place, Problem

    found = {}
    for pair in text.split(",") if text.strip() else ():
        value, equals, meaning = (part.strip() for part in pair.rpartition("="))
        if not (value and equals and meaning):
            raise ConfigError([Problem(Place(option), "", f"got {pair!r}", "value=meaning, separated by commas")])
        found[value] = meaning
    return found
