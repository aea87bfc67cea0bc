"""The unit's side of the demonstration: its desk, the letters of a period, consultations and awards, asked for at their own doors."""
