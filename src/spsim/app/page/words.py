"""The parts of the page that are text: style sheet, headline, tiles, tables; pure functions that return HTML or CSS."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

import numpy as np

from spsim.analysis.comparison import by_year, over_years
from spsim.analysis.outcomes import OUTCOMES
from spsim.analysis.snapshot import Snapshot
from spsim.app.ensemble import NOW, REFERENCE, Result
from spsim.config import Scenario, parameter_table
from spsim.config.parameters import leaves
from spsim.data import load_pack
from spsim.viz.looks import looks
from spsim.viz.svg.drawing import DARK, LIGHT, points, power_colour
from spsim.viz.svg.ensemble import difference_words
from spsim.viz.svg.opinion import change_over_a_year, place_name

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")
LAST_YEARS = 5
"""Years at the end over which the table of an ensemble is a mean, as in ``spsim compare``."""


def style_sheet() -> str:
    """Return the style of the page with the colours of both themes, which the charts share."""

    def variables(theme: Mapping[str, str]) -> str:
        return "".join(f"--sp-{name}:{value};" for name, value in theme.items())

    rules = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    return f".sp-page{{{variables(LIGHT)}}}\n.theme--dark .sp-page{{{variables(DARK)}}}\n{rules}"


def month_words(month: str) -> str:
    """Return ``2020-05`` as "May 2020"."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def headline(now: Snapshot, place: str) -> str:
    """Return the date and the facts of the run."""
    run = now.scenario.run
    agents = run.citizens * len(run.countries)
    facts = f"Step {now.step} of {now.clock.steps} · {now.scenario.title} · {agents:,} citizens · seed {run.seed}"
    forced = f" · forced: {', '.join(now.scenario.forced)}" if now.scenario.forced else ""
    switched = f" · switched: {', '.join(now.scenario.switches)}" if now.scenario.switches else ""
    return (f'<div class="sp-head"><strong>{month_words(now.date)}</strong> <span>{escape(place_name(place))}</span> '
            f"<span>{escape(facts + forced + switched)}</span></div>")


def tiles(now: Snapshot, place: str, reference: Snapshot | None) -> str:
    """Return a tile for public approval of each power, and one for elite minus public."""
    names = looks(now.powers)
    shown = [("approval", power, f"Public approval of {names[power].name}") for power in now.powers]
    shown += [("divergence", power, f"Elite minus public, {names[power].name}") for power in now.powers]
    return '<div class="sp-tiles">' + "".join(_tile(now, place, reference, *each) for each in shown) + "</div>"


def _tile(now: Snapshot, place: str, reference: Snapshot | None, outcome: str, power: str, title: str) -> str:
    values = now.outcome(outcome, place, power)
    approval = outcome == "approval"
    number = f"{values[-1]:.0f} %" if approval else points(values[-1])
    change = change_over_a_year(values, now.scenario.run.step_months)
    small = [f"{points(change, '+.1f')} in a year" if math.isfinite(change) else "first year"]
    against = at_the_same_date(now, reference, outcome, place, power)
    if against is not None:
        small.append(f"{points(float(values[-1]) - against, '+.1f')} against the pinned run")
    colour = power_colour(now.powers, power)
    look = f' class="sp-{colour}"' if colour in {"cn", "ru"} else ""
    unit = "" if approval else " <span>points</span>"
    lines = "".join(f"<small>{escape(line)}</small>" for line in small)
    return f'<div class="sp-tile"><p>{escape(title)}</p><b{look}>{number}</b>{unit}{lines}</div>'


def at_the_same_date(
    now: Snapshot, reference: Snapshot | None, outcome: str, place: str, power: str
) -> float | None:
    """Return what an outcome is in the run of reference at the present date; None where it is not there."""
    if reference is None or power not in reference.powers:
        return None
    if place in now.countries and place not in reference.countries:
        return None
    same = np.flatnonzero(np.abs(reference.years - now.years[-1]) < 1e-6)
    return float(reference.outcome(outcome, place, power)[same[0]]) if same.size else None


def difference_table(result: Result, place: str) -> str:
    """Return the paired differences over the last years, "undetermined" where the sign is."""
    compared = result.compared
    years = compared.years[-LAST_YEARS:]
    runs = over_years({name: result.runs[name] for name in (REFERENCE, NOW)}, compared.years, years)
    rows = by_year(runs, (REFERENCE, NOW), compared.places, compared.powers, years[:1],
                   dict.fromkeys(compared.outcomes, 0.5), result.sets)
    names = looks(compared.powers)
    cells = []
    for row in rows[rows["country"] == place].to_dict("records"):
        known = OUTCOMES[str(row["outcome"])]
        said = difference_words(row["difference"], row["low"], row["high"], row["sign"])
        cells.append([
            known.title, names[row["power"]].name if row["power"] else "", f"{row['reference']:.1f}",
            f"{row['scenario_value']:.1f}", said,
            f"{points(row['low'], '+.1f')} to {points(row['high'], '+.1f')}", known.unit,
        ])
    heads = ("outcome", "power", "pinned", "this", "difference", "95 % interval", "unit")
    return table(heads, cells, numbers=(2, 3, 4, 5))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return an HTML table."""

    def cell(tag: str, column: int, words: str) -> str:
        look = ' class="sp-number"' if column in numbers else ""
        return f"<{tag}{look}>{escape(words)}</{tag}>"

    head = "".join(cell("th", n, words) for n, words in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell('td', n, words) for n, words in enumerate(row))}</tr>" for row in rows)
    return f'<table class="sp-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def parameter_rows(scenario: Scenario, word: str) -> list[list[str]]:
    """Return the parameters that hold a word, with the values of the run, and their evidence."""
    found = []
    for name, (section, description, default, known) in parameter_table().items():
        if word.lower() not in f"{name} {description} {known.evidence} {known.source} {section.__name__}".lower():
            continue
        value = getattr(scenario.parameters, name)
        changed = "" if value == default else " (changed)"
        found.append([name, _value(value) + changed, known.unit, known.prior_text(), known.evidence, known.source,
                      description])
    return found


PARAMETER_HEADS = ("parameter", "value", "unit", "prior", "badge", "source", "what it is")


def _value(value: object) -> str:
    return ", ".join(f"{'.'.join(path)} {number:g}" if path else f"{number:g}" for path, number in leaves(value))


@cache
def claim_rows() -> list[list[str]]:
    """Return the claims of the two papers: what each says, where it stands in the model, and how it is tested."""
    claims = load_pack().claims_table()
    return [[str(row.id), str(row.claim), str(row.status), str(row.code), str(row.reason)]
            for row in claims.itertuples()]


CLAIM_HEADS = ("claim", "what it says", "status", "where it is", "remark")
