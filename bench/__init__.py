"""Benchmarks: each figure is a ratio to a limit that is measured beside it in the same run."""
