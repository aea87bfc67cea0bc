"""Running a tenant: activation, settings, terms, provisioning."""
