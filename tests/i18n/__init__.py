"""Tests of translation and terms."""
