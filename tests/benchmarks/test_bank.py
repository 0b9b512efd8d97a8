"""The bank of simulations that is kept with the project: what is packed comes back as it was."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

import bank

DESIGNS = {"prior": {"first": 0, "seed": 1}, "refined": {"first": 6, "seed": 1}}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "PART", 3)


def simulated(folder: Path, name: str, sets: list[int], **changed: int) -> bytes:
    """Write a log with these sets in this order, the last line cut off, and return what a packed log of it holds."""
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({"design": DESIGNS[name] | changed})]
    lines += [json.dumps({"case": f"set {n}", "gives": {"figures": [n / 7]}}) for n in sets]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + '\n{"case": "set 99", "gi', encoding="utf-8")
    return ("\n".join([lines[0], *(lines[1 + sets.index(n)] for n in sorted(sets))]) + "\n").encode()


def test_what_is_packed_comes_back_in_order(tmp_path: Path) -> None:
    prior = simulated(tmp_path / "one", "prior", [1, 0, 2, 5, 4, 3])
    refined = simulated(tmp_path / "one", "refined", [8, 7, 6])
    packed = bank.pack(tmp_path / "one", tmp_path / "kept")
    assert [path.name for path in packed] == [
        "prior-00000.jsonl.xz", "prior-00003.jsonl.xz", "refined-00006.jsonl.xz"
    ]
    bank.unpack(tmp_path / "kept", tmp_path / "other")
    assert (tmp_path / "other" / "prior.jsonl").read_bytes() == prior
    assert (tmp_path / "other" / "refined.jsonl").read_bytes() == refined


def test_parts_that_are_not_complete_wait_for_the_next_time(tmp_path: Path) -> None:
    simulated(tmp_path / "one", "prior", [0, 1, 2, 3, 5])
    assert len(bank.pack(tmp_path / "one", tmp_path / "kept")) == 1
    before = (tmp_path / "kept" / "prior-00000.jsonl.xz").read_bytes()
    bank.unpack(tmp_path / "kept", tmp_path / "other")
    whole = simulated(tmp_path / "other", "prior", [0, 1, 2, 3, 5, 4])
    assert [path.name for path in bank.pack(tmp_path / "other", tmp_path / "kept")] == ["prior-00003.jsonl.xz"]
    assert (tmp_path / "kept" / "prior-00000.jsonl.xz").read_bytes() == before
    bank.unpack(tmp_path / "kept", tmp_path / "third")
    assert (tmp_path / "third" / "prior.jsonl").read_bytes() == whole


def test_nothing_is_overwritten_and_banks_are_not_mixed(tmp_path: Path) -> None:
    simulated(tmp_path / "one", "prior", [0, 1, 2])
    bank.pack(tmp_path / "one", tmp_path / "kept")
    with pytest.raises(FileExistsError):
        bank.unpack(tmp_path / "kept", tmp_path / "one")
    simulated(tmp_path / "other", "prior", [0, 1, 2, 3, 4, 5], seed=2)
    bank.pack(tmp_path / "other", tmp_path / "kept")
    with pytest.raises(ValueError, match="not of one bank"):
        bank.unpack(tmp_path / "kept", tmp_path / "third")


def test_the_bank_that_is_kept_is_whole() -> None:
    """Every kept part reads, holds its sets in order, and belongs to the bank that the others belong to."""
    designs: dict[str, set[str]] = {}
    for path in sorted(bank.KEPT.glob("*.jsonl.xz")):
        name, first = path.name.split(".")[0].split("-")
        design, *lines = lzma.decompress(path.read_bytes()).decode().splitlines()
        designs.setdefault(name, set()).add(design)
        assert [json.loads(line)["case"] for line in lines] == [f"set {int(first) + n}" for n in range(500)]
    assert designs
    assert all(len(each) == 1 for each in designs.values())
