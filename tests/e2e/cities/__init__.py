"""The steps of the year of two cities and a sector."""
