"""A hook of mkdocs: links in the documents are those of the repository; here they become links of the site.

A link to a page, a figure or a table in ``docs/`` stays. One to a document that is shown on the site though it stands
elsewhere (``ELSEWHERE``) leads to its page. One to any other file of the repository becomes its text, with the path as
a tooltip, since the site does not hold the source.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
ELSEWHERE = ("CONTRIBUTING.md", "CHANGELOG.md")
"""Documents outside of docs/ that are pages of the site, under their own name at its top."""

LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>(?!https?://|mailto:|#)[^)\s#]+)(?P<anchor>#[^)]*)?\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def on_files(files: Files, *, config: Any) -> Files:  # noqa: ANN401 - mkdocs hands over its configuration
    """Add the documents that stand elsewhere."""
    for name in ELSEWHERE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:  # noqa: ANN401
    """Return a page with its links turned into those of the site."""
    docs = Path(config["docs_dir"])
    home = ROOT if page.file.src_uri in ELSEWHERE else (docs / page.file.src_uri).parent

    def turned(found: re.Match[str]) -> str:
        place = Path(os.path.normpath(home / found["target"]))
        if place.is_relative_to(docs):
            at = place.relative_to(docs)
        elif place.parent == ROOT and place.name in ELSEWHERE:
            at = Path(place.name)
        elif place.exists() and place.is_relative_to(ROOT):
            return f'<abbr title="in the source: {place.relative_to(ROOT).as_posix()}">{found["text"]}</abbr>'
        else:
            return found[0]
        target = os.path.relpath(at, Path(page.file.src_uri).parent).replace(os.sep, "/")
        return f"{found['image']}[{found['text']}]({target}{found['anchor'] or ''})"

    parts, last = [], 0
    for code in CODE.finditer(markdown):  # links in code are not links
        parts += [LINK.sub(turned, markdown[last : code.start()]), code[0]]
        last = code.end()
    return "".join([*parts, LINK.sub(turned, markdown[last:])])
