"""Exchange with other tenants: partners, what goes out, what arrives, a member's own way, and the two public doors."""
from __future__ import annotations

from web.pages.exchange import arriving, exports, own, partners, public, sending
from web.pages.exchange.blueprint import pages

__all__ = ["arriving", "exports", "own", "pages", "partners", "public", "sending"]
