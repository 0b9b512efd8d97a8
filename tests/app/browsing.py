"""A server of the page in its own process, and a real browser that watches what goes wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import spsim
from spsim.app import assets
from spsim.config import SetupError

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: whatever the server or the browser asks of a network fails."""


def need_browser() -> None:
    """Skip where there is no browser, or no way to get its files; continuous integration counts what was skipped."""
    pytest.importorskip("playwright", reason="browser test: playwright is missing")
    if CHROMIUM is None:
        pytest.skip("browser test: chromium is missing")
    try:
        assets.fetch(assets.cache_folder())
    except SetupError as error:
        pytest.skip(f"browser test: {error}")


@contextmanager
def served(*arguments: str) -> Iterator[tuple[str, int]]:
    """Serve the page on a free port, without a network, and give its address and its process."""
    environment = {**os.environ, "PYTHONPATH": str(Path(spsim.__file__).parents[1]), "HTTP_PROXY": NOWHERE,
                   "HTTPS_PROXY": NOWHERE, "http_proxy": NOWHERE, "https_proxy": NOWHERE, "NO_PROXY": "127.0.0.1",
                   "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "spsim.cli", "app", "--port", "0", "--no-browser", *arguments]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    assert server.stdout is not None
    said: list[str] = []
    try:
        for line in server.stdout:
            said.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                yield found[0], server.pid
                break
        else:
            pytest.fail("the server did not start: " + "".join(said))
    finally:
        server.terminate()
        rest = server.stdout.read()
        server.wait(20)
    assert "Traceback" not in rest, rest


@contextmanager
def browser() -> Iterator[Any]:
    """Give a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def opened(chromium: Any, address: str, *, width: int = 1440, dark: bool = False, ready: str = "Step") -> Iterator[Any]:
    """Open the page; at the end there must have been no error and no request to anywhere but this machine."""
    from playwright.sync_api import expect

    expect.set_options(timeout=15_000)
    context = chromium.new_context(viewport={"width": width, "height": 1000}, accept_downloads=True,
                                   color_scheme="dark" if dark else "light")
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("request", lambda request: wrong.append(f"outside: {request.url}") if outside(request.url) else None)
    page.on("response", lambda answer: wrong.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    page.goto(address)
    expect(page.get_by_role("button", name=ready, exact=True)).to_be_visible(timeout=40_000)
    yield page
    assert "Traceback" not in page.locator("body").inner_text()
    context.close()
    assert not wrong, wrong


def outside(url: str) -> bool:
    """Tell whether a request leaves this machine."""
    return not url.startswith(("http://127.0.0.1:", "data:", "blob:"))


def kept(address: str) -> tuple[int, int]:
    """Return how many visitors' models the server keeps, and how many threads it has."""
    with urllib.request.urlopen(f"{address}/resourcez") as answer:
        found = json.load(answer)
    return found["kernels"]["total"], found["threads"]["active"]


def resident_megabytes(process: int) -> float:
    """Return the memory of a process, in MB (Linux)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024
