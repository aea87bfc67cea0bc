"""The story in a real browser, at desktop and phone width."""
