"""Plugins: loading, asking, containing."""
