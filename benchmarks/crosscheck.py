"""Fit two of the calibrated numbers by the way of spsim and by pyabc, side by side (docs/calibration.md).

    python benchmarks/crosscheck.py docs

Prints both posteriors as a table, and writes ``calibration-crosscheck.csv`` and ``calibration-crosscheck.svg`` into the
folder. One core; the same seed gives the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import pandas as pd

from spsim.data import load_pack
from spsim.experiments.calibration.bank import REPLICATES
from spsim.experiments.calibration.crosscheck import Task, by_emulator, by_pyabc, simulator, summary, together
from spsim.experiments.calibration.run import evidence
from spsim.experiments.surveys import questions
from spsim.experiments.surveys.asking import scenario_for
from spsim.viz import write_calibration

HELD = {"common_noise": 0.05}
"""Near the median of its posterior. At its default of 0.08 one history differs so much from the next that a method
without an emulator takes hours."""


def main() -> None:
    """Fit twice, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where table and figure are written")
    parser.add_argument("--citizens", type=int, default=300)
    parser.add_argument("--last", type=int, default=2018, help="year of the last polls")
    parser.add_argument("--sets", type=int, default=128, help="parameter sets of the bank")
    parser.add_argument("--particles", type=int, default=200, help="accepted runs of each generation of pyabc")
    parser.add_argument("--generations", type=int, default=5)
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    task = polls_up_to(options.last, options.citizens, options.seed)
    started = perf_counter()
    ours = by_emulator(task, options.sets, options.seed)
    between, bank_runs = perf_counter(), options.sets * REPLICATES
    theirs, runs = by_pyabc(task, options.particles, options.generations, options.seed, bank_runs)
    print(f"{len(task.given.used)} figures; emulator: {bank_runs:,} runs, {between - started:.0f} s; "
          f"pyabc: {runs:,} runs, {perf_counter() - between:.0f} s\n")
    draws = together(ours, theirs)
    numbers = summary(draws, options.seed)
    print(as_text(numbers))
    numbers.round(5).to_csv(options.folder / "calibration-crosscheck.csv", index=False)
    about = (f"polls up to {options.last}, {options.citizens:,} citizens a country · {bank_runs:,} runs for the "
             f"emulator, {runs:,} for pyabc · seed {options.seed}")
    draw({"cross_check": draws, "cross_check_numbers": numbers}, options.folder, options.seed, about)


def polls_up_to(last: int, citizens: int, seed: int) -> Task:
    """Return the case: the figures that are used for the calibration, without those of later years."""
    asked = [question for question in questions(load_pack().surveys_table())[0] if question.year <= last]
    scenario = scenario_for(asked, citizens, seed, parameters="defaults")
    given = evidence(asked, scenario)
    figures = given.only([n for n in given.used if n < len(asked)])
    return Task(simulator(scenario, tuple(asked)), figures, held=HELD)


def as_text(numbers: pd.DataFrame) -> str:
    """Return the table for the document."""
    lines = ["| number | method | mean | standard deviation | 90 % interval | worth independent draws | distance | by "
             "chance |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    lines += [
        f"| `{row['parameter']}` | {row['method']} | {row['mean']:.3f} | {row['sd']:.3f} | {row['p05']:.3f} to "
        f"{row['p95']:.3f} | {row['effective']} | {row['distance']:.2f} | {row['by_chance']:.2f} |"
        for row in numbers.to_dict("records")
    ]
    return "\n".join(lines)


def draw(tables: dict[str, pd.DataFrame], folder: Path, seed: int, about: str) -> None:
    """Write the figure."""
    with TemporaryDirectory() as made:
        write_calibration(tables, Path(made), seed, about, "calibration, a second method")
        folder.joinpath("calibration-crosscheck.svg").write_bytes((Path(made) / "6-cross-check.svg").read_bytes())


if __name__ == "__main__":
    main()
