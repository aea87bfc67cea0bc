"""Pages and API of consultations: lists, asking, one request, the way on paper, gathering and counts."""
from __future__ import annotations

from flask import Blueprint

from plugins.consultation.pages import asking, gathered, lists, paper, places, requests
from plugins.consultation.pages.api import api_routes

__all__ = ["api_routes", "routes"]


def routes() -> Blueprint:
    """The pages behind a login; there are no public ones."""
    pages = Blueprint("consultation", __name__, template_folder="../templates", static_folder="../static")
    for part in (lists, asking, places, requests, paper, gathered):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=[methods])
    return pages
