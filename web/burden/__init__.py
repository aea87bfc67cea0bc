"""What a tenant asks of each community and member (R5), read from the house itself and never typed."""
