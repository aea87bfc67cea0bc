"""Tests of the stars plugin."""
