"""Turn the notebooks' sources into notebooks, or into pages of the documentation.

    python notebooks/build.py small FOLDER     # as .ipynb at a small size, for `pytest --nbmake FOLDER`
    python notebooks/build.py docs [WORD]      # run (those whose name holds a word) and write docs/notebooks

To work with one, open it with Jupyter and jupytext, or convert it: `jupytext --to ipynb 1-first-run.py`.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGES = HERE.parent / "docs" / "notebooks"
SMALL = {"citizens": 300, "replicates": 2, "trajectories": 2, "base": 8, "discovery_points": 24}
TIMEOUT = 3600
"""Seconds that a cell may take."""


def sources() -> list[Path]:
    """Return the notebooks in their order."""
    return sorted(HERE.glob("[0-9]-*.py"))


def small(notebook: Any) -> Any:  # noqa: ANN401 - nbformat is untyped
    """Return a notebook with other numbers in its cell of sizes."""
    cell = next(cell for cell in notebook.cells if "sizes" in cell.metadata.get("tags", []))
    names = re.match(r"([a-z_, ]+) = ", cell.source)
    assert names, f"the cell of sizes says something else: {cell.source}"
    cell.source = "\n".join(f"{name} = {SMALL[name]}" for name in names[1].split(", "))
    return notebook


def write_small(folder: Path) -> None:
    """Write every notebook at a small size."""
    import jupytext

    folder.mkdir(parents=True, exist_ok=True)
    for path in sources():
        jupytext.write(small(jupytext.read(path)), folder / f"{path.stem}.ipynb")


def write_page(path: Path) -> None:
    """Run a notebook and write it as a page with its figures."""
    import jupytext
    from nbclient import NotebookClient
    from nbconvert import MarkdownExporter

    notebook = jupytext.read(path)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": folder}}).execute()
    figures = PAGES / path.stem
    text, resources = MarkdownExporter().from_notebook_node(
        notebook, {"unique_key": "figure", "output_files_dir": path.stem}
    )
    PAGES.mkdir(parents=True, exist_ok=True)
    figures.mkdir(exist_ok=True)
    for old in figures.iterdir():
        old.unlink()
    for name, content in resources["outputs"].items():
        (PAGES / name).write_bytes(content)
    if not any(figures.iterdir()):
        figures.rmdir()
    head = f"<!-- Made by `python notebooks/build.py docs` from notebooks/{path.name}: change that. -->\n"
    lines = [line.rstrip() for line in text.splitlines()]
    (PAGES / f"{path.stem}.md").write_text(head + "\n".join(lines).rstrip() + "\n", encoding="utf-8")


def main() -> None:
    """Do what the command line says."""
    if sys.argv[1] == "small":
        write_small(Path(sys.argv[2]))
        return
    word = sys.argv[2] if len(sys.argv) > 2 else ""
    for path in sources():
        if word in path.stem:
            print(path.stem, flush=True)
            write_page(path)


if __name__ == "__main__":
    main()
