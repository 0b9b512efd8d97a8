"""How every figure looks: the sheet with its title, notes and footer, years, bands, and direct labels.

Lengths are in inches, as margins must not grow with the figure.
"""

from __future__ import annotations

import gc
import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from spsim.viz.looks import Colour, Dash

Floats = NDArray[np.float64]
INK, GREY, RULE, PALE = "#1f2933", "#5b6570", "#8a94a0", "#eef0f3"
WIDTH = 10.0
SCREEN_DPI = 100
SMALL, TEXT, HEAD, TITLE = 7.0, 7.5, 9.0, 14.0
OUTER, INNER = 0.14, 0.24
"""Strength of the two bands around a line."""
LINE_HEIGHT = 0.135
FOOTER = 0.30
LETTERS_A_LINE, TITLE_LETTERS = 178, 78
"""What fits in a line of small print and in one of the title; a test measures every text against the sheet."""

RC = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": TEXT,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    "axes.titley": 1.0,  # where matplotlib would put it, too, after measuring every tick label
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#dde1e6",
    "grid.linewidth": 0.5,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "xtick.major.pad": 5.5,  # clear of the lowest number of the vertical axis
    "ytick.major.size": 2.5,
    "hatch.linewidth": 0.5,
    "lines.linewidth": 1.5,
    "svg.fonttype": "none",  # text stays text: searchable, and editable for a journal
    "svg.hashsalt": "spsim",
    "path.simplify": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the style for a while, and leave matplotlib's settings as they were."""
    with mpl.rc_context():
        mpl.rcdefaults()  # a user's own matplotlibrc must not change the bytes
        mpl.rcParams.update(mpl.RcParams(RC))
        yield


@contextmanager
def without_collection() -> Iterator[None]:
    """Put off the search for garbage: a figure is a web of small objects that all live until it is written."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


class Picture(Figure):
    """A figure that a notebook shows once, whether or not it has ``%matplotlib inline``."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        with house_style():
            self.savefig(content, format="png", dpi=SCREEN_DPI)
        return content.getvalue()


