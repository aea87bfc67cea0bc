"""The domain of Baodao: members, organizations, tenancy and what they do with each other; it knows no Flask and no plugin."""
