# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Write a scenario
#
# A scenario says only what differs from another one. **Levers** are what an actor decides, **events** are shocks that
# are imposed, **parameters** are what nobody knows, **mechanisms** can be switched off.

# %%
import spsim
from spsim.config import LEVERS, ConfigError

# %% tags=["sizes"]
citizens, replicates = 1000, 10

# %% [markdown]
# ## Levers: what can be decided

# %%
for name, lever in LEVERS.items():
    print(f"{name:24} {lever.low:g} to {lever.high:g} {lever.unit}")

# %% [markdown]
# ## By editing another scenario
#
# `with_` returns a new scenario and leaves the old one alone. The card shows what differs, with unit, badge and who
# set it.

# %%
baseline = spsim.load("baseline", citizens=citizens, replicates=replicates)
jobs_first = baseline.with_(
    local_hiring_floor={"KZ": 0.9, "KG": 0.9, "UZ": 0.9}, from_="2026-01", ramp_years=2,
    name="jobs-first", title="Nine locals in ten, and contracts in the open",
).with_(contract_transparency={"KZ": 1.0, "KG": 1.0, "UZ": 1.0}, from_="2026-01", name="jobs-first")
jobs_first

# %% [markdown]
# A mistake is answered with what was got, what is allowed, and what was probably meant; all mistakes at once:

# %%
try:
    baseline.with_(local_hiring_flor={"KZ": 0.9}, threat_decay=-1)
except ConfigError as error:
    print(error)

# %% [markdown]
# ## As a file
#
# The same as a page of YAML, which the command line and colleagues can run. `spsim new my-question` writes a first one,
# `spsim check` tells what is wrong in it, with file and line.

# %%
text = """schema: 1
name: jobs-first-file
title: Nine locals in ten, and contracts in the open
question: What if Kazakhstan, Kyrgyzstan and Uzbekistan asked for jobs and published contracts?
extends: baseline
levers:
  - {lever: local_hiring_floor, countries: [KZ, KG, UZ], from: 2026-01, to: 0.9, ramp_years: 2}
  - {lever: contract_transparency, countries: [KZ, KG, UZ], from: 2026-01, to: 1.0}
"""
from_file = spsim.load_text(text).with_(citizens=citizens, replicates=replicates)

# %% [markdown]
# Both give the same, replicate by replicate:

# %%
one, two = spsim.run(jobs_first), spsim.run(from_file)
assert one.tables["opinion"].equals(two.tables["opinion"])

# %%
one.plot.opinion(country="KG")

# %% [markdown]
# ## Parameters, mechanisms and events
#
# Is it the heritage that keeps Russia ahead? Switch it off. Is it the war? Let it not happen.

# %%
no_heritage = baseline.with_(mechanisms={"heritage": "off"}, name="no-heritage", title="Without heritage")
no_war = baseline.with_({"events.ukraine-war.active": False}, name="no-war", title="Without the war in Ukraine")
for scenario in (baseline, no_heritage, no_war):
    summary = spsim.run(scenario).summary()
    russia = summary[(summary["measure"] == "approval") & (summary["power"] == "RU") & (summary["country"] == "KZ")]
    print(f"{scenario.scenario.name:12} Russia in Kazakhstan {100 * russia['end'].iloc[0]:.0f} % at the end")
