"""What goes in and out of the page as files: scenarios as YAML, data as CSV."""

from __future__ import annotations

from spsim.analysis.snapshot import Snapshot
from spsim.analysis.tables import Tabulator
from spsim.config import ConfigError, Problem, Resolved, load_text
from spsim.config.loading import is_path
from spsim.experiments.directory import scenario_text
from spsim.ground.reading import decoded, parse_yaml

TABLES = ("opinion", "divergence", "generations", "country", "country_power", "channels")
"""The tables of a run that can be had as CSV, with the columns that ``spsim run --csv`` writes."""


def uploaded(content: bytes, name: str) -> Resolved:
    """Return the scenario of a file that a visitor sends.

    Raises:
        ConfigError: with every mistake found, as ``spsim check`` words it; also where it names another file (what it
            extends, or its data), which a visitor cannot send along and which must not be read off this machine.
    """
    text = decoded(content, name)
    document = parse_yaml(text, name)
    parent, data = document.content.get("extends"), document.content.get("data")
    problems = []
    if parent is not None and is_path(str(parent)):
        problems.append(Problem(document.place(("extends",)), "extends", f"got {parent!r}",
                                "the name of a shipped scenario, such as baseline"))
    if isinstance(data, str):
        said = f"got {data!r}, a file that does not come along"
        problems.append(Problem(document.place(("data",)), "data", said,
                                "the rows themselves, such as - {power: TR, variable: membership, ...}"))
    if problems:
        raise ConfigError(problems)
    return load_text(text, name)


def scenario_file(now: Snapshot) -> str:
    """Return the scenario with the levers that were pulled, as YAML that ``spsim run`` accepts."""
    return scenario_text(now.scenario)


def data_file(now: Snapshot, table: str) -> str:
    """Return a table of the run so far as CSV, as ``spsim run --csv`` writes it."""
    if now.step == 0 and table == "channels":  # nothing has moved anything yet
        return "replicate,date,country,group,power,kind,channel,reach,contribution\n"
    run = now.scenario.run.model_copy(update={"end": now.date})
    so_far = now.scenario.model_copy(update={"run": run})
    return Tabulator(so_far, [now.record]).table(table).to_csv(index=False, date_format="%Y-%m-%d")
