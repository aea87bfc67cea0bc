"""Doors for residents who have no account: one-time codes, limits on trying, forms that count once, sealed words."""
