"""The generated blocks of the reference: scenario files, claims, sources, results, command line, links, gallery.

``docs/build.py`` puts them into the pages and hands over its function for tables, so that all look alike.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from enum import Enum
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

import gallery
from spsim.analysis.tables import UNITS
from spsim.cli.app import app
from spsim.cli.comparing import print_differences
from spsim.config import load, shipped_scenarios
from spsim.config.scenario import Event, LeverSetting, ScenarioFile
from spsim.data import read_table
from spsim.experiments.compare import OUTCOMES_BY_DEFAULT

HERE = Path(__file__).parent
ROOT = HERE.parent
SOURCES = re.compile(r"<!-- generated: sources-in-full -->.*?<!-- end -->", re.DOTALL)
URL = re.compile(r"https?://[^\s)>\]\"'`|]+")
Table = Callable[[Sequence[str], Iterable[Sequence[object]]], str]

TABLE_TEXTS = {
    "opinion": "affect towards each power, its spread, the answers of a poll; `CA5` is the region",
    "divergence": "how far elites are above their public",
    "generations": "opinion of the public by political generation",
    "country": "what belongs to a country alone",
    "country_power": "what belongs to a country and a power",
    "channels": "what each channel reached, and what it contributed to the change of the mean",
    "inputs": "the yearly series that drive the run; `rule` says how a hole was filled",
}
"""Name of a table -> what it holds."""


# scenario files -------------------------------------------------------------------------------------------------------


def schema_of(model: type[BaseModel], table: Table) -> str:
    """Return the keys of a part of a scenario file."""
    properties = model.model_json_schema(by_alias=True)["properties"]
    rows = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        default = "needed" if field.is_required() else field.get_default(call_default_factory=True)
        rows.append((f"`{key}`", _kind(properties[key]), _default(default), field.description or ""))
    return table(("key", "type", "if left out", "what"), rows)


def _default(value: object) -> str:
    """Return a default in words."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) if value else "none"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value not in (None, "", {}) else "none"


def _kind(part: dict[str, Any]) -> str:
    """Return the type of a key in words."""
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_kind(each) for each in part["anyOf"] if each.get("type") != "null"))
    if "enum" in part:
        return ", ".join(map(str, part["enum"]))
    if "const" in part:
        return str(part["const"])
    if part.get("type") == "array":
        return f"list of {_kind(part['items'])}"
    plain = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return plain.get(part.get("type", ""), "keys and values")


# registers ------------------------------------------------------------------------------------------------------------


def claims(table: Table) -> str:
    """Return every claim of the two papers with its fate, a table for each paper."""
    known = read_table("claims")
    parts = []
    for paper, rows in known.groupby("paper", sort=False):
        cells = [
            (row["id"], row["claim"], row["sign"], row["status"], row["reason"] or row["implies"])
            for row in rows.to_dict("records")
        ]
        head = ("id", "claim", "sign", "status", "implies, or why it is left out")
        parts.append(f"### {paper}\n\n{table(head, cells)}")
    return "\n".join(parts)


def sources_in_full(table: Table) -> str:
    """Return the sources with publisher, link, licence and what was done to them."""
    rows = [
        (f"`{row['id']}`", f"[{row['title']}]({row['url']})" if row["url"] else row["title"], row["publisher"],
         row["licence"], row["licence_checked"], row["used_for"], row["processing"])
        for row in read_table("sources").to_dict("records")
    ]
    return table(("source", "title", "publisher", "licence", "text read", "used for", "processing"), rows)


def polls(table: Table) -> str:
    """Return the published figures of polls that the model is held against."""
    rows = [
        (row["survey"], row["country"], row["year"], row["power"], row["measure"], f"{row['value']:g} {row['unit']}",
         row["confidence"])
        for row in read_table("survey_calibration").to_dict("records")
    ]
    return table(("survey", "country", "year", "power", "answer", "value", "reading"), rows)


def result_tables(table: Table) -> str:
    """Return the columns of every table of a run with their units."""
    return "\n".join(
        f"### {name}\n\n{TABLE_TEXTS[name].capitalize()}.\n\n"
        + table(("column", "unit"), [(f"`{column}`", unit) for column, unit in columns.items()])
        for name, columns in UNITS.items()
    )


# command line ---------------------------------------------------------------------------------------------------------


def command_line(table: Table) -> str:
    """Return every command with its arguments and options, as ``--help`` gives them."""
    top = typer.main.get_command(app)
    return "\n".join(_command(name, command, table) for name, command in _commands(top, "spsim"))


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - click's, which typer carries along
    """Yield the path and the command of every command below one, in the order of ``--help``."""
    for name, below in command.commands.items():
        if hasattr(below, "commands"):
            yield from _commands(below, f"{path} {name}")
        else:
            yield f"{path} {name}", below


