"""Figures into files, with where they come from and nothing that changes from day to day."""

from __future__ import annotations

from pathlib import Path

from spsim._version import __version__
from spsim.config import Scenario
from spsim.viz.style import Sheet

DPI = 200


def save(page: Sheet, stem: Path, scenario: Scenario) -> list[Path]:
    """Write a sheet as PNG and SVG with its provenance, and return the paths."""
    origin = f"spsim {__version__}; scenario {scenario.name}; seed {scenario.run.seed}"
    png, svg = (stem.with_name(f"{stem.name}.{ending}") for ending in ("png", "svg"))
    page.figure.savefig(
        png,
        dpi=DPI,
        metadata={
            "Title": page.title,
            "Description": scenario.title,
            "Source": "spsim",
            "Software": f"spsim {__version__}",
            "Scenario": scenario.name,
            "Seed": str(scenario.run.seed),
            "spsim": __version__,
        },
    )
    page.figure.savefig(
        svg,
        metadata={
            "Title": page.title,
            "Description": f"{scenario.title} ({origin})",
            "Source": "spsim",
            "Creator": f"spsim {__version__}",
            "Identifier": f"{scenario.name}-seed-{scenario.run.seed}",
            "Date": None,
        },
    )
    return [png, svg]
