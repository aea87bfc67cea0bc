"""The overview of places and units, and its workbook."""
from __future__ import annotations

from web.pages.overview import exporting, sharing, showing
from web.pages.overview.blueprint import pages

__all__ = ["exporting", "pages", "sharing", "showing"]
