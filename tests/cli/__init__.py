"""The command `baodao`, run as people run it: as a process of its own."""
