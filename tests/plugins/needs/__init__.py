"""Tests of the needs plugin."""
