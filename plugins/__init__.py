"""The bundled plugins, one folder a feature; each imports core.api only and is found by its entry point."""
