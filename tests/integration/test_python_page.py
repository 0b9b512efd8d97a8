"""Every block of docs/python.md runs, in the order of the page and at small size."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import spsim

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.filterwarnings("ignore")
def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("SALib")
    pytest.importorskip("ema_workbench")
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 7
    small = {"citizens": 200, "elites": 4, "pipeline_agents": 1, "start": "2020-01", "end": "2027-12"}
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks):
        settings = ", ".join(f"{key}={value!r}" for key, value in small.items())
        text = block.replace("citizens=1000", settings).replace('"run": {"citizens": 1000}', f'"run": {small}')
        exec(compile(text, f"{PAGE.name}, block {number + 1}", "exec"), names)
    assert names["wary"].scenario.parameters.threat_decay == 0.4 and names["richer"].scenario.name == "richer"
    assert isinstance(names["result"], spsim.RunResult) and names["approval"].sizes["replicate"] == 3
    assert (tmp_path / "runs" / "memory" / "sweep.png").is_file()
    assert len(names["outcomes"]["approval_CN"]) == 4 and names["rows"]
