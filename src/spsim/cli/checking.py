"""``spsim check``, ``scenarios``, ``new`` and ``schema``: scenario files, without running them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spsim.cli.terminal import (
    Debug,
    ScenarioName,
    Settings,
    facts,
    guarded,
    listing,
    parse_settings,
    say,
    show,
    table,
    written_file,
)
from spsim.ground.words import counted

if TYPE_CHECKING:
    from spsim.config import Scenario


@guarded
def check(scenario: ScenarioName, settings: Settings = None, debug: Debug = False) -> None:
    """Check a scenario without running it."""
    from spsim.cli.values import changes
    from spsim.config import load, tensions

    resolved = load(scenario, parse_settings(settings))
    found = resolved.scenario
    run = found.run
    facts(
        f"{found.name}: {found.title}",
        [
            ("question", found.question),
            ("changes", found.changes),
            ("built from", " <- ".join(reversed(found.lineage))),
            (
                "period",
                f"{run.start} to {run.end}, steps of {counted(run.step_months, 'month')}",
            ),
            (
                "size",
                f"{counted(len(run.countries), 'country')} x {run.citizens:,} citizens, "
                f"{counted(run.replicates, 'replicate')}",
            ),
            ("events", ", ".join(event.name for event in found.acting_events)),
            ("mechanisms", ", ".join(found.switches)),
            ("forced", ", ".join(found.forced)),
            ("own channels", ", ".join(found.channels)),
            ("own data", _own_data(found)),
            *(("papers", f"{number}: {said} -> {done}") for number, said, done in tensions(found)),
        ],
    )
    origin = resolved.origin
    rows = [[c.key, c.value, c.below, c.place] for c in changes(resolved, origin)]
    parent = found.lineage[-2] if len(found.lineage) > 1 else "the defaults"
    if rows:
        say()
        show(table(f"What differs from {parent}", ("key", "value", "instead of", "set by"), rows))
    else:
        say(f"Nothing differs from {parent}.")
    say("The scenario is sound.", style="green")


def _own_data(scenario: Scenario) -> str:
    """Return how many numbers a scenario brings along, and about whom."""
    powers = ", ".join(dict.fromkeys(row.power for row in scenario.data))
    return f"{len(scenario.data)} recorded numbers about {powers}" if scenario.data else ""


@guarded
def scenarios(debug: Debug = False) -> None:
    """List the scenarios that come with spsim."""
    from spsim.config import load, shipped_scenarios

    found = [(name, load(path).scenario) for name, path in shipped_scenarios().items()]
    rows = [[name, scenario.title, scenario.question] for name, scenario in found]
    listing(("name", "title", "question"), rows, long=("question",))
    say(f"{len(rows)} scenarios; `spsim run NAME` runs one, `spsim new NAME` begins your own")


TEMPLATE = """\
# {name}: a scenario of spsim. It says only what differs from the scenario that it extends.
#   spsim check {path}      tells whether it is sound and what it changes
#   spsim run {path}        runs it
#   spsim schema --out spsim-schema.json, and an editor with a YAML plugin completes all names:
# yaml-language-server: $schema=spsim-schema.json
schema: 1
name: {name}
title: {title}
question: What happens to opinion if somebody acts differently?
changes: Say in plain words what differs from {parent}.
extends: {extends}

# What an actor decides, from when and how fast. `spsim parameters --levers` lists all levers.
levers:
  - lever: scholarships       # a factor: 2 doubles the official scholarships
    power: {power}                 # whose lever it is; levers of the countries have no power
    # countries: [{country}]         # where; all countries if left out
    from: {month}             # first month in which it acts
    # until: {month}          # first month in which it acts no more
    to: 2.0
    ramp_years: 2             # years over which the value is reached

# What happens to everybody. An event that the parent has is changed by its name. For example:
events: []
  # - name: ukraine-war
  #   active: false           # it does not happen
  # - name: my-shock
  #   title: My shock
  #   kind: memory            # threat | memory | closure | anchor | security
  #   powers: [{power}]
  #   size: 0.1
  #   from: {month}
  #   to: {month}

# What nobody knows: constants of the model. `spsim parameters` lists them with unit, range and source.
parameters: {{}}
  # memory_decay: 0.2
  # base: {{{power}: {{{country}: 0.10}}}}

# How to compute.
run: {{}}
  # replicates: 50
  # seed: 1
"""


@guarded
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Short name in small letters, digits and hyphens.")],
    extends: Annotated[
        str, typer.Option(metavar="SCENARIO", help="Name or file of the scenario to start from.")
    ] = "baseline",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write; NAME.yaml if left out.")] = None,
    debug: Debug = False,
) -> None:
    """Write a commented scenario to begin with."""
    from spsim.config import ConfigError, Place, Problem, load, shipped_scenarios
    from spsim.config.scenario import NAME_PATTERN

    if not NAME_PATTERN.match(name):
        raise ConfigError([Problem(Place("new"), "NAME", f"got {name!r}", "small letters, digits and hyphens")])
    if name in shipped_scenarios():  # a file of this name would take its place where it is extended
        raise ConfigError([Problem(Place("new"), "NAME", f"{name!r} is shipped with spsim", "a name of its own")])
    path = out or Path(f"{name}.yaml")
    if path.exists():
        raise ConfigError(
            [Problem(Place(str(path)), "", "exists already and is not overwritten", "--out FILE with a new name")]
        )
    parent = load(extends).scenario
    run = parent.run
    text = TEMPLATE.format(
        name=name,
        path=path,
        title=name.replace("-", " ").capitalize().ljust(3, "."),
        parent=parent.name,
        extends=_seen_from(extends, path),
        power="CN" if "CN" in run.powers else run.powers[0],
        country=run.countries[0],
        month="2026-01" if run.start <= "2026-01" <= run.end else run.start,
    )
    with written_file(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    load(path)
    say(f"{path} is written; `spsim check {path}` says what it changes")


def _seen_from(parent: str, child: Path) -> str:
    """Return how ``child`` has to name its parent: by name, or by a path that begins at its own folder."""
    from spsim.config.loading import is_path

    if not is_path(parent):
        return parent
    try:
        return Path(os.path.relpath(parent, child.absolute().parent)).as_posix()
    except ValueError:  # another drive on Windows
        return Path(parent).absolute().as_posix()


@guarded
def schema(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write; the terminal if left out.")] = None,
    debug: Debug = False,
) -> None:
    """Print the JSON Schema of a scenario file.

    An editor with a YAML plugin completes and checks scenarios by it.
    """
    import json

    from spsim.config.schema import scenario_schema

    text = json.dumps(scenario_schema(), indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    with written_file(out):
        out.write_text(text + "\n", encoding="utf-8")
    say(f"{out} is written")
