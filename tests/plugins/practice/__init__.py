"""Tests of the practice plugin."""
