"""Small folders of every kind, from real runs; validation and calibration take too long: tables by hand."""

from pathlib import Path
from typing import Any

import pandas as pd

import spsim
from spsim.experiments import directory

SMALL: dict[str, Any] = {"citizens": 200, "elites": 5, "pipeline_agents": 1, "start": "2012-01", "end": "2014-12"}


def comparison(out: Path) -> Path:
    small = spsim.load("baseline", SMALL)
    spsim.compare(small, small.with_(investment={"CN": 2.0}, name="more"), replicates=2, workers=1, out=out)
    return out


def ablation(out: Path) -> Path:
    spsim.ablate(spsim.load("baseline", SMALL), mechanisms=["heritage"], years=(2013, 2014), replicates=2, workers=1,
                 out=out)
    return out


def sweep(out: Path) -> Path:
    spsim.sweep({
        "schema": 1, "name": "tiny", "title": "Does more investment help?", "scenarios": ["baseline"],
        "method": "grid", "vary": {"investment.CN": {"values": [0.5, 2]}}, "replicates": 1, "outcomes": ["approval"],
        "years": "2013-2014", "run": SMALL,
    }, out=out, workers=1)
    return out


def sensitivity(out: Path) -> Path:
    spsim.sensitivity(
        spsim.load("baseline", SMALL), vary=["threat_decay", "investment.CN=0.5..2"], years=(2013, 2014), workers=1,
        out=out, trajectories=2, top=2, base=4, discovery_points=20, replicates=1,
    )
    return out


def validation(out: Path) -> Path:
    scenario = spsim.load("baseline", SMALL).scenario
    table = pd.DataFrame({
        "pattern": ["elites-above-publics", "generations-pass"], "verdict": ["passes", "fails"],
        "statement": ["Elites approve more than publics.", "The young differ from the old."], "target": ["> 0", "> 1"],
        "value": [12.0, 0.4], "pass_rate": [1.0, 0.25], "severity": [0.4, 0.1], "source": ["a book", "polls"],
    })
    directory.write_results(
        out, {"patterns": table}, scenario, {"sizes": {"replicates": 4, "draws": 8}},
        scenarios={scenario.name: scenario},
    )
    return out


def calibration(out: Path) -> Path:
    scenario = spsim.load("baseline", SMALL).scenario
    fit = pd.DataFrame({
        "label": ["KZ 2013 China", "KZ 2014 China"], "series": ["gallup", "gallup"], "value": [31.0, 55.0],
        "p05": [25.0, 20.0], "p25": [28.0, 25.0], "median": [30.0, 28.0], "p75": [33.0, 31.0], "p95": [36.0, 37.0],
        "prior_p05": [5.0, 4.0], "prior_p95": [70.0, 71.0], "inside_90": [True, False],
    })
    parameters = pd.DataFrame({
        "parameter": ["threat_decay", "base.CN.KZ"], "default": [0.8, 0.3], "prior_low": [0.3, 0.0],
        "prior_high": [1.6, 0.6], "p05": [0.5, 0.05], "median": [0.7, 0.3], "p95": [0.9, 0.55],
        "contraction": [0.6, 0.1], "verdict": ["moved by the data", "prior-driven"],
    })
    recovery = pd.DataFrame({
        "parameter": ["threat_decay", "base.CN.KZ"], "covered_50": [0.5, 0.52], "covered_90": [0.88, 0.92],
        "members": [50, 50],
    })
    patterns = pd.DataFrame({
        "member": [0, 1], "pattern": ["elites-above-publics"] * 2, "value": [0.2, 0.4], "holds": [True, False],
        "holds_in_single_runs": [0.9, 0.4],
    })
    left = pd.DataFrame({"row": ["x"], "measure": ["trust"], "reason": ["no instrument"]})
    directory.write_results(
        out, {"fit": fit, "parameters": parameters, "recovery": recovery, "patterns": patterns, "uncovered": left},
        scenario, {"kind": "calibration", "sizes": {"members": 2}, "seed": 3}, csv=True,
    )
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"></svg>'
    (out / "fit.svg").write_text(drawn, encoding="utf-8")
    return out
