"""The demonstration: two real places with invented people, a year of their story, and a check that plays it over HTTP."""
