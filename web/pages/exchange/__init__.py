"""Exchange with other tenants: partners, what goes out, what arrives, a member's own way, and the two public doors."""
from __future__ import annotations

from web.pages.exchange import arriving, own, partners, public, sending
from web.pages.exchange.blueprint import pages

__all__ = ["arriving", "own", "pages", "partners", "public", "sending"]
