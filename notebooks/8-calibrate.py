# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Calibrate: what do polls say about the parameters?
#
# Most parameters are assumptions. A calibration asks which values of a dozen of them agree with published polls: it
# runs the model at many parameter sets from their priors (a *bank*), asks each run what the pollsters would have
# printed, and keeps what is near to what they did print. What the polls say nothing about stays as wide as it was.
#
# The calibration below is the quick one: far too small for a result, but it shows every step. `spsim calibrate` does
# the whole one.

# %%
import spsim

# %% tags=["sizes"]
citizens, replicates = 1000, 10

# %%
calibration = spsim.calibrate(sizes="quick", seed=1, out="runs/notebook-calibration")
calibration

# %% [markdown]
# ## Can the method be trusted?
#
# Look at this first. For parameter sets that were held out we know the truth. Where does it lie among the draws of
# the posterior? If the intervals are right, anywhere equally often, and the bars are flat up to chance (grey). A
# valley means intervals too narrow, a hill too wide, a slope shifted.

# %%
calibration.plot.ranks()

# %% [markdown]
# The same in numbers: the 90 % interval should hold the truth in 90 % of the cases.

# %%
calibration.recovery

# %% [markdown]
# ## What did the polls say?
#
# Before the fit (pale) and after it (dark). A number is *narrowed by the data* or *prior-driven*: if the polls say
# nothing about it, every conclusion that leans on it leans on an assumption.

# %%
calibration.plot.parameters()

# %%
calibration.parameters[["parameter", "default", "p05", "median", "p95", "contraction", "verdict"]].round(3)

# %% [markdown]
# ## Does the model tell what was polled?
#
# Each row is a printed figure. The interval holds all that keeps a model from printing it to the point: parameters,
# chance, the pollster's sample, what tells pollsters apart, and what the model lacks. These polls were used for the
# fit, so hits show that the model can tell this story, not that it predicts. Misses (orange) say more.

# %%
calibration.plot.fit()

# %%
missed = calibration.fit[~calibration.fit["inside_90"]]
missed[["label", "value", "p05", "median", "p95"]].round(1)

# %% [markdown]
# ## Would it have known?
#
# Fitted to polls up to a year only and asked about later ones. To beat is "nothing will change": the last poll of the
# same series. The model does not always win.

# %%
calibration.plot.hindcast()

# %%
compared = calibration.hindcast.dropna(subset=["persistence_crps"])
compared.groupby("origin")[["crps", "persistence_crps"]].mean().round(2)

# %% [markdown]
# ## Something that the fit has not seen
#
# Governments vote in the UN General Assembly. Do the model's elites stand where their countries vote? Five countries
# have 120 orders, so only a perfect match would be hard to get by chance (`p` counts how hard).

# %%
elites = spsim.elites(
    spsim.load("baseline", citizens=citizens), replicates=replicates,
    out=f"runs/notebook-elites-{citizens}-{replicates}",
)
elites.plot()

# %%
elites.order[elites.order["yardstick"] == "agreement"].round(2)

# %% [markdown]
# They do not, and it is not clear that they should: votes in New York follow many things. The page on elites
# (`docs/elites.md`) says what can be read from this and what not.
