"""Break the mechanism on purpose and see which tests turn red.

    python benchmarks/mutations.py            # all, as a Markdown table
    python benchmarks/mutations.py heritage   # those whose name holds a word

Each mutation is made in a copy of the project, whose tests of the mechanism are run there. A mutation that no test
notices ends the program with exit code 1: then a test is missing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUITES = ("tests/limits", "tests/metamorphic", "tests/docking", "tests/cases", "tests/properties", "tests/unit")
UNIT = "tests/unit/test_model_*.py"
"""Of the unit tests those of the model; committed baselines are left out, as any change turns them red."""

SKIPPED = (".git", ".venv", "__pycache__", "runs", "dist")
SHOWN = 4
"""Tests named in the table for each suite that noticed; the others are counted."""


@dataclass(frozen=True)
class Mutation:
    """One line of the model that is made wrong."""

    name: str
    file: str
    right: str
    wrong: str


MUTATIONS = (
    Mutation("sign of the heritage anchor", "opinion_rule.py",
             "+ per_heritage * heritage[j] - per_felt", "- per_heritage * heritage[j] - per_felt"),
    Mutation("threat decays half as fast", "threat.py",
             "p.threat_decay * threat))", "0.5 * p.threat_decay * threat))"),
    Mutation("heritage closes no gate", "opinion.py",
             "gate[k, :, o, 1] = heritage[o]", "gate[k, :, o, 1] = 0.0 * heritage[o]"),
    Mutation("returnees find posts that do not exist", "channels/education.py",
             "hires = min(hire_rate * returnee, vacancies)", "hires = hire_rate * returnee"),
    Mutation("elites listen in closed countries too", "elites.py",
             "p.listen * now.openness[:, None] * public_mean", "p.listen * public_mean"),
    Mutation("protest ignores how closed a country is", "protest.py",
             "p.threshold_closed * (1 - freedom(now, p))", "p.threshold_closed * 0 * (1 - freedom(now, p))"),
)


def main() -> None:
    """Try the mutations whose name holds the word given, or all."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    print("| mutation | tests that turn red |\n|---|---|")
    unnoticed = []
    for mutation in MUTATIONS:
        if word in mutation.name:
            red = tests_that_fail(mutation)
            print(f"| {mutation.name} (`{mutation.file}`) | {described(red)} |", flush=True)
            unnoticed += [mutation.name] if not red else []
    if unnoticed:
        sys.exit("no test noticed: " + ", ".join(unnoticed))


def tests_that_fail(mutation: Mutation) -> list[str]:
    """Return the node ids of the tests that fail in a copy of the project with one mutation."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*SKIPPED))
        target = copy / "src" / "spsim" / "model" / mutation.file
        source = target.read_text(encoding="utf-8")
        if source.count(mutation.right) != 1:
            sys.exit(f"{mutation.file} no longer has one {mutation.right!r}: bring the mutation up to date")
        target.write_text(source.replace(mutation.right, mutation.wrong), encoding="utf-8")
        units = [str(path.relative_to(copy)) for path in sorted(copy.glob(UNIT))]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *SUITES[:-1], *units, "-q", "--tb=no", "-p", "no:cacheprovider"],
            cwd=copy, env={**os.environ, "PYTHONPATH": str(copy / "src")}, capture_output=True, text=True, check=False,
        )
    if done.returncode not in {0, 1}:
        sys.exit(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    red = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, flags=re.MULTILINE)
    if unread := [node for node in red if "::" not in node]:
        sys.exit(f"these cannot even be imported, so nothing was tested: {', '.join(unread)}")
    return red


def described(red: list[str]) -> str:
    """Return how many tests of each suite failed, with the names of the first."""
    parts = []
    for suite in SUITES:
        names = [node.rsplit("::", 1)[-1] for node in red if node.startswith(suite)]
        if names:
            # a case is told by its file, any other test by its function
            plain = list(dict.fromkeys(re.sub(r"test_case\[(.*)\]|\[.*", r"\1", name) for name in names))
            some = ", ".join(f"`{name}`" for name in plain[:SHOWN])
            parts.append(f"{suite.removeprefix('tests/')} {len(names)}: {some}{', ...' if len(plain) > SHOWN else ''}")
    return "; ".join(parts) or "**none**"


if __name__ == "__main__":
    main()
