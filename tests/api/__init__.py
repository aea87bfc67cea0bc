"""The API, tested over HTTP."""
