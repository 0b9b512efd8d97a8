"""Figures into files, with where they come from and nothing that changes from day to day."""

from __future__ import annotations

from pathlib import Path

from spsim._version import __version__
from spsim.viz.style import Sheet

ENDINGS = ("png", "svg")
DPI = 200
COMPRESSION = 2
"""Of PNG, out of 9: a tenth larger than usual, in a third of the time."""


def save(page: Sheet, stem: Path, name: str, title: str, seed: int) -> list[Path]:
    """Write a sheet as PNG and SVG with its provenance, and return the paths.

    Args:
        page: the sheet.
        stem: path without ending.
        name: of the scenario or the sweep.
        title: of it.
        seed: root of its randomness.
    """
    origin = f"spsim {__version__}; scenario {name}; seed {seed}"
    png, svg = (stem.with_name(f"{stem.name}.{ending}") for ending in ENDINGS)
    page.figure.savefig(
        png,
        dpi=DPI,
        pil_kwargs={"compress_level": COMPRESSION},
        metadata={
            "Title": page.title,
            "Description": title,
            "Source": "spsim",
            "Software": f"spsim {__version__}",
            "Scenario": name,
            "Seed": str(seed),
            "spsim": __version__,
        },
    )
    page.figure.savefig(
        svg,
        metadata={
            "Title": page.title,
            "Description": f"{title} ({origin})",
            "Source": "spsim",
            "Creator": f"spsim {__version__}",
            "Identifier": f"{name}-seed-{seed}",
            "Date": None,
        },
    )
    return [png, svg]
