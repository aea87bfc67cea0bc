"""Organizations: the one tree of committees, places, sectors and units."""
