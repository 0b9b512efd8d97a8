"""The description of the model says what the code says, has every element, and names nothing that does not exist."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from spsim.analysis.outcomes import OUTCOMES
from spsim.analysis.tables import UNITS
from spsim.config import LEVERS, MECHANISMS, MEDIA_SOURCES, load, parameter_table
from spsim.data import load_pack
from spsim.experiments.validation.patterns import patterns

ROOT = Path(__file__).parents[2]
ODD, TRACE = ROOT / "docs" / "odd.md", ROOT / "docs" / "trace.md"

ELEMENTS = (
    "## 1. Purpose and patterns", "## 2. Entities, state variables, and scales",
    "## 3. Process overview and scheduling", "## 4. Design concepts", "## 5. Initialization", "## 6. Input data",
    "## 7. Submodels",
)
"""The seven elements of ODD (Grimm et al. 2020)."""

CONCEPTS = (
    "Basic principles", "Emergence", "Individual decision-making", "Adaptation", "Objectives", "Learning", "Prediction",
    "Sensing", "Interaction", "Stochasticity", "Collectives", "Heterogeneity", "Observation",
)
"""Its eleven design concepts, and the two that ODD+D (Müller et al. 2013) adds."""

TRACE_ELEMENTS = (
    "Problem formulation", "Model description", "Data evaluation", "Conceptual model evaluation",
    "Implementation verification", "Model output verification", "Model analysis", "Model output corroboration",
)
"""The eight elements of TRACE (Grimm et al. 2014)."""

NAME = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
"""What looks like a parameter: small letters with an underscore."""


@cache
def build() -> ModuleType:
    """Return docs/build.py as a module."""
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def documents() -> list[Path]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path for path in pages if "<!-- generated:" in path.read_text("utf-8")]


def by_hand(document: Path) -> str:
    """Return the part of a document that is not generated."""
    return str(build().BLOCK.sub("", document.read_text(encoding="utf-8")))


# generated ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_generated_blocks_are_up_to_date(document: Path) -> None:
    stale = build().stale(document.read_text(encoding="utf-8"))
    assert not stale, f"run `python docs/build.py`: {document.name} has {', '.join(stale)} out of date"


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_blocks_are_known_and_closed(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    begun = re.findall(r"<!-- generated: (.*?) -->", text)
    assert set(begun) <= set(build().BLOCKS)
    assert [found["name"] for found in build().BLOCK.finditer(text)] == begun
    assert text.count("<!-- end -->") == len(begun)
    assert len(set(begun)) == len(begun), "a block stands twice in one document"


def test_every_block_is_used() -> None:
    used = {name for path in documents() for name in re.findall(r"<!-- generated: (.*?) -->", path.read_text("utf-8"))}
    assert used == set(build().BLOCKS)


def test_check_names_what_is_out_of_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                         capsys: pytest.CaptureFixture[str]) -> None:
    """A check changes nothing and exits with 1; filling renews the block and leaves the rest alone."""
    folder = tmp_path / "docs"
    folder.mkdir()
    monkeypatch.setattr(build(), "HERE", folder)
    document = folder / "some.md"
    document.write_text("before\n<!-- generated: counts -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")
    assert build().main(["--check"]) == 1
    assert "docs/some.md: counts is out of date" in capsys.readouterr().out.replace("\\", "/")
    assert "old" in document.read_text(encoding="utf-8")
    assert build().main([]) == 0
    assert build().main(["--check"]) == 0
    text = document.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
    document.write_text("<!-- generated: nonsense -->\n<!-- end -->\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="no block 'nonsense'"):
        build().main([])


def test_tables_are_readable() -> None:
    """No cell is longer than 400 characters, and all rows of a table have the same number of cells."""
    for name, fill in build().BLOCKS.items():
        rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in fill().splitlines() if line.startswith("|")]
        assert all(len(cell) <= 400 for row in rows for cell in row), name
        widths: list[int] = []
        for row in rows:
            if set("".join(row)) <= set("- "):
                widths.append(len(row))
        assert {len(row) for row in rows} <= set(widths), name


def test_no_tick_of_a_docstring_is_left() -> None:
    for name, fill in build().BLOCKS.items():
        assert not re.search(r"(?<!`)``(?!`)|:func:|:class:", fill()), name  # a fence has three


def test_what_the_source_does_not_say_is_about_fields_that_exist() -> None:
    known = {
        f"{name}.{field}" for module, name in build().STATE_CLASSES for field, _, _ in build().fields(module, name)
    }
    assert set(build().UNSAID) <= known


# complete -------------------------------------------------------------------------------------------------------------


def test_odd_has_every_element_in_order() -> None:
    lines = ODD.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line in ELEMENTS] == list(ELEMENTS)
    assert [line[4:] for line in lines if line.startswith("### ") and line[4:] in CONCEPTS] == list(CONCEPTS)


def test_trace_has_every_element_in_order() -> None:
    lines = TRACE.read_text(encoding="utf-8").splitlines()
    titles = [re.sub(r"^## \d+\. ", "", line) for line in lines if line.startswith("## ")]
    assert [title for title in titles if title in TRACE_ELEMENTS] == list(TRACE_ELEMENTS)


def everything() -> Iterator[tuple[str, str]]:
    """Yield every name that the description has to hold."""
    yield from (("parameter", f"`{name}`") for name in parameter_table())
    yield from (("mechanism", f"| `{name}` |") for name in MECHANISMS)
    yield from (("lever", f"| `{name}` |") for name in LEVERS)
    yield from (("pattern", f"| {pattern.id} |") for pattern in patterns())
    yield from (("event", f"| `{event.name}` |") for event in load("baseline").scenario.events)
    yield from (("series", f"| `{name}` |") for name in load_pack().series)
    yield from (("medium", f"| `{name}` |") for name in MEDIA_SOURCES)
    for module, name in build().STATE_CLASSES:
        yield from (("state variable", f"| `{field}` |") for field, _, _ in build().fields(module, name))


def test_everything_that_the_model_has_is_in_the_description() -> None:
    text = ODD.read_text(encoding="utf-8")
    assert not [f"{kind} {name}" for kind, name in everything() if name not in text]


def test_every_stream_of_random_numbers_is_described() -> None:
    """The first word of each name that the code gives to a stream stands in the description."""
    text, found = by_hand(ODD), set()
    for path in (ROOT / "src" / "spsim").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or ast.unparse(call.func).split(".")[-1] not in {"stream", "key"}:
                continue
            for literal in re.findall(r"""^f?["']([a-z_]+)/""", ast.unparse(call.args[-1])) if call.args else ():
                found.add(literal)
    assert found >= {"citizen", "network", "affect", "elite", "protest"}
    assert not [name for name in found if f"`{name}/" not in text]


