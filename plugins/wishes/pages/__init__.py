"""Pages and API of wishes: one module for each thing that people do."""
from __future__ import annotations

from flask import Blueprint

from plugins.wishes.pages import acts, campaign, claiming, detail, entering, own, papers, public, unit, work
from plugins.wishes.pages.api import api_routes

__all__ = ["api_routes", "public_routes", "routes"]


def routes() -> Blueprint:
    """The pages below /p/wishes."""
    pages = Blueprint("wishes", __name__, template_folder="../templates")
    for part in (work, entering, campaign, own, unit, detail, acts, claiming, papers):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=methods.split())
    return pages


def public_routes() -> Blueprint:
    """The pages for residents, below /t/<slug>/p/wishes."""
    pages = Blueprint("wishes_public", __name__, template_folder="../templates")
    for address, name, view, methods in public.ROUTES:
        pages.add_url_rule(address, name, view, methods=methods.split())
    return pages
