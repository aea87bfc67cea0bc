"""The roles of the database and the history of the schema."""
