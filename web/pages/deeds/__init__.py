"""Deeds on screen: awards, faults, elections and the like, declared by members or entered by officers, and decided."""
from __future__ import annotations

from web.pages.deeds import deciding, entering, own
from web.pages.deeds.blueprint import pages

__all__ = ["deciding", "entering", "own", "pages"]
