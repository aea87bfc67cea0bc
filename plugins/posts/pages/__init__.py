"""Pages and API of posts: one module for each thing that people do; all of them below /p/posts."""
from __future__ import annotations

from flask import Blueprint

from plugins.posts.pages import acting_for, claims, duty, editing, fitting, own, plan, work
from plugins.posts.pages.api import api_routes
from plugins.posts.pages.open import board, public_routes

__all__ = ["api_routes", "board", "public_routes", "routes"]


def routes() -> Blueprint:
    """The pages."""
    pages = Blueprint("posts", __name__, template_folder="../templates")
    for part in (work, editing, claims, duty, fitting, acting_for, own, plan):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=list(methods))
    return pages
