"""Pages and API of points: lists by name, one's own, the officers' desk, exclusions, corrections, units, notices. Nobody is ranked unasked."""
from __future__ import annotations

from flask import Blueprint

from plugins.points.pages import acts, desk, lists, manage, members, own
from plugins.points.pages.api import api_routes

__all__ = ["api_routes", "routes"]


def routes() -> Blueprint:
    """The pages below /p/points."""
    pages = Blueprint("points", __name__, template_folder="../templates")
    for part in (lists, own, members, acts, desk, manage):
        for rule, view, methods in part.ROUTES:
            pages.add_url_rule(rule, view.__name__, view, methods=methods)
    return pages