def _command(path: str, command: Any, table: Table) -> str:  # noqa: ANN401
    rows = []
    for each in command.params:
        argument = each.param_type_name == "argument"
        default = getattr(each.default, "value", each.default)
        said = "" if each.required or default in (None, "", False) or each.multiple else f" Default: {default}."
        name = (each.metavar or each.name.upper()).strip("[]{}.") if argument else ", ".join(each.opts)
        metavar = "" if argument or each.is_flag else f" {each.metavar or _choices(each)}"
        if each.name != "debug":
            rows.append((f"`{name}{metavar}`", (each.help or "") + said))
    usage = " ".join(["spsim", *path.split()[1:], *_usage(command)])
    text = " ".join((command.help or "").split())
    options = f"\n{table(('argument or option', 'what'), rows)}" if rows else ""
    return f"### {path}\n\n{text}\n\n`{usage}`\n{options}"


def _choices(option: Any) -> str:  # noqa: ANN401
    """Return the allowed words of an option that has no name for its value."""
    kind = type(option.default)
    return "|".join(each.value for each in kind) if issubclass(kind, Enum) else "VALUE"


def _usage(command: Any) -> Iterator[str]:  # noqa: ANN401
    for each in command.params:
        if each.param_type_name == "argument":
            name = (each.metavar or each.name.upper()).strip("[]{}.")
            yield name if each.required else f"[{name}]"
    yield "[options]"


# links ----------------------------------------------------------------------------------------------------------------


def external_links(table: Table) -> str:
    """Return every address outside of the project that a document or the register of sources names."""
    found: dict[str, set[str]] = {}
    pages = [*ROOT.glob("*.md"), *HERE.rglob("*.md")]
    for page in sorted(pages):
        if page == HERE / "reference" / "links.md":
            continue
        text = SOURCES.sub("", page.read_text("utf-8"))  # the register itself is read below
        for url in URL.findall(text):
            found.setdefault(url.rstrip(".,;:"), set()).add(page.relative_to(ROOT).as_posix())
    for register, column in (("sources", "url"), ("survey_calibration", "source_url"), ("un_votes", "source_url")):
        rows = read_table(register)
        for url in rows.get(column, ()):
            if str(url).startswith("http"):
                found.setdefault(str(url), set()).add(f"{register}.csv")
    return table(("address", "named in"), [(f"<{url}>", ", ".join(sorted(found[url]))) for url in sorted(found)])


# gallery --------------------------------------------------------------------------------------------------------------


def answers(table: Table) -> str:
    """Return every shipped scenario with its question and its answer."""
    kept = gallery.read()
    parts = []
    for name in shipped_scenarios():
        scenario, rows = load(name).scenario, kept[kept["scenario"] == name]
        if rows.empty:
            continue
        over = rows["years"].iloc[0]
        change = rows["kind"].iloc[0] == "change"
        told = f"{gallery.imposed(scenario)} Besides, {gallery.extrapolated()}\n\n" if change else ""
        of = f"Change from {over}" if change else f"Difference to the baseline, mean of {over}"
        parts.append(
            f"## {name}\n\n**{scenario.question}**\n\n{scenario.changes}\n\n{gallery.answer(rows)}\n\n{told}"
            f"??? note \"{of}, by country\"\n\n"
            + "".join(f"    {line}\n" for line in table(*gallery.grid(rows)).splitlines())
            + f"\n`spsim run {name}`{'' if change else f' · `spsim compare baseline {name}`'}\n"
        )
    size = f"{kept['citizens'].iloc[0]:,} citizens a country; intervals over {gallery.basis(kept)}"
    common = f"In all scenarios {gallery.extrapolated()} What is put in by hand is named under the baseline."
    return f"Made with {size}. {common}\n\n" + "\n".join(parts)


SHOWN = "publish-contracts"
"""The scenario whose comparison with the baseline README shows."""


def comparison() -> str:
    """Return a comparison of the kept answers: the command, what it prints, and the answer in words."""
    kept = gallery.read()
    rows = kept[(kept["scenario"] == SHOWN) & kept["outcome"].isin(OUTCOMES_BY_DEFAULT)]
    printed = io.StringIO()
    os.environ["COLUMNS"] = "120"  # the width of README, whatever the terminal has
    with redirect_stdout(printed):
        print_differences(rows, SHOWN, "baseline")
    first = rows.iloc[0]
    command = f"spsim compare baseline {SHOWN} --replicates {first['replicates']} --set citizens={first['citizens']}"
    answer = gallery.answer(kept[kept["scenario"] == SHOWN])
    said = f"**The region in words**, with intervals over {gallery.basis(kept)}. {answer}"
    return f"```sh\n{command}\n```\n\n```text\n{printed.getvalue().strip()}\n```\n\n{said}\n"


def blocks(table: Table) -> dict[str, Callable[[], str]]:
    """Return the name of each block -> what fills it."""
    made: dict[str, Callable[[Table], str]] = {
        "scenario-file": lambda t: schema_of(ScenarioFile, t),
        "lever-setting": lambda t: schema_of(LeverSetting, t),
        "event": lambda t: schema_of(Event, t),
        "claims": claims,
        "sources-in-full": sources_in_full,
        "polls": polls,
        "result-tables": result_tables,
        "command-line": command_line,
        "gallery": answers,
        "comparison": lambda _: comparison(),
        "external-links": external_links,
    }
    return {name: (lambda fill=fill: fill(table)) for name, fill in made.items()}
