"""Tests of the awards plugin."""
