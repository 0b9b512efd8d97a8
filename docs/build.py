"""Fill the generated blocks of the documents from the code and the data.

    python docs/build.py            # fill every block in docs/ and README.md
    python docs/build.py --check    # change nothing; exit 1 and name what is out of date

A block begins with ``<!-- generated: NAME -->`` and ends with ``<!-- end -->``, each on a line of its own. What stands
between is replaced by what the function of that name in ``BLOCKS`` returns; the rest of a document is left alone.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import io
import re
import sys
import textwrap
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pandas as pd

import calibrated
import registers
from spsim.analysis.outcomes import OUTCOMES
from spsim.config import LEVERS, MECHANISMS, RunSettings, load
from spsim.config.parameters import SECTIONS, Parameters, Section, parameter_table
from spsim.data import COUNTRIES, load_pack, read_table
from spsim.data.by_country import BADGES
from spsim.experiments.validation.patterns import patterns as all_patterns
from spsim.experiments.validation.verdicts import EASY, MEANINGS
from spsim.model import channels as channel_room
from spsim.model import observation, record

HERE = Path(__file__).parent
WIDTH = 120
BLOCK = re.compile(r"(?P<head><!-- generated: (?P<name>[\w-]+) -->\n)(?P<body>.*?)(?P<foot><!-- end -->)", re.DOTALL)

STATE_CLASSES = (
    ("spsim.model.state", "State"), ("spsim.model.population", "Citizens"),
    ("spsim.model.pipeline_agents", "PipelineAgents"), ("spsim.model.network", "Network"),
    ("spsim.model.state", "EliteMembers"), ("spsim.model.state", "Projects"), ("spsim.model.state", "Pipeline"),
    ("spsim.model.state", "Politics"),
)
"""Module and name of the dataclasses that hold the state, from the whole to its parts."""

UNSAID = {
    "State.citizens": "see `Citizens`",
    "State.network": "see `Network`",
    "State.agents": "see `PipelineAgents`",
    "State.affect": "affect towards each power, -1 to 1; the citizens' slots first",
    "State.weight": "that each one stands for",
    "State.elites": "see `EliteMembers`",
    "State.projects": "see `Projects`",
    "State.pipeline": "see `Pipeline`",
    "State.politics": "see `Politics`",
    "Citizens.country": "index of the country",
    "Citizens.identity": "country, generation and slot in one number; keys all draws of the person",
    "Citizens.birth_year": "calendar year",
    "Citizens.audience": "class 0 to 31, one bit each: Russian, titular, Chinese, urban, 40 and older",
    "Citizens.idiosyncratic": "own anchor towards each power, affect",
    "Citizens.heritage": "0 to 1",
    "Citizens.sensitivity": "sensitivity to threat, 0 to 1.2",
    "Citizens.slots_by_age": "number of slots",
    "PipelineAgents.shape": "numbers of countries, powers, stages, agents of a stage",
    "PipelineAgents.country": "index of the country",
    "PipelineAgents.power": "index of the power of study",
    "PipelineAgents.stage": "index of the stage: student, returnee, employed, ceiling, disappointed",
    "PipelineAgents.home": "the citizen slot whose twin the agent is",
    "PipelineAgents.identity": "keys the draws of the agent",
    "EliteMembers.alignment": "-1 to 1",
    "EliteMembers.rent": "share in what dependence pays",
    "EliteMembers.orientation": "own leaning, alignment",
    "EliteMembers.birth_year": "recorded only",
    "Pipeline.stocks": "persons in each stage",
    "Pipeline.expected_placement": "what applicants expect",
    "Politics.threat": "perceived threat, from 0; its unit is that of the events",
    "Politics.opacity": "of decisions on foreign projects, 0 to 1",
    "Politics.pressure": "of the street",
    "Politics.moratorium_until": "until when projected commitments are cut",
    "Politics.protest_share": "of adults",
    "Network.first": "[slots + 1] where the ties of a citizen begin",
    "Network.alters": "[ties] the slots listened to, citizen after citizen",
}
"""What a field is where the source has no comment, or only its shape."""

CONSTANT_MODULES = (
    "spsim.data.fill", "spsim.model.population", "spsim.model.pipeline_agents", "spsim.model.elites",
    "spsim.model.channels.education", "spsim.model.start", "spsim.model.world", "spsim.model.protest",
    "spsim.model.observation",
)
"""Modules whose fixed numbers are listed."""

SHORT_TYPES = {"Floats": "float64", "Ints": "int64"}


# reading source -------------------------------------------------------------------------------------------------------


@cache
def source_of(module: str) -> tuple[ast.Module, dict[int, str], dict[int, str]]:
    """Return the syntax tree of a module, the comments at the end of lines, and those on lines of their own."""
    text = Path(inspect.getfile(importlib.import_module(module))).read_text(encoding="utf-8")
    trailing: dict[int, str] = {}
    alone: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            where = alone if token.line.lstrip().startswith("#") else trailing
            where[token.start[0]] = token.string.lstrip("# ").strip()
    return ast.parse(text), trailing, alone


def definition(module: str, name: str) -> ast.stmt:
    """Return the class or function of a name at the top of a module."""
    tree = source_of(module)[0]
    return next(node for node in tree.body if getattr(node, "name", None) == name)


def plain(text: str) -> str:
    """Return a docstring's text with code marked as in Markdown."""
    return re.sub(r":\w+:`[~.]*([^`]+)`", r"`\1`", text).replace("``", "`")


