"""Pages and API of pledges: one module for each thing that people do; officers and members below /p/pledges, the public below /t/<slug>/p/pledges."""
from __future__ import annotations

from flask import Blueprint

from plugins.pledges.pages import making, objections, own, pledge, public, screen, unit, work
from plugins.pledges.pages.api import api_routes

__all__ = ["api_routes", "public_routes", "routes"]


def routes() -> Blueprint:
    """The pages behind a login; scripts and styles stand here too, for the public ones as well."""
    pages = Blueprint("pledges", __name__, template_folder="../templates", static_folder="../static")
    for part in (work, pledge, making, objections, unit, own):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=[methods])
    return pages


def public_routes() -> Blueprint:
    """The board, the screen and the form for objections: open to everybody where the plugin is on."""
    pages = Blueprint("pledges_public", __name__, template_folder="../templates")
    for part in (public, screen):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=methods)
    return pages
