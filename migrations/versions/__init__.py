"""Core's migrations, in order."""
