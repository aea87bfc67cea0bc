"""Members: who they are, where they belong, and how they are found."""
