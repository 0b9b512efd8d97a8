"""The log of finished cases: nothing that was finished is lost, nothing of another experiment is taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spsim.config import SetupError
from spsim.experiments.cases import Log, code_digest, run_cases

DESIGN = {"experiment": "squares", "code": "abc"}
KEYS = [f"case {n}" for n in range(7)]


def square(base: int, number: int) -> dict[str, int]:
    return {"value": base + number**2}


class PowerCutError(Exception):
    """A power cut."""


def cut_after(number: int) -> Any:
    def progress(done: int, total: int) -> None:
        assert total == len(KEYS)
        if done == number:
            raise PowerCutError

    return progress


def expected() -> dict[str, Any]:
    return {key: {"value": 10 + n**2} for n, key in enumerate(KEYS)}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_log_holds_what_every_case_gives(tmp_path: Path, workers: int) -> None:
    path = tmp_path / "deep" / "log.jsonl"
    told: list[tuple[int, int]] = []
    found = run_cases(square, 10, KEYS, Log(path, DESIGN), workers, lambda *at: told.append(at))
    assert found == expected()
    assert list(found) == KEYS, "in the order of the cases, whoever was ready first"
    assert told == [(n, 7) for n in range(8)]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0] == {"design": DESIGN}
    assert {line["case"] for line in lines[1:]} == set(KEYS)


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with pytest.raises(PowerCutError):
        run_cases(square, 10, KEYS, Log(path, DESIGN), 1, cut_after(3))
    assert len(Log(path, DESIGN).done) == 3
    done: list[int] = []

    def watched(base: int, number: int) -> dict[str, int]:
        done.append(number)
        return square(base, number)

    assert run_cases(watched, 10, KEYS, Log(path, DESIGN), 1) == expected()
    assert done == [3, 4, 5, 6], "what was finished is not done again"
    assert run_cases(watched, 10, KEYS[:2], Log(path, DESIGN), 1) == dict(list(expected().items())[:2])
    assert len(done) == 4


def test_a_line_cut_off_by_a_crash_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    run_cases(square, 10, KEYS, Log(path, DESIGN), 1)
    whole = path.read_bytes()
    for cut in (1, 5, 30):
        path.write_bytes(whole[:-cut])
        assert run_cases(square, 10, KEYS, Log(path, DESIGN), 1) == expected()
        assert path.read_bytes() == whole
    path.write_bytes(whole[:9])  # not even the design was written
    assert run_cases(square, 10, KEYS, Log(path, DESIGN), 1) == expected()


def test_a_log_of_another_experiment_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    run_cases(square, 10, KEYS, Log(path, DESIGN), 1)
    with pytest.raises(SetupError, match=r"log.jsonl:1: holds another experiment: its code is 'abc', now .* 'xyz'"):
        Log(path, {**DESIGN, "code": "xyz"})
    with pytest.raises(SetupError, match="another experiment"):
        Log(path, {**DESIGN, "seed": 2})


def test_a_damaged_log_says_where(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    run_cases(square, 10, KEYS, Log(path, DESIGN), 1)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"{nonsense\n", *lines[3:]]))
    with pytest.raises(SetupError, match=r"log.jsonl:4: is damaged"):
        Log(path, DESIGN)


def test_a_disk_that_refuses_is_one_message(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SetupError, match="cannot be written"):
        Log(blocked / "log.jsonl", DESIGN).add("case 0", 1)
    with pytest.raises(SetupError, match="cannot be read"):
        Log(tmp_path, DESIGN)


def test_a_full_disk_keeps_what_was_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    log = Log(path, DESIGN)
    log.add("case 0", 0)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(SetupError, match=r"No space left on device; 1 cases are kept"):
            log.add("case 1", 1)
    assert Log(path, DESIGN).done.keys() >= {"case 0"}
    log.add("case 1", 1)  # space is there again
    assert path.read_bytes().startswith(before)
    assert Log(path, DESIGN).done == {"case 0": 0, "case 1": 1}


def test_the_fingerprint_of_the_code_covers_model_and_data() -> None:
    assert len(code_digest()) == 16
    int(code_digest(), 16)
