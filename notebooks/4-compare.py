# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Compare scenarios
#
# What would differ, and how sure is that? All scenarios are run with the same draws and parameter sets: the same
# citizens, the same shocks, the same chance. What remains is the difference that the change makes.

# %%
import spsim

# %% tags=["sizes"]
citizens, replicates = 1000, 10

# %%
names = ("baseline", "publish-contracts", "double-scholarships", "double-scholarships-with-jobs")
scenarios = [spsim.load(name, citizens=citizens) for name in names]
compared = spsim.compare(*scenarios, replicates=replicates, out=f"runs/notebook-compare-{citizens}-{replicates}")
compared

# %% [markdown]
# Each cell is the mean of the differences between pairs of runs, with its 95 % interval and the share of the parameter
# sets that agree on the sign. It says **undetermined** where the interval holds zero or where fewer than four sets in
# five agree: the model then has no answer, and neither should you. **none** means that not a single run differs.
#
# The intervals hold chance and the twelve numbers that were [fitted to polls](../calibration.md). All others are at
# their defaults; a difference that depends on an assumption is as good as the assumption.

# %%
compared.plot(outcome="approval", power="CN", country="KZ")

# %%
compared.plot(outcome="divergence", power="CN", country="KZ")

# %% [markdown]
# ## What common draws are worth
#
# With independent seeds the same certainty would take so many times the replicates:

# %%
table = compared.summary[compared.summary["difference"].abs() > 0.01]
table.groupby(["outcome", "power"])["variance_reduction"].median().round(0)

# %% [markdown]
# Protest is counted in whole events, so common draws help there less.
#
# ## The past is run once
#
# The scenarios are the same up to 2025, so the years before are run once for all. The same can be done by hand: keep
# the state of a month, and let futures start from it. They give the same to the last bit.

# %%
from spsim.model.simulation import Simulation

trunk = Simulation(scenarios[0].scenario, replicate=0)
trunk.run(until=trunk.world.clock.steps - 60)  # five years before the end
branch = trunk.branch(scenarios[1].scenario).run()
alone = Simulation(scenarios[1].scenario, replicate=0).run()
assert branch.opinion.tobytes() == alone.opinion.tobytes()
trunk.date
