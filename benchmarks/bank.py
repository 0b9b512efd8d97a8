"""Keep the bank of simulations with the project, so that the fit can be repeated in minutes.

    python benchmarks/bank.py pack FOLDER      # what a calibration in FOLDER has simulated, into benchmarks/bank
    python benchmarks/bank.py unpack FOLDER    # and back; then: spsim calibrate --old-bank --out FOLDER

A packed file holds the lines of ``PART`` sets in their order, after the line that says what the bank is. Parts with a
set missing are left out: a bank that is not finished yet can be packed and gone on with. Nothing is overwritten.
"""

from __future__ import annotations

import argparse
import json
import lzma
from pathlib import Path

KEPT = Path(__file__).parent / "bank"
BANKS = ("prior", "refined")
PART = 500
"""Parameter sets in a file."""


def pack(folder: Path, kept: Path) -> list[Path]:
    """Write the complete parts of the logs in a folder that are not kept yet, and return their paths.

    Raises:
        FileNotFoundError: the folder holds no bank.
    """
    written = []
    for bank in BANKS:
        path = folder / f"{bank}.jsonl"
        if bank != BANKS[0] and not path.exists():
            continue
        whole = path.read_bytes()
        design, *lines = whole[: whole.rfind(b"\n") + 1].splitlines(keepends=True)
        by_set = {int(json.loads(line)["case"].removeprefix("set ")): line for line in lines}
        first = json.loads(design)["design"]["first"]
        while all(number in by_set for number in range(first, first + PART)):
            part = kept / f"{bank}-{first:05}.jsonl.xz"
            if not part.exists():
                kept.mkdir(parents=True, exist_ok=True)
                content = b"".join([design, *(by_set[number] for number in range(first, first + PART))])
                part.write_bytes(lzma.compress(content, preset=9))
                written.append(part)
            first += PART
    return written


def unpack(kept: Path, folder: Path) -> list[Path]:
    """Write the logs that the kept parts make up into a folder without any, and return their paths.

    Raises:
        FileExistsError: the folder holds a bank.
        ValueError: the parts are not of one bank.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for bank in BANKS:
        parts = [lzma.decompress(part.read_bytes()) for part in sorted(kept.glob(f"{bank}-*.jsonl.xz"))]
        designs = {part[: part.index(b"\n") + 1] for part in parts}
        if len(designs) > 1:
            raise ValueError(f"the parts of {bank} in {kept} are not of one bank")
        for design in designs:
            path = folder / f"{bank}.jsonl"
            with path.open("xb") as file:
                file.write(b"".join([design, *(part.removeprefix(design) for part in parts)]))
            written.append(path)
    return written


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["pack", "unpack"])
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    written = pack(given.folder, KEPT) if given.what == "pack" else unpack(KEPT, given.folder)
    print("\n".join(map(str, written)) or "nothing new")


if __name__ == "__main__":
    main()
