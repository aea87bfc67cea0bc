"""Tests of the backups: envelope, shelf, restore, drill, a tenant that moves."""
