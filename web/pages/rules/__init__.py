"""Rule packs on screen: read by everybody, drafted, tried and published by administrators; the same pages for every rule kind."""
from __future__ import annotations

from web.pages.rules import editing, publishing, reading, rehearsing
from web.pages.rules.blueprint import pages

__all__ = ["editing", "pages", "publishing", "reading", "rehearsing"]
