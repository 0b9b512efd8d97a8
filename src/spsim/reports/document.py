"""The document: parts laid out as one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spsim._version import __version__
from spsim.config import SetupError
from spsim.data import COUNTRIES
from spsim.data.places import illustrations
from spsim.data.region import region
from spsim.reports.calibration_part import calibration_part
from spsim.reports.comparison_part import ablation_part, comparison_part
from spsim.reports.content import Part
from spsim.reports.elites_part import elites_part
from spsim.reports.folders import Folder, recognise
from spsim.reports.registers import BADGES, sources
from spsim.reports.run_part import run_part
from spsim.reports.scores_part import scores_part
from spsim.reports.sensitivity_part import sensitivity_part
from spsim.reports.sweep_part import sweep_part
from spsim.reports.validation_part import validation_part
from spsim.viz.geography import geography
from spsim.viz.svg.drawing import DARK, LIGHT

MARK = "<!-- a report of spsim -->"
"""What every report holds near its top: such a file may be written again, others are never overwritten."""

PARTS: dict[str, Callable[[Folder], Part]] = {
    "run": run_part, "comparison": comparison_part, "ablation": ablation_part, "sensitivity study": sensitivity_part,
    "validation": validation_part, "survey scores": scores_part, "elites and votes": elites_part, "sweep": sweep_part,
    "calibration": calibration_part,
}
"""Kind of directory -> what makes its part."""


def write_report(folders: Sequence[Path], out: Path, title: str = "") -> Path:
    """Write one report of several directories.

    Raises:
        ConfigError: a directory is not there, not known or not finished.
        SetupError: the file is something else, or cannot be written.
    """
    text = render([PARTS[folder.kind](folder) for folder in recognise(folders)], title)
    try:
        if out.exists() and MARK not in out.read_text(encoding="utf-8", errors="replace")[:200]:
            raise SetupError(f"{out}: is not a report and is not overwritten; choose another --out")
        part = out.with_name(f".{out.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        raise SetupError(f"{out}: cannot be written: {error.strerror or error}") from None
    return out


def render(parts: Sequence[Part], title: str = "") -> str:
    """Return the document."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    engine = Environment(
        loader=PackageLoader("spsim.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )
    here = Path(__file__).parent / "templates"
    style, script = (Markup((here / name).read_text(encoding="utf-8")) for name in ("style.css", "script.js"))
    data: dict[str, Mapping[str, str]] = {}
    for part in parts:
        data.update(part.data)
    content: dict[str, Any] = {
        "mark": Markup(MARK), "title": title or parts[0].title, "parts": parts, "style": style, "script": script,
        "light": LIGHT, "dark": DARK, "badges": BADGES, "version": __version__, "sources": sources(data),
        "drawn": Markup, "region": region().name, "small": " ".join([*illustrations(COUNTRIES), geography().note]),
    }
    return engine.get_template("report.html").render(content)
