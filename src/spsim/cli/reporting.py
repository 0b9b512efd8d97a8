"""``spsim report``: results as one HTML file that can be mailed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spsim.cli.terminal import Debug, guarded, say


@guarded
def report(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Directories of results, of any kind.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file; report.html in the only directory if left out.")
    ] = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="Title; that of the first directory if left out.")] = "",
    debug: Debug = False,
) -> None:
    """Write a report that opens offline in any browser and prints."""
    from spsim import api

    written = api.report(*folders, out=out, title=title)
    say(f"The report is in {written} ({written.stat().st_size / 1e6:.1f} MB)", style="bold")
