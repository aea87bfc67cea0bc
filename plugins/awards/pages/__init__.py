"""Pages and API of awards: one module for each thing that people do; officers and members below /p/awards, the public below /t/<slug>/p/awards."""
from __future__ import annotations

from flask import Blueprint

from plugins.awards.pages import calling, deciding, nominating, nomination, objections, own, papers, public, selections
from plugins.awards.pages.api import api_routes

__all__ = ["api_routes", "public_routes", "routes"]


def routes() -> Blueprint:
    """The pages behind a login."""
    pages = Blueprint("awards", __name__, template_folder="../templates", static_folder="../static")
    for part in (selections, calling, nominating, nomination, deciding, papers, objections, own):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=[methods])
    return pages


def public_routes() -> Blueprint:
    """The lists in public and the form for objections: open to everybody where the plugin is on."""
    pages = Blueprint("awards_public", __name__, template_folder="../templates")
    for address, name, view, methods in public.ROUTES:
        pages.add_url_rule(address, name, view, methods=methods)
    return pages
