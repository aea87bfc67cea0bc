"""The overview: what is counted, kept, shown, and let out."""
