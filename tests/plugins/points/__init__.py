"""Tests of the points plugin."""
