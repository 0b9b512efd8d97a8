"""The claims of the two papers: which of them a text cites, and what is wrong or in tension about them."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from spsim.data.pack import read_table

CLAIM: Final = re.compile(r"\b([CK])(\d\d)\b(?:\s*[-–]\s*\1?(\d\d)\b)?")
INCONSISTENCY: Final = re.compile(r"\bI\d+\b")

Inconsistency = tuple[str, str, str]
"""Number, what is wrong or in tension, what the model does."""


def cited(text: str) -> set[str]:
    """Return the claims that a text names; ``C27-C34`` and ``C27-34`` name all between."""
    return {
        f"{letter}{number:02d}"
        for letter, first, last in CLAIM.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def inconsistencies_of(text: str) -> list[Inconsistency]:
    """Return the inconsistencies that a text names, by their number or by a claim that they concern.

    What concerns all claims or none of them belongs to no single claim and is found by its number only.

    Args:
        text: a source such as ``C31 (up to one half), I7; work permits``.

    Returns:
        (number, statement, what the model does), in the order of the register.
    """
    claims, named = cited(text), set(INCONSISTENCY.findall(text))
    return [row for row, concerned in _register() if row[0] in named or claims & concerned]


@cache
def _register() -> list[tuple[Inconsistency, set[str]]]:
    """Return every inconsistency with the claims that it concerns."""
    rows = read_table("seed_inconsistencies").astype(str).to_dict("records")
    return [((row["id"], row["statement"], row["what_the_model_does"]), cited(row["claims"])) for row in rows]
