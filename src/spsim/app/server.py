"""The server of the page: Solara behind uvicorn, on this machine only unless told otherwise."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Callable
from pathlib import Path

from spsim.app import assets
from spsim.app.opening import Opening, open_with
from spsim.app.session import check_size
from spsim.config import Scenario, SetupError

PAGES = {"page": "spsim.app.page", "mesa": "spsim.app.mesa_page"}
PATIENCE = 90.0
"""Seconds that a browser may take to answer before its connection counts as lost: a busy machine is no lost one."""

LEFT_ALONE = "2m"
"""How long a model is kept whose page has gone without a word, such as that of a computer that sleeps."""


def serve(
    chosen: Opening, *, host: str, port: int, browser: bool, from_cdn: bool = False, page: str = "page",
    say: Callable[[str], None] = print,
) -> None:
    """Serve the page until it is stopped.

    Args:
        chosen: the scenario that visitors begin with.
        host: address to listen on.
        port: port to listen on; 0 for any that is free.
        browser: whether to open a browser.
        from_cdn: let Solara load missing browser files over the network, once.
        page: a key of ``PAGES``.
        say: told the address once the page can be opened.

    Raises:
        ConfigError: the scenario is too large for a page.
        SetupError: the port is taken, a library or the browser files are missing.
    """
    check_size(chosen.scenario)
    folder = assets.cache_folder()
    if not from_cdn and assets.missing(folder):
        raise SetupError(
            "the page needs files for the browser (4 MB) that are not on this machine yet; once, with a network:\n"
            "  spsim app --fetch-assets     fetches them with npm; from then on no network is needed\n"
            "  spsim app --from-cdn         without npm: the page loads them from a public server when it is opened"
        )
    listener = listen(host, port)
    open_with(chosen)
    _configure(folder, PAGES[page])
    try:
        import uvicorn
        from solara.server.starlette import app
    except ImportError as error:
        raise SetupError(
            f"the page needs libraries that are not installed ({error.name}): pip install 'spsim[app]'"
        ) from None
    _warm_up(chosen.scenario)
    server = uvicorn.Server(uvicorn.Config(
        app, log_level="error", access_log=False, timeout_graceful_shutdown=2, ws_ping_timeout=PATIENCE,
    ))
    address = f"http://{_shown(host)}:{listener.getsockname()[1]}"
    threading.Thread(target=_announce, args=(server, address, browser, say), daemon=True).start()
    server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        SetupError: the address cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except OSError as error:
        raise SetupError(f"{host}:{port}: {error.strerror or error}; try another --port (0 takes a free one)") from None
    return made


def is_local(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _configure(folder: Path, page: str) -> None:
    """Tell Solara what it reads from the environment; before it is imported."""
    # it advises on cookies for pages that are embedded in others, which this one is not
    warnings.filterwarnings("ignore", message="Cookies with samesite")
    os.environ.update({
        "SOLARA_APP": page,
        "SOLARA_MODE": "production",
        "SOLARA_ASSETS_PROXY": "True",
        "SOLARA_ASSETS_PROXY_CACHE_DIR": str(folder),
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_THEME_TITLE": "spsim",
        "SOLARA_THEME_VARIANT": "light",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_KERNEL_CULL_TIMEOUT": LEFT_ALONE,
    })


def _warm_up(scenario: Scenario) -> None:
    """Compile the model before the first visitor comes, and read what all share."""
    from spsim.app.page.controls import shipped
    from spsim.model.simulation import Simulation

    small = scenario.run.model_copy(update={"citizens": 200})
    Simulation(scenario.model_copy(update={"run": small})).advance()
    shipped()


def _shown(host: str) -> str:
    """Return an address that a browser on this machine can open."""
    if host in {"0.0.0.0", "::"}:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _announce(server: object, address: str, browser: bool, say: Callable[[str], None]) -> None:
    while not getattr(server, "started", False):
        time.sleep(0.05)
    say(address)
    if browser:
        webbrowser.open(address)
