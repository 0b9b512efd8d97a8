"""Make one document out of directories of results."""

from __future__ import annotations

from pathlib import Path

from spsim.config import ConfigError, Place, Problem


def report(*folders: str | Path, out: str | Path | None = None, title: str = "") -> Path:
    """Write a self-contained HTML report of runs, comparisons, sweeps and studies, and return its path.

    Args:
        folders: directories that runs and experiments have left.
        out: the file; ``report.html`` in the only directory, or here if there are several.
        title: of the report; that of the first directory if not given.

    Raises:
        ConfigError: a directory is not there, not known or not finished.
        SetupError: the file exists and is no report, or cannot be written.
    """
    from spsim.reports.document import write_report  # matplotlib and Jinja take long to import

    if not folders:
        raise ConfigError([Problem(Place("report"), "", "got no directory", "one or more")])
    paths = [Path(folder) for folder in folders]
    where = Path(out) if out else paths[0] / "report.html" if len(paths) == 1 else Path("report.html")
    return write_report(paths, where, title)
