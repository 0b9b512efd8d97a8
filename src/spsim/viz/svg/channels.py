"""What moved the public since the start, channel by channel, beside whom each channel reaches."""

from __future__ import annotations

import numpy as np

from spsim.analysis.snapshot import Snapshot
from spsim.viz.channels import INERT, MERGED, ROWS
from spsim.viz.looks import looks
from spsim.viz.style import signed
from spsim.viz.svg.drawing import Floats, Scale, box, document, power_colour, rule, text, ticks, word_colour
from spsim.viz.svg.opinion import place_name

ROW_HEIGHT = 20.0
TOTAL = "total change"
SHORT = {
    "chinese_language_tv": "television in Chinese", "chinese_media_in_russian": "Chinese media, in Russian",
    "chinese_media_in_titular": "Chinese media, in titular", "private_press": "private press",
}
"""Names of sources that would not fit beside the bars."""
NAMES = 158.0
REACH = 96.0


def row_of(channel: str) -> str:
    """Return the row that a channel is drawn in, as in the figure of a run."""
    name = "culture" if channel.startswith("culture_") else MERGED.get(channel, channel)
    return SHORT.get(name) or ROWS.get(name, name)


def collect(now: Snapshot, place: str) -> tuple[list[str], Floats, Floats]:
    """Return rows, contributions in hundredths of affect [rows, P], and reach [rows, P]; the total comes first."""
    terms, standing, reach = now.moved(place)
    names = [row_of(channel) for _, channel in terms]
    rows = [row for row in dict.fromkeys([*map(row_of, ROWS), *names]) if row in names]
    moved = np.zeros((len(rows) + 1, len(now.powers)))
    reached = np.full(moved.shape, np.nan)
    for n, name in enumerate(names):
        at = rows.index(name) + 1
        moved[at] += 100 * standing[:, n]
        reached[at] = np.where(np.isnan(reach[:, n]), reached[at], np.nan_to_num(reached[at]) + reach[:, n])
    moved[0] = moved[1:].sum(axis=0)
    return [TOTAL, *rows], moved, reached


def moved_chart(now: Snapshot, place: str, *, width: float = 460) -> str:
    """Return bars of what each channel has added to mean affect and is still there, and what it reaches."""
    rows, moved, reach = collect(now, place)
    names = looks(now.powers)
    limit = max(10.0, 10 * float(np.ceil(np.abs(moved).max() / 10 - 1e-9)))
    across = Scale(-limit, limit, NAMES, width - REACH)
    top = 32.0
    bottom = top + ROW_HEIGHT * len(rows)
    title = f"What moved public sentiment since the start, {place_name(place)}, {now.date}"
    said = "; ".join(f"{look.name} {signed(moved[0, n], '+.1f')}" for n, look in enumerate(names.values()))
    parts = [text(0, 12, "hundredths of affect", size=11, colour="muted"),
             text(width, 12, "reaches, % of adults", size=11, colour="muted", anchor="end")]
    for tick in ticks(-limit, limit, 4):
        parts.append(rule(across(tick), top - 4, across(tick), bottom, colour="grid" if tick else "rule"))
        parts.append(
            text(across(tick), top - 8, signed(tick, "+.0f"), size=10.5, colour="muted", anchor="middle")
        )
    thick = (ROW_HEIGHT - 5) / max(len(now.powers), 1)
    for r, row in enumerate(rows):
        y = top + ROW_HEIGHT * r
        parts.append(text(NAMES - 8, y + 13, row, size=11.5, anchor="end", bold=r == 0))
        for n, power in enumerate(now.powers):
            colour, value = power_colour(now.powers, power), float(moved[r, n])
            start, end = sorted((across(0), across(value)))
            faint = 0.45 if abs(value) < INERT else 1
            parts.append(box(start, y + 2.5 + thick * n, end - start, thick - 1, colour=colour, opacity=faint))
            share = float(reach[r, n])
            if np.isfinite(share):
                right = width - (len(now.powers) - 1 - n) * 42
                parts.append(text(right, y + 13, _per_cent(share), size=11, colour=word_colour(colour), anchor="end"))
        if r == 0:
            parts.append(rule(0, y + ROW_HEIGHT + 0.5, width, y + ROW_HEIGHT + 0.5, colour="rule", width=0.7))
    return document(width, bottom + 6, title, f"total change in hundredths of affect: {said}", parts)


def _per_cent(share: float) -> str:
    """Return a share in per cent, short."""
    per_cent = 100 * share
    if per_cent == 0:
        return "0"
    return "<0.1" if per_cent < 0.1 else f"{per_cent:.1f}" if per_cent < 10 else f"{per_cent:.0f}"
