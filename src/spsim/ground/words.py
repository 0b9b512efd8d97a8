"""Numbers of things in words, and keys of a file in words."""

from __future__ import annotations

from collections.abc import Iterable


def counted(count: float, thing: str) -> str:
    """Return a number of things, such as "1 year" and "2 countries"; counts of thousands have a comma."""
    number = f"{count:,}" if isinstance(count, int) else f"{count:g}"
    several = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number} {thing if count == 1 else several}"


def key_words(path: Iterable[str | int]) -> str:
    """Return the path of a key as a reader counts: ``("levers", 0, "from")`` is "lever 1, from"."""
    said = link = ""
    for part in path:
        if isinstance(part, int):
            thing = said[:-3] + "y" if said.endswith("ies") else said.removesuffix("s")
            said, link = f"{thing} {part + 1}", ", "
        else:
            said, link = said + link + part, "."
    return said
