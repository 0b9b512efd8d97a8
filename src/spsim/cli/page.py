"""``spsim app``: the interactive page."""

from __future__ import annotations

from typing import Annotated

import typer

from spsim.cli.terminal import Debug, Settings, complain, guarded, parse_settings, say


@guarded
def app(
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="What to begin with: a file, or the name of a shipped one.")
    ] = "baseline",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="Port; 0 takes a free one.")] = 8765,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    mesa: Annotated[bool, typer.Option("--mesa", help="Show Mesa's page (SolaraViz) of the model instead.")] = False,
    fetch_assets: Annotated[
        bool, typer.Option("--fetch-assets", help="Fetch the browser's files with npm, for work without a network.")
    ] = False,
    from_cdn: Annotated[
        bool, typer.Option("--from-cdn", help="Load missing browser files from a public server, without npm.")
    ] = False,
    settings: Settings = None,
    debug: Debug = False,
) -> None:
    """Open the interactive page: play a scenario month by month and pull levers."""
    from spsim.app import assets, server
    from spsim.app.opening import Opening
    from spsim.config import ConfigError, Place, Problem, load

    if fetch_assets:
        folder = assets.cache_folder()
        assets.fetch(folder)
        say(f"The browser's files are in {folder}; the page needs no network now.")
        return
    if mesa and settings:
        raise ConfigError([Problem(Place("--set"), "", "cannot be used with --mesa", "a scenario file that says it")])
    above = parse_settings(settings)
    chosen = Opening(load(scenario, above).scenario, scenario, above)
    if not server.is_local(host):
        complain(f"note: whoever can reach {host} can use this page; it has no passwords", style="yellow")
    elif not no_browser:
        say("The page is for this machine only (--host opens it to others). Ctrl-C ends it.")

    def opened(address: str) -> None:
        say(f"The page is at {address}", style="bold")

    server.serve(
        chosen, host=host, port=port, browser=not no_browser, from_cdn=from_cdn,
        page="mesa" if mesa else "page", say=opened,
    )