def doc(node: Any) -> str:  # noqa: ANN401 - any syntax node that can have a docstring
    """Return the docstring of a syntax node, each paragraph in one line."""
    return "\n\n".join(" ".join(plain(part).split()) for part in (ast.get_docstring(node) or "").split("\n\n"))


def fields(module: str, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and comment of every field of a dataclass, in the order of the source."""
    node = definition(module, name)
    assert isinstance(node, ast.ClassDef)
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            kind = ast.unparse(item.annotation)
            kind = SHORT_TYPES.get(kind, re.sub(r"^NDArray\[np\.(\w+)\]$", r"\1", kind))
            yield item.target.id, kind, source_of(module)[1].get(item.end_lineno or 0, "")


def called(module: ModuleType, call: ast.Call) -> FunctionType | None:
    """Return the function of the model that a call in a module calls; None for methods, classes and libraries."""
    found: Any = module
    for name in ast.unparse(call.func).split("."):
        found = getattr(found, name, None)
    found = getattr(found, "py_func", found)  # what a compiled function was written as
    known = isinstance(found, FunctionType) and found.__module__.startswith("spsim.model")
    return found if known and not found.__module__.endswith(".randomness") else None


def calls(module: str, name: str, depth: int = 0) -> Iterator[str]:
    """Yield the calls of a function as lines of a Markdown list, in the order in which they are made.

    Comments on lines of their own become headings; functions of the same module are followed into.
    """
    room, node, alone = importlib.import_module(module), definition(module, name), source_of(module)[2]
    assert isinstance(node, ast.FunctionDef) and node.end_lineno is not None
    found = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
    events: list[tuple[int, int, ast.Call | str]] = [(c.end_lineno or 0, c.end_col_offset or 0, c) for c in found]
    if depth == 0:
        events += [(line, 0, text) for line, text in alone.items() if node.lineno < line <= node.end_lineno]
    last = None
    for _, _, event in sorted(events, key=lambda each: each[:2]):
        if isinstance(event, str):
            yield f"\n{event.capitalize()}:\n"
            continue
        function = called(room, event)
        if function is None or function is last:
            continue
        last = function
        name, text = f"{function.__module__}.{function.__name__}".removeprefix("spsim.model."), inspect.getdoc(function)
        said = f": {plain(text.splitlines()[0])}" if text else ""
        yield wrapped(f"- `{name}`{said}", "  " * depth, "  " * (depth + 1))
        if function.__module__ == module:
            yield from calls(module, function.__name__, depth + 1)


# writing Markdown -----------------------------------------------------------------------------------------------------


def cell(value: object) -> str:
    """Return a value as the text of a table cell."""
    return " ".join(str(value).split()).replace("|", "\\|")


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """Return a paragraph in lines of the documents' length."""
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; columns in which no row says anything are left out."""
    body = [[cell(value) for value in row] for row in rows]
    kept = [n for n in range(len(head)) if any(row[n] for row in body)]
    lines = [[head[n] for n in kept], ["---"] * len(kept), *([row[n] for n in kept] for row in body)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(text: str) -> str:
    """Return a name as code, nothing for nothing."""
    return f"`{text}`" if text else ""


def number(value: float) -> str:
    """Return a number as short as it can be."""
    return f"{value:g}"


def compact(value: Any) -> str:  # noqa: ANN401 - a default is a number or a mapping of numbers
    """Return a default in one line; values by country stand in the order KZ KG TJ TM UZ."""
    if not isinstance(value, dict):
        return number(value)
    if set(value) == set(COUNTRIES):
        numbers = [number(value[code]) for code in COUNTRIES]
        return f"{numbers[0]} everywhere" if len(set(numbers)) == 1 else " ".join(numbers)
    return "; ".join(f"{key} {compact(inner)}" for key, inner in value.items())


def years(of: Iterable[int]) -> str:
    """Return the span of years."""
    known = sorted(of)
    return str(known[0]) if known[0] == known[-1] else f"{known[0]}-{known[-1]}"


# one function a block -------------------------------------------------------------------------------------------------


def state_variables() -> str:
    """Return the state variables, a table for each dataclass."""
    parts = []
    for module, name in STATE_CLASSES:
        rows = [
            (code(field), kind, "; ".join(filter(None, (comment, UNSAID.get(f"{name}.{field}", "")))))
            for field, kind, comment in fields(module, name)
        ]
        said = wrapped(f"`{name}`. {doc(definition(module, name))}")
        parts.append(f"{said}\n\n{table(('variable', 'type', 'what'), rows)}")
    return "\n".join(parts)


def run_settings() -> str:
    """Return what a run computes and how finely."""
    rows = []
    for name, field in RunSettings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = ", ".join(default) if isinstance(default, list) else default
        rows.append((code(name), shown, field.description or ""))
    return table(("setting", "default", "what"), rows)


def constants() -> str:
    """Return the numbers that stand in the code and are no parameters."""
    rows = []
    for module in CONSTANT_MODULES:
        tree, trailing, _ = source_of(module)
        for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if target is None or not ast.unparse(target).isupper() or ast.unparse(target).startswith("_"):
                continue
            value = getattr(importlib.import_module(module), ast.unparse(target), None)
            if isinstance(target, ast.Tuple):
                value = tuple(getattr(importlib.import_module(module), ast.unparse(each)) for each in target.elts)
                if value == tuple(range(len(value))):  # names for the places of a table
                    continue
            if not isinstance(value, int | float | range) and not (
                isinstance(value, tuple) and all(isinstance(each, int | float) for each in value)
            ):
                continue
            said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            comment = trailing.get(node.end_lineno or 0, "").removeprefix("noqa")
            shown = f"{value[0]} to {value[-1]}" if isinstance(value, range) else str(value).strip("()")
            rows.append((module.removeprefix("spsim."), ast.unparse(target).strip("()"), shown, said or comment))
    return table(("module", "name", "value", "what"), [(code(m), code(n), v, w) for m, n, v, w in rows])


def schedule() -> str:
    """Return what a step does, from the source of ``spsim.model.step``."""
    return "\n".join(calls("spsim.model.step", "step")).lstrip("\n") + "\n"


def initial_state() -> str:
    """Return how a run starts, from the source of ``spsim.model.start``."""
    said = "\n\n".join(map(wrapped, doc(source_of("spsim.model.start")[0]).split("\n\n")))
    return f"{said}\n\n" + "\n".join(calls("spsim.model.start", "build")) + "\n"


def channels() -> str:
    """Return the channels in the words of their modules."""
    assert channel_room.__file__ is not None
    names = sorted(path.stem for path in Path(channel_room.__file__).parent.glob("[a-z]*.py"))
    names.remove("further")  # those of users, of which the page on extending tells
    return table(
        ("channel", "what it says of itself"),
        [(code(name), doc(source_of(f"{channel_room.__name__}.{name}")[0])) for name in names],
    )


def mechanisms() -> str:
    """Return the mechanisms that can be switched."""
    rows = []
    for known in MECHANISMS.values():
        switches = [
            f"{option}: " + ", ".join(f"{code(name)} = {number(value)}" for name, value in values.items())
            for option, values in known.options.items()
        ]
        rows.append((code(known.name), known.section, known.description, "; ".join(switches), known.source))
    return table(("mechanism", "part", "hypothesis", "to switch it", "source"), rows)


def levers() -> str:
    """Return the levers."""
    rows = [
        (code(known.name), f"{known.owner}{', by power' if known.by_power else ''}", known.kind, known.unit,
         f"{known.low:g} to {known.high:g}", known.base, known.description, known.source)
        for known in LEVERS.values()
    ]
    return table(("lever", "whose", "kind", "unit", "range", "baseline", "what", "source"), rows)


def parameters(section: type[Section]) -> str:
    """Return the parameters of a section."""
    rows = [
        (code(name), text, compact(default), facts.unit, facts.prior_text(), facts.evidence,
         facts.source + (f". {facts.note}" if facts.note else ""))
        for name, (where, text, default, facts) in parameter_table().items()
        if where is section
    ]
    return table(("parameter", "what", "default", "unit", "prior", "badge", "source"), rows)


def evidence() -> str:
    """Return how many parameters of each section carry which badge."""
    counts = {section: Counter[str]() for section in SECTIONS}
    for where, _, _, facts in parameter_table().values():
        counts[where][facts.evidence] += 1
    total = sum(counts.values(), Counter[str]())
    rows = [
        (name, *(count[badge] or "-" for badge in BADGES), count.total())
        for name, count in [*((s.__name__.lower(), c) for s, c in counts.items()), ("all", total)]
    ]
    share = ("share", *(f"{100 * total[badge] / total.total():.0f} %" for badge in BADGES), "100 %")
    return table(("section", *BADGES, "all"), [*rows, share])


def data_series() -> str:
    """Return the yearly input series with the rules that fill their holes."""
    rows = []
    for known in load_pack().series.values():
        spans: dict[str, list[int]] = {}
        for year, row in zip(known.years.tolist(), known.rule, strict=True):
            for rule in row:
                spans.setdefault(str(rule), []).append(year)
        recorded = spans.pop("", [])
        filled = "; ".join(f"{rule} ({years(of)}, {len(of)} cells)" for rule, of in spans.items())
        rows.append((code(known.name), known.description, known.unit, code(known.source),
                     f"{years(recorded)}, {len(recorded)} of {known.values.size} cells", filled))
    return table(("series", "what", "unit", "source", "recorded", "filled"), rows)


def budget_index() -> str:
    """Return the dated points of the budget indices."""
    rows = [
        (power, channel, "; ".join(f"{year:g}: {index:g}" for year, index in points))
        for (power, channel), points in load_pack().budget_knots().items()
    ]
    return table(("power", "channel", "year: index, 1 = full; linear between, held outside"), rows)


def inputs() -> str:
    """Return what the mechanism reads from outside in a step."""
    rows = [(code(name), comment) for name, _, comment in fields("spsim.model.inputs", "Inputs")]
    return table(("input", "shape, unit"), rows)


def events() -> str:
    """Return the dated events of the baseline."""

    def said(value: object) -> str:
        """Return a size or weights: what is written, and the value of a parameter that is named."""
        if isinstance(value, str):
            return f"{code(value)} = {compact(parameter_table()[value][2])}"
        return "" if value is None else compact(value)

    rows = []
    for event in load("baseline").scenario.events:
        where = "all" if len(event.countries) == len(COUNTRIES) else ", ".join(event.countries)
        size = " x ".join(filter(None, (said(event.size), said(event.weights))))
        window = str(event.from_) if event.from_ == event.to else f"{event.from_} to {event.to}"
        rows.append((code(event.name), event.title, event.kind, ", ".join(event.powers), where, size, window,
                     "acts" if event.active else "off", "imposed"))
    return table(("event", "title", "kind", "power", "country", "size x weight", "months", "baseline", "badge"), rows)


def patterns() -> str:
    """Return the patterns that the model is held to."""
    rows = [
        (known.id, f"{known.statement} [{known.unit}]", known.target, known.role, f"{100 * known.needed:.0f} %",
         ", ".join(known.arms), ", ".join(map(code, filter(None, known.without.split("; ")))), known.source, known.note)
        for known in all_patterns()
    ]
    head = ("id", "pattern [unit]", "bounds", "role", "needed", "what-ifs", "broken without", "source", "note")
    return table(head, rows)


HARD = 0.2
"""Severity above which a pattern that passes is called a test worth the name on the page of the validation."""


VERDICT_HEAD = (
    "id", "pattern [unit]", "bounds", "measured (5-95 %)", "passes", "severity (95 %)", "without, then passes",
)


def validated() -> pd.DataFrame:
    """Return the result of the full validation, a row for each pattern."""
    return pd.read_csv(HERE / "validation.csv", keep_default_na=False)


def verdict_counts() -> str:
    """Return how many patterns have which verdict, and how hard the tests were that are passed."""
    result = validated()
    first, counts = result.iloc[0], Counter(result["verdict"])
    passing = result[result["verdict"] == "passes"].sort_values("severity", ascending=False)
    hard, weak = (passing[chosen] for chosen in (passing["severity"] > HARD, passing["severity"] <= HARD))
    said = ", ".join(
        f"{row['pattern']} by {100 * row['severity']:.1f} % ({100 * row['severity_low']:.0f} to "
        f"{100 * row['severity_high']:.0f})" for row in weak.to_dict("records")
    )
    unclear = ", ".join(weak.loc[weak["severity_low"] <= EASY, "pattern"])
    doubt = f"; {unclear} cannot be told from a sanity check, which at most {_share(EASY)} of the sets fail"
    doubt = doubt if unclear else ""
    counted = (
        f"{first['replicates']} replicates of the baseline with {first['sets']} parameter sets of the ensemble, "
        f"{first['draws']} parameter sets drawn from the priors, {int(first['replicates_without'])} replicates "
        f"without each mechanism. Of {len(result)} patterns **{counts['passes']} pass** a test that parameter sets "
        f"can fail and **{counts['fails']} fail**; {counts['calibrated']} are calibrated, {counts['imposed']} imposed, "
        f"{counts['seen']} was seen before, and {counts['sanity check']} are sanity checks."
    )
    weighed = (
        f"How hard were the {len(passing)} tests? {len(hard)} are failed by more than {_share(HARD)} of the parameter "
        f"sets from the priors ({', '.join(hard['pattern'])}). The other {len(weak)} are failed by few: {said}, with "
        f"the 95 % interval that {first['draws']} sets allow (Wilson). Passing these is weak evidence{doubt}."
    )
    return f"{wrapped(counted)}\n\n{wrapped(weighed)}\n"


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"


def validation() -> str:
    """Return the result of the full validation, a table for each verdict."""
    result = validated()
    parts = []
    for verdict, meaning in MEANINGS.items():
        rows = result[result["verdict"] == verdict]
        if len(rows):
            body = table(VERDICT_HEAD, (_verdict_cells(row) for row in rows.to_dict("records")))
            parts.append(f"**{verdict.capitalize()}** ({len(rows)}): {meaning}.\n\n{body}")
    return "\n\n".join(parts)


def _verdict_cells(row: dict[Any, Any]) -> tuple[str, ...]:
    low, middle, high = (f"{float(row[name]):.3g}" for name in ("value_low", "value", "value_high"))
    broken = {"yes": ": breaks it", "no": ": does not break it", "": ""}[row["broken"]]
    removed = " and ".join(code(name) for name in row["without"].split("; "))
    return (
        row["pattern"],
        f"{row['statement']} [{row['unit']}]",
        row["target"],
        middle if low == high else f"{middle} ({low} to {high})",
        f"{100 * float(row['pass_rate']):.0f} %",
        f"{float(row['severity']):.2f} ({float(row['severity_low']):.2f} to {float(row['severity_high']):.2f})",
        f"{removed}: {100 * float(row['pass_rate_without']):.0f} %{broken}" if row["without"] else "a bound",
    )


def outcomes() -> str:
    """Return the outcomes that experiments compare."""
    rows = [(code(known.name), known.title, known.unit, f"{known.over_year} over the year",
             "by power" if known.by_power else "") for known in OUTCOMES.values()]
    return table(("outcome", "what", "unit", "a year is its", "split"), rows)


def contributions() -> str:
    """Return the terms that add up to the change of a mean, beside the sources of media and culture."""
    rows = [
        (group, code(name), kind)
        for group, terms in (("public", record.KIND_OF_TERM), ("elite", record.KIND_OF_ELITE_TERM))
        for name, kind in terms.items()
    ]
    return table(("group", "term", "kind"), rows)


def instruments() -> str:
    """Return the surveys that the observation model can field."""
    known = observation.instruments("CN", Parameters())
    rows = [
        (code(name), each.item.pollster, each.item.name, ", ".join(each.item.answers), each.mode, each.sample,
         each.design_effect, each.month)
        for name, each in known.items()
    ]
    head = ("survey", "pollster", "item", "answers from low to high", "mode", "sample", "design effect", "month")
    return table(head, rows)


def counts() -> str:
    """Return the size of the registers and of the data beside them."""
    claims, roles = Counter(read_table("claims")["status"]), Counter(known.role for known in all_patterns())
    badges = Counter(facts.evidence for *_, facts in parameter_table().values())
    checked = Counter(read_table("sources")["licence_checked"])
    rows = [
        ("claims of the two papers", claims.total(), _listed(claims)),
        ("patterns", roles.total(), _listed(roles)),
        ("parameters", badges.total(), _listed(badges)),
        ("mechanisms that can be switched", len(MECHANISMS), ""),
        ("levers", len(LEVERS), ""),
        ("sources of data", checked.total(), f"licence text read for {checked['yes']}"),
        ("figures of polls", len(read_table("survey_calibration")), ""),
        ("counts of protests", len(read_table("protests_calibration")), ""),
        ("rows on UN votes", len(read_table("un_votes")), ""),
    ]
    return table(("what", "number", "of these"), rows)


def _listed(counter: Counter[Any]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counter.most_common())


def out_of_scope() -> str:
    """Return the claims of the papers that the model does not represent, with the reasons."""
    rows = read_table("claims").query("status == 'out of scope'")
    return table(("claim", "what it says", "why it is left out"), rows[["id", "claim", "reason"]].to_numpy().tolist())


def inconsistencies() -> str:
    """Return what is wrong or in tension in the two papers."""
    rows = read_table("seed_inconsistencies")[["id", "claims", "statement", "what_the_model_does"]].to_numpy().tolist()
    return table(("no", "claims", "what is wrong or in tension", "what the model does"), rows)


def sources() -> str:
    """Return the register of sources with licences."""
    rows = [
        (code(row["id"]), row["title"], row["years"], row["licence"], row["licence_checked"])
        for row in read_table("sources").to_dict("records")
    ]
    return table(("source", "title", "years", "licence", "licence text read"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "state-variables": state_variables,
    "run-settings": run_settings,
    "constants": constants,
    "schedule": schedule,
    "initial-state": initial_state,
    "channels": channels,
    "mechanisms": mechanisms,
    "levers": levers,
    **{f"parameters-{section.__name__.lower()}": partial(parameters, section) for section in SECTIONS},
    "evidence": evidence,
    "data-series": data_series,
    "budget-index": budget_index,
    "inputs": inputs,
    "events": events,
    "patterns": patterns,
    "validation": validation,
    "verdict-counts": verdict_counts,
    "outcomes": outcomes,
    "contributions": contributions,
    "instruments": instruments,
    "counts": counts,
    "out-of-scope": out_of_scope,
    "inconsistencies": inconsistencies,
    "sources": sources,
    **registers.blocks(table),
    **calibrated.blocks(table),
}
"""Name of a block -> what fills it."""


# filling --------------------------------------------------------------------------------------------------------------


def stale(text: str) -> list[str]:
    """Return the names of the blocks of a document that do not say what the code says."""
    return [found["name"] for found in BLOCK.finditer(text) if found["body"] != _body(found["name"])]


def filled(text: str) -> str:
    """Return a document with all its blocks filled."""
    return BLOCK.sub(lambda found: found["head"] + _body(found["name"]) + found["foot"], text)


def _body(name: str) -> str:
    if name not in BLOCKS:
        raise SystemExit(f"docs/build.py: there is no block {name!r}; known: {', '.join(BLOCKS)}")
    return f"\n{BLOCKS[name]()}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill or check all documents; return the exit code."""
    reader = argparse.ArgumentParser(description="Fill the generated blocks of docs/ and README.md.")
    reader.add_argument("--check", action="store_true", help="change nothing; exit 1 and name what is out of date")
    check = reader.parse_args(arguments).check
    found = 0
    for path in (*HERE.parent.glob("README.md"), *sorted(HERE.rglob("*.md"))):
        text = path.read_text(encoding="utf-8")
        for name in stale(text):
            print(f"{path.relative_to(HERE.parent)}: {name} {'is out of date' if check else 'was renewed'}")
            found += 1
        if not check and (after := filled(text)) != text:
            path.write_text(after, encoding="utf-8")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
