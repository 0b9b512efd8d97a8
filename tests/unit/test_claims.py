"""The register of claims: complete, and true to the code that it points to."""

import ast
import csv
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from spsim.config import LEVERS, load, parameter_table, shipped_scenarios
from spsim.data import load_pack, read_table
from spsim.data.claims import cited, inconsistencies_of
from spsim.ground.reading import read_yaml

ROOT = Path(__file__).parents[2]
REGISTER = ROOT / "src" / "spsim" / "data" / "tables" / "claims.csv"
COLUMNS = ["id", "paper", "claim", "where", "implies", "sign", "testable", "status", "code", "test", "reason"]
PAPERS = {"C": "Chen Zhenguo", "K": "Central Asia and the Caucasus 2018"}
IDS = [f"C{n:02d}" for n in range(1, 46)] + [f"K{n:02d}" for n in range(1, 49)]

with REGISTER.open(encoding="utf-8", newline="") as stream:
    ROWS = list(csv.DictReader(stream))
CLAIMS = {row["id"]: row for row in ROWS}

SYMBOL = re.compile(r"[\u0370-\u03ff]|\b\w+_(CN|RU)\b|\*\*")  # Greek letters, indices of powers, markup
SAYS_OFF = re.compile(r"\b(off|neutral|0) by default\b", re.IGNORECASE)


def tokens(claim: str) -> list[str]:
    return [token.strip() for token in CLAIMS[claim]["code"].split(";") if token.strip()]


def named_tests(claim: str) -> list[str]:
    """Return what stands in the column ``test``: test functions, and case files."""
    return [token.strip() for token in CLAIMS[claim]["test"].split(";") if token.strip()]


def cases() -> dict[str, set[str]]:
    """Return the claims that each case file lists."""
    files = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    return {str(file.relative_to(ROOT)): set(read_yaml(file).content.get("claims", [])) for file in files}


def with_status(status: str) -> list[str]:
    return [row["id"] for row in ROWS if row["status"] == status]


def sources() -> Iterator[tuple[str, str]]:
    """Yield every name that has a source beside the claims, with the text of that source."""
    for name, (_, _, _, facts) in parameter_table().items():
        yield name, facts.source
    for name, lever in LEVERS.items():
        yield name, lever.source
    budget = load_pack().tables["budget_index"]
    yield "budget_index", " ".join(budget["source"])


@cache
def baseline_events() -> dict[str, bool]:
    return {event.name: event.active for event in load(shipped_scenarios()["baseline"]).scenario.events}


def exists(token: str) -> bool:
    """Tell whether what stands in the column ``code`` is there."""
    kind, _, name = token.rpartition(":")
    if kind == "series":
        return name in load_pack().series
    if kind == "table":
        return not read_table(name).empty
    if kind == "event":
        return name in baseline_events()
    if token.startswith("spsim."):
        try:
            return importlib.util.find_spec(token) is not None
        except ModuleNotFoundError:
            return False
    return not kind and (token in parameter_table() or token in LEVERS)


def is_zero(value: object) -> bool:
    return all(map(is_zero, value.values())) if isinstance(value, dict) else value == 0


def zero_parameters() -> set[str]:
    return {name for name, row in parameter_table().items() if is_zero(row[2])}


def inactive_events() -> set[str]:
    return {f"event:{name}" for name, active in baseline_events().items() if not active}


def test_ranges_are_expanded() -> None:
    assert cited("C27-C29, K39-42; C05") == {"C27", "C28", "C29", "K39", "K40", "K41", "K42", "C05"}
    assert cited("K23–K26") == {"K23", "K24", "K25", "K26"}
    assert cited("UNESCO 2012-16, I12, C4") == set()


def test_the_93_claims_are_there_in_order() -> None:
    assert [row["id"] for row in ROWS] == IDS
    assert len({row["claim"] for row in ROWS}) == len(IDS)


def test_every_cell_that_must_be_filled_is_filled() -> None:
    assert list(ROWS[0]) == COLUMNS
    must = set(COLUMNS) - {"code", "test"}
    assert [(row["id"], name) for row in ROWS for name in must if not row[name].strip()] == []
    assert {row["id"]: row["paper"] for row in ROWS} == {claim: PAPERS[claim[0]] for claim in IDS}
    assert {row["testable"] for row in ROWS} == {"Y", "P", "N"}


def test_the_data_pack_reads_the_same_cells() -> None:
    """A cell such as n/a would reach readers empty."""
    assert load_pack().claims_table().astype(str).to_dict("records") == ROWS


def test_no_symbol_of_an_equation_is_left_unexplained() -> None:
    assert [row["id"] for row in ROWS if SYMBOL.search(" ".join(row.values()))] == []


def test_status() -> None:
    assert {row["status"] for row in ROWS} == {"implemented", "input", "out of scope"}


@pytest.mark.parametrize("claim", with_status("implemented"))
def test_implemented_names_a_module_and_a_number_to_turn(claim: str) -> None:
    modules = [token for token in tokens(claim) if token.startswith("spsim.")]
    assert modules
    assert [token for token in tokens(claim) if token in parameter_table() or token in LEVERS]


