"""Privacy: what counts as personal data, and how it is encrypted, looked up, masked and kept out of logs."""
