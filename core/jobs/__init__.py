"""Jobs: work that is written with the change that asks for it, done at least once, and whose effect happens once."""
