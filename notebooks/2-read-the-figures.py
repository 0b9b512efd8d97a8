# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # How to read the figures
#
# A run draws nine figures. This page says what each is for, and what it cannot say.

# %%
import spsim

# %% tags=["sizes"]
citizens, replicates = 1000, 10

# %%
result = spsim.run(spsim.load("baseline", citizens=citizens, replicates=replicates))

# %% [markdown]
# ## Approval
#
# The share that would answer "approve" to the question "Do you approve or disapprove of the leadership of China?", as
# pollsters ask it: not everyone who likes a power says so, and many have no opinion. The outer band holds nine runs in
# ten, chance and parameters together; the inner one is what chance alone would give. Years after the last record of a
# driver are shaded: there the model runs on extrapolated inputs.

# %%
result.plot.opinion()

# %% [markdown]
# ## Divergence
#
# Elite minus public, in points of approval. Elites are never polled, so their approval is what the same question would
# give. Above zero, elites are warmer than their people: the puzzle that the papers start from.

# %%
result.plot.divergence()

# %% [markdown]
# ## What moved sentiment, and what it reached
#
# Contributions of channels add up to the change of the mean, exactly. A channel that reaches many people and moves
# them little stands beside one that reaches few and moves them much.

# %%
result.plot.channels(country="KG")

# %% [markdown]
# ## Generations
#
# Opinion of three political generations, and how heritage fades as one replaces another. Here is the question whether
# Russia's advantage dies with the Soviet generation.

# %%
result.plot.generations(country="KZ")

# %% [markdown]
# ## Students, graduates and jobs
#
# A scholarship wins a friend if a job follows, and a critic if none does. The pipeline counts both.

# %%
result.plot.pipeline(country="KZ")

# %% [markdown]
# ## Protest
#
# Events a year against foreign presence: drawn as counts, so the thin bars hold whole events. Counts of protests of all
# kinds are not comparable with them and are not drawn.

# %%
result.plot.protest()

# %% [markdown]
# ## How divided the public is
#
# The spread of affect: two countries with the same mean can be of one mind or of two.

# %%
result.plot.polarisation()

# %% [markdown]
# ## Elites
#
# The share of elites that would approve if they were polled, which nobody has done. They start at an assumed alignment,
# so the first years show how they leave it.

# %%
result.plot.elites()

# %% [markdown]
# ## The map
#
# China minus Russia in points of approval, at the end of the run, with nine runs in ten between the two numbers.
# Turkmenistan is hatched: nobody has published opinion data there, and what the model says of it is illustration.

# %%
result.plot.map()

# %% [markdown]
# ## What no figure says
#
# Where and when something will happen. The model compares mechanisms; dated events are put in by hand.
