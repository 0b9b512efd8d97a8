"""The notebooks' sources and the pages made of them stay together; running them is `pytest --nbmake`, see .ci/run."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "notebooks"))

import build  # noqa: E402

PAGES = sorted(build.PAGES.glob("[0-9]-*.md"))


def test_every_notebook_has_a_page_and_stands_in_the_index() -> None:
    names = [path.stem for path in build.sources()]
    assert len(names) == 8 and names == [page.stem for page in PAGES]
    index = (build.PAGES / "README.md").read_text(encoding="utf-8")
    titles = [page.read_text(encoding="utf-8").splitlines()[1].removeprefix("# ") for page in PAGES]
    for n, (name, title) in enumerate(zip(names, titles, strict=True), start=1):
        assert f"{n}. [{title}]({name}.md)" in index


@pytest.mark.parametrize("path", build.sources(), ids=lambda path: path.stem)
def test_a_page_shows_the_notebook_as_it_is(path: Path) -> None:
    page = (build.PAGES / f"{path.stem}.md").read_text(encoding="utf-8")
    for cell in jupytext.read(path).cells:
        if cell.cell_type == "code":
            assert f"```python\n{cell.source}\n```" in page
        else:
            assert "\n".join(line.rstrip() for line in cell.source.splitlines()) in page


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_holds_its_figures_and_names_no_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    figures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert figures and all((page.parent / figure).is_file() for figure in figures)
    kept = {path.relative_to(page.parent).as_posix() for path in (page.parent / page.stem).iterdir()}
    assert kept == set(figures), "nothing is left over from earlier"
    assert not re.search(r"/home/|/root/|/tmp/|Traceback|Warning", text)


@pytest.mark.parametrize("path", build.sources(), ids=lambda path: path.stem)
def test_the_small_size_is_another_one(path: Path) -> None:
    whole, small = jupytext.read(path), build.small(jupytext.read(path))
    changed = [one.source for one, other in zip(whole.cells, small.cells, strict=True) if one.source != other.source]
    assert len(changed) == 1 and changed[0].startswith("citizens, ")
