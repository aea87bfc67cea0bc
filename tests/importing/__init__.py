"""Tests of the roster's import."""
