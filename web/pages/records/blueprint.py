"""The blueprint that the records' modules share."""
from __future__ import annotations

from web.routing import Pages

pages = Pages("records", __name__, url_prefix="/records")
