"""What a calibration leaves in its folder becomes what the package and the documentation show of it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import ship

SHIPPED = json.loads((ship.TABLES / "ensemble.json").read_text(encoding="utf-8"))


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """Return a folder as a finished calibration leaves it."""
    folder = tmp_path / "calibration"
    folder.mkdir()
    about = {key: SHIPPED[key] for key in ("seed", "spsim", *ship.KEPT)}
    (folder / "manifest.json").write_text(json.dumps({**about, "seed": 7, "kind": "calibration"}), encoding="utf-8")
    (folder / "ensemble.csv").write_text("member,base.CN.KZ,jump_share\n0,0.25,0.5\n1,0.31,0.6\n", encoding="utf-8")
    (folder / "parameters.csv").write_text("parameter,median\nbase.CN,0.123456789\njump_share,0.5\n", encoding="utf-8")
    (folder / "recovery.csv").write_text("parameter,covered_90\njump_share,0.9\nbase.CN,0.91\n", encoding="utf-8")
    (folder / "hindcast.csv").write_text("origin,row\n2010,1\n", encoding="utf-8")
    for name in ship.FIGURES:
        (folder / f"{name}.svg").write_text(f"<svg>{name}</svg>", encoding="utf-8")
    return folder


def test_a_calibration_is_shipped_whole(finished: Path, tmp_path: Path) -> None:
    tables, docs = tmp_path / "tables", tmp_path / "docs"
    tables.mkdir()
    docs.mkdir()
    (tables / "survey_calibration.csv").write_bytes((ship.TABLES / "survey_calibration.csv").read_bytes())
    written = ship.ship(finished, tables, docs)
    assert all(path.is_file() for path in written) and len(written) == len(set(written)) == 8
    told = json.loads((tables / "ensemble.json").read_text(encoding="utf-8"))
    assert list(told) == list(SHIPPED)
    assert (told["seed"], told["members"], told["parameters"]) == (7, 2, 2)
    assert told["rows_sha256"] == SHIPPED["rows_sha256"]
    assert (tables / "ensemble.csv").read_bytes() == (finished / "ensemble.csv").read_bytes()
    numbers = pd.read_csv(docs / "calibration.csv").set_index("parameter")
    assert numbers.loc["base.CN"].to_dict() == {"median": 0.123457, "covered_90": 0.91}
    assert (docs / "calibration-ranks.svg").read_text(encoding="utf-8") == "<svg>4-ranks</svg>"


def test_a_calibration_that_is_not_finished_ships_nothing(finished: Path, tmp_path: Path) -> None:
    (finished / "hindcast.csv").unlink()
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "survey_calibration.csv").write_text("", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="hindcast"):
        ship.ship(finished, tables, tmp_path)
    assert [path.name for path in tables.iterdir()] == ["survey_calibration.csv"]
