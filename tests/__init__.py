"""Tests, mirroring the folders of the product; all of them run on a real PostgreSQL."""
