"""Pages and API of stars: one module for each thing that people do; all of them below /p/stars."""
from __future__ import annotations

from flask import Blueprint

from plugins.stars.pages import case, held, member, notice, reviews, rounds, work
from plugins.stars.pages.api import api_routes

__all__ = ["api_routes", "routes"]


def routes() -> Blueprint:
    """The pages."""
    pages = Blueprint("stars", __name__, template_folder="../templates")
    for part in (work, case, member, rounds, notice, held, reviews):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=[methods])
    return pages
