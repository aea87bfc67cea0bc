"""The bundled plugins, one folder each; they import core.api and are found by their entry points like any other."""
