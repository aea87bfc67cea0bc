"""Datasets: what they hold, and whose rows."""
