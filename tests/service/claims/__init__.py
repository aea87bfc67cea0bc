"""Tests of matters and claims."""
