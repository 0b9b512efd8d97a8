"""spsim: an agent-based model of Chinese and Russian soft power in Central Asia."""

__version__ = "0.1.0"
