"""The blueprint that the pages of claims share."""
from __future__ import annotations

from web.routing import Pages

pages = Pages("claims", __name__, url_prefix="/claims")
