# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Sweep a lever over a grid
#
# Does it help China more to hire locals or to publish contracts, and does one need the other?

# %%
import spsim

# %% tags=["sizes"]
citizens, replicates = 1000, 4

# %%
design = {
    "schema": 1,
    "name": "hiring-and-transparency",
    "title": "Local hiring and published contracts from 2026",
    "scenarios": ["baseline"],
    "method": "grid",
    "vary": {
        "local_hiring_floor": {"values": [0.0, 0.6, 0.8, 0.9, 1.0], "from": "2026-01"},
        "contract_transparency": {"values": [0.0, 0.25, 0.5, 0.75, 1.0], "from": "2026-01"},
    },
    "replicates": replicates,
    "outcomes": ["approval", "divergence", "protest_events"],
    "years": "2028-2030",
    "run": {"citizens": citizens},
}
swept = spsim.sweep(design, out=f"runs/notebook-sweep-{citizens}-{replicates}")
swept

# %% [markdown]
# The folder holds what is finished. Stop the kernel in the middle and run the cell again: it goes on where it was, and
# ends with the same bytes. Where levers are pulled from 2026, the years before are run once.

# %%
swept.plot.heatmap(
    x="local_hiring_floor", y="contract_transparency", outcome="approval", power="CN", country="CA5"
)

# %%
swept.plot.lines(x="contract_transparency", outcome="approval", power="CN", country="KG")

# %% [markdown]
# As a labelled array, to compute with: how much of the best corner does each lever reach alone?

# %%
means = swept.to_xarray()["approval"].sel(power="CN", country="CA5", scenario="baseline").mean("replicate")
gain = means - means.isel(local_hiring_floor=0, contract_transparency=0)
print(f"hiring alone       {float(gain.isel(local_hiring_floor=-1, contract_transparency=0)):+.2f} points")
print(f"transparency alone {float(gain.isel(local_hiring_floor=0, contract_transparency=-1)):+.2f} points")
print(f"both               {float(gain.isel(local_hiring_floor=-1, contract_transparency=-1)):+.2f} points")

# %% [markdown]
# ## A parameter that nobody knows
#
# The same with the memory of threat, drawn from its prior as a Latin hypercube: does the answer hang on it?

# %%
memory = spsim.sweep(
    {
        "schema": 1, "name": "transparency-and-memory", "title": "Published contracts where memory is short or long",
        "scenarios": ["baseline", "publish-contracts"], "method": "latin-hypercube", "points": 4 * replicates,
        "vary": {"threat_decay": {"prior": True}}, "replicates": 1, "outcomes": ["approval"], "years": "2028-2030",
        "run": {"citizens": citizens},
    },
    out=f"runs/notebook-memory-{citizens}-{replicates}",
)
memory.plot.lines(x="threat_decay", outcome="approval", power="CN")
