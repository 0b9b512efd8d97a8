"""Ship what a calibration found: its ensemble into the package, its tables and figures into the documentation.

    python docs/ship.py FOLDER      # that of a finished `spsim calibrate`

What stands on it must follow; CONTRIBUTING.md ("A new ensemble") lists it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd

DOCS = Path(__file__).parent
TABLES = DOCS.parent / "src" / "spsim" / "data" / "tables"
FIGURES = {
    "1-fit": "calibration-fit", "2-prior-and-posterior": "calibration-parameters", "3-hindcast": "calibration-hindcast",
    "4-ranks": "calibration-ranks",
}
"""File of `spsim calibrate` -> file of the documentation, both without ending."""

KEPT = (
    "sizes", "simulated_by", "not_ruled_out", "accepted", "figures", "inside_90", "recovered_90", "patterns", "packages"
)
"""What the manifest of a calibration and that of the ensemble have in common, beside seed and version."""


def ship(folder: Path, tables: Path, docs: Path) -> list[Path]:
    """Write the ensemble with its manifest, the calibration's tables and its figures; return the paths.

    Raises:
        OSError: the folder lacks one of the files of a finished calibration.
    """
    for name in ("manifest.json", "ensemble.csv", "hindcast.csv", *(f"{name}.svg" for name in FIGURES)):
        (folder / name).open("rb").close()  # all or nothing
    about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    ensemble = pd.read_csv(folder / "ensemble.csv")
    held = [pattern for pattern in about["patterns"] if pattern != "P10"]  # P10 is met in runs, and asked of nobody
    told = {
        "title": f"Parameter sets that agree with published polls (`spsim calibrate`, seed {about['seed']})",
        "note": (
            f"A truncated posterior: only sets that are expected to hold {', '.join(held[:-1])} and {held[-1]}, whose "
            "polls and count of protests are thus used twice; recovery was measured without the truncation."
        ),
        "stand_in": False, "seed": about["seed"], "members": len(ensemble), "parameters": ensemble.shape[1] - 1,
        "spsim": about["spsim"],
        "rows_sha256": hashlib.sha256((tables / "survey_calibration.csv").read_bytes()).hexdigest(),
        **{key: about[key] for key in KEPT},
    }
    numbers = pd.read_csv(folder / "parameters.csv").merge(pd.read_csv(folder / "recovery.csv"), on="parameter")
    written = [tables / "ensemble.csv", tables / "ensemble.json", docs / "calibration.csv",
               docs / "calibration-hindcast.csv", *(docs / f"{name}.svg" for name in FIGURES.values())]
    shutil.copyfile(folder / "ensemble.csv", written[0])
    written[1].write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for table, path in ((numbers, written[2]), (pd.read_csv(folder / "hindcast.csv"), written[3])):
        table.to_csv(path, index=False, float_format="%.6g")
    for name, path in zip(FIGURES, written[4:], strict=True):
        shutil.copyfile(folder / f"{name}.svg", path)
    return written


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    print("\n".join(map(str, ship(parser.parse_args().folder, TABLES, DOCS))))


if __name__ == "__main__":
    main()
