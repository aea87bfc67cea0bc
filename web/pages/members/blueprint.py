"""The blueprint that the modules of this area share."""
from __future__ import annotations

from web.routing import Pages

pages = Pages("members", __name__, url_prefix="/members")
