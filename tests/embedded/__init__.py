"""The launcher of the embedded servers."""
