"""Extension: plugins, how they are found, asked and kept from doing harm; the settings and words that tenants override."""
