"""Tests of the service menu."""
