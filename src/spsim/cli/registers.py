"""``spsim parameters``, ``claims`` and ``sources``: the registers of what the model rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from spsim.cli.terminal import Debug, facts, guarded, listing, say
from spsim.cli.values import Facts, value_text
from spsim.ground.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from spsim.config import ConfigError


IN_WORDS = {"Y": "yes", "P": "in part", "N": "no"}
"""How far a claim can be tested."""


@guarded
def parameters(
    word: Annotated[str, typer.Argument(metavar="[WORD]", help="Only those that hold this word in name or text.")] = "",
    levers: Annotated[bool, typer.Option("--levers", help="List the levers instead.")] = False,
    mechanisms: Annotated[
        bool, typer.Option("--mechanisms", help="List the mechanisms that a scenario can switch instead.")
    ] = False,
    debug: Debug = False,
) -> None:
    """List the parameters with prior and source."""
    list_of = _mechanism_rows if mechanisms else _lever_rows if levers else _parameter_rows
    rows = list_of(word.lower())
    if not rows:
        raise _nothing("mechanisms" if mechanisms else "levers" if levers else "parameters", word)
    if mechanisms:
        shown = ("name", "section", "may be", "what it is", "sets", "source")
        listing(shown, rows, long=("what it is", "sets", "source"))
        say(f"{counted(len(rows), 'mechanism')}; in a scenario file: `mechanisms: {{{rows[0][0]}: off}}`")
        say("Dated events are switched by `active: false`, sources of media by their levers.")
        return
    if levers:
        columns = ("name", "owner", "unit", "range", "base", "what it is", "source")
        listing(columns, rows, long=("what it is", "source"))
        say(f"{counted(len(rows), 'lever')}; a factor of 1 and a level at its base change nothing")
        return
    listing(("name", "default", "unit", "prior", "badge", "source"), rows, long=("source",))
    badges = Counter(row[4] for row in rows)
    sorts = ", ".join(f"{number} {badge}" for badge, number in badges.most_common())
    assumed = f"share of assumptions {100 * badges['assumption'] / len(rows):.0f} %"
    say(f"{counted(len(rows), 'parameter')}: {sorts}; {assumed}")


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


def _mechanism_rows(word: str) -> list[list[str]]:
    from spsim.config import MECHANISMS

    def sets(option: str, values: dict[str, float]) -> str:
        return f"{option}: " + ", ".join(f"{name} {value:g}" for name, value in values.items())

    return [
        [
            name,
            known.section,
            ", ".join(known.choices),
            known.description,
            "; ".join(sets(option, values) for option, values in known.options.items()),
            known.source,
        ]
        for name, known in MECHANISMS.items()
        if word in f"{name} {known.section} {known.description} {known.source}".lower()
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
        record = _find(records, claim, "claims")
        facts(f"{record['id']}: {record['claim']}", _claim_facts(record))
        return
    rows = [[r["id"], r["status"], r["claim"], r["code"] or r["reason"]] for r in records]
    listing(("id", "status", "claim", "where or why"), rows, long=("claim", "where or why"))
    statuses = Counter(row[1] for row in rows)
    say(f"{len(rows)} claims: " + ", ".join(f"{number} {status}" for status, number in statuses.most_common()))
    tested = sum(r["status"] == "implemented" and bool(r["test"]) for r in records)
    say(f"{tested} of {statuses['implemented']} implemented claims have tests; `spsim claims ID` names them")


def _claim_facts(record: dict[str, str]) -> Facts:
    """Return what is known of one claim: where it stands, what it does here, what tests it, what speaks against it."""
    labels = ("paper", "where", "implies", "sign", "testable", "status", "reason")
    said = [(label, IN_WORDS.get(record[label], record[label])) for label in labels]
    code = [_code_fact(token.strip()) for token in record["code"].split(";")]
    tests = [("test", token.strip()) for token in record["test"].split(";")]
    return [*said, *code, *tests, *paper_facts(record["id"])]


def _code_fact(token: str) -> tuple[str, str]:
    """Return what a token of the column ``code`` is, and what a reader wants to know of it."""
    from spsim.config import LEVERS, parameter_table

    if token in parameter_table():
        _, _, default, known = parameter_table()[token]
        return "parameter", f"{token} = {value_text(default)} ({known.unit}; {known.evidence})"
    if token in LEVERS:
        return "lever", f"{token}: {LEVERS[token].description}"
    kind, _, name = token.rpartition(":")
    return kind or "code", name


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
    record = _find(records, wanted, what)
    rest = [(column.replace("_", " "), text) for column, text in record.items() if column not in ("id", heading)]
    facts(f"{record['id']}: {record[heading]}", rest)


def _find(records: Iterable[dict[str, str]], wanted: str, what: str) -> dict[str, str]:
    """Return the row of a register with an id, in small or capital letters.

    Raises:
        ConfigError: there is none.
    """
    by_id = {record["id"].lower(): record for record in records}
    if wanted.lower() not in by_id:
        raise _nothing(what, wanted, [record["id"] for record in by_id.values()])
    return by_id[wanted.lower()]


def paper_facts(text: str) -> Facts:
    """Return a line for each fact that is wrong or in tension in the papers and concerns what ``text`` cites."""
    from spsim.data.claims import inconsistencies_of

    return [("papers", f"{number}: {said} -> {done}") for number, said, done in inconsistencies_of(text)]


def _nothing(what: str, word: str, known: Iterable[str] = ()) -> ConfigError:
    from spsim.config import ConfigError, Place, Problem
    from spsim.config.errors import listed, nearest

    choices = list(known)
    return ConfigError(
        [Problem(Place(what), "", f"there is none with {word!r}", listed(choices, 30), nearest(word, choices))]
    )
