"""Tests of the developers' reference."""
