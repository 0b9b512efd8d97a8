"""What ``python benchmarks/speed.py`` measures, and how."""
