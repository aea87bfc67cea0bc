"""Declarative profiles of tenants, read by tenants.profile."""
