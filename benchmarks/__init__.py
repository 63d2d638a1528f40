"""Benchmarks: ratios to a limit that is measured in the same run. ``python -m benchmarks``."""
