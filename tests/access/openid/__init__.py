"""Signing in by a tenant's own provider, which answers here without a server."""