# true -----------------------------------------------------------------------------------------------------------------


@cache
def known_names() -> frozenset[str]:
    """Return every name that the code and the data know: parameters, registers, columns, functions, variables."""
    names = {*parameter_table(), *MECHANISMS, *LEVERS, *OUTCOMES, *MEDIA_SOURCES, *UNITS}
    names |= {option for known in MECHANISMS.values() for option in known.choices}
    names |= {column for columns in UNITS.values() for column in columns}
    for table in load_pack().tables.values():
        names |= set(map(str, table.columns))
    names |= {*load_pack().series, *(path.stem for path in (ROOT / "src" / "spsim").rglob("*.csv"))}
    for path in (ROOT / "tests").rglob("*.py"):
        names |= {path.stem, *re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)}
    for path in (ROOT / "src" / "spsim").rglob("*.py"):
        names |= {path.stem, path.parent.name}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.arg | ast.keyword) and node.arg:
                names.add(node.arg)
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
    for name in list(names):
        names |= set(NAME.findall(name))
    return frozenset(names)


@pytest.mark.parametrize("document", [ODD, TRACE], ids=lambda path: path.name)
def test_names_in_code_exist(document: Path) -> None:
    """Names in ticks and in equations that look like parameters are known to the code, so that prose cannot rot."""
    text = by_hand(document)
    equations = re.findall(r"^```text\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    ticks = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    used = {name for part in (*equations, *ticks) for name in NAME.findall(part)}
    assert not used - known_names()
    if document == ODD:
        assert len(used & set(parameter_table())) > 100, "equations use the names of the parameters"


def test_a_name_that_does_not_exist_is_noticed() -> None:
    assert "anchor_rate" in known_names()
    assert not {"anchor_speed", "threat_weights", "media_power"} & known_names()


def test_every_parameter_is_explained_by_hand() -> None:
    """Whoever writes the model a second time meets each parameter in an equation or the text, not in a table alone."""
    text = by_hand(ODD)
    assert not [name for name in parameter_table() if not re.search(rf"\b{name}\b", text)]


@pytest.mark.parametrize("document", [ODD, TRACE], ids=lambda path: path.name)
def test_relative_links_work(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert links
    assert not [target for target in links if not (document.parent / target).exists()]


@pytest.mark.parametrize("document", [ODD, TRACE], ids=lambda path: path.name)
def test_claims_patterns_and_inconsistencies_exist(document: Path) -> None:
    text = by_hand(document)
    claims = set(load_pack().claims_table()["id"])
    assert not set(re.findall(r"\b[CK]\d\d\b", text)) - claims
    assert not set(re.findall(r"\bI\d+\b", text)) - set(load_pack().inconsistencies_table()["id"])
    ids = {pattern.id for pattern in patterns()}
    families = {name.split("-")[0] for name in ids}
    kept_apart = {"P07", "P09", "P25", "P27"}
    assert not set(re.findall(r"\bP\d\d(?:-[a-z]+)?\b", text)) - ids - families - kept_apart


@pytest.mark.parametrize("document", [ODD, TRACE], ids=lambda path: path.name)
def test_lines_are_short(document: Path) -> None:
    lines = document.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if len(line) > 121 and not line.startswith("|")]
