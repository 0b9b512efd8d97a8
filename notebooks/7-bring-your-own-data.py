# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Bring your own data
#
# Two things that users bring: a poll to hold the model against, and figures of their own to feed it with.

# %%
import io

import pandas as pd

import spsim

# %% tags=["sizes"]
citizens, replicates = 1000, 10

# %% [markdown]
# ## A poll of your own
#
# The figures below are **made up**: replace the text by `pd.read_csv("your-file.csv")`. What matters are the columns,
# and that the question is the one that `approval` stands for (approve or disapprove of the leadership of a power).

# %%
poll = pd.read_csv(io.StringIO("""country,power,year,approve,n
KZ,CN,2012,31,1000
KZ,CN,2018,24,1000
KZ,RU,2012,66,1000
KZ,RU,2018,60,1000
KG,CN,2012,34,1000
KG,CN,2018,30,1000
KG,RU,2012,80,1000
KG,RU,2018,79,1000
"""))

# %%
baseline = spsim.load("baseline", citizens=citizens, replicates=replicates)
opinion = spsim.run(baseline).tables["opinion"]
public = opinion[opinion["group"] == "public"].assign(year=lambda table: pd.to_datetime(table["date"]).dt.year)
by_replicate = public.groupby(["country", "power", "year", "replicate"], observed=True)["approval"].mean() * 100
model = by_replicate.groupby(["country", "power", "year"], observed=True).quantile([0.05, 0.5, 0.95]).unstack()
model.columns = ["low", "median", "high"]

# %% [markdown]
# A poll has a margin of its own, and so has the model. Only what lies outside both is a disagreement.

# %%
held = poll.join(model, on=["country", "power", "year"])
held["margin"] = 196 * (held["approve"] / 100 * (1 - held["approve"] / 100) / held["n"]) ** 0.5
held["apart"] = (held["approve"] - held["margin"] > held["high"]) | (held["approve"] + held["margin"] < held["low"])
held.round(1)

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
colours = {"CN": "#b8292f", "RU": "#2c5f9e"}
for axis, country in zip(axes, ("KZ", "KG"), strict=True):
    for power, colour in colours.items():
        band = model.loc[(country, power)]
        axis.fill_between(band.index, band["low"], band["high"], color=colour, alpha=0.2)
        axis.plot(band.index, band["median"], color=colour)
        mine = held[(held["country"] == country) & (held["power"] == power)]
        axis.errorbar(mine["year"], mine["approve"], mine["margin"], fmt="o", color=colour, capsize=3)
        axis.annotate({"CN": "China", "RU": "Russia"}[power], (2030.3, band["median"].iloc[-1]), color=colour)
    axis.set(title={"KZ": "Kazakhstan", "KG": "Kyrgyzstan"}[country], xlim=(2004, 2038), xticks=range(2005, 2031, 5))
_ = axes[0].set_ylabel("approve, %")

# %% [markdown]
# ## Figures of your own
#
# A lever takes a path through time: one setting a year. Here investment by China as a factor on the recorded series,
# from a table of your own (again made up).

# %%
mine = pd.DataFrame({"year": [2025, 2026, 2027, 2028], "factor": [1.0, 1.4, 1.9, 2.5]})
scenario = baseline
for row in mine.itertuples():
    last = row.Index == len(mine) - 1
    until = {} if last else {"until": f"{row.year + 1}-01"}
    scenario = scenario.with_(investment={"CN": row.factor}, from_=f"{row.year}-01", **until)
scenario = scenario.with_(name="my-investment", title="Chinese investment as in my table")
scenario

# %%
compared = spsim.compare(
    baseline, scenario, replicates=replicates, out=f"runs/notebook-own-{citizens}-{replicates}"
)
compared.plot(outcome="approval", power="CN", country="KZ")

# %% [markdown]
# Tables go out as easily: `compared.table.to_csv("differences.csv")`, `result.save(..., csv=True)`.