@dataclass
class Sheet:
    """A figure with its frame drawn; axes go into the body.

    Attributes:
        figure: the figure.
        title: what it shows.
        height: of the figure.
        top: of the body, measured from the figure's lower edge.
        bottom: of the body.
    """

    figure: Figure
    title: str
    height: float
    top: float
    bottom: float
    width: float = WIDTH

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes; all four in inches, measured from the lower left corner of the body."""
        box = (left / self.width, (self.bottom + bottom) / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box)

    def grid(
        self,
        rows: int,
        columns: int,
        *,
        left: float,
        right: float,
        across: float,
        down: float,
        above: float = 0.45,
        below: float = 0.3,
    ) -> list[list[Axes]]:
        """Add axes in rows and columns.

        Args:
            rows: number of rows.
            columns: number of columns.
            left: margin for tick labels.
            right: margin for end labels.
            across: gap between columns.
            down: gap between rows.
            above: margin for titles over the first row.
            below: margin for tick labels under the last row.
        """
        wide = (self.width - left - right - across * (columns - 1)) / columns
        high = (self.top - self.bottom - above - below - down * (rows - 1)) / rows
        return [
            [
                self.axes(left + c * (wide + across), below + (rows - 1 - r) * (high + down), wide, high)
                for c in range(columns)
            ]
            for r in range(rows)
        ]


def sheet(
    title: str,
    lines: Sequence[str],
    notes: Sequence[str],
    footer: str,
    body: float,
    warning: str = "",
    width: float = WIDTH,
) -> Sheet:
    """Return an empty sheet with its frame.

    Args:
        title: what is to be seen.
        lines: small lines under the title.
        notes: paragraphs under the body.
        footer: where the figure comes from.
        body: height of the part for axes.
        warning: a line under the title that must not be missed.
        width: of the figure.
    """
    letters = int(LETTERS_A_LINE * width / WIDTH)
    under = [(line, GREY) for text in lines for line in textwrap.wrap(text, int(letters * SMALL / TEXT))]
    under += [(line, "#8a3b00") for line in textwrap.wrap(warning, int(letters * SMALL / TEXT) - 20)]
    small = [line for note in notes for line in textwrap.wrap(note, letters)]
    name = textwrap.wrap(title, int(TITLE_LETTERS * width / WIDTH))
    rise = 0.25 * (len(name) - 1)
    head, foot = 0.50 + rise + 0.15 * len(under), FOOTER + LINE_HEIGHT * len(small) + 0.1
    height = head + body + foot
    figure = Picture(figsize=(width, height))
    x = 0.25 / width
    for position, line in enumerate(name):
        figure.text(x, 1 - (0.32 + 0.25 * position) / height, line, fontsize=TITLE, fontweight="bold", va="baseline")
    for position, (line, colour) in enumerate(under):
        figure.text(
            x,
            1 - (0.53 + rise + 0.15 * position) / height,
            line,
            fontsize=TEXT,
            color=colour,
            va="baseline",
            fontweight="bold" if colour != GREY else "normal",
        )
    for position, line in enumerate(small):
        figure.text(x, (foot - 0.13 - LINE_HEIGHT * position) / height, line, fontsize=SMALL, color=GREY, va="baseline")
    figure.text(x, 0.1 / height, footer, fontsize=SMALL, color=RULE, va="baseline")
    return Sheet(figure, title, height, height - head, foot, width)


def panel_title(ax: Axes, text: str) -> None:
    """Write what a panel shows above it, leaving room for the signs of events."""
    ax.set_title(text, loc="left", fontsize=HEAD, fontweight="bold", color=INK, pad=13)


def legend_row(page: Sheet, handles: Sequence[Artist], *, length: float = 1.4) -> None:
    """Write a key in one row above the body of a sheet."""
    page.figure.legend(
        handles=list(handles),
        loc="upper left",
        bbox_to_anchor=(0.018, (page.top + 0.05) / page.height),
        ncols=len(handles),
        frameon=False,
        fontsize=TEXT,
        handlelength=length,
        columnspacing=1.6,
        borderaxespad=0.2,
    )


def without_tick_labels(ax: Axes) -> None:
    """Leave the numbers of the vertical axis to the first panel of the row, with which this one shares its limits."""
    ax.tick_params(axis="y", labelleft=False)


def years_axis(ax: Axes, first: float, last: float, most: int = 5) -> None:
    """Give the horizontal axis whole years."""
    ax.set_xlim(first, max(last, first + 0.5))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    ax.grid(visible=False, axis="x")


def band(
    ax: Axes,
    x: Floats,
    rows: pd.DataFrame,
    colour: Colour,
    dash: Dash,
    *,
    bands: bool = True,
    width: float = 1.5,
    strength: float = 1.0,
) -> None:
    """Draw a median line with its two bands; ``rows`` are those of :func:`spsim.analysis.intervals.bands`."""
    if bands:
        for low, high, alpha in (("p05", "p95", OUTER), ("inner_low", "inner_high", INNER)):
            ax.fill_between(
                x, rows[low].to_numpy(), rows[high].to_numpy(), color=colour, alpha=alpha * strength, linewidth=0
            )
    ax.plot(x, rows["median"].to_numpy(), color=colour, linestyle=dash, linewidth=width, solid_capstyle="butt")


def signed(value: float, form: str) -> str:
    """Return a number with a true minus, and zero without a sign."""
    text = f"{value:{form}}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")


def spread(wanted: Sequence[float], gap: float, low: float = -np.inf, high: float = np.inf) -> list[float]:
    """Return positions at least ``gap`` apart, near the wanted ones and in their order."""
    order = np.argsort(wanted, kind="stable")
    at = np.clip(np.asarray(wanted, dtype=float)[order], low, high)
    for _ in range(200):
        short = gap - np.diff(at)
        close = np.flatnonzero(short > 1e-9)
        if not close.size:
            break
        for n in close:
            push = max(gap - (at[n + 1] - at[n]), 0) / 2
            at[n], at[n + 1] = at[n] - push, at[n + 1] + push
        at = np.clip(at, low, high)
    out = np.empty(len(at))
    out[order] = at
    return [float(value) for value in out]


def end_labels(ax: Axes, labels: Sequence[tuple[float, str, Colour]], size: float = TEXT) -> None:
    """Write labels right of the lines' ends (y, text, colour), moved apart where they would overlap."""
    labels = [label for label in labels if np.isfinite(label[0])]
    if not labels:
        return
    low, high = ax.get_ylim()
    inches = ax.bbox.height / ax.figure.dpi
    gap = size * 1.25 / 72 / inches * (high - low)
    for (_, text, colour), y in zip(labels, spread([label[0] for label in labels], gap, low, high), strict=True):
        ax.annotate(
            text,
            (1, y),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            color=colour,
            fontsize=size,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )
