"""Pages and API of liaison communities: one module for each thing that people do, below /p/liaison."""
from __future__ import annotations

from flask import Blueprint

from plugins.liaison.pages import assigning, cadres, issues, own, point, register
from plugins.liaison.pages.api import api_routes

__all__ = ["api_routes", "routes"]


def routes() -> Blueprint:
    """The pages behind a login."""
    pages = Blueprint("liaison", __name__, template_folder="../templates")
    for part in (register, cadres, assigning, point, issues, own):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=list(methods))
    return pages
