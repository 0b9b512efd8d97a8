"""``spsim parameters``, ``claims`` and ``sources``: the registers of what the model rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from spsim.cli.terminal import Debug, facts, guarded, listing, say
from spsim.cli.values import value_text

if TYPE_CHECKING:
    import pandas as pd

    from spsim.config import ConfigError


@guarded
def parameters(
    word: Annotated[str, typer.Argument(metavar="[WORD]", help="Only those that hold this word in name or text.")] = "",
    levers: Annotated[bool, typer.Option("--levers", help="List the levers instead.")] = False,
    debug: Debug = False,
) -> None:
    """List the parameters with prior and source."""
    rows = _lever_rows(word.lower()) if levers else _parameter_rows(word.lower())
    if not rows:
        raise _nothing("parameters", word)
    if levers:
        columns = ("name", "owner", "unit", "range", "base", "what it is", "source")
        listing(columns, rows, long=("what it is", "source"))
        say(f"{len(rows)} levers; a factor of 1 and a level at its base change nothing")
        return
    listing(("name", "default", "unit", "prior", "badge", "source"), rows, long=("source",))
    badges = Counter(row[4] for row in rows)
    counted = ", ".join(f"{number} {badge}" for badge, number in badges.most_common())
    say(
        f"{len(rows)} parameters: {counted}; share of assumptions {badges['assumption'] / len(rows):.0%}".replace(
            "%", " %"
        )
    )


def _parameter_rows(word: str) -> list[list[str]]:
    from spsim.config import parameter_table

    return [
        [name, value_text(default), known.unit, known.prior_text(), known.evidence, known.source]
        for name, (_, description, default, known) in parameter_table().items()
        if word in f"{name} {description} {known.source} {known.evidence}".lower()
    ]


def _lever_rows(word: str) -> list[list[str]]:
    from spsim.config import LEVERS

    return [
        [
            lever.name,
            _owner(lever.owner, by_power=lever.by_power),
            lever.unit,
            f"{lever.low:g} to {lever.high:g}",
            lever.base,
            lever.description + (" Needs hold: true." if lever.kind == "pin" else ""),
            lever.source,
        ]
        for lever in LEVERS.values()
        if word in f"{lever.name} {lever.description} {lever.source}".lower()
    ]


def _owner(owner: str, *, by_power: bool) -> str:
    return f"{owner} (by power)" if by_power and owner != "power" else owner


@guarded
def claims(
    claim: Annotated[str, typer.Argument(metavar="[ID]", help="One claim, in full.")] = "", debug: Debug = False
) -> None:
    """List the claims of the papers and their status."""
    from spsim.data import load_pack

    records = _records(load_pack().claims_table())
    if claim:
        _one(records, claim, "claims", "claim")
        return
    rows = [[r["id"], r["status"], r["claim"], r["code"] or r["reason"]] for r in records]
    listing(("id", "status", "claim", "where or why"), rows, long=("claim", "where or why"))
    statuses = Counter(row[1] for row in rows)
    say(f"{len(rows)} claims: " + ", ".join(f"{number} {status}" for status, number in statuses.most_common()))


@guarded
def sources(
    source: Annotated[str, typer.Argument(metavar="[ID]", help="One source, in full.")] = "",
    inconsistencies: Annotated[
        bool, typer.Option("--inconsistencies", help="List what is wrong or in tension in the two papers instead.")
    ] = False,
    debug: Debug = False,
) -> None:
    """List the sources of the data and their licences."""
    from spsim.data import load_pack

    if inconsistencies:
        records = _records(load_pack().inconsistencies_table())
        if source:
            _one(records, source, "inconsistencies", "statement")
            return
        rows = [[r["id"], r["claims"], r["statement"], r["what_the_model_does"]] for r in records]
        listing(
            ("id", "claims", "what is wrong", "what the model does"),
            rows,
            long=("what is wrong", "what the model does"),
        )
        return
    records = _records(load_pack().sources_table())
    if source:
        _one(records, source, "sources", "title")
        return
    rows = [[r["id"], r["title"], r["licence"], r["years"]] for r in records]
    listing(("id", "title", "licence", "years"), rows, long=("licence", "years"))
    unread = sum(r["licence_checked"] != "yes" for r in records)
    say(f"{len(rows)} sources; the licence text of {unread} has still to be read; `spsim sources ID` says more")


def _records(table: pd.DataFrame) -> list[dict[str, str]]:
    return [{str(column): str(cell) for column, cell in row.items()} for row in table.to_dict("records")]


def _one(records: Iterable[dict[str, str]], wanted: str, what: str, heading: str) -> None:
    """Print all columns of one row of a register."""
    by_id = {str(record["id"]).lower(): record for record in records}
    record = by_id.get(wanted.lower())
    if record is None:
        raise _nothing(what, wanted, [str(r["id"]) for r in by_id.values()])
    rest = [(column.replace("_", " "), text) for column, text in record.items() if column not in ("id", heading)]
    facts(f"{record['id']}: {record[heading]}", rest)


def _nothing(what: str, word: str, known: Iterable[str] = ()) -> ConfigError:
    from spsim.config import ConfigError, Place, Problem
    from spsim.config.errors import listed, nearest

    choices = list(known)
    return ConfigError(
        [Problem(Place(what), "", f"there is none with {word!r}", listed(choices, 30), nearest(word, choices))]
    )
