"""The roster's way into a tenant: read, recognise, check, show what would happen, and write it in one transaction."""
