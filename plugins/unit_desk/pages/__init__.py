"""Pages and API of the unit's desk: one module for each thing that people do."""
from __future__ import annotations

from flask import Blueprint

from plugins.unit_desk.pages import campaigns, cases, desk, filing, lookups, meetings, own, requests
from plugins.unit_desk.pages.api import api_routes

__all__ = ["api_routes", "routes"]


def routes() -> Blueprint:
    """The pages behind a login."""
    pages = Blueprint("unit_desk", __name__, template_folder="../templates", static_folder="../static")
    for part in (desk, lookups, requests, cases, filing, meetings, campaigns, own):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=[methods])
    return pages
