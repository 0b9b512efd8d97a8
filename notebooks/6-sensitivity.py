# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # What matters, and when something happens
#
# More than half of the parameters are assumptions. Which of them carry the result? A study answers in four steps: each
# factor by itself, a screening of all factors (Morris), how much of the spread the strongest explain (Sobol), and under
# which conditions something of interest happens (PRIM). It needs `pip install "spsim[sensitivity]"`.

# %%
import spsim

# %% tags=["sizes"]
citizens, trajectories, base, discovery_points = 300, 8, 64, 256

# %% [markdown]
# Here six factors that the papers argue about; without `vary` all parameters with a prior are taken, which is thousands
# of runs. A table by country, such as `heritage_level`, moves as one. A lever has no prior, so it needs its bounds.

# %%
factors = [
    "threat_decay", "threat_weight.CN", "heritage_weight.RU", "heritage_level", "contagion",
    "dislike_weight.CN", "contract_transparency=0..1",
]
study = spsim.sensitivity(
    "baseline", vary=factors, outcomes=["approval", "protest_events"], years=(2015, 2024), citizens=citizens,
    trajectories=trajectories, top=4, base=base, discovery_points=discovery_points, replicates=2,
    out=f"runs/notebook-sensitivity-{base}",
)
study

# %% [markdown]
# ## One at a time
#
# What an outcome does when one factor goes from 5 to 95 % of its prior and all others stay.

# %%
study.plot.one_at_a_time()

# %% [markdown]
# ## All at once
#
# To the right: strong. High up: what the factor does depends on the others.

# %%
study.plot.screening()

# %% [markdown]
# ## Shares of the spread
#
# The share of the variance that a factor makes alone, and with others. The interval is a bootstrap over points. Chance
# is told apart: two runs at the same point differ, too.

# %%
study.plot.indices()

# %%
study.noise

# %% [markdown]
# ## Under which conditions does protest double?
#
# A box in the space of the factors in which points of interest are frequent: *density* is how many of the points in it
# are, *coverage* how many of all such points it holds. A box is a hint where to look, not a law.

# %%
study.plot.discovery()

# %%
study.discovery.limits
