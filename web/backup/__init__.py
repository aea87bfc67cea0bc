"""Backups of the whole database: encrypted base copies and WAL on a shelf, brought back to any moment, and rehearsed (promise 25)."""
