"""What a report says of a validation: which patterns the model shows, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spsim.display import Grid, number
from spsim.experiments.validation.verdicts import MEANINGS
from spsim.ground.words import counted
from spsim.reports.content import Answer, Figure, Part, Section
from spsim.reports.folders import Folder
from spsim.reports.registers import part_of
from spsim.reports.words import sentence
from spsim.viz.svg.dots import Dot, Row, dot_chart

VERDICTS = {"fails": "c2", "passes": "c1"}
PASSING = (
    "Filled: share of the baseline’s runs that show a pattern; hollow: share of parameter sets drawn from the priors. "
    "Where the two are near each other, the pattern does not test the model."
)

def validation_part(folder: Folder) -> Part:
    """Return the part of a validation."""
    table, manifest = folder.table("patterns"), folder.manifest
    counts = {name: int((table["verdict"] == name).sum()) for name in MEANINGS}
    sizes = manifest["sizes"]
    rows = [[r["pattern"], r["verdict"], r["statement"], str(r["target"]).replace("-", "−"), number(r["value"]),
             f"{100 * r['pass_rate']:.0f} %", f"{r['severity']:.2f}", r["source"]] for r in table.to_dict("records")]
    head = ["pattern", "verdict", "what was seen", "bounds", "measured", "passes", "severity", "source"]
    tests, others = ("fails", "passes"), [name for name in MEANINGS if name not in ("fails", "passes")]
    charts = [
        _passing("Patterns that test the model", table, tests), _passing("Patterns that do not test it", table, others),
    ]
    sentences = [
        f"Of {len(table)} patterns {counts['passes']} pass a test that parameter sets can fail, and {counts['fails']} "
        "fail.",
        f"{counts['calibrated']} were calibrated, {counts['seen']} looked at before, {counts['imposed']} are put in by "
        "hand.",
        f"{counts['sanity check']} are sanity checks that nearly all parameter sets pass.",
    ]
    command = f"spsim validate --replicates {sizes['replicates']} --draws {sizes['draws']} --seed {manifest['seed']}"
    section = Section("Patterns", [chart for chart in charts if chart], [Grid("By pattern", head, rows, 9)],
                      [PASSING, _meanings(counts)])
    return part_of(
        folder, title="What the model shows, and what that is worth", question="Does the model show what was seen?",
        answers=[Answer(sentences)], sections=[section], command=command,
        intervals=f"Pass rates over {counted(sizes['replicates'], 'replicate')}; severity over {sizes['draws']} "
                  "draws from priors.",
    )


def _passing(title: str, table: pd.DataFrame, verdicts: Sequence[str]) -> Figure | None:
    """Return in which share of runs patterns are shown, verdict by verdict; None if there is no such pattern."""
    lines = []
    for verdict in verdicts:
        for row in table[table["verdict"] == verdict].to_dict("records"):
            here, prior = 100 * row["pass_rate"], 100 * (1 - row["severity"])
            words = f"{row['pattern']}, {verdict}: {row['statement']}"
            lines.append(Row(f"{row['pattern']}: {verdict}", [
                Dot(VERDICTS.get(verdict, "c4"), here, here, here, True, f"{words}. Baseline: {here:.0f} %"),
                Dot("c4", prior, prior, prior, False, f"{words}. Parameter sets from the priors: {prior:.0f} %"),
            ]))
    if not lines:
        return None
    return Figure(title, {"": dot_chart(title, lines, "% of runs that show it", least=100, signs=False)})


def _meanings(counts: dict[str, int]) -> str:
    """Return what the verdicts that occur mean."""
    return sentence("; ".join(f"{name}: {MEANINGS[name]}" for name, count in counts.items() if count))
