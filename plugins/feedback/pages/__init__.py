"""Pages and API of feedback: the community's list and packs, the thread, the unit's desk, the member's copy, the overview by place."""
from __future__ import annotations

from flask import Blueprint

from plugins.feedback.pages import overview, own, pack, papers, run, thread, unit, work
from plugins.feedback.pages.api import api_routes

__all__ = ["api_routes", "routes"]


def routes() -> Blueprint:
    """The pages behind a login."""
    pages = Blueprint("feedback", __name__, template_folder="../templates", static_folder="../static")
    for part in (work, run, overview, pack, papers, thread, unit, own):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=[methods])
    return pages
