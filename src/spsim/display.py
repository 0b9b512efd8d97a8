"""How scenarios and results show themselves: short as text, as a card of a few tables in a notebook.

A card has no colours or backgrounds of its own, so that it reads on light and on dark pages, loads nothing, and escapes
everything. The words for numbers and differences are those of the command line.
"""

from __future__ import annotations

import html
import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NEGLIGIBLE = 0.01
"""Differences below this, in points or events, are not printed."""

SURE_P = 0.05
"""Quasi-p value from which on a limit of a box may be chance."""

POWER_NAMES = {"CN": "China", "RU": "Russia"}
MOST_ROWS = 40
"""Rows of a table that a card shows."""


@dataclass(frozen=True)
class Grid:
    """A small table: caption, heads of columns, rows of text; numbers stand from column ``numbers`` on."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: int = 1


class Shown(ABC):
    """What shows itself: derive from it, and say what stands at the top and in the tables."""

    @abstractmethod
    def headline(self) -> list[str]:
        """Return the title and, after it, a few lines that say what this is and where it is kept."""

    def grids(self) -> list[Grid]:
        """Return the tables of the card."""
        return []

    def cautions(self) -> list[str]:
        """Return what a reader must know before using the numbers."""
        return []

    def __repr__(self) -> str:
        title, *lines = self.headline()
        return "\n  ".join([f"{type(self).__name__}: {title}", *lines])

    def _repr_html_(self) -> str:
        title, *lines = self.headline()
        parts = [f'<div style="font-weight: bold; font-size: 115%">{html.escape(title)}</div>']
        parts += [f'<div style="opacity: 0.8">{html.escape(line)}</div>' for line in lines if line]
        parts += [f'<div style="font-weight: bold">&#9888; {html.escape(text)}</div>' for text in self.cautions()]
        parts += [_table(grid) for grid in self.grids()]
        return f'<div style="max-width: 75em">{"".join(parts)}</div>'


def _table(grid: Grid) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f'<{tag} style="text-align: {"right" if n >= grid.numbers else "left"}; padding: 0.1em 0.6em; '
            f'vertical-align: top">'
            f'{html.escape(str(cell)).replace(chr(10), "<br>")}</{tag}>'
            for n, cell in enumerate(row)
        )

    rows = [f"<tr>{cells(row, 'td')}</tr>" for row in grid.rows[:MOST_ROWS]]
    more = len(grid.rows) - MOST_ROWS
    left = f'<div style="opacity: 0.8">… and {more} more rows</div>' if more > 0 else ""
    return (
        f'<table style="margin: 0.6em 0; color: inherit"><caption style="text-align: left; caption-side: top; '
        f'font-style: italic">'
        f"{html.escape(grid.caption)}</caption><thead><tr>{cells(grid.head, 'th')}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>{left}"
    )


# words for numbers ----------------------------------------------------------------------------------------------------


def number(value: float) -> str:
    """Return a number in about three figures, with a true minus."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    text = f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    if 0 < size < 0.01:
        text = f"{value:.1g}"
    return text.replace("-", "−")


def limits_in_words(row: Mapping[Hashable, Any]) -> str:
    """Return between which values the conditions of a discovery keep a factor: ``at least 0.67 and at most 0.9``.

    Args:
        row: ``low``, ``high``, and the quasi-p value of each, ``qp_low`` and ``qp_high`` (NaN: no limit there).
    """
    return " and ".join(
        f"{words} {number(row[side])}{' (undetermined: may be chance)' if row[f'qp_{side}'] >= SURE_P else ''}"
        for side, words in (("low", "at least"), ("high", "at most")) if not math.isnan(row[f"qp_{side}"])
    )


def under(size: float) -> str:
    """Return what is said of a difference that is not worth printing, whatever its sign: ``under 0.01``."""
    return f"under {size:g}"


def signed(value: float) -> str:
    """Return a number with its sign."""
    return ("+" if value > 0 else "") + number(value)


def difference(cell: Mapping[Hashable, Any], *, brief: bool = False) -> str:
    """Return a paired difference: the mean or "undetermined", and unless ``brief`` its interval and who agrees."""
    mean, low, high = cell.get("difference", cell.get("contribution")), cell["low"], cell["high"]
    if cell["sign"] == "none" or max(abs(low), abs(high)) < NEGLIGIBLE:
        return "none" if cell["sign"] == "none" else under(NEGLIGIBLE)
    said = signed(float(mean)) if cell["sign"] != "undetermined" else "undeterm." if brief else "undetermined"
    if brief:
        return said
    agreement = cell.get("agreement", math.nan)
    agree = "" if math.isnan(agreement) else f"\n{100 * agreement:.0f} % of sets"
    return f"{said}\n{signed(low)}..{signed(high)}{agree}"


def single_sets(cell: Mapping[Hashable, Any]) -> str:
    """Return where nine in ten single parameter sets lie in a paired difference; nothing if unknown or no news."""
    low, high = cell["sets_low"], cell["sets_high"]
    if math.isnan(low) or max(abs(low), abs(high)) < NEGLIGIBLE:
        return ""
    return f"{signed(low)} to {signed(high)}"


def strength(row: Mapping[Hashable, Any]) -> str:
    """Return a Morris measure in words: size and direction."""
    direction = str(row["direction"])
    if direction in {"none", "undetermined"}:
        return "none" if direction == "none" else "undeterm."
    return {"up": "+", "down": "−", "both": "±"}[direction] + number(float(row["mu_star"]))


def total_index(row: Mapping[Hashable, Any]) -> str:
    """Return a total Sobol index with its interval, or that it is undetermined."""
    verdict = str(row["ST_verdict"])
    if verdict == "none":
        return "none"
    interval = f"{max(row['ST_low'], 0):.2f}..{row['ST_high']:.2f}"
    return f"{row['ST']:.2f}\n{interval}" if verdict == "found" else f"undeterm.\n{interval}"
