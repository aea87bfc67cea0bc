"""Tests of what Baodao ships for the authors of plugins."""
