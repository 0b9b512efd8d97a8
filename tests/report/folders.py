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


def elites(out: Path) -> Path:
    scenario = spsim.load("baseline", {**SMALL, "start": "2004-01", "end": "2016-12"})
    spsim.elites(scenario, replicates=4, out=out, workers=1)
    return out


POLLS = """\
country,year,wave,group,power,measure,value,unit,survey,n,source_url,confidence,note
KZ,2006,,all,CN,approve leadership,41,%,Gallup World Poll,1000,https://example.org,exact,
KG,2006,,all,CN,approve leadership,97,%,Gallup World Poll,1000,https://example.org,exact,
KZ,2014,,all,RU,approve leadership,72,%,Gallup World Poll,1000,https://example.org,exact,
KG,2014,,all,RU,approve leadership,79,%,Gallup World Poll,1000,https://example.org,exact,
KZ,2015,,all,RU,approve leadership,70,%,Gallup World Poll,1000,https://example.org,exact,
UZ,2008,,all,CN,named <b>main</b> threat,20,%,Gallup World Poll,1000,https://example.org,exact,
"""


def scores(out: Path) -> Path:
    """Polls that were fitted to, others that were not (one of them far off), and one without an instrument."""
    polls = out.with_suffix(".csv")
    polls.write_text(POLLS, encoding="utf-8")
    spsim.validate_surveys(polls, quick=True, replicates=4, out=out, workers=1)
    return out


OPEN = """\
schema: 1
name: open-contracts
title: Contracts are published
extends: baseline
levers: [{lever: contract_transparency, from: 2012-01, to: 0.9}]
"""


def map_of_two(out: Path) -> Path:
    other = out.with_suffix(".yaml")
    other.write_text(OPEN, encoding="utf-8")
    spsim.sweep({
        "schema": 1, "name": "two", "title": "Do investment and memory go together?",
        "scenarios": ["baseline", str(other)], "method": "grid",
        "vary": {"investment.CN": {"values": [0.5, 2]}, "threat_decay": {"values": [0.4, 0.8, 1.6]}}, "replicates": 2,
        "outcomes": ["approval", "protest_events"], "years": "2013-2014", "run": SMALL,
    }, out=out, workers=1)
    return out


def clouds(out: Path) -> Path:
    keys = ("threat_decay", "anchor_rate", "backlash", "memory_decay", "heritage_weight.RU")
    spsim.sweep({
        "schema": 1, "name": "clouds", "title": "What moves approval?", "scenarios": ["baseline"],
        "method": "latin-hypercube", "points": 12,
        "vary": {key: {"prior": True} for key in keys},
        "outcomes": ["approval"], "years": "2013-2014", "run": SMALL,
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
        "label": ["KZ 2013 China", "KZ 2014 China"], "power": ["CN", "CN"], "value": [31.0, 55.0],
        "p05": [25.0, 20.0], "p25": [28.0, 25.0], "median": [30.0, 28.0], "p75": [33.0, 31.0], "p95": [36.0, 37.0],
        "prior_p05": [5.0, 4.0], "prior_p95": [70.0, 71.0], "inside_90": [True, False],
    })
    parameters = pd.DataFrame({
        "parameter": ["threat_decay", "base.CN.KZ"], "default": [0.8, 0.3], "prior_low": [0.3, 0.0],
        "prior_high": [1.6, 0.6], "p05": [0.5, 0.05], "median": [0.7, 0.3], "p95": [0.9, 0.55],
        "contraction": [0.6, 0.1], "verdict": ["narrowed by the data", "prior-driven"],
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
