"""The walls, each with a twin whose wall is removed."""
