"""The command line: ``spsim run``, ``check``, ``explain`` and the registers.

Nothing heavy is imported here or at the top of any module below, so that ``spsim --help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: what follows ``spsim`` on the command line; ``sys.argv`` if left out.

    Returns:
        The exit code: 0, 1 (the machine refuses), 2 (the input is wrong), 130 (stopped with Ctrl-C).
    """
    from spsim.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        # a pipe on Windows may have an encoding without "±"; a question mark is better than a crash
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(args=None if arguments is None else list(arguments), prog_name="spsim")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0
