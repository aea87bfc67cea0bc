"""Tests of accounts, roles and who runs the installation."""
