# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # A first run
#
# Central Asian publics and elites, China and Russia, from 2004 on. Each replicate is the same world with other chance;
# two in a row share a parameter set, out of an ensemble that agrees with published polls.

# %%
import spsim

# %% [markdown]
# **Sizes.** More citizens make each replicate smoother, more replicates make the bands more certain. These are small,
# so that the page is done in a minute; the shipped scenarios take 4,000 citizens and 20 replicates.

# %% tags=["sizes"]
citizens, replicates = 1000, 10

# %%
baseline = spsim.load("baseline", citizens=citizens, replicates=replicates)
baseline

# %%
result = spsim.run(baseline)
result

# %% [markdown]
# The table says where each country starts and ends: the median over replicates, and between which values nine
# replicates in ten lie. That band holds chance, and what polls leave open about twelve parameters
# ([calibration](../calibration.md)). What nobody knows about the others comes on top, and
# [sensitivity](6-sensitivity.md) looks at that.
#
# ## Who approves of whom

# %%
result.plot()

# %% [markdown]
# Russia is above China nearly everywhere and loses in 2022; in Kazakhstan it slides from 2014 on. Both dents are
# *imposed* and not explained: dated events are printed under the figure for that reason. The dark inner band is what
# chance alone would give; what the light one adds is parameters.
#
# ## Why

# %%
result.plot.channels(country="KZ")

# %% [markdown]
# The left side says what has moved opinion of each power since 2004, channel by channel; the rows add up to the change.
# The right side says how many people a channel reaches, on a log axis: much of what China sends reaches few.
#
# ## Numbers
#
# Every figure is drawn from a tidy table:

# %%
result.tables["divergence"].tail()

# %% [markdown]
# and the same as a labelled array, for those who think in dimensions:

# %%
approval = result.to_xarray()["approval"]
late = approval.sel(date=slice("2020", "2024"), group="public")
(100 * late.mean(["replicate", "date"])).to_pandas().round(1)

# %% [markdown]
# ## Where a number comes from
#
# Each parameter has a unit, a prior and a badge: data, literature, seed (the two papers), imposed or assumption.

# %%
from spsim.config import parameter_table

_, _, value, facts = parameter_table()["threat_decay"]
print(value, facts.unit, "|", facts.evidence, "|", facts.source)

# %% [markdown]
# That is the value set by hand; the ensemble replaces it. On the command line `spsim explain baseline threat_decay`
# says by what. Save everything, with figures, seeds and hashes, by `result.save("runs/mine")`.
