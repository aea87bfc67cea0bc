"""The burden page."""
