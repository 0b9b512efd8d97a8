"""What moved sentiment: contributions whose effect is still there.

A push to affect does not last: anchors pull it back at ``anchor_rate``. Adding up raw contributions therefore
overstates early pushes and needs a huge opposite entry for the pull itself. Here each contribution, measured against
its flow in the first step, is carried forward and fades at ``anchor_rate``. What is left at a date adds up exactly to
the change of the mean since the start.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def standing_contributions(channels: pd.DataFrame, opinion: pd.DataFrame, anchor_rate: float, dt: float) -> pd.DataFrame:
    """Return what each term still contributes to the change of the public's mean affect since the start.

    Args:
        channels: the ``channels`` table.
        opinion: the ``opinion`` table, for the mean affect that the anchor pulls back.
        anchor_rate: per year.
        dt: years in a step.

    Returns:
        Columns replicate, date, country, power, kind, channel, standing (units of affect). The terms of one date,
        ``anchor_return`` included, add up to affect now minus affect at the first date.
    """
    keys = ["replicate", "country", "power"]
    public = channels[channels["group"] == "public"]
    flows = public.pivot_table(index=[*keys, "date"], columns=["kind", "channel"], values="contribution", observed=True)
    affect = opinion[opinion["group"] == "public"].set_index([*keys, "date"])["affect"].sort_index()
    shape = (public.groupby(keys, observed=True).ngroups, -1, flows.shape[1])
    pushes = flows.to_numpy().reshape(shape)
    level = affect.loc[affect.index.get_level_values("country").isin(flows.index.get_level_values("country"))]
    mean = level.to_numpy().reshape(shape[0], -1)
    # the pull of the anchor on the change since the start is the fading itself; what is left of the term is a push
    own = flows.columns.get_loc(("anchor", "anchor_return"))
    pushes = pushes.copy()
    pushes[:, :, own] += anchor_rate * dt * (mean[:, :-1] - mean[:, :1])
    kept = np.zeros_like(pushes)
    carried = np.zeros((shape[0], flows.shape[1]))
    for step in range(pushes.shape[1]):
        carried = carried * (1 - anchor_rate * dt) + pushes[:, step]
        kept[:, step] = carried
    wide = pd.DataFrame(kept.reshape(-1, flows.shape[1]), index=flows.index, columns=flows.columns)
    return wide.stack(["kind", "channel"]).rename("standing").reset_index()
