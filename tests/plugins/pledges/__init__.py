"""Tests of the pledges plugin."""
