"""Tasks that go well, fail, or kill the process that does them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from spsim.config import SetupError


def square(_: object, number: int) -> int:
    return number * number


def fatal_for(deadly: set[int], number: int) -> int:
    if number in deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fatal_once(folder: Path, number: int) -> int:
    mark = folder / f"{number}"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fails(kind: type[Exception], number: int) -> int:
    if number == 2:
        raise kind("no such luck")
    return number


def refuses(_: object, number: int) -> int:
    raise SetupError(f"task {number}: the disk is full")


def unsendable(_: object, number: int) -> threading.Lock:
    return threading.Lock()


def size(shared: bytes, number: int) -> int:
    return len(shared) + number


class Unreadable:
    """Can be sent, and cannot be read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return int, ("not a number",)


def sleeps(folder: Path, number: int) -> int:
    (folder / str(os.getpid())).touch()
    time.sleep(600)
    return number


if __name__ == "__main__":  # a parent to kill
    from spsim.experiments.workers import run_tasks

    sys.path.insert(0, str(Path(__file__).parent))
    import deeds

    run_tasks(deeds.sleeps, Path(sys.argv[1]), range(2), lambda *_: None, 2)


def leave_mark(folder: Path, number: int) -> None:
    """Note who did a task; each takes a moment, so that two can share them."""
    time.sleep(0.05)
    with (folder / f"{number}").open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")


def leave_mark_or_die(shared: tuple[Path, int], number: int) -> None:
    folder, at_home = shared
    if os.getpid() != at_home:
        os.kill(os.getpid(), signal.SIGKILL)
    leave_mark(folder, number)


def fail_elsewhere(at_home: int, number: int) -> None:
    time.sleep(0.05)
    if os.getpid() != at_home:
        raise SetupError(f"task {number}: the disk is full")


def nothing() -> None:
    """Nothing to prepare."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise ImportError("no such library")
