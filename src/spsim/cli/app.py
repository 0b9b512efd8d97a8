"""The commands and their options; what they do stands in the other modules of this folder."""

from __future__ import annotations

from typing import Annotated

import typer

from spsim.cli.calibrating import calibrate
from spsim.cli.checking import check, new, scenarios, schema
from spsim.cli.comparing import compare
from spsim.cli.doctor import doctor
from spsim.cli.elites import elites
from spsim.cli.explain import explain
from spsim.cli.page import app as page
from spsim.cli.registers import claims, parameters, sources
from spsim.cli.running import run
from spsim.cli.sensing import sensitivity
from spsim.cli.surveys import app as surveys
from spsim.cli.sweeping import merge, sweep
from spsim.cli.validating import ablate, validate

app = typer.Typer(
    help="An agent-based model of Chinese and Russian soft power in Central Asia.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich would double the time that --help takes
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        import spsim

        typer.echo(f"spsim {spsim.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and leave.")
    ] = False,
) -> None:
    pass


for _command in (
    run, check, explain, compare, sweep, merge, sensitivity, ablate, calibrate, validate, elites, scenarios, new,
    parameters, claims, sources, schema, doctor,
):
    app.command()(_command)
app.command("app")(page)
app.add_typer(surveys, name="surveys")
