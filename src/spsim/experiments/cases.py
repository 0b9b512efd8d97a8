"""Cases of an experiment and the log of those that are done.

A case has a key and gives a few numbers as JSON. Each finished case is a line of a log that is only ever appended to,
so a crash, a kill or a full disk loses what was unfinished and nothing else: the same command goes on where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from spsim.config import SetupError
from spsim.config.fingerprint import code_digest
from spsim.experiments.workers import Workers, run_tasks

__all__ = ["Log", "Progress", "code_digest", "run_cases"]

Shared = TypeVar("Shared")

Progress = Callable[[int, int], None]
"""Called with the number of cases done and the number of all."""


class Log:
    """The finished cases of an experiment, a JSON line each; the first line says what the experiment is.

    Args:
        path: the file; it is made with the first case.
        design: everything that decides what a case gives, as JSON values. A log of another design is refused.

    Raises:
        SetupError: the file cannot be read, or holds another experiment.
    """

    def __init__(self, path: Path, design: dict[str, Any]) -> None:
        self.path, self.design = path, design
        self.done: dict[str, Any] = {}
        self._whole = 0  # bytes of whole lines
        if path.exists():
            self._read()

    def _read(self) -> None:
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise SetupError(f"{self.path}: cannot be read: {error.strerror or error}") from None
        self._whole = content.rfind(b"\n") + 1  # what follows the last line end was cut off by a crash
        lines = content[: self._whole].splitlines()
        try:
            records = [json.loads(line) for line in lines]
        except ValueError:
            bad = next(n for n, line in enumerate(lines, start=1) if not _is_json(line))
            raise SetupError(f"{self.path}:{bad}: is damaged; remove this line and start again") from None
        if not records:
            return
        found = records[0].get("design", {})
        for key in sorted({*found, *self.design}):
            if found.get(key) != self.design.get(key):
                raise SetupError(
                    f"{self.path}:1: holds another experiment: its {key} is {found.get(key)!r}, now it would be "
                    f"{self.design.get(key)!r}; choose another --out, or remove the file"
                )
        self.done = {record["case"]: record["gives"] for record in records[1:]}

    def begin(self) -> None:
        """Write down what the experiment is, if nothing has been written yet.

        Raises:
            SetupError: the disk is full or refuses.
        """
        if not self._whole:
            self._append({"design": self.design})

    def add(self, case: str, gives: Any) -> None:  # noqa: ANN401 - any JSON value
        """Write down what a case gives; it is on the disk when this returns.

        Raises:
            SetupError: the disk is full or refuses.
        """
        self.begin()
        self._append({"case": case, "gives": gives})
        self.done[case] = gives

    def _append(self, line: dict[str, Any]) -> None:
        text = (json.dumps(line) + "\n").encode()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("r+b" if self.path.exists() else "xb") as file:
                file.seek(self._whole)
                file.truncate()
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SetupError(
                f"{self.path}: cannot be written: {error.strerror or error}; {len(self.done)} cases are kept"
            ) from error
        self._whole += len(text)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def run_cases(
    work: Callable[[Shared, int], Any],
    shared: Shared,
    keys: Sequence[str],
    log: Log,
    workers: Workers = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Do the cases that the log does not hold yet.

    Args:
        work: does case number n of ``keys`` and returns a JSON value; at the top of a module.
        shared: what all cases need.
        keys: the cases by key.
        log: where finished cases are kept.
        workers: processes, or an executor; the number of processors if not given. The result does not depend on it.
        progress: told at the start and after each case.

    Returns:
        What each case gives, in the order of ``keys``.
    """
    missing = [number for number, key in enumerate(keys) if key not in log.done]

    def receive(number: int, gives: Any) -> None:  # noqa: ANN401 - any JSON value
        log.add(keys[number], gives)
        tell()

    def tell() -> None:
        if progress:
            progress(sum(key in log.done for key in keys), len(keys))

    tell()
    run_tasks(work, shared, missing, receive, workers)
    return {key: log.done[key] for key in keys}
