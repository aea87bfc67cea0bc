"""Tests of the plugin feedback."""
