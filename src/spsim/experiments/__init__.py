"""Runs of the model: replicates, and what is built on them."""
