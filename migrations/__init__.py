"""Database roles and the history of the schema."""