@pytest.mark.parametrize("claim", with_status("input"))
def test_input_names_what_it_dates_or_sizes(claim: str) -> None:
    assert [token for token in tokens(claim) if not token.startswith("spsim.")]


def test_out_of_scope_names_no_code() -> None:
    left_out = with_status("out of scope")
    assert [claim for claim in left_out if CLAIMS[claim]["code"] or CLAIMS[claim]["test"]] == []


@pytest.mark.parametrize("token", sorted({token for claim in CLAIMS for token in tokens(claim)}))
def test_code_exists(token: str) -> None:
    assert exists(token), [claim for claim in IDS if token in tokens(claim)]


@pytest.mark.parametrize("claim", with_status("implemented"))
def test_implemented_names_a_test(claim: str) -> None:
    assert named_tests(claim)


@pytest.mark.parametrize("node", sorted({node for claim in IDS for node in named_tests(claim)}))
def test_tests_exist(node: str) -> None:
    """A case file stands for itself; of a test with parameters ``test_name[id]`` the function has to be there."""
    file, *names = node.split("::")
    assert (ROOT / file).is_file()
    if file.endswith(".yaml"):
        assert not names
        return
    assert names
    body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    for name in names:
        found = [item for item in body if getattr(item, "name", None) == name.partition("[")[0]]
        assert found, f"{file} has no {name}"
        body = found[0].body


def test_a_case_and_its_claims_name_each_other() -> None:
    """The register says which cases show a claim, and each case says which claims it shows."""
    listed = {(case, claim) for case, claims in cases().items() for claim in claims}
    named = {(node, claim) for claim in IDS for node in named_tests(claim) if node.endswith(".yaml")}
    assert len(listed) > 100
    assert sorted(listed - named) == [], "a case lists a claim whose row in the register does not name the case"
    assert sorted(named - listed) == [], "a row of the register names a case that does not list the claim"


def test_cited_claims_exist_and_are_in_scope() -> None:
    """A number that rests on a claim shows that the claim enters."""
    citations = {(name, claim) for name, source in sources() for claim in cited(source)}
    assert len(citations) > 100
    assert sorted(pair for pair in citations if pair[1] not in CLAIMS) == []
    assert sorted(pair for pair in citations if CLAIMS[pair[1]]["status"] == "out of scope") == []


def test_a_parameter_that_rests_on_a_claim_is_named_by_it() -> None:
    facts = {name: row[3] for name, row in parameter_table().items()}
    seeds = {name: cited(fact.source) for name, fact in facts.items() if fact.evidence == "seed"}
    assert seeds
    assert [name for name, claims in seeds.items() if not claims] == []
    pairs = [(name, claim) for name, claims in seeds.items() for claim in sorted(claims)]
    assert [(name, claim) for name, claim in pairs if name not in tokens(claim)] == []


def test_what_is_off_by_default_is_said_to_be() -> None:
    """A parameter whose default is nought does nothing until a user changes it."""
    off = zero_parameters() | inactive_events()
    assert off
    idle = [claim for claim in IDS if off & set(tokens(claim))]
    assert [claim for claim in idle if not SAYS_OFF.search(CLAIMS[claim]["reason"])] == []


def test_what_is_said_to_be_off_is_off() -> None:
    neutral = {name for name, lever in LEVERS.items() if lever.base in {"0", "1"}}
    idle = neutral | zero_parameters() | inactive_events()
    off = [claim for claim in IDS if SAYS_OFF.search(CLAIMS[claim]["reason"])]
    assert len(off) > 10
    assert [claim for claim in off if not idle & set(tokens(claim))] == []


def test_inconsistencies_of_a_text() -> None:
    def numbers(text: str) -> list[str]:
        return [number for number, _, _ in inconsistencies_of(text)]

    assert numbers("C31 (up to one half), I7; work permits") == ["I7"]
    assert numbers("C30-C32: jobs") == ["I7"]
    assert numbers("C39, I6; K41") == ["I6", "I10", "I11"]
    assert numbers("C01, Zaller 1992") == numbers("") == []
    assert numbers("I20 and I2") == ["I2", "I20"], "by number only, as they belong to no single claim"
    row = load_pack().inconsistencies_table().set_index("id").loc["I7"]
    assert inconsistencies_of("C31") == [("I7", row["statement"], row["what_the_model_does"])]


def test_facts_in_tension_point_to_the_inconsistency() -> None:
    table = load_pack().inconsistencies_table()
    known = set(table["id"])
    named = {claim: set(re.findall(r"\bI\d+\b", CLAIMS[claim]["reason"])) for claim in IDS}
    assert {claim: ids - known for claim, ids in named.items() if ids - known} == {}
    expected = {(claim, row.id) for row in table.itertuples() for claim in cited(str(row.claims))}
    assert len(expected) > 10
    assert sorted(pair for pair in expected if pair[1] not in named[pair[0]]) == []
