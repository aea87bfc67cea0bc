"""Tenants, and a registry of their own for plugins."""
from __future__ import annotations

from tests.extension.conftest import city, install, registry, statements

__all__ = ["city", "install", "registry", "statements"]
