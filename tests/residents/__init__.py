"""Tests of core.residents."""
