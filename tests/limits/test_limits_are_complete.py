"""Every limit with a known answer has its test."""

from __future__ import annotations

import ast
import re
from pathlib import Path


def test_each_limit_is_named_by_the_docstring_of_a_test() -> None:
    """The fifteen limits, L1 to L15, are each tested here under their number, and there is no other number."""
    found: set[int] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found |= {int(number) for number in re.findall(r"^L(\d+):", ast.get_docstring(node) or "")}
    assert found == set(range(1, 16))
