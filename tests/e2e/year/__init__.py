"""One community and its year, for the browser's test that lives it."""
