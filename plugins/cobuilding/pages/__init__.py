"""Pages and API of co-building: one module for each thing that people do, below /p/cobuilding."""
from __future__ import annotations

from flask import Blueprint

from plugins.cobuilding.pages import agreement, items, proposing, yearly
from plugins.cobuilding.pages.api import api_routes

__all__ = ["api_routes", "routes"]


def routes() -> Blueprint:
    """The pages behind a login."""
    pages = Blueprint("cobuilding", __name__, template_folder="../templates")
    for part in (agreement, items, proposing, yearly):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=list(methods))
    return pages
