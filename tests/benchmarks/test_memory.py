"""Memory is counted as the benchmarks say."""

from __future__ import annotations

import os

import numpy as np
import pytest

from measuring import memory

pytestmark = pytest.mark.skipif(not os.access(memory.RESET, os.W_OK), reason="peaks can be counted on Linux only")

BIG = 64 * 2**20


def test_a_peak_is_remembered_until_it_is_to_be_forgotten() -> None:
    memory.forget()
    before = memory.resident("VmHWM")
    big = np.ones(BIG, dtype=np.uint8)
    del big
    peak = memory.resident("VmHWM")
    memory.forget()
    assert peak - before > 0.9 * BIG
    assert peak - memory.resident("VmHWM") > 0.9 * BIG


def test_a_fresh_process_tells_its_peaks() -> None:
    found = memory.fresh("2000")
    assert set(found) == {"build", "kept", "step"}
    assert 0 < found["kept"] <= found["step"] and found["kept"] <= found["build"]


def test_a_run_gives_every_quantity_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []

    def fresh(citizens: str) -> dict[str, float]:
        runs.append(int(citizens))
        return {"kept": 1000 + 100.0 * int(citizens), "step": 1000 + 150.0 * int(citizens)}

    monkeypatch.setattr(memory, "fresh", fresh)
    watched = memory.Watched()
    assert [watched.per_citizen(what) for what in ("kept", "step")] == [100, 150]
    assert runs == [memory.SMALL, memory.LARGE]
    assert watched.per_citizen("kept") == 100 and len(runs) == 4
