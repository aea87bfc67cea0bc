"""Exchange between tenants."""
