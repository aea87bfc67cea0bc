"""The doors of Baodao: pages, API, command line, and the servers that a single machine needs."""
