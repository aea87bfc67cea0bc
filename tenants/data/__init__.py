"""Reference data that the product ships; README.md names the sources."""
