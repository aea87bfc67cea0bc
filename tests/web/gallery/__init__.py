"""A page with every part of the front end on it, used by the tests only."""
