"""Running a tenant: profiles, provisioning, activation, settings, terms, health; stands on core, knows no web."""
