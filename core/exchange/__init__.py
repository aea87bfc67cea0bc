"""What crosses between tenants: four kinds of signed envelopes, and nothing else (R9, R10, R27, R29, R96)."""
