"""Validation: the patterns that the model is held to, how often it shows them, and how much that is worth."""
