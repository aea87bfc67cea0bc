"""Tests of co-building."""
