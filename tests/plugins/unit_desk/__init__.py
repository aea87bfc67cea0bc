"""Tests of the unit's desk."""
