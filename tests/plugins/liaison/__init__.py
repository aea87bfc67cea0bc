"""Tests of liaison communities."""
