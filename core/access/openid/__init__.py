"""Signing in by a tenant's own OpenID Connect provider: set up, linked to an account by somebody, and never trusted further than that."""
