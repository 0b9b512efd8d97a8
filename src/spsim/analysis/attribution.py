"""What moved sentiment: contributions whose effect is still there.

A push to affect does not last: the anchor pulls it back at ``anchor_rate``. Raw contributions added up over decades
therefore overstate early pushes and need a huge opposite entry for the pull. Here a contribution is measured against
its flow in the first step, when flows were in balance, is carried forward, and fades at ``anchor_rate``. What is left
at a date adds up exactly to the change of the mean since the start.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

START = ("anchor", "start_imbalance")
"""What the flows of the first step were out of balance by: nearly nothing."""

UNBALANCED_KINDS = ("noise", "demography", "numerical")
"""Kinds whose first step is chance, not a balance to measure against."""


def standing_contributions(
    channels: pd.DataFrame, opinion: pd.DataFrame, anchor_rate: float, dt: float
) -> pd.DataFrame:
    """Return what each term still contributes to the change of the public's mean affect since the start.

    Args:
        channels: the ``channels`` table of a run.
        opinion: the ``opinion`` table of the run, for the mean affect that the anchor pulls back.
        anchor_rate: per year.
        dt: years in a step.

    Returns:
        Columns replicate, country, power, date, kind, channel, standing (affect). The terms of one date add up to
        affect at that date minus affect at the first date.
    """
    runs = ["replicate", "country", "power"]
    public = channels[channels["group"] == "public"]
    terms = public[["kind", "channel"]].drop_duplicates().astype(str)
    names = list(terms.itertuples(index=False, name=None))
    # the tables are written in a fixed order: replicate, date, country, power, term
    shape = (*(public[key].nunique() for key in ("replicate", "date", "country", "power")), len(names))
    flows = public["contribution"].to_numpy().reshape(shape)
    chosen = (opinion["group"] == "public") & opinion["country"].isin(public["country"].unique())
    level = opinion.loc[chosen, "affect"].to_numpy().reshape(shape[0], shape[1] + 1, shape[2], shape[3])
    kept, start = standing_flows(flows, level, names, anchor_rate * dt)
    out = public[[*runs, "date", "kind", "channel"]].assign(standing=kept.ravel())
    rest = public.loc[public["channel"] == "anchor_return", [*runs, "date"]]
    rest = rest.assign(kind=START[0], channel=START[1], standing=start.ravel())
    return pd.concat([out.astype({"kind": str, "channel": str}), rest], ignore_index=True)


def standing_flows(
    flows: Floats, level: Floats, names: Sequence[tuple[str, str]], fading: float
) -> tuple[Floats, Floats]:
    """Return what each term still contributes at each date, and what is left of the imbalance of the start.

    Args:
        flows: contribution of each term in the step before each date but the first, [replicates, D - 1, C, P, terms].
        level: mean affect at each date, [replicates, D, C, P].
        names: (kind, channel) of each term.
        fading: share of a push that is gone after a step, ``anchor_rate`` times the years of a step.

    Returns:
        [replicates, D - 1, C, P, terms] and [replicates, D - 1, C, P, 1].
    """
    kept = flows.copy()
    # the anchor's pull on the change since the start is the fading itself; the rest of that term is a push
    kept[..., names.index(("anchor", "anchor_return"))] += fading * (level[:, :-1] - level[:, :1])
    balanced = [n for n, (kind, _) in enumerate(names) if kind not in UNBALANCED_KINDS]
    first = kept[:, :1, :, :, balanced].copy()
    kept[..., balanced] -= first
    start = first.sum(axis=-1)[..., None] * (kept[..., :1] * 0 + 1)
    for step in range(1, kept.shape[1]):
        kept[:, step] += (1 - fading) * kept[:, step - 1]
        start[:, step] += (1 - fading) * start[:, step - 1]
    return kept, start
